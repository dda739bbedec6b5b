/**
 * Decides whether, and after how long, a run is followed by another. Pure: time and chance come in as numbers.
 *
 * Two counts, kept apart. Runs that never became ready are counted in a row: they say that the next one will not
 * either. Crashes of runs that had been ready decay with a half-life, so that the limit means the same in the first
 * minute and after a month of good service; no window to forget, no minimum uptime to slip under.
 */
import type { CauseCode } from '../causes/codes.ts'

export interface RestartPolicy {
  readonly when: 'always' | 'on-failure' | 'never'
  readonly backoff: { readonly initialMs: number; readonly maxMs: number; readonly factor: number; readonly jitter: number }
  readonly intensity: { readonly maxRestarts: number; readonly halfLifeMs: number }
}

/** As many runs in a row may end without having been ready. */
export const neverReadyLimit = 3

/** As many times a port that was lost between choice and bind is chosen again before the run counts as failed. */
export const portLossLimit = 5

export interface History {
  /** Crashes of runs that had been ready, decayed to `crashedAt`. */
  readonly crashes: number
  readonly crashedAt: number
  /** Runs in a row that never became ready. */
  readonly neverReady: number
  /** Ports in a row that were lost between choice and bind. */
  readonly portLosses: number
}

export const cleanHistory: History = { crashes: 0, crashedAt: 0, neverReady: 0, portLosses: 0 }

/** How a run ended that nobody asked to end. */
export interface Ending {
  readonly wasReady: boolean
  /** It ended by itself with code 0. */
  readonly clean: boolean
  /** Its port was in somebody else's hands. */
  readonly portLost: boolean
  readonly reason: CauseCode | null
}

export type Verdict =
  | { readonly do: 'restart'; readonly delayMs: number; readonly port: 'keep' | 'new'; readonly history: History }
  | { readonly do: 'complete' }
  | { readonly do: 'give-up'; readonly because: 'port-taken' | 'never-ready' | 'crash-loop' | 'crashed'; readonly history: History }

export const decayed = (count: number, sinceMs: number, halfLifeMs: number): number => count * 0.5 ** (Math.max(0, sinceMs) / halfLifeMs)

/** Delay before the run that follows `neverReady` runs that never became ready: none before the first, then a ramp. */
export const backoffMs = ({ initialMs, maxMs, factor, jitter }: RestartPolicy['backoff'], neverReady: number, random: number): number => {
  if (neverReady <= 1) return 0
  const base = Math.min(maxMs, initialMs * factor ** (neverReady - 2))
  return Math.min(maxMs, Math.round(base * (1 + jitter * (2 * random - 1))))
}

export interface Moment {
  /** Monotonic milliseconds. */
  readonly at: number
  /** From [0, 1). */
  readonly random: number
}

export const judge = (policy: RestartPolicy, portIsStrict: boolean, history: History, ending: Ending, moment: Moment): Verdict => {
  if (ending.clean && policy.when !== 'always') return { do: 'complete' }
  if (ending.portLost && !ending.wasReady) {
    if (portIsStrict) return { do: 'give-up', because: 'port-taken', history }
    if (history.portLosses < portLossLimit) {
      return { do: 'restart', delayMs: 0, port: 'new', history: { ...history, portLosses: history.portLosses + 1 } }
    }
  }
  return ending.wasReady ? judgeCrash(policy, history, moment) : judgeNeverReady(policy, history, moment)
}

const judgeCrash = (policy: RestartPolicy, history: History, { at }: Moment): Verdict => {
  const crashes = decayed(history.crashes, at - history.crashedAt, policy.intensity.halfLifeMs) + 1
  const next: History = { crashes, crashedAt: at, neverReady: 0, portLosses: 0 }
  if (policy.when === 'never') return { do: 'give-up', because: 'crashed', history: next }
  if (crashes > policy.intensity.maxRestarts) return { do: 'give-up', because: 'crash-loop', history: next }
  return { do: 'restart', delayMs: 0, port: 'keep', history: next }
}

const judgeNeverReady = (policy: RestartPolicy, history: History, { random }: Moment): Verdict => {
  const next: History = { ...history, neverReady: history.neverReady + 1 }
  if (policy.when === 'never' || next.neverReady >= neverReadyLimit) return { do: 'give-up', because: 'never-ready', history: next }
  return { do: 'restart', delayMs: backoffMs(policy.backoff, next.neverReady, random), port: 'keep', history: next }
}
