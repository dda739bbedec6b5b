import { lstatSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errnoOf, messageOf, SupervisorError } from '../../errors.ts'
import { isStillThere } from '../../process/signal.ts'
import type { ProcessTable } from '../../process/table.ts'
import { runsOf } from '../../record/record.ts'
import { listRecords } from '../../record/store.ts'

/** Short: a socket's path must be. */
const prefix = 'jsd-'

/**
 * A private folder for what a trial keeps: a supervisor's record and socket. Gone at the latest when this process ends;
 * what killed ones have left is removed by the way.
 * @param tmp Default: the folder for temporary files.
 */
export const makeScratch = (
  table: Pick<ProcessTable, 'identify'>,
  tmp: string = tmpdir(),
): { readonly dir: string; readonly remove: () => void } => {
  for (const name of namesIn(tmp)) if (name.startsWith(prefix)) removeAbandoned(join(tmp, name), table)
  const dir = make(tmp)
  const atExit = (): void => removeQuietly(dir)
  process.once('exit', atExit)
  return {
    dir,
    remove: () => {
      process.off('exit', atExit)
      rmSync(dir, { recursive: true, force: true, maxRetries: 2 })
    },
  }
}

const make = (tmp: string): string => {
  try {
    return realpathSync(mkdtempSync(join(tmp, prefix)))
  } catch (error) {
    throw new SupervisorError('ERR_STATE_DIR', `There is no place for a trial in ${tmp} (${errnoOf(error) ?? messageOf(error)}).`, {
      hint: 'Name a folder that can be written to by TMPDIR.',
    })
  }
}

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    // whether it will do shows when something is made in it
    return []
  }
}

/** It harms nobody if it cannot be removed. */
const removeAbandoned = (dir: string, table: Pick<ProcessTable, 'identify'>): void => {
  try {
    if (isOwn(dir) && isAbandoned(dir, table)) removeQuietly(dir)
  } catch {
    // somebody else has removed it meanwhile, or it cannot be read
  }
}

/** On Windows the folder for temporary files is the user's own. */
const isOwn = (dir: string): boolean => {
  const stats = lstatSync(dir)
  return stats.isDirectory() && (process.getuid === undefined || stats.uid === process.getuid())
}

/** Its record names a process that is gone. Where the child lives on, it stays: it is the only proof of whose that is. */
const isAbandoned = (dir: string, table: Pick<ProcessTable, 'identify'>): boolean => {
  const records = listRecords(dir)
  const named = records.flatMap(({ record }) => [record.supervisor, ...runsOf(record).flatMap(({ child }) => child ?? [])])
  return records.length > 0 && !named.some((identity) => isStillThere(table, identity))
}

const removeQuietly = (dir: string): void => {
  try {
    rmSync(dir, { recursive: true, force: true, maxRetries: 2 })
  } catch {
    // something is still being written there
  }
}
