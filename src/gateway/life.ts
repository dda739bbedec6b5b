import type { Exit } from '../launch/launcher.ts'

/** What can be learned of processes whose connections were lost. */
export interface LifeSigns {
  /** `ending`: it has begun to; the kernel closes its connections after that. undefined: nobody can tell. */
  readonly sign: (pid: number) => 'there' | 'ending' | 'gone' | undefined
  /** Which of it and what descends from it take connections on a port, or at a path; none where nobody can tell. */
  readonly servers: (pid: number, place: number | string) => Promise<readonly number[]>
}

export const noSigns: LifeSigns = { sign: () => undefined, servers: async () => [] }

/** A death is told within this time of the loss of a connection, on a busy machine, too. */
export const tellAtLastMs = 100
/** One that loses connections and lives must not slow down everybody for ever; nor is one whose servers are hidden looked through again and again. */
const restMs = 1000
/** So often it has closed a connection after an answer, and lived. */
const habit = 3

/**
 * Whether a process lives that has closed a connection: its death is told a little later. The kernel knows who has begun to end;
 * that somebody has not does not mean that he lives on: who fails may close everything in good order first.
 */
export class Life {
  readonly #pid: number
  readonly #place: number | string
  readonly #signs: LifeSigns
  readonly #now: () => number
  #servers: readonly number[] = []
  /** Or nobody can tell who they are. */
  #isLooking: boolean
  #notFoundAt = Number.NEGATIVE_INFINITY
  #outlived = 0
  #exit: Exit | undefined
  #doubtedAt = Number.NEGATIVE_INFINITY

  /** To be made when the process is ready. */
  constructor(pid: number, place: number | string, signs: LifeSigns, now: () => number) {
    this.#pid = pid
    this.#place = place
    this.#signs = signs
    this.#now = now
    this.#isLooking = signs.sign(pid) !== 'there'
    void this.#look()
  }

  /** Those who have served when it was last looked; none where nobody can tell. */
  get servers(): readonly number[] {
    return this.#servers
  }

  /** `there`: all of them. Of several, nobody can tell whose connection it was. */
  signOf(servers: readonly number[]): 'there' | 'ending' | 'gone' | undefined {
    const signs = servers.map((pid) => this.#signs.sign(pid))
    if (signs.length > 0 && signs.every((sign) => sign === 'there')) return 'there'
    // whoever stands above them may put others in their place
    void this.#look()
    return signs.length === 1 ? signs[0] : undefined
  }

  /** It closes connections when it has answered. */
  get closesByHabit(): boolean {
    return this.#outlived >= habit
  }

  /** It has closed a connection, and is still there when its death would have been told. */
  outlive(): void {
    this.#outlived += 1
  }

  end(exit: Exit): void {
    this.#exit = exit
  }

  /** Whoever has answered was killed: it could not close anything in good order first. */
  get wasKilled(): boolean {
    return this.#exit?.signal === 'SIGKILL' && this.#servers.length === 1 && this.#servers[0] === this.#pid
  }

  /** A connection was lost. */
  doubt(): void {
    if (this.#now() - this.#doubtedAt >= restMs) this.#doubtedAt = this.#now()
  }

  /** How long its death may still not be told, ms; 0 where it is believed to live. */
  get doubtedMs(): number {
    return Math.max(0, this.#doubtedAt + tellAtLastMs - this.#now())
  }

  async #look(): Promise<void> {
    if (this.#isLooking || this.#now() - this.#notFoundAt < restMs) return
    this.#isLooking = true
    // what hides them is hidden from us as well
    const servers = await this.#signs.servers(this.#pid, this.#place).catch(() => [])
    if (servers.length > 0) this.#servers = servers
    else this.#notFoundAt = this.#now()
    this.#isLooking = false
  }
}
