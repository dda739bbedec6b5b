/** An address as clients see it: both families, who holds it, and what stands between a client and it. */
import { isIP } from 'node:net'
import { redactShown } from '../../logs/redact.ts'
import { listenersFor, whoAnswers } from '../../ports/answerer.ts'
import { answering } from '../../ports/ownership.ts'
import type { ProcessRow } from '../../process/table.ts'
import type { AddressEvidence, FamilyEvidence, HolderEvidence, Owner, RequestEvidence } from '../evidence.ts'
import { holdersOf, nearbyListeners } from '../look/holders.ts'
import { proxyFor } from '../signs/proxy.ts'
import { isSocket, place } from '../signs/reading.ts'
import type { Dialled } from '../subject.ts'
import type { Eyes } from './eyes.ts'
import { ask, type Reply, speaksTls } from './question.ts'
import { targetAt } from './target.ts'

export interface AddressQuestion {
  readonly dialled: Dialled
  /** Origin of the page, where CORS is to be judged. */
  readonly origin: string | null
  readonly env: Readonly<Record<string, string | undefined>>
  /** A run of ours that may be what answers. */
  readonly run: { readonly pid: number; readonly instanceId: string } | null
  /** Of whom a process is. */
  readonly relationOf: (row: ProcessRow, certificate: string | undefined) => Pick<HolderEvidence, 'relation' | 'service'>
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly tcp: boolean
  /** One question. */
  readonly timeoutMs: number
  readonly began: number
  readonly signal: AbortSignal
}

const sideQuestionMs = 1500

export const lookAtAddress = async (question: AddressQuestion, eyes: Eyes): Promise<AddressEvidence> => {
  const { dialled, origin } = question
  const literals = literalsOf(dialled)
  const canTell = eyes.owners !== null && (await eyes.owners.canTell([]))
  const holdersBefore = holders(question, eyes)
  holdersBefore.catch(() => {})
  const [ipv4, ipv6, named] = await Promise.all([
    literals.ipv4 === null ? null : family(literals.ipv4, literals.main === 'ipv4' || literals.main === 'both', question, eyes),
    literals.ipv6 === null ? null : family(literals.ipv6, literals.main === 'ipv6' || literals.main === 'both', question, eyes),
    literals.named === null ? null : family(literals.named, true, question, eyes),
  ])
  const usable = [named, ipv4, ipv6].find((each) => each?.request?.outcome === 'answered')
  const [cors, proxy, nearby] = await Promise.all([
    origin === null || !usable ? null : corsFor(usable.address, origin, question),
    usable ? throughProxy(usable.address, question) : null,
    isSocket(dialled) || [ipv4, ipv6, named].some((each) => each?.tcp === 'open') || eyes.owners === null
      ? []
      : nearbyListeners(dialled.port, { ...eyes, relationOf: question.relationOf }),
  ])
  return {
    url: shownUrl(dialled),
    host: dialled.host,
    port: dialled.port,
    path: redactShown(dialled.path),
    ipv4,
    ipv6,
    named,
    holders: await holdersBefore,
    canTell,
    nearby,
    cors,
    proxy,
  }
}

const holders = ({ dialled, relationOf }: AddressQuestion, eyes: Eyes): Promise<HolderEvidence[]> =>
  holdersOf(isSocket(dialled) ? dialled.host : dialled.port, { ...eyes, relationOf })

const shownUrl = ({ protocol, host, port, path }: Dialled): string =>
  isSocket({ host, port }) ? `unix:${host}` : redactShown(`${protocol}//${place({ host, port })}${path === '/' ? '' : path}`)

interface Literals {
  readonly ipv4: string | null
  readonly ipv6: string | null
  readonly named: string | null
  /** Which of them the window dials; the other is only asked whether it is open. */
  readonly main: 'ipv4' | 'ipv6' | 'both' | 'named'
}

