import type { CauseCode } from '../causes/codes.ts'
import type { Clock } from '../clock.ts'
import { type Answer, ask } from './ask.ts'
import { endsBefore, never } from './ends-before.ts'
import type { Probe, ProbeResult, ProbeTarget } from './probe.ts'
import { type Judgement, type Misses, noMisses, observe } from './threshold.ts'

/** What else is known when a probe has failed. `conclusive`: no patience is owed. */
export interface Evidence {
  readonly reason: CauseCode | null
  readonly message: string
  readonly conclusive: boolean
}

/** Why it must be restarted. */
export interface Unhealthy {
  readonly reason: CauseCode | null
  readonly message: string
}

export interface LivenessOptions {
  readonly probe: Probe
  readonly target: ProbeTarget
  readonly periodMs: number
  readonly timeoutMs: number
  readonly failureThreshold: number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Looks at the process and its listeners; called for every answer, since a stranger can answer well. null: nothing speaks against it. */
  readonly examine: (result: ProbeResult) => Promise<Evidence | null>
  readonly onProbe: (result: ProbeResult, latencyMs: number, misses: Misses) => void
  /** Calls back when what is known may be out of date (the machine has slept): then it asks at once. */
  readonly onDoubt?: (listener: () => void) => void
  readonly onUnresponsive: (facts: { misses: number; silentMs: number; reason: CauseCode | null }) => void
  readonly onResponsive: (facts: { misses: number; silentMs: number; reason: CauseCode | null }) => void
}

/** A deadline of ours that fires later than this says more about us (sleep, load) than about the backend. */
const latenessMs = 500
/** Conclusive evidence is looked at twice: a dev server closes its port for a moment when it reloads itself. */
const secondLookMs = 500

/**
 * Asks once per period, measured from start to start, one question at a time, until the evidence suffices for a
 * restart. Never settles once `signal` has aborted.
 */
export const watchLiveness = async (options: LivenessOptions): Promise<Unhealthy> => {
  const { clock, signal, periodMs, failureThreshold } = options
  let misses = noMisses
  let repeated = false
  let due = clock.now() + periodMs
  let doubted = false
  let wake = (): void => {}
  options.onDoubt?.(() => {
    doubted = true
    wake()
  })
  for (;;) {
    const doubt = new Promise<void>((resolve) => {
      wake = resolve
    })
    if (!doubted && (await endsBefore(due, clock, signal, doubt))) return never()
    // one more question than the beat has: it may clear the backend, and is no beat that it missed
    const extra = doubted
    doubted = false
    const { result, evidence, at, latencyMs, lateMs } = await look(options)
    if (signal.aborted) return never()
    if (evidence?.conclusive && repeated && !doubted) return { reason: evidence.reason, message: evidence.message }
    // asked before the doubt came up, answered after it
    const spoilt = lateMs > latenessMs || doubted
    const step = observe(misses, { ok: result.ok, spoilt, repeated: repeated || extra, at }, failureThreshold)
    tell(options, step.judgement, misses, step.misses, result, latencyMs)
    misses = step.misses
    if (step.judgement === 'unhealthy') return unhealthy(options, misses, result)
    const again: boolean = step.judgement === 'ask-again' || (evidence?.conclusive === true && !repeated)
    repeated = again && !spoilt
    if (again) due = clock.now() + (evidence?.conclusive ? secondLookMs : 0)
    else if (!extra || due <= clock.now()) due = Math.max(due + periodMs, clock.now())
  }
}

interface Look extends Answer {
  readonly evidence: Evidence | null
}

/** One question, and what else is known about the answer. */
const look = async (options: LivenessOptions): Promise<Look> => {
  const answer = await ask(options.probe, options.target, options)
  if (options.signal.aborted) return { ...answer, evidence: null }
  const evidence = await options.examine(answer.result)
  if (evidence === null) return { ...answer, evidence }
  return { ...answer, evidence, result: { ok: false, reason: evidence.message, ...(evidence.reason && { cause: evidence.reason }) } }
}

const unhealthy = ({ clock }: LivenessOptions, misses: Misses, result: ProbeResult): Unhealthy => {
  const silentMs = Math.round(clock.now() - (misses.since ?? clock.now()))
  return {
    reason: causeOf(result),
    message: `${misses.beats} probes missed in a row, silent for ${silentMs} ms; last: ${result.ok ? 'ok' : result.reason}`,
  }
}

const causeOf = (result: ProbeResult): CauseCode | null => (result.ok ? null : (result.cause ?? null))

const tell = (
  options: LivenessOptions,
  judgement: Judgement,
  before: Misses,
  after: Misses,
  result: ProbeResult,
  latencyMs: number,
): void => {
  const silentMs = Math.round(options.clock.now() - (after.since ?? before.since ?? options.clock.now()))
  options.onProbe(result, latencyMs, after)
  if (judgement === 'unresponsive') options.onUnresponsive({ misses: after.probes, silentMs, reason: causeOf(result) })
  if (judgement === 'responsive') options.onResponsive({ misses: before.probes, silentMs, reason: null })
}
