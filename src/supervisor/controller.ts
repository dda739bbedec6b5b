import type { LogLine } from '../logs/tail.ts'
import type { EventName, SupervisorEvents } from './events.ts'
import type { State, StateName } from './model.ts'

/** How the last run ended. */
export interface LastExit {
  readonly pid: number
  readonly code: number | null
  readonly signal: string | null
  readonly reason: SupervisorEvents['exit']['reason']
  readonly uptimeMs: number
}

/** A row of `status --json`. */
export interface ServiceStatus {
  readonly name: string
  readonly state: StateName
  readonly pid: number | null
  readonly port: number | null
  readonly url: string | null
  /** Of the process that runs now, since its launch. */
  readonly uptimeMs: number | null
  /** Runs after the first. */
  readonly restarts: number
  readonly lastExit: LastExit | null
  /** `ok` is null while the service is not ready. */
  readonly health: { readonly ok: boolean | null; readonly latencyMs: number | null; readonly failures: number }
  /** Of the whole tree. */
  readonly memoryBytes: number | null
  /** Of one core, of the whole tree, since its launch. */
  readonly cpuPercent: number | null
  readonly supervisor: { readonly pid: number; readonly version: string; readonly startedAt: string }
}

export interface StopReport {
  /** Processes of the run that are gone. */
  readonly reaped: readonly number[]
  /** Processes that were of its tree and are still alive: they would not die, or are not proved to be ours. */
  readonly survivors: readonly number[]
}

/** What one can ask of a service, in this process and from another alike. */
export interface ServiceController {
  /** Resolves when it is ready for the first time, rejects with the error that moved it to `failed`. Twice is the same promise. */
  start(): Promise<ServiceStatus>
  /** Resolves when nothing of it is left. Twice is the same promise; `force` kills the tree now. */
  stop(options?: { readonly force?: boolean }): Promise<StopReport>
  /** Ends the process and starts it again, whatever state it is in. Resolves and rejects as `start` does. */
  restart(): Promise<ServiceStatus>
  status(): Promise<ServiceStatus>
  /** Lines of output, oldest first: the last `tail` (default all that is kept), then, with `follow`, those to come. */
  logs(options?: { readonly tail?: number; readonly follow?: boolean; readonly signal?: AbortSignal }): AsyncIterable<LogLine>
}

export interface Supervisor extends ServiceController, AsyncDisposable {
  readonly name: string
  readonly state: State
  /** Where the service answers; undefined while it has no address. */
  readonly url: string | undefined
  /** Returns the unsubscribe. A listener that throws harms nobody. */
  on<E extends EventName>(event: E, listener: (facts: SupervisorEvents[E]) => void): () => void
}
