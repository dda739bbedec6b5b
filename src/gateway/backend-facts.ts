import type { LastExit } from '../supervisor/controller.ts'
import type { StateName } from '../supervisor/model.ts'

/** What the door tells of the backend behind it. */
export interface BackendFacts {
  readonly state: StateName
  /** Another run follows, in `stopping`. */
  readonly restarting: boolean
  readonly pid: number | null
  readonly restarts: number
  readonly lastExit: LastExit | null
  /** Last lines of output of the last run that ended, oldest first; only for those who may see them. */
  readonly tail: readonly string[]
  /** Until the next run is launched; null where none is planned, or one is under way. */
  readonly nextStartInMs: number | null
  /** Which run in a row without readiness this is, from 1; null where there is no such count. */
  readonly attempt: number | null
  /** Why it is given up. */
  readonly failure: { readonly code: string; readonly reason: string | null; readonly message: string; readonly hint: string | null } | null
}

/** The backend as those see it who tell of it. */
export interface BackendView {
  facts(): BackendFacts
  /** Called after each change. Returns the unsubscribe. */
  onChange(listener: () => void): () => void
}
