import type { Clock } from '../clock.ts'
import type { Generation } from './gate.ts'

const shortestMs = 50
const longestMs = 1000

export interface SecondTryOptions {
  readonly clock: Clock
  /** Asks the supervisor to look, once per pause. */
  readonly probe: () => void
  /** The pause is over: it may be asked again. */
  readonly again: (generation: Generation) => void
}

/**
 * When a process is asked again that takes no connections and is called ready all the same. One pause for all who were refused;
 * each is twice as long as the one before, as long as they follow on each other.
 */
export class SecondTry {
  readonly #options: SecondTryOptions
  #about: Generation | undefined
  #cancel: (() => void) | undefined
  #pauseMs = 0
  #endedAt = 0

  constructor(options: SecondTryOptions) {
    this.#options = options
  }

  after(generation: Generation): void {
    const { clock, probe, again } = this.#options
    if (this.#cancel !== undefined && this.#about === generation) return
    this.forget()
    const follows = this.#about === generation && clock.now() - this.#endedAt <= longestMs
    this.#pauseMs = follows ? Math.min(longestMs, this.#pauseMs * 2) : shortestMs
    this.#about = generation
    this.#cancel = clock.setTimer(this.#pauseMs, () => {
      this.#cancel = undefined
      this.#endedAt = clock.now()
      again(generation)
    })
    probe()
  }

  /** Whoever waits, waits for another one. */
  forget(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
