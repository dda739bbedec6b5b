/** The links from the port to the answers, and whether they last. Pure. */

import { healthRequiresAuth } from '../causes/health-requires-auth.ts'
import type { FamilyEvidence, HolderEvidence, ListenerEvidence, RequestEvidence, RunEvidence } from '../evidence.ts'
import type { Json } from '../report.ts'
import { announcement } from '../signs/announced.ts'
import { shadow } from '../signs/holders.ts'
import { listenedOn, listensOn } from '../signs/listeners.ts'
import {
  after,
  dialled,
  duration,
  endedUnasked,
  everListened,
  holderDialled,
  howEnded,
  isSocket,
  isUsable,
  listensNow,
  place,
  placeOf,
  reached,
  speaksTls,
  strangers,
  wanted,
  whoIs,
} from '../signs/reading.ts'
import { mute } from '../signs/silence.ts'
import { cutShort, type Link, noRun, type Seen, shortened, skipped, type Way } from './link.ts'

const noAddress = (way: Way): Seen => (way.evidence.subject === 'package' ? noRun(way) : skipped('absent', 'it has no address'))

export const port: Link = (way) => {
  const { evidence, run, isWell } = way
  const { address } = evidence
  if (address === null) return noAddress(way)
  const others = evidence.service === null ? [] : strangers(evidence)
  const holders = address.holders.map(holderFacts)
  const facts = { port: address.port, canTell: address.canTell, holders }
  const asked = isSocket(address) ? address.host : String(address.port)
  const [stranger] = others
  if (stranger !== undefined) {
    const shared = isWell || (run !== undefined && listensNow(run).some((listener) => listener.port === address.port))
    return {
      status: shared ? 'warn' : 'fail',
      title: `${shared ? `${placeOf(stranger.listener)} is` : `${asked} is`} held by ${whoIs(stranger.process)}, which is not of the service`,
      evidence: facts,
      hint: shared
        ? `Who dials ${stranger.listener.family === 'ipv6' ? '::1' : '127.0.0.1'} or localhost may meet it: end it, or choose another port.`
        : 'End it, or choose another port.',
    }
  }
  const [holder] = address.holders
  if (holder === undefined) return { status: 'ok', title: `${asked} is held by nobody else`, evidence: facts }
  const dead = address.holders.find((each) => each.accepts === false && each.process !== null)
  if (dead !== undefined && isWell) {
    return {
      status: 'warn',
      title: `${whoIs(dead.process)} has ${placeOf(dead.listener)} open, and does not accept`,
      evidence: facts,
      hint: 'It has inherited the socket: have the backend close it in what it starts.',
    }
  }
  return { status: 'ok', title: `${asked} is held by ${whoIs(holder.process)}`, evidence: facts }
}

const holderFacts = (held: HolderEvidence): Json => ({
  at: placeOf(held.listener),
  pid: held.process?.pid ?? held.listener.pid,
  command: held.process?.command ?? null,
  user: held.user,
  startedAt: held.startedAt,
  relation: held.relation,
  service: held.service,
  accepts: held.accepts,
  adopted: held.adopted,
})

export const listener: Link = (way) => {
  const { evidence, run } = way
  const at = wanted(evidence)
  if (at === null) return noAddress(way)
  const expected = place(at)
  if (run === undefined) return evidence.subject === 'running' ? noRun(way) : fromOutside(way, expected)
  const missed = cutShort(run)
  if (missed !== undefined) return missed
  const listeners = lastListeners(run)
  const facts = { expected, found: listeners.map(placeOf), sinceMs: run.listening[0]?.atMs ?? null }
  const there = listeners.find((each) => each.port === at.port)
  if (there !== undefined) return earlyWords(run, at.port, { status: 'ok', title: `listens on ${placeOf(there)}`, evidence: facts })
  if (listeners.length > 0) {
    return { status: 'fail', title: `listens on ${listeners.map(placeOf).join(', ')}; expected ${expected}`, evidence: facts }
  }
  const answers = run.requests.some((request) => isUsable(request, true))
  if (answers) return skipped('unknown', 'where it listens cannot be told on this system', facts)
  return { status: 'fail', title: `listens on nothing; expected ${expected}`, evidence: facts }
}

