import type { Clock } from '../../src/clock.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly fn: () => void
}

/** Lets everything run that is due without the passing of time: microtasks, and `setImmediate` as deep as the code under test nests it. */
export const settled = async (): Promise<void> => {
  for (let round = 0; round < 4; round += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Time that passes only when it is told to. */
export class FakeClock implements Clock {
  #now: number
  #order = 0
  readonly #timers = new Set<Timer>()

  constructor(now = 0) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  setTimer(afterMs: number, fn: () => void): () => void {
    this.#order += 1
    const timer: Timer = { at: this.#now + afterMs, order: this.#order, fn }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers that were neither called nor cancelled. */
  get pending(): number {
    return this.#timers.size
  }

  /** Goes on by `ms`, calling each timer at its moment and letting what follows from it run before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settled()
    for (let timer = this.#due(end); timer !== undefined; timer = this.#due(end)) {
      this.#timers.delete(timer)
      this.#now = Math.max(this.#now, timer.at)
      timer.fn()
      await settled()
    }
    this.#now = Math.max(this.#now, end)
  }

  /** Time passes and no timer is called: the machine slept, or our process was busy. They are late at the next `advance`. */
  oversleep(ms: number): void {
    this.#now += ms
  }

  #due(end: number): Timer | undefined {
    return [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0]
  }
}
