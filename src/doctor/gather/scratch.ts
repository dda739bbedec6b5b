import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errnoOf, messageOf, SupervisorError } from '../../errors.ts'

/** A private folder for what a trial keeps: a supervisor's record and socket. The name is short: a socket's path must be. */
export const makeScratch = (): { readonly dir: string; remove(): void } => {
  const dir = make()
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 2 }) }
}

const make = (): string => {
  try {
    return realpathSync(mkdtempSync(join(tmpdir(), 'jsd-')))
  } catch (error) {
    throw new SupervisorError('ERR_STATE_DIR', `There is no place for a trial in ${tmpdir()} (${errnoOf(error) ?? messageOf(error)}).`, {
      hint: 'Name a folder that can be written to by TMPDIR.',
    })
  }
}
