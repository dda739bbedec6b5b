/**
 * Decides what misses in a row mean. Pure.
 *
 * A first miss is asked again at once: two misses make a backend `unresponsive`, which is said and harms nobody. Only
 * beats count towards a restart, not the question asked again, so that the threshold keeps the length that the period
 * gives it. An answer that our own lateness spoilt counts for nothing.
 */
export interface Misses {
  /** Failed probes in a row, the repeated question included. */
  readonly probes: number
  /** Failed beats in a row. */
  readonly beats: number
  /** Monotonic time at which the first of them began; null while all is well. */
  readonly since: number | null
}

export const noMisses: Misses = { probes: 0, beats: 0, since: null }

export interface Observation {
  readonly ok: boolean
  /** Our own timer fired too late for the failure to say anything about the backend. */
  readonly spoilt: boolean
  /** This was the question asked again after a first miss. */
  readonly repeated: boolean
  /** When the probe began, monotonic milliseconds. */
  readonly at: number
}

export type Judgement =
  | 'well'
  /** Ask again at once: a first miss, or a spoilt answer. */
  | 'ask-again'
  | 'missed'
  /** From now on it is unresponsive. */
  | 'unresponsive'
  /** It answers again. */
  | 'responsive'
  /** The threshold is reached. */
  | 'unhealthy'

export const observe = (
  misses: Misses,
  { ok, spoilt, repeated, at }: Observation,
  failureThreshold: number,
): { misses: Misses; judgement: Judgement } => {
  if (ok) return { misses: noMisses, judgement: misses.probes >= 2 ? 'responsive' : 'well' }
  if (spoilt) return { misses, judgement: 'ask-again' }
  const next: Misses = { probes: misses.probes + 1, beats: misses.beats + (repeated ? 0 : 1), since: misses.since ?? at }
  if (next.beats >= failureThreshold) return { misses: next, judgement: 'unhealthy' }
  if (next.probes === 1) return { misses: next, judgement: 'ask-again' }
  return { misses: next, judgement: next.probes === 2 ? 'unresponsive' : 'missed' }
}
