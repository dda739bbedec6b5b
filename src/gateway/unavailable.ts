/** Says why there is nobody to answer, and when to ask again: 503. Pure. */
import type { LastExit } from '../supervisor/controller.ts'
import type { BackendFacts } from './backend-facts.ts'
import type { Problem } from './problem.ts'

interface Words {
  readonly reason: string
  readonly title: string
  readonly detail: string
}

/** While there is no process to ask, or a useless one. `startupMs`: how long the last start took, where there was one. */
export const unavailable = (facts: BackendFacts, startupMs: number | null = null): Problem =>
  problem(facts, startupMs, (told) => wordsFor(told, retryAfterS(told, startupMs)))

/** `waiting`: how many wait already. */
export const roomIsFull = (facts: BackendFacts, startupMs: number | null, waiting: number): Problem =>
  problem(facts, startupMs, (told) => ({
    reason: 'waiting-room-full',
    title: 'Too many requests wait for the backend',
    detail: `${seen(told)} The waiting room, with ${waiting} ${waiting === 1 ? 'request' : 'requests'} in it, has no place for this one. ${again(retryAfterS(told, startupMs))}`,
  }))

export const waitedTooLong = (facts: BackendFacts, startupMs: number | null, waitedMs: number): Problem =>
  problem(facts, startupMs, (told) => ({
    reason: 'waited-too-long',
    title: 'The backend was not ready in time',
    detail: `This request waited ${Math.round(waitedMs)} ms. ${seen(told)} ${again(retryAfterS(told, startupMs))}`,
  }))

/** It is ready, and nobody knows where: a service without a port of its own. */
export const withoutAddress = (facts: BackendFacts): Problem => ({
  ...problem(facts, null, () => ({
    reason: 'backend-without-address',
    title: 'The backend has no address',
    detail: 'It is ready, but it has neither a port nor a socket, so that nothing can be passed on to it. Give the service one.',
  })),
  headers: {},
})

export const doorCloses: Problem = {
  status: 503,
  reason: 'gateway-closing',
  title: 'The front door is being closed',
  detail: 'Its supervisor stops, or it was told to close.',
}

/** Nobody reads it. */
export const clientGone: Problem = {
  status: 503,
  reason: 'client-gone',
  title: 'The client has gone',
  detail: 'It closed its connection while it waited.',
}

const problem = (facts: BackendFacts, startupMs: number | null, words: (facts: BackendFacts) => Words): Problem => {
  const { state, attempt, nextStartInMs, lastExit, tail, failure } = facts
  const seconds = retryAfterS(facts, startupMs)
  const open = failure === null ? null : { ...failure, message: withoutQuote(failure) }
  return {
    status: 503,
    ...words({ ...facts, failure: open }),
    more: { state, attempt, nextStartInMs, lastExit, ...(open !== null && { failure: open }) },
    ...(failure !== null && { confided: { detail: words(facts).detail, failure } }),
    tail,
    headers: seconds === null ? {} : { 'retry-after': String(seconds) },
  }
}

/**
 * Whole seconds, at least one. Null where no other run is planned: RFC 9110 asks for no time, and one that is made up would
 * have clients come back for nothing.
 */
const retryAfterS = ({ state, restarting, nextStartInMs }: BackendFacts, startupMs: number | null): number | null => {
  if (state === 'failed' || state === 'stopped' || (state === 'stopping' && !restarting)) return null
  if (state === 'ready') return 1
  return Math.max(1, Math.ceil((nextStartInMs ?? startupMs ?? 0) / 1000))
}

const wordsFor = (facts: BackendFacts, seconds: number | null): Words => {
  const detail = `${seen(facts)} ${again(seconds)}`
  switch (facts.state) {
    case 'ready':
      return { reason: 'backend-unreachable', title: 'The backend takes no connections', detail }
    case 'starting':
      return { reason: 'backend-starting', title: `The backend is starting${facts.lastExit === null ? '' : ' again'}`, detail }
    case 'stopping':
      return facts.restarting
        ? { reason: 'backend-restarting', title: 'The backend is being restarted', detail }
        : { reason: 'backend-stopped', title: 'The backend is being stopped', detail }
    case 'backoff':
      return { reason: 'backend-backoff', title: 'The backend has ended and is started again', detail }
    case 'stopped':
      return {
        reason: 'backend-stopped',
        title: facts.lastExit === null ? 'The backend has not been started' : 'The backend is stopped',
        detail,
      }
    case 'failed':
      return { reason: 'backend-failed', title: 'The backend was given up', detail }
  }
}

/** What is known of it, in whole sentences. */
const seen = ({ state, restarting, attempt, nextStartInMs, lastExit, failure }: BackendFacts): string => {
  const last = lastExit === null ? '' : ` ${endOf(lastExit)}`
  switch (state) {
    case 'ready':
      return 'Its process is ready, but takes no connections at the moment.'
    case 'starting':
      return `It is not ready yet${attempt !== null && attempt > 1 ? `; this is attempt ${attempt} in a row` : ''}.${last}`
    case 'stopping':
      return restarting ? 'Its process is being ended, and another one follows.' : 'Its process is being ended, and no other one follows.'
    case 'backoff':
      return `${last.trim()} The next start is ${nextStartInMs === null || nextStartInMs === 0 ? 'due now' : `in ${Math.ceil(nextStartInMs)} ms`}.`.trim()
    case 'stopped':
      return `No process of it runs, and none is planned.${last}`
    case 'failed':
      return `${failure === null ? 'It is not tried any more.' : `It is not tried any more: ${stopped(failure.message)}`}${last}${failure?.hint ? ` ${failure.hint}` : ''}`
  }
}

const stopped = (sentence: string): string => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`)

const again = (seconds: number | null): string =>
  seconds === null
    ? 'Start it with `jarvis-supervise restart`, or with restart() of its supervisor.'
    : `Ask again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`

const endOf = ({ pid, code, signal, reason, uptimeMs }: LastExit): string => {
  const how = signal === null ? `exited with code ${code ?? 'unknown'}` : `was ended by ${signal}`
  return `Its last process (pid ${pid}) ${how} after ${Math.round(uptimeMs)} ms${reason === null ? '' : `: ${reason}`}.`
}

/** Failures of runs are told with what those said last. */
const quoting = new Set(['ERR_PORT_TAKEN', 'ERR_NEVER_READY', 'ERR_CRASH_LOOP', 'ERR_CRASHED'])

/** `api crashed 6 times. First: Error: …`: what follows the first stop may be a line of output, which is not for everybody. */
const withoutQuote = ({ code, message }: { readonly code: string; readonly message: string }): string =>
  quoting.has(code) ? message.replace(/[.:;](?:\s.*)?$/s, '.') : message
