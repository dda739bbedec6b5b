/** The token of one launch: made, kept in a file that only this user can read, and compared. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { closeSync, constants, fchmodSync, lstatSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf, messageOf, SupervisorError } from '../errors.ts'
import { ensurePrivateFolder } from '../record/private-folder.ts'

/** 256 bits, as 43 characters that need no escaping anywhere. */
export const makeToken = (): string => randomBytes(32).toString('base64url')

/** Tells a secret from others, and takes as long whatever the difference is, and wherever. */
export const isSecret = (known: string): ((given: string) => boolean) => {
  const expected = digest(known)
  return (given) => timingSafeEqual(digest(given), expected)
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

export interface KeptToken {
  /** Removes the file, unless another one has taken its place. Twice is once; never throws. */
  remove(): void
}

/**
 * Writes the token to a new file, without a line end; what an earlier launch left there is removed. Nothing is written through
 * a link.
 * @throws SupervisorError `ERR_STATE_DIR` when the folder is not private to this user, or the file cannot be made.
 */
export const keepToken = (path: string, token: string): KeptToken => {
  ensurePrivateFolder(dirname(path))
  try {
    rmSync(path, { force: true })
    write(path, token)
    return {
      remove: () => {
        if (isKeptIn(path, token)) removed(path)
      },
    }
  } catch (error) {
    const what = errnoOf(error) ?? messageOf(error)
    throw new SupervisorError('ERR_STATE_DIR', `The token of the front door cannot be kept in ${path} (${what}).`, {
      hint: 'See that its folder can be written to, or name another one with --state-dir.',
      cause: error,
    })
  }
}

// Windows has no O_NOFOLLOW
const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW = 0 } = constants

const removed = (path: string): void => {
  try {
    rmSync(path, { force: true })
  } catch {
    // a folder that may not be written to any more: the token in it is of no use to anybody
  }
}

const isKeptIn = (path: string, token: string): boolean => {
  try {
    return lstatSync(path).isFile() && readFileSync(path, 'utf8') === token
  } catch {
    return false
  }
}

const write = (path: string, token: string): void => {
  const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    // a umask takes away, and this is to be read
    fchmodSync(file, 0o600)
    writeSync(file, token)
  } finally {
    closeSync(file)
  }
}
