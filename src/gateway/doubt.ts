/** A death is told within this time of the loss of a connection, on a busy machine, too. */
export const tellAtLastMs = 100
/** One that loses connections and lives must not slow down everybody for ever. */
const restMs = 1000

/**
 * A process that has lost a connection may be dying: what may not be sent twice waits until its death is told, or does not come.
 * Pure but for its clock.
 */
export class Doubt {
  readonly #now: () => number
  #since = Number.NEGATIVE_INFINITY

  constructor(now: () => number) {
    this.#now = now
  }

  /** A connection was lost. */
  cast(): void {
    if (this.#now() - this.#since >= restMs) this.#since = this.#now()
  }

  /** How long its death may still not be told; 0 where it is believed to live. */
  get leftMs(): number {
    return Math.max(0, this.#since + tellAtLastMs - this.#now())
  }
}
