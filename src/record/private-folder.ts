import { chmodSync, lstatSync, mkdirSync, type Stats, statSync } from 'node:fs'
import { errnoOf, messageOf, SupervisorError } from '../errors.ts'

/** On Windows folders below a user's own are private by inheritance, and have no mode. */
const hasOwners = process.getuid !== undefined

/**
 * Makes a folder that only this user can use, or makes sure that it is one. One that is merely readable to others is
 * tightened.
 * @throws SupervisorError `ERR_STATE_DIR` when it belongs to somebody else, others may write to it, or it cannot be made.
 */
export const ensurePrivateFolder = (path: string): void => {
  const stats = made(path)
  if (!stats.isDirectory()) throw unusable(`The state folder ${path} is not a folder.`)
  if (!hasOwners) return
  if (stats.uid !== process.getuid?.()) throw unusable(`The state folder ${path} belongs to another user (uid ${stats.uid}).`)
  if ((stats.mode & 0o022) !== 0)
    throw unusable(
      `Others may write to the state folder ${path} (mode ${(stats.mode & 0o777).toString(8)}).`,
      `chmod 700 ${path}, or name another one with --state-dir.`,
    )
  if ((stats.mode & 0o077) !== 0) chmodSync(path, 0o700)
}

const made = (path: string): Stats => {
  try {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats !== undefined) return stats
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return lstatSync(path)
  } catch (error) {
    throw unusable(`The state folder ${path} cannot be made or read (${errnoOf(error) ?? messageOf(error)}).`)
  }
}

const unusable = (message: string, hint = 'Name another one with --state-dir, `stateDir` or JARVIS_STATE_DIR.'): SupervisorError =>
  new SupervisorError('ERR_STATE_DIR', message, { hint })
