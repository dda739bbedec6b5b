/** Where a run listens, and whether that is where its window dials. Pure. */
import type { Evidence, HolderEvidence, ListenerEvidence, RequestEvidence, RunEvidence } from '../evidence.ts'
import { debuggerPorts, dialled, isAlive, isUsable, lastLook, listensNow, patientRun, wanted, wentWell } from './reading.ts'

export interface Place {
  readonly host: string
  readonly port: number
}

/** Where the run that the verdict is about was to be reached: with a port of its own, that one; else where the window dials. */
export const target = (evidence: Evidence): Place | null => {
  const run = patientRun(evidence)
  const address = wanted(evidence)
  const given = run?.given ?? null
  if (run === undefined || given === null || address === null) return address ?? given
  const strict = typeof evidence.service?.port === 'number'
  const port = run.requests.at(-1)?.port ?? (strict ? address.port : given.port)
  return given.port === port && address.port !== port ? given : address
}

/** What a run's tree listens on at last, without a debugger's port. */
export const listensOn = (run: RunEvidence): readonly ListenerEvidence[] => {
  if (run.listening.length > 0) return listensNow(run)
  // where looking often is dear, only the looks tell
  const ports = debuggerPorts(run)
  return (lastLook(run)?.listeners ?? []).filter(({ port }) => !ports.includes(port))
}

/** Its own tree has listened there: when that was first seen, and who it was. */
export const listenedOn = (run: RunEvidence, port: number): Listened | undefined => {
  for (const { atMs, absentAtMs = atMs, listeners } of run.listening) {
    const listener = listeners.find((each) => each.port === port)
    if (listener !== undefined) return { atMs, absentAtMs, listener }
  }
  return undefined
}

export interface Listened {
  /** When it was first seen. */
  readonly atMs: number
  /** When it was looked for last, and was not there yet. */
  readonly absentAtMs: number
  readonly listener: ListenerEvidence
}

/** What browsers dial for `localhost`, whatever the resolver says. */
export const bothLoopbacks = ['127.0.0.1', '::1']

/** The literals behind a host; a name other than `localhost` stands for itself. */
export const literalsOf = (host: string, { machine }: Evidence): readonly string[] => {
  if (host === '0.0.0.0') return ['127.0.0.1']
  if (host === '::') return ['::1']
  if (host !== 'localhost') return [host]
  const loopbacks = machine.localhost?.filter(isLoopback) ?? []
  return loopbacks.length === 0 ? bothLoopbacks : loopbacks
}

export const isLoopback = (address: string): boolean => /^(?:::ffff:)?127\./.test(address) || address === '::1'

const isLiteral = (host: string): boolean => host.includes(':') || /^[\d.]+$/.test(host)

/** How exactly a listener meets a literal: 2 on it, 1 on all addresses, 0 not at all. Systems prefer the more exact one. */
export const exactness = ({ address }: ListenerEvidence, literal: string, evidence: Evidence): 0 | 1 | 2 => {
  const listener = address.replace(/^::ffff:(?=\d)/, '')
  if (listener === literal) return 2
  if (!isLiteral(literal)) return isAny(listener) || evidence.address?.named?.tcp === 'open' ? 1 : 0
  if (literal.includes(':')) return listener === '::' || listener === '*' ? 1 : 0
  return listener === '0.0.0.0' || listener === '*' || (listener === '::' && !isRefused(literal, evidence)) ? 1 : 0
}

const isAny = (address: string): boolean => address === '0.0.0.0' || address === '::' || address === '*'

/** A listener on all of IPv6 may or may not serve IPv4; the question told. */
const isRefused = (literal: string, { address }: Evidence): boolean => address?.ipv4?.address === literal && address.ipv4.tcp === 'refused'

/** Whether who dials the host reaches the listener. */
export const reaches = (listener: ListenerEvidence, { host, port }: Place, evidence: Evidence): boolean =>
  listener.port === port && literalsOf(host, evidence).some((literal) => exactness(listener, literal, evidence) > 0)

/** What is ours lives, and is not to be reached where the window dials. */
export interface Astray {
  /** undefined: only its listeners are known. */
  readonly run: RunEvidence | undefined
  readonly target: Place
  readonly listeners: readonly ListenerEvidence[]
}

export const astray = (evidence: Evidence): Astray | undefined => {
  const run = patientRun(evidence)
  const at = target(evidence)
  if (at === null || evidence.service?.port === 'none') return undefined
  const listeners = run === undefined ? ourListeners(evidence) : listensOn(run)
  if (listeners.some((listener) => reaches(listener, at, evidence))) return undefined
  if (run === undefined) {
    const request = dialled(evidence)
    if (listeners.length === 0 || request === undefined || (request.owner === 'ours' && isUsable(request))) return undefined
    return { run, target: at, listeners }
  }
  if (!isAlive(run) || wentWell(run, evidence) || hasReachedOurs(run.requests.at(-1))) return undefined
  return { run, target: at, listeners }
}

/** Its last question got through to something that is not somebody else's: whatever is wrong, it is there. */
const hasReachedOurs = (last: RequestEvidence | undefined): boolean =>
  last !== undefined &&
  last.owner !== 'foreign' &&
  last.owner !== 'nobody' &&
  last.outcome !== 'refused' &&
  last.outcome !== 'failed' &&
  last.outcome !== 'connect-timeout'

/** Listeners outside that are proved to be ours. */
export const ourListeners = ({ address }: Evidence): ListenerEvidence[] =>
  [...(address?.holders ?? []), ...(address?.nearby ?? [])].filter(isOurs).map(({ listener }) => listener)

export const isOurs = ({ relation }: HolderEvidence): boolean => relation === 'ours'

/** A run that lives and listens on no TCP port, though one is wanted. */
export const deaf = (evidence: Evidence): (Astray & { readonly run: RunEvidence }) | undefined => {
  const found = astray(evidence)
  if (found?.run === undefined || found.listeners.length > 0) return undefined
  return { ...found, run: found.run }
}

/** It has closed its port, and connections of that port are still open: it is on its way out. */
export const isClosing = (run: RunEvidence, { port }: Place): boolean =>
  listenedOn(run, port) !== undefined && (lastLook(run)?.established ?? 0) > 0

/** `127.0.0.1:3000 and [::1]:3000`; at most five. */
export const listed = (words: readonly string[]): string => {
  const distinct = [...new Set(words)]
  const shown = distinct.slice(0, 5)
  const more = distinct.length - shown.length
  const all = more > 0 ? [...shown, `${more} more`] : shown
  return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`
}
