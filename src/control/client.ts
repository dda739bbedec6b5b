import type { ServiceController, ServiceStatus, StopReport } from '../supervisor/controller.ts'
import { askJson, type JsonAnswer, type NoAnswer, type Question, withDeadline } from './ask.ts'
import { isObject } from './body.ts'
import { errorOf, isErrorAnswer } from './error-answer.ts'
import { noAnswerError } from './no-answer.ts'
import { type Hello, isHello, type Route } from './protocol.ts'
import { readLog } from './read-log.ts'

/** What needs no work on the other side is answered within this time, or not at all. */
const answerMs = 5000

/**
 * Asks who is there. `nobody`: no socket, or nobody behind it; `silent`: connected, but hung up on, or without an
 * answer in time; `stranger`: an answer, but not that of a supervisor that we can talk to.
 */
export const shakeHands = (path: string, timeoutMs = 2000): Promise<Hello | NoAnswer> =>
  withDeadline(timeoutMs, async (signal) => {
    const answer = await greet(path, signal)
    // one that is just ending hangs up on who waits in line; the next one finds nobody
    return answer === 'silent' && !signal.aborted ? greet(path, signal) : answer
  })

const greet = async (path: string, signal: AbortSignal): Promise<Hello | NoAnswer> => {
  const answer = await askJson(path, { target: '/hello', signal })
  if (typeof answer === 'string') return answer
  return answer.status === 200 && isHello(answer.value) ? answer.value : 'stranger'
}

/**
 * A service that is supervised by another process. Its methods reject like those of a supervisor in this one, and with
 * `ERR_NOT_RUNNING` where nobody answers any more. `service` is its name, for the messages.
 */
export const controlClient = (path: string, service?: string): ServiceController => {
  const call = async <T extends object>(route: Route, question: Omit<Question, 'target'>): Promise<T> =>
    understood<T>(await askJson(path, { ...question, target: `/${route}` }), { path, service })
  const start = shared(() => call<ServiceStatus>('start', { method: 'POST' }))
  const stop = shared(() => call<StopReport>('stop', { method: 'POST', body: {} }))
  return {
    start,
    stop: ({ force = false } = {}) => (force ? call<StopReport>('stop', { method: 'POST', body: { force } }) : stop()),
    restart: () => call<ServiceStatus>('restart', { method: 'POST' }),
    status: () => withDeadline(answerMs, (signal) => call<ServiceStatus>('status', { signal })),
    logs: (options) => readLog({ path, service, answerMs }, options),
  }
}

const understood = <T extends object>(
  answer: JsonAnswer | NoAnswer,
  who: { readonly path: string; readonly service: string | undefined },
): T => {
  if (typeof answer === 'string') throw noAnswerError(answer, who)
  if (answer.status === 200 && isObject(answer.value)) return answer.value as T
  throw isErrorAnswer(answer.value) ? errorOf(answer.value) : noAnswerError('stranger', who)
}

/** Asked again while the answer is awaited, it is the same promise. */
const shared = <T>(work: () => Promise<T>): (() => Promise<T>) => {
  let pending: Promise<T> | undefined
  return () =>
    (pending ??= work().finally(() => {
      pending = undefined
    }))
}
