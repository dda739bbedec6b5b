import type { Clock } from '../clock.ts'
import type { Counters } from './counters.ts'
import type { Generation } from './gate.ts'

export type Kind = 'request' | 'stream' | 'socket'

interface Tally {
  readonly counts: Record<Kind, number>
  /** Of those who are in and can be. */
  readonly breakOffs: Set<() => void>
  /** Called whenever somebody has left. */
  readonly listeners: Set<() => void>
}

/** Who is being answered, and by which process. */
export class Answering {
  readonly #counters: Counters
  readonly #clock: Clock
  readonly #tallies = new WeakMap<Generation, Tally>()
  /** Of those who wait for quiet. */
  readonly #ends = new Set<() => void>()

  constructor(counters: Counters, clock: Clock) {
    this.#counters = counters
    this.#clock = clock
  }

  enter(generation: Generation, kind: Kind, breakOff?: () => void): () => void {
    const { counts, breakOffs, listeners } = this.#of(generation)
    let isIn = true
    // the same function may be given twice
    const own = breakOff && (() => breakOff())
    if (own !== undefined) breakOffs.add(own)
    counts[kind] += 1
    this.#counters.active += 1
    return () => {
      if (!isIn) return
      isIn = false
      if (own !== undefined) breakOffs.delete(own)
      counts[kind] -= 1
      this.#counters.active -= 1
      for (const listener of [...listeners]) listener()
    }
  }

  /** What goes on until its process ends, is ended. */
  breakOff(generation: Generation): void {
    for (const breakOff of [...this.#of(generation).breakOffs]) breakOff()
  }

  /** Settled when it answers nobody of these kinds, after `timeoutMs`, with `signal` or `close()`. */
  quiet(generation: Generation, kinds: readonly Kind[], timeoutMs: number, signal: AbortSignal): Promise<void> {
    const { counts, listeners } = this.#of(generation)
    const isQuiet = (): boolean => signal.aborted || kinds.every((kind) => counts[kind] === 0)
    if (isQuiet()) return Promise.resolve()
    return new Promise((resolve) => {
      const finish = (): void => {
        cancel()
        this.#ends.delete(finish)
        listeners.delete(look)
        signal.removeEventListener('abort', finish)
        resolve()
      }
      const look = (): void => {
        if (isQuiet()) finish()
      }
      const cancel = this.#clock.setTimer(timeoutMs, finish)
      this.#ends.add(finish)
      listeners.add(look)
      signal.addEventListener('abort', finish)
    })
  }

  /** Nobody waits for quiet any more. */
  close(): void {
    for (const end of this.#ends) end()
  }

  #of(generation: Generation): Tally {
    const known = this.#tallies.get(generation)
    if (known !== undefined) return known
    const tally: Tally = { counts: { request: 0, stream: 0, socket: 0 }, breakOffs: new Set(), listeners: new Set() }
    this.#tallies.set(generation, tally)
    return tally
  }
}
