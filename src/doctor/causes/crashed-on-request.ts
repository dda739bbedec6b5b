/** It dies of a question, or soon after the answer; what it says about that, if it says anything, names no cause. Pure. */
import { toldSignal } from '../../causes/exit-codes.ts'
import { spokenError } from '../../causes/first-error.ts'
import type { Cause, Finding } from '../cause.ts'
import type { Evidence, ExitEvidence, RequestEvidence, RunEvidence } from '../evidence.ts'
import { finalWords } from '../signs/asides.ts'
import {
  after,
  duration,
  endedUnasked,
  exitCause,
  howEnded,
  isUsable,
  linesOf,
  lostServer,
  named,
  patientRun,
  reached,
} from '../signs/reading.ts'

/** What comes later may have another reason. */
const soonMs = 2000
/** Sent by others: who is hit by one has not crashed. */
const fromOutside = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'])

export const crashedOnRequest: Cause = {
  code: 'CRASHED_ON_REQUEST',
  title: 'The backend crashes on a request',
  find: (evidence) => {
    const run = patientRun(evidence)
    if (run === undefined) return undefined
    const exit = endedUnasked(run)
    return exit === null ? serverCrashed(run, evidence) : crashed(run, exit, evidence)
  },
}

/** Questions that came to it, and not to somebody else, before it ended. */
const put = (run: RunEvidence, untilMs: number): RequestEvidence[] =>
  reached(run).filter(({ owner, atMs }) => owner !== 'foreign' && atMs <= untilMs)

const crashed = (run: RunEvidence, exit: ExitEvidence, evidence: Evidence): Finding | undefined => {
  const cause = exitCause(run)
  if (cause !== null && cause !== 'EXITED_BEFORE_LISTENING') return undefined
  const questions = put(run, exit.atMs)
  const last = questions.at(-1)
  const signal = exit.signal ?? (exit.code === null ? undefined : toldSignal(exit.code))
  // that is what the kernel does for want of memory, and no program does to itself
  if (last === undefined || signal === 'SIGKILL') return undefined
  const passed = Math.max(0, Math.round(exit.atMs - last.atMs))
  const pending = last.outcome === 'closed' || last.outcome === 'no-answer'
  const sent = signal !== undefined && fromOutside.has(signal)
  const words = signal === undefined ? finalWords(linesOf(run)) : spokenError(linesOf(run))
  const often = evidence.service?.supervised?.endedAgoMs?.length ?? 0
  return {
    confidence: sent ? 'possible' : pending || passed <= soonMs ? 'certain' : 'likely',
    explanation: `It ${howEnded(exit)} ${duration(passed)} after GET ${last.path}${words === undefined ? '.' : `: ${words}`}`,
    hint: hintFor(last, exit, words),
    supports: [
      `GET ${last.path}: ${last.outcome}${last.status === null ? '' : ` ${last.status}`}.`,
      questions.length === 1 ? 'It was the first question that it was asked.' : `It was question ${questions.length}.`,
      `It ${howEnded(exit)} ${after(exit.atMs)}.`,
    ],
    contradicts: [
      ...(sent ? [`${signal} is sent by others; no crash ends with it.`] : []),
      ...(often === 0 ? [] : [`It has ended ${often === 1 ? 'once' : `${often} times`} in the ten minutes before, without this question.`]),
    ],
  }
}

const hintFor = ({ path }: RequestEvidence, exit: ExitEvidence, words: string | undefined): string => {
  if (words !== undefined)
    return `Mend what GET ${path} runs into: catch that error in its handler and answer with a status of 500 instead.`
  const silent = exit.code === 0 ? 'It ended as if all were done' : 'It said nothing'
  return `${silent}: look for process.exit, or a server that is closed, in what GET ${path} runs.`
}

/** The one who served is gone; a watcher, a shell or a package manager that had started it lives. */
const serverCrashed = (run: RunEvidence, evidence: Evidence): Finding | undefined => {
  const server = lostServer(run)
  const last = put(run, Number.POSITIVE_INFINITY).at(-1)
  const final = run.requests.at(-1)
  if (server === undefined || last === undefined || final === undefined || isUsable(final, evidence.service?.readiness.kind === 'tcp'))
    return undefined
  if (named(run) !== undefined) return undefined
  const words = spokenError(linesOf(run))
  const root = run.command === null ? `pid ${run.pid}` : `${run.command} (pid ${run.pid})`
  return {
    confidence: 'likely',
    explanation: `The process that listened on port ${server.port} (pid ${server.pid}) is gone after GET ${last.path}${words === undefined ? '' : `: ${words}`}; ${root}, which had started it, lives on and serves nothing.`,
    hint: `Mend what GET ${last.path} runs into, and start the server itself rather than a watcher or a package manager, so that its end is seen.`,
    supports: [
      `Pid ${server.pid} listened on port ${server.port} and is not there any more.`,
      `GET ${last.path}: ${last.outcome}.`,
      `Pid ${run.pid} lives.`,
    ],
  }
}