const literalsOf = ({ host, port }: Dialled): Literals => {
  if (isSocket({ host, port })) return { ipv4: null, ipv6: null, named: host, main: 'named' }
  if (host === 'localhost') return { ipv4: '127.0.0.1', ipv6: '::1', named: null, main: 'both' }
  if (host === '127.0.0.1' || host === '0.0.0.0') return { ipv4: '127.0.0.1', ipv6: '::1', named: null, main: 'ipv4' }
  if (host === '::1' || host === '::') return { ipv4: '127.0.0.1', ipv6: '::1', named: null, main: 'ipv6' }
  return {
    ipv4: isIP(host) === 4 ? host : null,
    ipv6: isIP(host) === 6 ? host : null,
    named: isIP(host) === 0 ? host : null,
    main: 'named',
  }
}

const family = async (address: string, asked: boolean, question: AddressQuestion, eyes: Eyes): Promise<FamilyEvidence> => {
  const { port, path } = question.dialled
  const { timeoutMs, headers, signal, tcp, began } = question
  const atMs = Math.round(performance.now() - began)
  if (!asked) {
    const { outcome } = await ask({ host: address, port, path, timeoutMs: sideQuestionMs, signal, tcp: true })
    return { address, tcp: tcpOf(outcome), request: null, tls: null }
  }
  const owner = await ownerOf(address, question, eyes)
  // what lets in is only for the one that it was meant for
  const own = owner === 'ours' ? headers : undefined
  const { headers: _, ...reply } = await ask({ host: address, port, path, timeoutMs, headers: own, signal, tcp })
  const request: RequestEvidence = { atMs, ...reply, owner }
  const mayBeTls =
    question.dialled.protocol === 'https:' ||
    (!tcp && (request.outcome === 'closed' || request.outcome === 'not-http' || request.outcome === 'no-answer'))
  return {
    address,
    tcp: tcpOf(reply.outcome),
    request,
    tls: mayBeTls && !isSocket({ host: address, port }) ? await speaksTls(address, port, sideQuestionMs) : null,
  }
}

const tcpOf = (outcome: Reply['outcome']): FamilyEvidence['tcp'] => {
  if (outcome === 'refused') return 'refused'
  if (outcome === 'connect-timeout') return 'timeout'
  return outcome === 'failed' ? 'unreachable' : 'open'
}

/** Without a run of ours nobody is ours, and nobody is a stranger either. */
const ownerOf = async (host: string, { dialled, run, relationOf }: AddressQuestion, eyes: Eyes): Promise<Owner> => {
  const target = targetAt({ host, port: dialled.port })
  if (eyes.owners === null) return 'unknown'
  if (run !== null) return (await whoAnswers({ ...run, target, name: false, reported: [] }, eyes.owners, eyes.table)).verdict
  const listeners = answering(target, await listenersFor(target, eyes.owners))
  if (listeners.length === 0) return 'nobody'
  const relations = (await eyes.owners.ownersOf(listeners)).map(({ owner }) =>
    owner === undefined ? 'unknown' : relationOf(owner, undefined).relation,
  )
  return relations.every((relation) => relation === 'ours') ? 'ours' : 'unknown'
}

const corsFor = async (host: string, origin: string, { dialled, signal }: AddressQuestion): Promise<AddressEvidence['cors']> => {
  const { headers, status } = await ask({
    host,
    port: dialled.port,
    path: dialled.path,
    headers: { origin },
    timeoutMs: sideQuestionMs,
    signal,
  })
  return { origin, allowOrigin: headers['access-control-allow-origin'] ?? null, status }
}

const throughProxy = async (host: string, { dialled, env, signal }: AddressQuestion): Promise<AddressEvidence['proxy']> => {
  const proxy = proxyFor(dialled.host, dialled.port, env)
  if (proxy === null) return null
  // without its query, which may hold what a proxy must not know
  const origin = place({ host: dialled.host === 'localhost' ? 'localhost' : host, port: dialled.port })
  const path = `http://${origin}${dialled.path.split('?')[0]}`
  const { headers: _, ...reply } = await ask({
    host: proxy.host,
    port: proxy.port,
    path,
    headers: { host: place(dialled) },
    timeoutMs: sideQuestionMs,
    signal,
  })
  return { variable: proxy.variable, request: { atMs: 0, ...reply, owner: 'unknown' } }
}
