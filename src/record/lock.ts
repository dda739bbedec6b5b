import { lstatSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { errnoOf, messageOf, SupervisorError } from '../errors.ts'
import type { ProcessIdentity } from '../process/identity.ts'

export interface LockOptions {
  readonly path: string
  readonly self: ProcessIdentity
  readonly platform: NodeJS.Platform
  /** Whether a process that is named in a lock still runs. */
  readonly isAlive: (holder: ProcessIdentity) => boolean
  /** A living holder is waited for this long. Default 30 000: it may be ending an orphan, which has its grace. */
  readonly waitMs?: number
}

const pauseMs = 2

/**
 * Does something while nobody else who asks for the same lock does. A link is made and filled in one step, so its
 * holder is always known; that of a dead one is broken.
 *
 * Not on Windows, where links need a privilege: there the name of the pipe, which only one process can have, decides.
 */
export const withLock = async <T>(options: LockOptions, work: () => Promise<T>): Promise<T> => {
  if (options.platform === 'win32') return work()
  await acquire(options)
  try {
    return await work()
  } finally {
    rmSync(options.path, { force: true })
  }
}

const acquire = async ({ path, self, isAlive, waitMs = 30_000 }: LockOptions): Promise<void> => {
  const until = performance.now() + waitMs
  while (!tryAcquire(path, self)) {
    const holder = holderOf(path)
    if (holder === 'gone') continue
    if (holder === 'nobody' || !isAlive(holder)) {
      breakLock(path, self, isAlive)
      if (lstatSync(path, { throwIfNoEntry: false }) === undefined) continue
    } else if (performance.now() > until)
      throw new SupervisorError('ERR_STATE_DIR', `The lock ${path} is held by process ${holder.pid} for more than ${waitMs} ms.`, {
        hint: 'That process is being started or stopped, or hangs in it.',
      })
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

const tryAcquire = (path: string, { pid, startTime, bootId }: ProcessIdentity): boolean => {
  try {
    symlinkSync([pid, encodeURIComponent(startTime), encodeURIComponent(bootId)].join(' '), path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false
    throw new SupervisorError('ERR_STATE_DIR', `The lock ${path} cannot be made (${errnoOf(error) ?? messageOf(error)}).`, {
      hint: 'Make its folder writable for this user, or name another one with --state-dir.',
    })
  }
}

/** `nobody`: there is something that is no lock of ours. */
const holderOf = (path: string): ProcessIdentity | 'nobody' | 'gone' => {
  try {
    const [pid = '', startTime = '', bootId = ''] = readlinkSync(path).split(' ').map(decodeURIComponent)
    return /^\d+$/.test(pid) ? { pid: Number(pid), startTime, bootId } : 'nobody'
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? 'gone' : 'nobody'
  }
}

/**
 * Only one at a time removes what others have left, and looks again before: else two who have seen the same dead holder
 * would remove its lock, and then that of the next.
 */
const breakLock = (path: string, self: ProcessIdentity, isAlive: LockOptions['isAlive']): void => {
  const breaker = `${path}.break`
  if (!tryAcquire(breaker, self)) {
    const other = holderOf(breaker)
    // it died in the few microseconds that this takes
    if (other === 'nobody' || (other !== 'gone' && !isAlive(other))) removeLink(breaker, self)
    return
  }
  try {
    const holder = holderOf(path)
    if (holder === 'nobody' || (holder !== 'gone' && !isAlive(holder))) removeLink(path, self)
  } finally {
    rmSync(breaker, { force: true })
  }
}

/** A folder that stands in its place is not ours to remove: it is put aside. */
const removeLink = (path: string, { pid }: ProcessIdentity): void => {
  try {
    rmSync(path, { force: true })
  } catch (error) {
    if (errnoOf(error) !== 'ERR_FS_EISDIR') throw error
    renameSync(path, `${path}.${pid}`)
  }
}