/** As it last was; of one that has ended, before that. */
const lastListeners = (run: RunEvidence): readonly ListenerEvidence[] => {
  const now = listensOn(run)
  if (now.length > 0 || endedUnasked(run) === null) return now
  return run.listening.findLast(({ listeners }) => listeners.length > 0)?.listeners ?? []
}

const fromOutside = ({ evidence }: Way, expected: string): Seen => {
  const { address } = evidence
  const holders = address?.holders ?? []
  const found = holders.map(({ listener: each }) => placeOf(each))
  const nearby = (address?.nearby ?? []).map((each) => `${placeOf(each.listener)} ${whoIs(each.process)}`)
  const facts = { expected, found, nearby }
  if (found.length > 0)
    return { status: 'ok', title: `${whoIs(holders[0]?.process ?? null)} listens on ${found.join(', ')}`, evidence: facts }
  if (families(address).some(({ tcp }) => tcp === 'open')) return skipped('unknown', 'who listens cannot be told on this system', facts)
  return { status: 'fail', title: `nothing listens on ${expected}`, evidence: facts }
}

/** How far the look at its sockets may lag behind its words. */
const lagMs = 250
/** Earlier than that it is a cause. */
const earlyMs = 1000

const earlyWords = (run: RunEvidence, number: number, seen: Seen): Seen => {
  const listens = run.origin === 'trial' ? listenedOn(run, number)?.atMs : undefined
  const words = announcement(run, number)
  if (listens === undefined || words === undefined) return seen
  const early = listens - words.atMs
  if (early <= lagMs || early > earlyMs) return seen
  return {
    ...seen,
    status: 'warn',
    title: `${seen.title}, ${duration(early)} after it said: ${shortened(words.text.trim(), 80)}`,
    hint: 'Say so in the callback of listen().',
  }
}

const families = (address: Way['evidence']['address']): FamilyEvidence[] =>
  [address?.named, address?.ipv4, address?.ipv6].filter((family): family is FamilyEvidence => family !== null && family !== undefined)

export const connect: Link = (way) => {
  const { evidence, run } = way
  const { address } = evidence
  if (address === null) return noAddress(way)
  const facts = {
    ipv4: familyFacts(address.ipv4),
    ipv6: familyFacts(address.ipv6),
    named: familyFacts(address.named),
  }
  if (run !== undefined) {
    const missed = cutShort(run)
    if (missed !== undefined) return missed
    const last = run.requests.findLast(({ outcome }) => outcome !== 'refused') ?? run.requests.at(-1)
    if (last === undefined) return skipped('not-reached', 'not reached: it was not asked', facts)
    if (reached(run).length > 0) return { status: 'ok', title: `${place(last)} takes connections`, evidence: facts }
    if (!everListened(run) && last.outcome === 'refused') return skipped('not-reached', 'not reached: it does not listen', facts)
    return { status: 'fail', title: `${place(last)} ${connectWords(last.outcome, last.error)}`, evidence: facts }
  }
  if (evidence.subject === 'running') return noRun(way)
  const family = asked(address)
  if (family === undefined) return skipped('not-reached', 'not reached: it was not asked', facts)
  const at = place({ host: family.address, port: address.port })
  if (family.tcp === 'open') return { status: 'ok', title: `${at} takes connections`, evidence: facts }
  const words = { refused: 'refuses connections', timeout: 'neither takes connections nor refuses them', unreachable: 'cannot be reached' }[
    family.tcp
  ]
  return { status: 'fail', title: `${at} ${words}`, evidence: facts }
}

