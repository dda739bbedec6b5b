import type { Clock } from '../clock.ts'
import { messageOf } from '../errors.ts'
import type { Probe, ProbeResult, ProbeTarget } from './probe.ts'

export interface Answer {
  readonly result: ProbeResult
  /** When the question was asked, monotonic milliseconds. */
  readonly at: number
  readonly latencyMs: number
  /** By how much the deadline's own timer was late: our process was asleep or busy. */
  readonly lateMs: number
}

/** A probe that is over when its run is over says nothing about the backend. */
export const runEnded: ProbeResult = { ok: false, reason: 'the run has ended' }

/**
 * Asks once, with a deadline over connect, headers and body together. The deadline is a plain timer of ours, so that
 * its own lateness is known; a probe that ignores its signal is left behind.
 */
export const ask = (
  probe: Probe,
  target: ProbeTarget,
  { timeoutMs, clock, signal }: { readonly timeoutMs: number; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Answer> =>
  new Promise((resolve) => {
    const at = clock.now()
    const controller = new AbortController()
    let settled = false
    const settle = (result: ProbeResult): void => {
      if (settled) return
      settled = true
      cancel()
      signal.removeEventListener('abort', onEnd)
      const latencyMs = clock.now() - at
      resolve({ result, at, latencyMs, lateMs: Math.max(0, latencyMs - timeoutMs) })
    }
    const onEnd = (): void => {
      settle(runEnded)
      controller.abort()
    }
    // An answer may lie in the socket while a late timer fires: it is read before the question is given up.
    // Then the probe may tell how far it came; one that does not settle on abort has nothing to tell.
    const onDeadline = (): void =>
      void setImmediate(() => {
        if (settled) return
        controller.abort()
        setImmediate(() => settle({ ok: false, reason: `no answer within ${timeoutMs} ms`, stage: 'no-answer' }))
      })
    const cancel = clock.setTimer(timeoutMs, onDeadline)
    signal.addEventListener('abort', onEnd)
    if (signal.aborted) return onEnd()
    probe(target, controller.signal).then(settle, (error: unknown) => settle({ ok: false, reason: messageOf(error), stage: 'other' }))
  })
