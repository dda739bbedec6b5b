import type { Clock } from '../clock.ts'

/** A new one each time: what waits for a promise is kept alive by it. */
export const never = (): Promise<never> => new Promise(() => {})

/** Waits until `due`, or `early` settles; true when the run ended first. */
export const endsBefore = (due: number, clock: Clock, signal: AbortSignal, early?: Promise<void>): Promise<boolean> =>
  new Promise((resolve) => {
    const done = (ended: boolean): void => {
      cancel()
      signal.removeEventListener('abort', onEnd)
      resolve(ended)
    }
    const onEnd = (): void => done(true)
    const cancel = clock.setTimer(Math.max(0, due - clock.now()), () => done(false))
    signal.addEventListener('abort', onEnd)
    void early?.then(() => done(false))
    if (signal.aborted) done(true)
  })
