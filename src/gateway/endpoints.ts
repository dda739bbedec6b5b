/** What the door answers itself, below `/_supervise`. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../clock.ts'
import type { BackendView } from './backend-facts.ts'
import type { Counters } from './counters.ts'
import { permission, readableBy } from './cross-origin.ts'
import { discardRest } from './discard-rest.ts'
import type { Doorkeeper } from './doorkeeper.ts'
import { createEventStreams } from './event-stream.ts'
import type { Problem } from './problem.ts'
import { ownHeaders, sendProblem } from './send-problem.ts'
import { ownPath, pathOf } from './target.ts'
import { readTicketWish } from './ticket-wish.ts'
import type { Visitor } from './visitor.ts'

export interface Endpoints {
  /** For visitors of whom the doorkeeper said that they want the door itself. Never throws. */
  answer(request: IncomingMessage, response: ServerResponse, visitor: Visitor): void
  /** Ends what never ends by itself. */
  close(): void
}

export interface EndpointsOptions {
  readonly view: BackendView
  readonly counters: Readonly<Counters>
  readonly keeper: Pick<Doorkeeper, 'issueTicket' | 'sessionCookie'>
  readonly clock: Clock
}

type Method = 'GET' | 'POST'
type Answers = (request: IncomingMessage, response: ServerResponse, visitor: Visitor) => void

export const createEndpoints = ({ view, counters, keeper, clock }: EndpointsOptions): Endpoints => {
  const streams = createEventStreams(view, clock)
  const isReady = (): boolean => view.facts().state === 'ready'

  const health: Answers = (request, response, visitor) => {
    const { state, pid, restarts, lastExit, nextStartInMs } = view.facts()
    const document = { gateway: 'ok', backend: { state, pid, restarts, lastExit, nextStartInMs }, requests: counters }
    send(request, response, visitor, isReady() ? 200 : 503, 'application/json', `${JSON.stringify(document)}\n`)
  }

  const state: Answers = (request, response, visitor) => {
    const headers = headersFor(visitor)
    if (request.method === 'HEAD') return send(request, response, visitor, 200, 'text/event-stream')
    if (streams.open(response, { isTrusted: visitor.isTrusted, headers })) return discardRest(request)
    sendProblem(request, response, tooManyStreams, visitor)
  }

  const ticket: Answers = (request, response, visitor) =>
    readTicketWish(request, visitor.target, (wish) => {
      if ('status' in wish) return sendProblem(request, response, wish, visitor)
      const issued = keeper.issueTicket(request, wish.path)
      if (issued === undefined) return sendProblem(request, response, nothingHere, visitor)
      send(request, response, visitor, 200, 'application/json', `${JSON.stringify(issued)}\n`)
    })

  const session: Answers = (request, response, visitor) => {
    response.writeHead(204, { ...headersFor(visitor), ...(keeper.sessionCookie !== undefined && { 'set-cookie': keeper.sessionCookie }) })
    response.end()
    discardRest(request)
  }

  const endpoints: Readonly<Record<string, readonly [Method, Answers]>> = {
    [`${ownPath}/health`]: ['GET', health],
    [`${ownPath}/livez`]: ['GET', (request, response, visitor) => send(request, response, visitor, 200, 'text/plain', 'ok\n')],
    [`${ownPath}/readyz`]: [
      'GET',
      (request, response, visitor) => send(request, response, visitor, isReady() ? 200 : 503, 'text/plain', `${view.facts().state}\n`),
    ],
    [`${ownPath}/state`]: ['GET', state],
    // what would stand for a token is not there without one
    ...(keeper.sessionCookie !== undefined && { [`${ownPath}/ticket`]: ['POST', ticket], [`${ownPath}/session`]: ['POST', session] }),
  }

  return {
    answer: (request, response, visitor) => {
      response.on('error', () => {})
      request.on('error', () => {})
      const { method = '' } = request
      if (method === 'OPTIONS' && visitor.crossOrigin !== null) return permit(request, response, visitor.crossOrigin)
      const endpoint = endpoints[pathOf(visitor.target)]
      if (endpoint === undefined) return sendProblem(request, response, nothingHere, visitor)
      const [taken, answer] = endpoint
      if (method !== taken && !(method === 'HEAD' && taken === 'GET')) return sendProblem(request, response, notTaken(taken), visitor)
      answer(request, response, visitor)
    },
    close: () => streams.close(),
  }
}

const headersFor = ({ crossOrigin }: Visitor): Readonly<Record<string, string>> => ({
  ...ownHeaders,
  ...(crossOrigin !== null && readableBy(crossOrigin)),
})

const send = (request: IncomingMessage, response: ServerResponse, visitor: Visitor, status: number, type: string, body?: string): void => {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
  response.writeHead(status, { ...headersFor(visitor), 'content-type': type, ...length })
  response.end(request.method === 'HEAD' ? undefined : body)
  discardRest(request)
}

const permit = (request: IncomingMessage, response: ServerResponse, origin: string): void => {
  response.writeHead(204, { ...ownHeaders, ...permission(origin, request) })
  response.end()
  discardRest(request)
}

const nothingHere: Problem = {
  ...{ status: 404, reason: 'not-found', title: 'Nothing is here' },
  detail: `Below ${ownPath} there are health, livez, readyz and state; with a token, ticket and session as well.`,
}

const notTaken = (method: Method): Problem => ({
  ...{ status: 405, reason: 'method-not-allowed', title: 'This method is not taken' },
  detail: `Ask with ${method}.`,
  headers: { allow: method === 'GET' ? 'GET, HEAD' : method },
})

const tooManyStreams: Problem = {
  ...{ status: 503, reason: 'too-many-streams', title: 'Too many listen already' },
  detail: 'As many event streams are open as there may be at a time. Close one, or ask for health.',
}
