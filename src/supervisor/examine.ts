import type { CauseCode } from '../causes/codes.ts'
import type { Evidence } from '../health/liveness.ts'
import type { ProbeResult, ProbeTarget } from '../health/probe.ts'
import type { WhoAnswers } from '../health/readiness.ts'
import type { SupervisorDeps } from './deps.ts'

export interface Subject {
  readonly pid: number
  /** null where the probe does not ask the port. */
  readonly target: ProbeTarget | null
  readonly whoAnswers: WhoAnswers
}

/**
 * What the process and its listeners say about a probe's answer. A good answer is looked at too: a stranger on our
 * port can answer well.
 */
export const examine = async (result: ProbeResult, subject: Subject, deps: SupervisorDeps): Promise<Evidence | null> => {
  const { pid } = subject
  // asked only where it says something: on some systems it takes a program to answer
  const state = result.ok ? undefined : deps.processes.identify(pid)?.state
  if (state === 'T' || state === 't') {
    return { reason: 'PROCESS_SUSPENDED', message: `process ${pid} is suspended`, conclusive: true }
  }
  const listeners = subject.target && (await examineListeners(result, subject, subject.target))
  if (listeners !== null) return listeners
  if (result.ok) return null
  return { reason: await whyMute(result, state, subject.target, deps), message: result.reason, conclusive: false }
}

const examineListeners = async (result: ProbeResult, { pid, whoAnswers }: Subject, target: ProbeTarget): Promise<Evidence | null> => {
  const { verdict, stranger } = await whoAnswers(target, !result.ok)
  const place = target.socketPath ?? `${target.host}:${target.port}`
  if (verdict === 'foreign') {
    return {
      reason: 'FOREIGN_SERVER_ANSWERS',
      message: `${place} is held by ${stranger ?? 'another process'}, which is not ours`,
      conclusive: true,
    }
  }
  // a socket that lets us in has somebody behind it, under whatever name it is listed
  if (verdict === 'nobody' && !result.ok && (target.socketPath === undefined || result.stage === 'refused')) {
    return { reason: 'NOTHING_LISTENS', message: `process ${pid} no longer listens on ${place}`, conclusive: true }
  }
  return null
}

const whyMute = async (
  result: Extract<ProbeResult, { ok: false }>,
  state: string | undefined,
  target: ProbeTarget | null,
  deps: SupervisorDeps,
): Promise<CauseCode | null> => {
  if (result.cause !== undefined) return result.cause
  if (state === 'D') return 'UNINTERRUPTIBLE_IO'
  if (result.stage !== 'no-answer' || target === null) return null
  // connections that nobody accepts: the loop does not turn. Accepted but unanswered: it turns, and waits for something.
  const waiting = await deps.acceptQueue(target)
  if (waiting > 0) return 'EVENT_LOOP_BLOCKED'
  return waiting === 0 ? 'ACCEPTS_NEVER_ANSWERS' : null
}
