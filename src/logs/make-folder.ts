import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errnoOf } from '../errors.ts'

/** With those above it, one by one: where nothing may be made (/proc), Node 20 tries for ever when it is told to make all. */
export const makeFolder = async (path: string): Promise<void> => {
  const parent = dirname(path)
  if (parent !== path && (await stat(parent).catch(() => undefined)) === undefined) await makeFolder(parent)
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
}
