import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Temp extends Disposable {
  readonly dir: string
  /** Writes a file in it, with the folders that lead to it; gives its path. */
  file(name: string, text: string): string
}

export const createTemp = (): Temp => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-supervise-')))
  return {
    dir,
    file: (name, text) => {
      const path = join(dir, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
      return path
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  }
}
