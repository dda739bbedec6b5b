import type { Exit } from '../launch/launcher.ts'
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
  /** Path of the socket, where it has one in place of a port. */
  readonly socket?: string
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
  /** In Electron's main process: why it was forked, where a utilityProcess would have been the rule. */
  readonly launchReason?: string
  /** Its front door, while that is open. */
  readonly gateway?: { readonly url: string; readonly port: number }
  /** The second process, with `standby`. */
  readonly standby?: { readonly state: StateName; readonly pid: number | null }
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
  /**
   * Ends the process and starts it again, whatever state it is in. Resolves and rejects as `start` does. With `overlap` or
   * `standby` one that is ready goes on until another one serves; where that does not become ready, it rejects and all stays.
   */
  restart(): Promise<ServiceStatus>
  status(): Promise<ServiceStatus>
  /** Lines of output, oldest first: the last `tail` (default all that is kept), then, with `follow`, those to come. */
  logs(options?: { readonly tail?: number; readonly follow?: boolean; readonly signal?: AbortSignal }): AsyncIterable<LogLine>
}

/** Of the process `pid`; settled when it answers nobody any more. */
export type Drain = (pid: number, signal: AbortSignal) => Promise<void>

export interface Supervisor extends ServiceController, AsyncDisposable {
  readonly name: string
  readonly state: State
  /** Where the service answers; undefined while it has no address, and where that is a socket. */
  readonly url: string | undefined
  /** The Unix socket or pipe where it answers, with `transport: 'socket'`; undefined while it has none. */
  readonly socketPath: string | undefined
  /**
   * Asks a ready service at once whether it is well, besides the beat of its liveness: after a sleep of the machine, or when
   * somebody else had no answer. The events tell what was found; a miss here counts towards `unresponsive`, not towards a restart.
   */
  probe(): void
  /** Runs after the first. */
  readonly restarts: number
  readonly lastExit: LastExit | null
  /** Processes that it has started and that have not ended: roots of trees. */
  readonly pids: readonly number[]
  /** Where clients reach it through its front door; undefined without one, and while that is closed. */
  readonly gatewayUrl: string | undefined
  /**
   * Has a process that is to be replaced finish what it is answering: its end waits for what `drain` returns, which must bound
   * itself. `signal` is aborted when there is no more use in waiting: the process has ended, or the service is stopped. Not
   * asked before a stop, or where the process does not answer. Returns the unsubscribe.
   */
  onDrain(drain: Drain): () => void
  /**
   * Tells the pid of each of its processes and how it has ended, the moment that it has, whichever part it played. What it left is swept, and the
   * event `exit` told, some milliseconds later; whoever takes its place may be told before. A listener that throws harms nobody.
   * Returns the unsubscribe.
   */
  onGone(listener: (pid: number, exit: Exit) => void): () => void
  /** Settles when nothing is supervised any more: it is stopped, or given up and has no front door that would say so. */
  over(): Promise<State>
  /** Returns the unsubscribe. A listener that throws harms nobody. */
  on<E extends EventName>(event: E, listener: (facts: SupervisorEvents[E]) => void): () => void
}
