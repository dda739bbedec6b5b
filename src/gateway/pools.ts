import { stalledMs } from './after-end.ts'
import type { Attempt } from './attempt.ts'
import { type BackendSide, backendSide } from './backend-side.ts'
import type { Generation } from './gate.ts'
import { Line } from './line.ts'
import { buildConnector, Pool, type SendOptions } from './undici.ts'

/** Some servers close idle connections after 1 s: what is sent must not meet that. To make another costs a tenth of a millisecond. */
const idleMs = 500
const largestHead = 64 * 1024
/** What a process has sent before its end is read within this time, or goes on coming. */
const quietMs = 100

const options = {
  pipelining: 1,
  // a chat may be silent for as long as it likes
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: idleMs,
  keepAliveMaxTimeout: idleMs,
  maxHeaderSize: largestHead,
} as const

/** The connections to one process of the backend. */
export interface Backend extends BackendSide {
  send(options: SendOptions, attempt: Attempt): void
  /** On a connection of its own, which is closed afterwards. */
  sendAlone(options: SendOptions, attempt: Attempt): void
}

export interface Pools {
  of(generation: Generation): Backend
  /** Settled when every connection is closed. */
  close(): Promise<void>
}

/**
 * One pool for each process of the backend: nothing of one is ever sent to another. `patienceMs`: for a client that takes nothing
 * of what a process has left behind; 30 s.
 */
export const createPools = (patienceMs = stalledMs): Pools => {
  const backends = new WeakMap<Generation, Backend>()
  /** Those that are not closed, with their connections. */
  const open = new Set<Pool | Line>()
  const watches = new Set<NodeJS.Timeout>()

  const destroy = async (each: Pool | Line): Promise<void> => {
    open.delete(each)
    await each.destroy().catch(() => {})
  }

  const create = ({ address, retired, ended }: Generation): Backend => {
    const side = backendSide(address)
    const isTcp = !('path' in address)
    const connect = buildConnector(isTcp ? {} : { socketPath: address.path })
    const lineTo = (): Line => new Line(side.origin, { ...options, connect, isTcp })
    const pool = new Pool(side.origin, { ...options, factory: lineTo })
    const underWay = new Set<Attempt>()
    open.add(pool)
    // idle connections are closed; settled when those under way have been answered
    whenAborted(retired, () => forgetAfter(pool, pool.close()))
    // a process that it has left behind may still have them open
    whenAborted(ended, () => watch(underWay, () => void destroy(pool)))

    const join = (attempt: Attempt): void => {
      attempt.fellows = underWay
      underWay.add(attempt)
    }
    return {
      ...side,
      send: (request, attempt) => {
        join(attempt)
        pool.dispatch(request, attempt)
      },
      sendAlone: (request, attempt) => {
        join(attempt)
        const line = lineTo()
        open.add(line)
        line.dispatch({ ...request, reset: true }, attempt)
        forgetAfter(line, line.close())
      },
    }
  }

  const forgetAfter = (each: Pool | Line, closed: Promise<void>): void => {
    const forget = (): void => void open.delete(each)
    closed.then(forget, forget)
  }

  /** Breaks off what has nothing more to expect. What a slow client has not taken yet goes on, if it takes any of it. */
  const watch = (underWay: ReadonlySet<Attempt>, done: () => void): void => {
    const still = new WeakMap<Attempt, number>()
    for (const attempt of underWay) attempt.hasMoved = false
    const look = (): void => {
      for (const attempt of underWay) {
        const stillMs = attempt.hasMoved ? 0 : (still.get(attempt) ?? 0) + quietMs
        still.set(attempt, stillMs)
        if (stillMs >= (attempt.isPaused ? patienceMs : quietMs)) attempt.breakOff(new Error('Its process has ended.'))
        attempt.hasMoved = false
      }
      if (underWay.size > 0) return
      clearInterval(timer)
      watches.delete(timer)
      done()
    }
    // not before what has come meanwhile is read
    const timer = setInterval(() => setImmediate(look), quietMs)
    watches.add(timer)
  }

  return {
    of: (generation) => {
      const known = backends.get(generation)
      if (known !== undefined) return known
      const made = create(generation)
      backends.set(generation, made)
      return made
    },
    close: async () => {
      for (const timer of watches) clearInterval(timer)
      await Promise.all([...open].map(destroy))
    },
  }
}

const whenAborted = (signal: AbortSignal, listener: () => void): void => {
  if (signal.aborted) listener()
  else signal.addEventListener('abort', listener, { once: true })
}
