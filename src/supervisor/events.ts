import type { CauseCode } from '../causes/codes.ts'
import type { ErrorCode } from '../errors.ts'
import type { LogLine } from '../logs/tail.ts'
import type { Ownership } from '../ports/owners.ts'
import type { Cause, StateName } from './model.ts'

/** What a supervisor tells. The command line prints the same facts as NDJSON. */
export interface SupervisorEvents {
  state: {
    readonly from: StateName
    readonly to: StateName
    readonly cause: Cause
    /** What was seen, where it was found wanting. */
    readonly detail?: string
    readonly pid?: number
    readonly port?: number
    readonly url?: string
    /** Path of the socket, where it has one in place of a port. */
    readonly socket?: string
    /** Which run in a row without readiness this is, from 1. */
    readonly attempt?: number
    /** Until the next run. */
    readonly delayMs?: number
  }
  ready: {
    readonly pid: number
    readonly port: number | null
    readonly url: string | null
    /** Path of the socket, where it has one in place of a port. */
    readonly socket?: string
    /** From launch to ready. */
    readonly startupMs: number
    readonly identity: Ownership
    /** In Electron's main process: why it was forked, where a utilityProcess would have been the rule. */
    readonly launchReason?: string
  }
  exit: {
    readonly pid: number
    readonly code: number | null
    readonly signal: string | null
    readonly uptimeMs: number
    readonly reason: CauseCode | null
    readonly tail: readonly string[]
    /** We ended it. */
    readonly requested: boolean
  }
  /** What held the port, or was left by a supervisor that died; one event says what was done about it. */
  reclaim: {
    readonly port: number | null
    /** Path of the socket, where the service has one in place of a port. */
    readonly socket?: string
    readonly pid: number
    readonly command: string
    /** `ours` is proved: the recorded process, or a member of its group with its certificate. */
    readonly verdict: 'ours' | 'foreign'
    readonly action: 'killed' | 'moved' | 'refused'
  }
  unresponsive: { readonly pid: number; readonly misses: number; readonly reason: CauseCode | null; readonly silentMs: number }
  responsive: { readonly pid: number; readonly misses: number; readonly reason: CauseCode | null; readonly silentMs: number }
  /** Failures that say something new, and recoveries; every liveness probe with `verbose`. */
  probe: { readonly probe: 'readiness' | 'liveness'; readonly ok: boolean; readonly reason?: string; readonly latencyMs: number }
  log: { readonly stream: LogLine['stream']; readonly line: string; readonly cut?: true; readonly pid: number }
  /** The front door is open. */
  gateway: {
    /** Where clients reach the service from now on, whatever becomes of its processes. */
    readonly url: string
    readonly port: number
    /** A file, private to this user, that holds the token of this launch; only where one is asked for. */
    readonly tokenFile?: string
  }
  /** What becomes of the second process, with `standby`; and of one that is to replace the first. */
  standby: {
    readonly state: 'starting' | 'ready' | 'backoff' | 'failed' | 'stopped'
    readonly pid?: number
    readonly port?: number
    /** Why it is not there; or why the other one is replaced. */
    readonly detail?: string
    /** The process that goes on serving until this one is ready, and where it has `failed`. Ready, it is told as `state`. */
    readonly replaces?: number
  }
  failed: {
    readonly code: ErrorCode
    readonly reason: CauseCode | null
    readonly message: string
    readonly hint: string | null
  }
}

export type EventName = keyof SupervisorEvents
type Listener<E extends EventName> = (event: SupervisorEvents[E]) => void

/** Of what somebody else's function threw. */
export const warn = (error: unknown): void => process.emitWarning(error instanceof Error ? error : new Error(String(error)))

/** Typed events. A listener that throws harms nobody: its error becomes a process warning. */
export class Emitter {
  /** Replaced, never changed: whoever is being told is not disturbed by who comes and goes meanwhile. */
  readonly #listeners = new Map<EventName, readonly Listener<never>[]>()

  on<E extends EventName>(event: E, listener: Listener<E>): () => void {
    // the same function may be given twice; each subscription is its own
    const own: Listener<E> = (facts) => listener(facts)
    this.#listeners.set(event, [...this.#of(event), own])
    return () =>
      void this.#listeners.set(
        event,
        this.#of(event).filter((other) => other !== own),
      )
  }

  has(event: EventName): boolean {
    return this.#of(event).length > 0
  }

  emit<E extends EventName>(event: E, facts: SupervisorEvents[E]): void {
    for (const listener of this.#of(event) as readonly Listener<E>[]) {
      try {
        const result: unknown = listener(facts)
        if (result instanceof Promise) result.catch(warn)
      } catch (error) {
        warn(error)
      }
    }
  }

  #of(event: EventName): readonly Listener<never>[] {
    return this.#listeners.get(event) ?? []
  }
}
