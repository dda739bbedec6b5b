/** The words of the machine: its states, what goes in, what comes out. Pure. What they lead to: `machine.ts`. */
import type { CauseCode } from '../causes/codes.ts'
import type { Exit, LaunchFailure } from '../launch/launcher.ts'
import type { Ownership } from '../ports/owners.ts'
import { cleanHistory, type History, type RestartPolicy } from './policy.ts'

/** How a run ended, as told in the `exit` event. */
export interface ExitReport extends Exit {
  readonly pid: number
  /** From launch to end. */
  readonly uptimeMs: number
  readonly reason: CauseCode | null
  /** Last lines of output, oldest first. */
  readonly tail: readonly string[]
  /** We ended it. */
  readonly requested: boolean
  /** The child wanted the port that we gave it, and somebody else had it. */
  readonly portLost: boolean
  /** Processes of the run that are still alive although they were killed. */
  readonly survivors: readonly number[]
}

/** Why a service is not tried any more. */
export interface Failure {
  readonly because: 'launch' | 'port-taken' | 'never-ready' | 'crash-loop' | 'crashed' | 'unkillable'
  readonly reason: CauseCode | null
  /** The launch that failed, where that is why. */
  readonly launch: LaunchFailure | null
  /** The last run, where there was one. */
  readonly exit: ExitReport | null
  /** The first of the streak that led here: what follows is often only its consequence. */
  readonly first: ExitReport | null
  /** What was seen last, if it was not the exit that tells. */
  readonly detail: string | null
  /** Runs or crashes counted until the end. */
  readonly count: number
}

/** Why a running child is found wanting. */
export interface Fault {
  readonly reason: CauseCode | null
  readonly message: string
  readonly portLost?: boolean
  /** It takes more than it may, and is well otherwise: it gets the whole grace. */
  readonly excess?: true
}

/** What follows when a child that is being ended has ended. */
export type After =
  | { readonly do: 'stop' }
  | { readonly do: 'start' }
  | { readonly do: 'judge'; readonly wasReady: boolean; readonly fault: Fault }

export type State =
  | { readonly state: 'stopped'; readonly completed: boolean; readonly exit: ExitReport | null }
  | { readonly state: 'starting'; readonly run: number; readonly attempt: number; readonly pid: number | null }
  | { readonly state: 'ready'; readonly run: number; readonly attempt: number; readonly pid: number; readonly identity: Ownership }
  | {
      readonly state: 'stopping'
      readonly run: number
      readonly pid: number | null
      readonly after: After
      readonly killed: boolean
      /** It is not asked to end before it has finished what it answers. */
      readonly draining?: true
    }
  | { readonly state: 'backoff'; readonly run: number; readonly attempt: number; readonly delayMs: number; readonly port: 'keep' | 'new' }
  | { readonly state: 'failed'; readonly failure: Failure }

export type StateName = State['state']

export interface Model {
  readonly state: State
  /** Number of the latest run. */
  readonly run: number
  readonly history: History
  /** How the streak of failures began that is under way. */
  readonly first: ExitReport | null
}

export type Input =
  | { readonly type: 'start' }
  | { readonly type: 'stop'; readonly force: boolean }
  | { readonly type: 'restart' }
  /** A start beside another process of the service: what went wrong in the service before is not forgotten. */
  | { readonly type: 'join' }
  /** It serves from now on: what went wrong with it before is not held against the service. */
  | { readonly type: 'serve' }
  /** Another process serves in its place: it ends when it has finished what it answers. */
  | { readonly type: 'retire' }
  | { readonly type: 'launched'; readonly run: number; readonly pid: number }
  | { readonly type: 'launch-failed'; readonly run: number; readonly failure: LaunchFailure }
  | { readonly type: 'ready'; readonly run: number; readonly identity: Ownership }
  /** Readiness did not come in time, or cannot come any more. */
  | { readonly type: 'unready'; readonly run: number; readonly fault: Fault }
  /** Liveness has the evidence that a restart needs. */
  | { readonly type: 'unhealthy'; readonly run: number; readonly fault: Fault }
  | { readonly type: 'exited'; readonly run: number; readonly report: ExitReport }
  /** The child was killed and is still there: the kernel does not let it go. */
  | { readonly type: 'unkillable'; readonly run: number; readonly survivors: readonly number[] }
  | { readonly type: 'elapsed'; readonly run: number }

export type Effect =
  | { readonly do: 'launch'; readonly run: number; readonly port: 'keep' | 'new' }
  | { readonly do: 'await-ready'; readonly run: number }
  | { readonly do: 'watch'; readonly run: number }
  | { readonly do: 'terminate'; readonly run: number; readonly how: TerminationKind }
  /** Ends the drain of a termination under way: its grace begins. */
  | { readonly do: 'hurry'; readonly run: number }
  /** Ends the drain and the grace of a termination under way. */
  | { readonly do: 'kill'; readonly run: number }
  /** Has another process take its place. */
  | { readonly do: 'replace'; readonly run: number; readonly why: string }
  | { readonly do: 'wait'; readonly run: number; readonly delayMs: number }
  | { readonly do: 'cancel-wait' }

/**
 * `drained`: what it answers is finished first, then the whole grace. `graceful`: the whole grace. `quick`: for a child that
 * does not answer. `now`: no grace. Once per run.
 */
export type TerminationKind = 'drained' | 'graceful' | 'quick' | 'now'

/** Why the state changed, in a word; part of the `state` event. */
export type Cause =
  | 'requested'
  | 'launched'
  | 'probe passed'
  | 'launch failed'
  | 'not ready in time'
  | 'unresponsive'
  | 'over limit'
  | 'exited'
  | 'completed'
  | 'port lost'
  | 'backoff elapsed'
  | 'gave up'
  /** Another process serves from now on. */
  | 'replaced'

export interface Step {
  readonly model: Model
  readonly effects: readonly Effect[]
  readonly cause: Cause | null
  /** What was seen, where the cause is something found wanting. */
  readonly detail?: string
}

/** The part of a service's options that the machine decides by. */
export interface Rules {
  readonly restart: RestartPolicy
  /** The port was asked for by number: it is not exchanged for another. */
  readonly portIsStrict: boolean
  /** It serves, and another process can take its place without a gap. */
  readonly isReplaceable: boolean
}

export const initialModel: Model = { state: { state: 'stopped', completed: false, exit: null }, run: 0, history: cleanHistory, first: null }
