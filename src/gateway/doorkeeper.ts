/** Decides who is let in. Everything is refused before anything of it reaches the backend. */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../clock.ts'
import type { GatewaySpec } from '../config/gateway.ts'
import { type Asked, askedOf, type Said } from './asked.ts'
import { cookieValues, sessionCookieName } from './cookies.ts'
import { hostProblem, namesOf } from './hosts.ts'
import { type Asker, askerOf, originAsWritten } from './origins.ts'
import type { Problem } from './problem.ts'
import { sessionCookie, sessionValue } from './session.ts'
import { isOwnPath, mentionsTicket, ownPath, pathOf, targetProblem, withoutTickets } from './target.ts'
import { isTicket, Tickets, ticketBytes, ticketIn, ticketMs, ticketOf, ticketProtocols } from './tickets.ts'
import { isSecret } from './token.ts'
import type { Admission, Visitor } from './visitor.ts'

export type Entrance = 'request' | 'upgrade'

export interface Doorkeeper {
  /** Uses up the ticket that the request has: once for each request. */
  admit(request: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>, kind: Entrance): Admission
  /** For whoever was let in with this request. Undefined where no token is asked for, and so no ticket. */
  issueTicket(request: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>, path: string | null): IssuedTicket | undefined
  /** `Set-Cookie` that stands for the token from then on. Undefined where no token is asked for. */
  readonly sessionCookie: string | undefined
}

export interface IssuedTicket {
  readonly ticket: string
  readonly expiresInMs: number
}

export interface DoorkeeperOptions {
  readonly spec: Pick<GatewaySpec, 'host' | 'allowedHosts' | 'allowedOrigins'>
  /** Of the door, as it is bound. */
  readonly port: number
  /** Whoever has it is let in; null: nobody is asked for one. */
  readonly token: string | null
  readonly clock: Pick<Clock, 'now'>
}

/** They tell nothing but whether it works, and who asks (a container's health check) has no token. */
const openPaths: readonly string[] = ['health', 'livez', 'readyz'].map((name) => `${ownPath}/${name}`)

export const createDoorkeeper = ({ spec, port, token, clock }: DoorkeeperOptions): Doorkeeper => {
  const names = namesOf(spec, port)
  const allowed: ReadonlySet<string> = new Set(spec.allowedOrigins.map(originAsWritten))
  const cookieName = sessionCookieName(port)
  const isToken = isSecret(token ?? '')
  const isSession = isSecret(sessionValue(token ?? ''))
  const tickets = new Tickets(clock)

  const hasToken = ({ token: tokens, cookie }: Asked): boolean =>
    (tokens.length === 1 && isToken(tokens[0] ?? '')) || cookie.flatMap((header) => cookieValues(header, cookieName)).some(isSession)

  const admit = (said: Said, kind: Entrance): Admission => {
    const asked = askedOf(said)
    const outside = targetProblem(asked) ?? hostProblem(asked, names, port)
    if (outside !== undefined) return { is: 'refused', problem: outside }
    const asker = askerOf(asked, kind, names, allowed)
    if ('status' in asker) return { is: 'refused', problem: asker }
    const isOwn = isOwnPath(pathOf(asked.target))
    const visitor = visitorOf(asked, asker)
    if (isQuestion(asked, asker, kind)) return { is: 'own', visitor }
    const passed = token === null ? visitor : withToken(asked, asker, kind, visitor)
    // an allowed page may read why it may not
    if ('status' in passed) return { is: 'refused', problem: passed, visitor }
    if (!isOwn) return { is: 'admitted', visitor: passed }
    return kind === 'upgrade' ? { is: 'refused', problem: noSocketHere, visitor: passed } : { is: 'own', visitor: passed }
  }

  const withToken = (asked: Asked, { origins }: Asker, kind: Entrance, visitor: Visitor): Visitor | Problem => {
    const path = pathOf(asked.target)
    const { target, tickets: inQuery } = withoutTickets(asked.target)
    const offered = kind === 'upgrade' ? ticketProtocols(asked.protocol) : []
    const protocols = offered.filter((protocol) => isTicket(ticketIn(protocol)))
    const shown = [...inQuery, ...protocols.map(ticketIn)]
    // each is used up by being shown
    const areValid = shown.map((ticket) => tickets.use(ticket, path, origins))
    const counts = shown.length > 0 && takesTickets(asked, kind)
    const isKnown = hasToken(asked)
    const rest = { ...visitor, target, ticketProtocol: protocols[0] ?? null, isTrusted: isKnown || counts }
    if (counts) return shown.length === 1 && areValid[0] === true ? rest : ticketRefused
    if (isKnown || openPaths.includes(path)) return rest
    if (offered.length > 0 || (takesTickets(asked, kind) && mentionsTicket(asked.target))) return ticketRefused
    return asked.token.length > 0 ? tokenWrong : tokenMissing
  }

  const visitorOf = ({ target }: Asked, { isOwn, isUser, crossOrigin }: Asker): Visitor => ({
    target,
    isTrusted: token === null && (isOwn || isUser),
    crossOrigin,
    isOwnOrigin: isOwn,
    ticketProtocol: null,
  })

  return {
    admit,
    sessionCookie: token === null ? undefined : sessionCookie(port, token),
    issueTicket: (request, path) => {
      if (token === null) return undefined
      const asker = askerOf(askedOf(request), 'request', names, allowed)
      if ('status' in asker) return undefined
      const ticket = ticketOf(randomBytes(ticketBytes))
      tickets.issue(ticket, { path, origins: asker.origins })
      return { ticket, expiresInMs: ticketMs }
    },
  }
}

/** Whether a page of another origin may ask what it is going to ask: sent by its browser, without a token. */
const isQuestion = ({ method, wants }: Asked, { crossOrigin }: Asker, kind: Entrance): boolean =>
  kind === 'request' && method === 'OPTIONS' && crossOrigin !== null && wants.length > 0

/** Whoever sends anything else can send a header, too. */
const takesTickets = ({ method }: Asked, kind: Entrance): boolean => kind === 'upgrade' || method === 'GET'

const noSocketHere: Problem = {
  ...{ status: 404, reason: 'not-found', title: 'Nothing is here' },
  detail: `No WebSocket is to be had below ${ownPath}.`,
}

const challenge = { 'www-authenticate': 'X-Jarvis-Token realm="jarvis-supervise"' }

const tokenMissing: Problem = {
  ...{ status: 401, reason: 'token-missing', title: 'A token is needed', headers: challenge },
  detail:
    'Send the token of this launch as X-Jarvis-Token, or open the page with #token=… once. It is in the file that the `gateway` event names.',
}

const tokenWrong: Problem = {
  ...{ status: 401, reason: 'token-wrong', title: 'This is not the token', headers: challenge },
  detail: 'X-Jarvis-Token is not the token of this launch. It is in the file that the `gateway` event names; each launch has a new one.',
}

/** One answer, whatever is wrong with it. */
const ticketRefused: Problem = {
  ...{ status: 401, reason: 'ticket-refused', title: 'This ticket does not let in', headers: challenge },
  detail: `A ticket is valid once, within ${ticketMs / 1000} s, for the path and the origin that it was asked for. Ask for another one.`,
}
