/** Makes a package that can be run of one that only looks like an app: its executable becomes the stand-in for Electron. */
import { copyFileSync, linkSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fusesOf } from '../../src/detect/read-fuses.ts'
import { type Fuses, writeExecutable } from '../helpers/electron/executable.ts'

/** The Node that stands in is a file of the package: nothing else on the machine need be one. */
export const bundleNode = (dir: string): string => {
  const path = join(dir, 'stand-in', 'node')
  mkdirSync(dirname(path), { recursive: true })
  try {
    linkSync(process.execPath, path)
  } catch {
    copyFileSync(process.execPath, path)
  }
  return path
}

/** With the fuses that it was packaged with. Gives the executable. */
export const makeRunnable = async (dir: string, name: string): Promise<string> => {
  const path = join(dir, name)
  const { version: _layout, ...fuses } = (await fusesOf(path, 'linux')) ?? { version: 0 }
  return writeExecutable(path, { fuses: fuses as Fuses, node: bundleNode(dir) })
}
