/** Decides whether a service that runs at this moment ends again and again, and says how it ended last. Pure. */
import { exitCodeText } from '../../causes/exit-codes.ts'
import type { LastExitEvidence, SupervisedFacts } from '../evidence.ts'
import { duration } from './reading.ts'

const minuteMs = 60_000
/** Ends that are further back are over. */
export const latelyMs = 10 * minuteMs
/** One can happen to anybody; a second one makes a third likely. */
const fewest = 2

/** `3 restarts in the last minute; the last exit 4 s ago: exit code 1 (Error: boom)`; undefined: it does not. */
export const restless = (supervised: SupervisedFacts): string | undefined => {
  const often = oftenWords(supervised)
  const last = lastExitWords(supervised)
  return often === undefined ? undefined : `${often}${last === undefined ? '' : `; ${last}`}`
}

const oftenWords = ({ endedAgoMs, restarts, lastExit }: SupervisedFacts): string | undefined => {
  if (endedAgoMs === undefined) return undefined
  if (endedAgoMs === null) {
    // without a log the supervisor's own count does not tell who asked, or when: only the last of them is known
    const isFresh = lastExit != null && lastExit.agoMs !== null && lastExit.agoMs <= minuteMs && looksUnasked(lastExit)
    return restarts >= fewest && isFresh ? `${restarts} restarts` : undefined
  }
  const within = (ms: number): number => endedAgoMs.filter((agoMs) => agoMs <= ms).length
  if (within(minuteMs) >= fewest) return `${within(minuteMs)} restarts in the last minute`
  return within(latelyMs) >= fewest ? `${within(latelyMs)} restarts in the last ten minutes` : undefined
}

/** Who is asked to end does so politely, or by the signal that asks. */
const looksUnasked = ({ code, signal, requested }: LastExitEvidence): boolean =>
  requested === null ? code !== 0 && signal !== 'SIGTERM' && signal !== 'SIGINT' : !requested

/** `the last exit 4 s ago: exit code 1 after 1.1 s (Error: boom)`; undefined where none is known, or somebody had asked for it. */
export const lastExitWords = ({ lastExit }: SupervisedFacts): string | undefined => {
  if (lastExit == null || lastExit.requested === true) return undefined
  const { code, signal, reason, words, uptimeMs, agoMs } = lastExit
  const how = signal ?? (code === null ? 'of unknown kind' : `exit code ${exitCodeText(code)}`)
  const why = [reason, words?.trim()].filter((part) => part != null && part !== '').join(': ')
  const when = agoMs === null ? '' : ` ${agoWords(agoMs)} ago`
  return `the last exit${when}: ${how} after ${duration(uptimeMs)}${why === '' ? '' : ` (${why.length > 160 ? `${why.slice(0, 159)}…` : why})`}`
}

const agoWords = (ms: number): string => {
  if (ms >= 2 * minuteMs) return `${Math.round(ms / minuteMs)} min`
  return ms < 1000 ? duration(ms) : `${Math.round(ms / 1000)} s`
}
