/** Who holds the port that is wanted, and whether that is in our way. Pure. */
import { spokenError } from '../../causes/first-error.ts'
import type { Evidence, HolderEvidence, ListenerEvidence, RunEvidence } from '../evidence.ts'
import { bindError, endCause, saysTaken, takenNonsense } from './bind-error.ts'
import {
  astray,
  bothLoopbacks,
  exactness,
  isOurs,
  listenedOn,
  listensOn,
  literalsOf,
  ourListeners,
  type Place,
  reaches,
  target,
} from './listeners.ts'
import {
  dialled,
  endedUnasked,
  everListened,
  isAlive,
  linesOf,
  named,
  patientRun,
  placeOf,
  reached,
  strangers,
  wentWell,
  whoIs,
} from './reading.ts'

/** Those that would have to go first stand first: what is ours by another name, then who is dialled. */
const rank = (holder: HolderEvidence, at: Place, evidence: Evidence): number => {
  if (holder.relation === 'own-orphan') return 0
  if (holder.relation === 'other-service') return 1
  if (holder.relation === 'unknown') return 4
  return reaches(holder.listener, at, evidence) ? 2 : 3
}

/** Whoever of others holds the wanted port, on whatever address. */
export const holderOf = (evidence: Evidence, at: Place): HolderEvidence | undefined => {
  if (evidence.address?.port !== at.port) return undefined
  const others = evidence.address.holders.filter((holder) => !isOurs(holder))
  return others.toSorted((a, b) => rank(a, at, evidence) - rank(b, at, evidence))[0]
}

/** Somebody has the port that our run wanted. */
export interface Blocked {
  readonly run: RunEvidence
  readonly at: Place
  /** undefined: nobody holds it any more, or it cannot be seen. */
  readonly holder: HolderEvidence | undefined
  /** The run's own words; undefined: it has not said so. */
  readonly line: string | undefined
  /** Words or a refusal say that the port is taken. */
  readonly isSaid: boolean
}

export const blocked = (evidence: Evidence): Blocked | undefined => {
  const run = patientRun(evidence)
  const at = target(evidence)
  if (run === undefined || at === null || overlap(evidence) !== undefined) return undefined
  const holder = holderOf(evidence, at)
  const isInTheWay = holder !== undefined && reaches(holder.listener, at, evidence)
  const found = { run, at, holder, line: saysTaken(run, at.port) }
  if (run.notStarted !== null) return bindError(evidence, 'PORT_TAKEN') && { ...found, isSaid: true }
  if (isAlive(run)) {
    if (astray(evidence) === undefined) return undefined
    if (found.line !== undefined) return { ...found, isSaid: true }
    return isInTheWay ? { ...found, isSaid: false } : undefined
  }
  if (takenNonsense(run) !== undefined) return undefined
  const said = bindError(evidence, 'PORT_TAKEN')
  if (said !== undefined) return { ...found, line: said.line ?? found.line, isSaid: true }
  return isInTheWay && endedSilently(run, holder) ? { ...found, isSaid: false } : undefined
}

/** It ended before it listened, and nothing tells why. */
const endedSilently = (run: RunEvidence, holder: HolderEvidence): boolean => {
  const exit = endedUnasked(run)
  // what has gone into the background is in nobody's way
  if (exit?.code === 0 && (holder.relation === 'carries-certificate' || run.left.afterExit.length > 0)) return false
  if (exit === null || exit.signal !== null || run.origin === 'supervised' || everListened(run) || reached(run).length > 0) return false
  const cause = endCause(run)
  return (cause === null || cause === 'EXITED_BEFORE_LISTENING') && named(run) === undefined && spokenError(linesOf(run)) === undefined
}

/** A socket that nobody serves: whoever holds it got it from somebody who is gone. */
export const isGhost = (holder: HolderEvidence, evidence: Evidence): boolean => {
  const { accepts, adopted, relation, process } = holder
  if (accepts !== false || !(adopted || relation === 'carries-certificate') || isOurs(holder)) return false
  // busy, stopped or stuck is not the same as not serving
  if (/^[RTtD]/.test(process?.state ?? '')) return false
  return isUnanswered(evidence)
}

const isUnanswered = (evidence: Evidence): boolean => {
  const last = patientRun(evidence)?.requests.findLast(({ owner }) => owner !== 'ours' && owner !== 'nobody')
  const request = dialled(evidence) ?? last
  return request?.outcome === 'no-answer' || request?.outcome === 'connect-timeout'
}

/** Its own tree had the port, wanted it again before it had let go, and now has it no more. */
export interface Overlap {
  readonly run: RunEvidence
  readonly at: Place
  readonly line: string
  /** When it was seen to have the port. */
  readonly heldAtMs: number
}

