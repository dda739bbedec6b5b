/** What became of the requests of one kind. */
export interface Judged {
  readonly count: number
  readonly failed: number
  /** How often, by what was wrong. */
  readonly failures: Readonly<Record<string, number>>
  readonly medianMs: number
  readonly longestMs: number
  /** Besides the work: that which answered, and that which had been done until a backend died. */
  readonly longestExtraMs: number
}

export interface ChaosReport {
  readonly gets: Judged
  readonly posts: Judged
  /** GETs of one client more, straight to a backend that nobody kills: what the machine makes everybody wait. */
  readonly bystander: Judged
  readonly ranTwice: number
  readonly neverRan: number
  readonly failedUnbegun: number
  /** By what became of them: `complete`, `broken`, and what must not be. */
  readonly streams?: Readonly<Record<string, number>>
  readonly sockets?: {
    readonly opened: number
    readonly notOpened: Readonly<Record<string, number>>
    readonly wrong: number
    /** From the death of the backend. */
    readonly longestCloseMs: number
  }
  readonly boot: { readonly medianMs: number; readonly longestMs: number }
  readonly kills?: number
  readonly restarts?: number
  /** From a kill until the next process is said to be ready. */
  readonly readyAgain: { readonly medianMs: number; readonly longestMs: number }
  readonly failedRestarts: number
  /** Kills at a moment without a standby. */
  readonly unprotected: number
  readonly exits: number
  /** Of the door. */
  readonly port: number
  /** What `/_supervise/health` said at the end. */
  readonly health: unknown
  /** How the command ended, and what it had said on stderr. */
  readonly code: number | string
  readonly said: string
}

export interface ChaosOptions {
  readonly command: string
  readonly dir: string
  readonly env?: NodeJS.ProcessEnv
  readonly evil?: 'kill' | 'restart'
  readonly seconds?: number
  readonly everyMs?: number
  /** Of `start`. */
  readonly options?: readonly string[]
  readonly backendArgs?: readonly string[]
  readonly bootMs?: number
  readonly getters?: number
  readonly posters?: number
  readonly streams?: number
  readonly sockets?: number
  /** How often the bare backend is booted before, and after. */
  readonly boots?: number
  /** Waits with a kill until there is a standby. */
  readonly patient?: boolean
}

export const workMs: number
export const chaos: (options: ChaosOptions) => Promise<ChaosReport>
