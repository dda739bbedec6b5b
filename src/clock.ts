/**
 * Time, as far as the supervisor needs it. Durations are monotonic: a changed wall clock or a sleeping machine must
 * not look like an uptime. Wall time (`Date`) is for records and log lines only.
 */
export interface Clock {
  /** Monotonic milliseconds since an arbitrary moment. */
  now(): number
  /** Calls `fn` once after `afterMs`; the result cancels. */
  setTimer(afterMs: number, fn: () => void): () => void
}

/** `setTimeout` turns anything above this into 1 ms. */
const longestTimer = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer: (afterMs, fn) => {
    const timer = setTimeout(fn, Math.min(afterMs, longestTimer))
    return () => clearTimeout(timer)
  },
}

/** Work that holds the thread for longer is done in pieces. */
const pieceMs = 2

/**
 * For work in pieces on a thread that is not ours alone: called between two of them, it gives everybody else a turn where
 * those since the last one took long.
 */
export const breather = (clock: Pick<Clock, 'now'>): (() => Promise<void>) => {
  let since = clock.now()
  return async () => {
    if (clock.now() - since <= pieceMs) return
    await new Promise((resolve) => setImmediate(resolve))
    since = clock.now()
  }
}