/** As the window would: the first that is open, else the first that was asked. */
const asked = (address: NonNullable<Way['evidence']['address']>): FamilyEvidence | undefined => {
  const all = families(address).filter(({ request }) => request !== null)
  return all.find(({ tcp }) => tcp === 'open') ?? all[0] ?? families(address)[0]
}

const familyFacts = (family: FamilyEvidence | null): Json => family && { address: family.address, tcp: family.tcp, tls: family.tls }

const connectWords = (outcome: RequestEvidence['outcome'], error: string | null): string => {
  if (outcome === 'refused') return 'refuses connections'
  if (outcome === 'connect-timeout') return 'neither takes connections nor refuses them'
  return `cannot be reached${error === null ? '' : ` (${error})`}`
}

/** The questions that came through, in order. */
const questions = ({ evidence, run }: Way): RequestEvidence[] => {
  if (run !== undefined && (run.requests.length > 0 || run.notStarted !== null || endedUnasked(run) !== null)) return reached(run)
  const request = dialled(evidence)
  return request === undefined || request.outcome === 'refused' || request.outcome === 'connect-timeout' || request.outcome === 'failed'
    ? []
    : [request]
}

export const http: Link = (way) => {
  const { evidence } = way
  if (evidence.address === null) return noAddress(way)
  const all = questions(way)
  const last = all.at(-1)
  if (last === undefined) return skipped('not-reached', 'not reached: there was no connection')
  const facts = {
    url: evidence.address.url,
    status: last.status,
    latencyMs: last.latencyMs,
    server: last.server,
    head: isUsable(last) ? null : last.head,
    questions: all.map(
      (each): Json => ({ path: each.path, outcome: each.outcome, status: each.status, latencyMs: each.latencyMs, error: each.error }),
    ),
  }
  const durationMs = all.reduce((sum, { latencyMs }) => sum + latencyMs, 0)
  if (evidence.service?.readiness.kind === 'tcp' && last.status === null) {
    return { status: 'ok', title: 'it takes connections, and is not asked for more', evidence: facts, durationMs }
  }
  const title = answerWords(last)
  const isGood = last.outcome === 'answered' && (last.status ?? 500) < 500
  if (!isGood) return { status: 'fail', title, evidence: facts, durationMs }
  if (healthRequiresAuth(evidence) === undefined)
    return { status: 'ok', title: all.length === 1 ? title : `${title}; ${all.length} questions`, evidence: facts, durationMs }
  return {
    status: 'warn',
    title: `${title}: it wants to know who asks`,
    evidence: facts,
    code: 'HEALTH_REQUIRES_AUTH',
    hint: `It counts as reachable. What insists on 200 wants another path, or credentials (readiness.headers).`,
    durationMs,
  }
}

/** `GET / 200 in 4 ms` */
const answerWords = ({ path, outcome, status, latencyMs, error }: RequestEvidence): string => {
  const question = `GET ${path}`
  switch (outcome) {
    case 'answered':
      return `${question} ${status ?? ''} in ${duration(latencyMs)}`.replace('  ', ' ')
    case 'no-answer':
      return `${question}: no answer within ${duration(latencyMs)}`
    case 'closed':
      return `${question}: closed without an answer ${after(latencyMs)}${error === null ? '' : ` (${error})`}`
    case 'not-http':
      return `${question}: what comes back is not HTTP`
    default:
      return `${question}: ${outcome}${error === null ? '' : ` (${error})`}`
  }
}

