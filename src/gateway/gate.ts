import type { Address } from '../launch/surroundings.ts'
import type { Life } from './life.ts'
import type { Problem } from './problem.ts'

/** One process of the backend, from its readiness to its end. */
export interface Generation {
  /** Counts from 1; a later process has a higher one. */
  readonly number: number
  readonly pid: number
  readonly address: Address
  /** Aborted when it gets no more requests: another one follows, or it is being stopped. What it answers goes on. */
  readonly retired: AbortSignal
  /** Aborted when its process is gone: nothing may be expected of it any more. */
  readonly ended: AbortSignal
  readonly life: Life
}

/** What waiting takes. */
export interface Waiting {
  /**
   * Aborted when the client is gone: its place is free, and it is settled with the problem `client-gone`, which nobody reads.
   * One per request: who waits again for the same process goes on with the time that is left.
   */
  readonly signal: AbortSignal
  /** Of the body that is kept meanwhile. */
  readonly bytes: number
  /**
   * It did not take a connection, or lost one. Waits for a later one; where it goes on being called ready all the same, for
   * itself after a pause that grows from 50 ms to 1 s, and the supervisor is asked to look.
   */
  readonly after?: Generation | undefined
}

/**
 * Lets requests through while the backend is ready, holds them while another run follows, and sends them away else. Counts, of
 * the counters, `waiting`, `held`, `unavailable` and `active`.
 */
export interface Gate {
  /** The process to ask, at once; undefined where one has to wait, or it makes no sense. */
  readonly generation: Generation | undefined
  /**
   * Waits for one, first come, first served. Settled with a problem where the room is full, it took too long, or nobody will
   * come; never rejects. Whoever is let through enters in the same turn of the event loop: later, the process may have ended.
   */
  pass(waiting: Waiting): Promise<Generation | Problem>
  /**
   * Counts as being answered by it, until the returned function is called: it is not ended before, if it is replaced.
   * `stream`: an event stream, which never ends by itself. `socket`: a WebSocket. `request`: everything else. `breakOff` is called
   * when its process is to end, and would wait for it.
   */
  enter(generation: Generation, what: 'request' | 'stream' | 'socket', breakOff?: () => void): () => void
}

export const isGeneration = (passed: Generation | Problem): passed is Generation => 'address' in passed
