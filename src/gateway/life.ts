/** What can be learned of processes whose connections were lost. */
export interface LifeSigns {
  /** Whether it has begun to end; it closes its connections after that. undefined: nobody can tell. */
  readonly exiting: (pid: number) => boolean | undefined
  /** It and what descends from it. */
  readonly tree: (pid: number) => Promise<readonly unknown[]>
}

export const noSigns: LifeSigns = { exiting: () => undefined, tree: async () => [] }

/** A death is told within this time of the loss of a connection, on a busy machine, too. */
export const tellAtLastMs = 100
/** One that loses connections and lives must not slow down everybody for ever. */
const restMs = 1000

/** Whether a process lives that has closed a connection. Its death is told a little later. */
export class Life {
  readonly #pid: number
  readonly #signs: LifeSigns
  readonly #now: () => number
  /** Nobody but itself can have answered. */
  #isAlone = false
  #doubtedAt = Number.NEGATIVE_INFINITY

  /** To be made when the process is ready. */
  constructor(pid: number, signs: LifeSigns, now: () => number) {
    this.#pid = pid
    this.#signs = signs
    this.#now = now
    if (signs.exiting(pid) === false) void this.#look()
  }

  /**
   * true: it lives beyond doubt, and what it has closed, it has closed by itself. false: it has begun to end. undefined: nobody
   * can tell, or another one below it may have ended.
   */
  get lives(): boolean | undefined {
    const exiting = this.#signs.exiting(this.#pid)
    if (exiting === true) return false
    return exiting === false && this.#isAlone ? true : undefined
  }

  /** A connection was lost. */
  doubt(): void {
    if (this.#now() - this.#doubtedAt >= restMs && this.lives !== true) this.#doubtedAt = this.#now()
  }

  /** How long its death may still not be told, ms; 0 where it is believed to live. */
  get doubtedMs(): number {
    return Math.max(0, this.#doubtedAt + tellAtLastMs - this.#now())
  }

  async #look(): Promise<void> {
    this.#isAlone = (await this.#signs.tree(this.#pid)).length === 1
  }
}