export const identity: Link = (way) => {
  const { evidence } = way
  if (evidence.address === null) return noAddress(way)
  const last = questions(way).at(-1)
  if (last === undefined) return skipped('not-reached', 'not reached: nobody has answered')
  const holder = way.run === undefined || last.owner === 'foreign' ? (holderDialled(evidence)?.process ?? null) : null
  const facts = { owner: last.owner, pid: holder?.pid ?? way.run?.pid ?? null }
  if (last.owner === 'ours') return { status: 'ok', title: 'what answers is ours', evidence: facts }
  if (evidence.service === null) return skipped('absent', 'no service is known here: whoever answers will do', facts)
  const shared = last.owner === 'foreign' ? shadow(evidence) : undefined
  if (shared?.isShared === true) {
    const title = `what answers is ours or ${whoIs(shared.stranger.process)}: both listen on ${placeOf(shared.ours)}`
    return { status: 'fail', title, evidence: facts }
  }
  if (last.owner === 'foreign') return { status: 'fail', title: `what answers is not ours: ${whoIs(holder)}`, evidence: facts }
  const hasEnded = way.run !== undefined && endedUnasked(way.run) !== null
  return skipped('unknown', hasEnded ? 'it ended before it could be told whose it is' : 'whose it is cannot be told', facts)
}

export const responsiveness: Link = (way) => {
  const { evidence } = way
  if (evidence.address === null) return noAddress(way)
  // who speaks TLS waits for a client that does
  const silent = way.isWell || speaksTls(evidence) ? undefined : mute(evidence)
  if (silent !== undefined) {
    const { request, listener: socket, others } = silent
    const who = silent.process
    const facts = {
      state: who?.state ?? null,
      cpuPercent: who?.cpuPercent ?? null,
      acceptQueue: socket?.acceptQueue ?? null,
      wchan: who?.wchan ?? null,
      descriptors: who?.descriptors == null ? null : { open: who.descriptors.open, limit: who.descriptors.limit },
      waitedMs: request.latencyMs,
      others: others.map(({ pid, command, name }) => `${pid} ${command || name}`),
    }
    const words = [
      ...(who === null ? [] : [`pid ${who.pid}`]),
      ...(who?.state ? [`state ${who.state}`] : []),
      ...(who?.cpuPercent == null ? [] : [`processor ${Math.round(who.cpuPercent)} %`]),
      ...(socket === null || socket.acceptQueue < 0 ? [] : [`${socket.acceptQueue} waiting to be accepted`]),
    ]
    const seen = words.length === 0 ? '' : `: ${words.join(', ')}`
    return { status: 'fail', title: `mute for ${duration(request.latencyMs)}${seen}`, evidence: facts, durationMs: request.latencyMs }
  }
  const all = questions(way).filter(({ outcome }) => outcome === 'answered')
  if (all.length === 0) return skipped('not-reached', 'not reached: nobody has answered')
  const slowest = Math.max(...all.map(({ latencyMs }) => latencyMs))
  const limit = evidence.service?.liveness?.timeoutMs ?? Number.POSITIVE_INFINITY
  const facts = { slowestMs: slowest, answers: all.length }
  if (slowest <= limit) return { status: 'ok', title: `the slowest answer took ${duration(slowest)}`, evidence: facts }
  return {
    status: 'warn',
    title: `the slowest answer took ${duration(slowest)}; liveness gives up after ${duration(limit)}`,
    evidence: { ...facts, timeoutMs: limit },
    hint: 'Answer sooner, or raise liveness.timeoutMs.',
  }
}

export const staysUp: Link = (way) => {
  const { run, evidence } = way
  if (run === undefined) return noRun(way)
  const missed = cutShort(run)
  if (missed !== undefined) return missed
  const exit = endedUnasked(run)
  const facts = { watchedMs: run.watchedMs, endedAtMs: exit?.atMs ?? null, code: exit?.code ?? null, signal: exit?.signal ?? null }
  if (exit !== null) {
    const last = reached(run).at(-1)
    const since = last === undefined ? after(exit.atMs) : `${duration(Math.max(0, exit.atMs - last.atMs))} after GET ${last.path}`
    return { status: 'fail', title: `it ${howEnded(exit)} ${since}`, evidence: facts, durationMs: exit.atMs }
  }
  if (evidence.service?.port !== 'none' && run.requests.length === 0) return skipped('not-reached', 'not reached: it was not asked', facts)
  return { status: 'ok', title: `still there ${after(run.watchedMs)}`, evidence: facts, durationMs: run.watchedMs }
}
