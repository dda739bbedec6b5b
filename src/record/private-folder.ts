import { chmodSync, lstatSync, mkdirSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf, messageOf, SupervisorError } from '../errors.ts'

/** On Windows folders below a user's own are private by inheritance, and have no mode. */
const hasOwners = process.getuid !== undefined

/**
 * Makes a folder that only this user can use, or makes sure that it is one. One that is merely readable to others is
 * tightened.
 * @param follow Whether it may be a link: only where a user has named it.
 * @throws SupervisorError `ERR_STATE_DIR` when it belongs to somebody else, others may write to it, or it cannot be made.
 */
export const ensurePrivateFolder = (path: string, { follow = true } = {}): void => {
  const stats = made(path, follow ? statSync : lstatSync)
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

const made = (path: string, look: typeof statSync): Stats => {
  try {
    const stats = look(path, { throwIfNoEntry: false })
    if (stats !== undefined) return stats
    makeWithParents(path)
    return lstatSync(path)
  } catch (error) {
    throw unusable(`The state folder ${path} cannot be made or read (${errnoOf(error) ?? messageOf(error)}).`)
  }
}

/** One by one: where nothing may be made (/proc), Node 20 tries for ever when it is told to make the parents, too. */
const makeWithParents = (path: string): void => {
  const parent = dirname(path)
  if (parent !== path && statSync(parent, { throwIfNoEntry: false }) === undefined) makeWithParents(parent)
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // somebody else has made it meanwhile
    if (errnoOf(error) !== 'EEXIST') throw error
  }
}

const unusable = (message: string, hint = 'Name another one with --state-dir, `stateDir` or JARVIS_STATE_DIR.'): SupervisorError =>
  new SupervisorError('ERR_STATE_DIR', message, { hint })