export const overlap = (evidence: Evidence): Overlap | undefined => {
  const run = patientRun(evidence)
  const at = target(evidence)
  if (run === undefined || at === null || run.notStarted !== null || wentWell(run, evidence)) return undefined
  const held = listenedOn(run, at.port)
  const line = saysTaken(run, at.port)
  if (held === undefined || line === undefined) return undefined
  if (isAlive(run) && listensOn(run).some(({ port }) => port === at.port)) return undefined
  // a process that listens twice is in nobody's way but its own
  if (!isAlive(run) && held.listener.pid !== null && held.listener.pid === run.pid) return undefined
  const stranger = holderOf(evidence, at)
  if (stranger !== undefined && stranger.relation !== 'carries-certificate') return undefined
  return { run, at, line, heldAtMs: held.atMs }
}

/** What makes a stranger look like the service, for people to judge; empty: nothing does. */
export const likeness = ({ relation, process }: HolderEvidence, { runs }: Evidence): string => {
  if (relation === 'carries-certificate') return ' It was started through this service, and is not proved to be it.'
  const command = process?.command ?? ''
  const isAlike = command !== '' && runs.some((run) => run.command === command)
  return isAlike ? ' Its command line is the same as that of this service: it may have been started in another way.' : ''
}

/** `127.0.0.1:3000 is held by pid 4711 (node other.js) of ann` */
export const heldBy = ({ listener, process, user }: HolderEvidence): string =>
  `${placeOf(listener)} is held by ${whoIs(process)}${user === null ? '' : ` of ${user}`}`

/** Whether it was started after the examination had begun; false where that is not known. */
export const cameMeanwhile = ({ startedAt }: HolderEvidence, { takenAt, durationMs }: Evidence): boolean =>
  startedAt !== null && Date.parse(startedAt) > Date.parse(takenAt) - durationMs

/** Ours and a stranger listen side by side on one port, and who dials the host reaches the stranger, or may. */
export interface Shadow {
  readonly at: Place
  readonly ours: ListenerEvidence
  readonly stranger: HolderEvidence
  /** Where the stranger is met. */
  readonly literal: string
  /** A question was answered by somebody else, or could not be answered by ours. */
  readonly isProved: boolean
  /** Both listen on the very same address: the system gives some connections to the one, and some to the other. */
  readonly isShared: boolean
}

export const shadow = (evidence: Evidence): Shadow | undefined => {
  const at = target(evidence)
  const { address } = evidence
  if (at === null || address === null || address.port !== at.port) return undefined
  const run = patientRun(evidence)
  const requests = run?.requests ?? []
  const isName = at.host === 'localhost'
  if (!isName && requests.length > 0 && requests.every(({ owner }) => owner === 'ours')) return undefined
  const own = [...(run !== undefined && isAlive(run) ? listensOn(run) : []), ...ourListeners(evidence)].filter(
    ({ port }) => port === at.port,
  )
  const [first] = own
  if (first === undefined) return undefined
  const wasForeign = requests.at(-1)?.owner === 'foreign'
  const mayAlternate = wasForeign || evidence.machine.platform === 'win32'
  for (const literal of isName ? bothLoopbacks : literalsOf(at.host, evidence)) {
    const best = Math.max(...own.map((listener) => exactness(listener, literal, evidence)))
    for (const stranger of strangers(evidence)) {
      const exact = exactness(stranger.listener, literal, evidence)
      if (exact > best || (exact > 0 && exact === best && mayAlternate))
        return { at, stranger, literal, ...sharing(own, first, stranger), isProved: wasForeign || (!isName && exact > best) }
    }
  }
  return undefined
}

const sharing = (
  own: readonly ListenerEvidence[],
  first: ListenerEvidence,
  stranger: HolderEvidence,
): Pick<Shadow, 'ours' | 'isShared'> => {
  const same = own.find((listener) => placeOf(listener) === placeOf(stranger.listener))
  return { ours: same ?? first, isShared: same !== undefined }
}

/**
 * It ended well, and somebody without a parent has its port, which nobody had before: who else could that be than what it
 * has left? A daemon may have written over its environment, and with it the certificate.
 */
export const daemonOf = (run: RunEvidence, holders: readonly HolderEvidence[], port: number): HolderEvidence | undefined => {
  const { exit, portHeldBefore } = run
  if (portHeldBefore !== false || exit === null || exit.requested || exit.code !== 0) return undefined
  return holders.find(
    ({ listener, adopted, relation }) => listener.port === port && adopted && relation !== 'own-orphan' && relation !== 'other-service',
  )
}
