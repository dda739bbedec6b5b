import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import type { Generation } from './gate.ts'

/** What a process has written arrives after its end; then a connection of it that is still open was left to another process. */
const quietMs = 1000
/** For a client that takes nothing of it. */
export const stalledMs = 30_000

export interface Watched {
  readonly backend: Socket
  /** The client does not take what comes as fast as it comes. */
  readonly isPaused: () => boolean
  readonly generation: Generation
  readonly clock: Clock
}

/**
 * Calls `giveUp` once when the process has ended and nothing more is to be expected of this connection to it: nothing has come
 * for 1 s, or the client has taken nothing for 30 s. Returns what ends the watch.
 */
export const watchAfterEnd = ({ backend, isPaused, generation: { ended }, clock }: Watched, giveUp: () => void): (() => void) => {
  let cancel = (): void => {}
  let seen = 0
  let stillMs = 0
  const wait = (): void => {
    seen = backend.bytesRead
    cancel = clock.setTimer(quietMs, look)
  }
  const look = (): void => {
    stillMs = backend.bytesRead === seen ? stillMs + quietMs : 0
    if (stillMs >= (isPaused() ? stalledMs : quietMs)) giveUp()
    else wait()
  }
  if (ended.aborted) wait()
  else ended.addEventListener('abort', wait, { once: true })
  return () => {
    cancel()
    ended.removeEventListener('abort', wait)
  }
}
