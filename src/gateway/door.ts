import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Clock, systemClock } from '../clock.ts'
import type { GatewaySpec } from '../config/gateway.ts'
import { errnoOf } from '../errors.ts'
import type { PortHolder } from '../ports/holder.ts'
import type { Supervisor } from '../supervisor/controller.ts'
import { bareProblem } from './bare-problem.ts'
import { type Counters, noCounts } from './counters.ts'
import { createGate } from './create-gate.ts'
import { createDoorkeeper } from './doorkeeper.ts'
import { createEndpoints } from './endpoints.ts'
import { Exchange, type ExchangeWorld } from './exchange.ts'
import { hangUp, reset } from './hang-up.ts'
import type { LifeSigns } from './life.ts'
import { lingers } from './linger.ts'
import { listen } from './listen.ts'
import { createPools } from './pools.ts'
import type { Problem } from './problem.ts'
import { requestHeaders } from './request-headers.ts'
import { expectationFailed, unreadable } from './request-problems.ts'
import { responseHeaders } from './response-headers.ts'
import { problemMessage, sendProblem } from './send-problem.ts'
import { keepToken, makeToken } from './token.ts'
import { answeringOn, takeTurn, whenAnswered } from './turn.ts'
import { createUpgrades, type UpgradeHeaders } from './upgrade.ts'
import type { Visitor } from './visitor.ts'

export interface DoorOptions {
  readonly spec: GatewaySpec
  readonly upstream: Supervisor
  /** Where the token is to be kept, if there is one. */
  readonly tokenFile: string
  /** Who listens on a port, if it can be told. */
  readonly holderOf: (port: number) => Promise<PortHolder | undefined>
  readonly signs: LifeSigns
  /** Default: the system's. */
  readonly clock?: Clock
  /** For lines of output, before they are shown. */
  readonly redact: (line: string) => string
}

export interface OpenDoor {
  readonly url: string
  readonly port: number
  readonly tokenFile: string | undefined
  readonly counters: Counters
  /** Settled when nobody listens any more and every connection is closed; answers under way have 300 ms, then are broken off as if the backend were lost. Twice is once. */
  close(): Promise<void>
}

/** For answers under way, when it is closed. */
const lastAnswersMs = 300
/** For what is broken off then to arrive. */
const lastWordsMs = 100

const serverOptions = {
  headersTimeout: 20_000,
  // an upload takes as long as it takes
  requestTimeout: 0,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 32 * 1024,
  noDelay: true,
  insecureHTTPParser: false,
} as const

/** A connection of a client. */
interface Visit {
  readonly address: string
  readonly exchanges: Set<Exchange>
  /** The request that came last. */
  last: IncomingMessage | undefined
}

/** Rejects with a `SupervisorError`: `ERR_PORT_TAKEN`, `ERR_INVALID_OPTIONS` for a host that is not of this machine. */
export const openDoor = async ({
  spec,
  upstream,
  tokenFile,
  holderOf,
  signs,
  redact,
  clock = systemClock,
}: DoorOptions): Promise<OpenDoor> => {
  const token = spec.token ? makeToken() : null
  const kept = token === null ? undefined : keepToken(tokenFile, token)
  // a connection is heard of in the next turn, when everything is in its place
  const { servers, port, url } = await listen({ port: spec.port, host: spec.host, holderOf, server: serverOptions }).catch(
    (error: unknown) => {
      kept?.remove()
      throw error
    },
  )
  const counters = noCounts()
  const gate = createGate({ upstream, spec, counters, clock, signs, redact })
  const keeper = createDoorkeeper({ spec, port, token, clock })
  const endpoints = createEndpoints({ view: gate, counters, keeper, clock })
  const pools = createPools()
  const visits = new Map<Socket, Visit>()
  let closing: Promise<void> | undefined

  const refuse = (request: IncomingMessage, response: ServerResponse, problem: Problem, visitor?: Visitor): void =>
    guarded(response, () => sendProblem(request, response, problem, visitor))
  const world: ExchangeWorld = { gate, pools, counters, spec, port, refuse }

  const visitOf = (socket: Socket): Visit => {
    const known = visits.get(socket)
    if (known !== undefined) return known
    const visit: Visit = { address: addressOf(socket), exchanges: new Set(), last: undefined }
    visits.set(socket, visit)
    lingers(socket, () => visit.last)
    socket.once('close', () => {
      visits.delete(socket)
      for (const exchange of [...visit.exchanges]) exchange.left()
    })
    return visit
  }

  const answer = (request: IncomingMessage, response: ServerResponse, expects = false): void =>
    guarded(response, () => take(request, response, expects))

  const take = (request: IncomingMessage, response: ServerResponse, expects: boolean): void => {
    const visit = visitOf(request.socket)
    // the answer to an earlier one has closed it
    if (request.socket.writableEnded) return
    visit.last = request
    if (closing !== undefined) response.shouldKeepAlive = false
    const admission = keeper.admit(request, 'request')
    if (admission.is === 'refused') {
      counters.refused += 1
      return void refuse(request, response, admission.problem, admission.visitor)
    }
    if (admission.is === 'own') return void endpoints.answer(request, response, admission.visitor)
    new Exchange(world, visit, request, response, { visitor: admission.visitor, expects }).start()
  }

  const headers: UpgradeHeaders = {
    toBackend: ({ rawHeaders, socket }, visitor, generation) =>
      requestHeaders(rawHeaders, visitor, { address: addressOf(socket), port }, pools.of(generation), randomUUID),
    toClient: ({ rawHeaders }, { crossOrigin }, generation, { headers: { host = '' } }) =>
      responseHeaders(rawHeaders, { crossOrigin, host, variesByOrigin: false }, pools.of(generation)).list,
  }
  const upgrades = createUpgrades({ gate, keeper, counters, clock, headers, answer: (request, response) => answer(request, response) })

  const onUnreadable = (error: Error, duplex: Duplex): void => {
    const socket = duplex as Socket
    // what comes after it is not readable either
    if (unreadables.has(socket)) return
    unreadables.add(socket)
    if (!socket.writable || errnoOf(error) === 'ECONNRESET') return void socket.destroy()
    const visit = visitOf(socket)
    const { last } = visit
    // requests before it have come in whole, and may have been carried out
    whenAnswered(socket, (unfinished) => {
      unreadables.delete(socket)
      // one that was slow has come at last, or the connection ends already
      if (visit.last !== last || !socket.writable) return
      unreadables.add(socket)
      if (unfinished?.headersSent === true) return void socket.destroy()
      counters.refused += 1
      for (const exchange of [...visit.exchanges]) exchange.left()
      hangUp(socket, clock, bareProblem(unreadable(errnoOf(error)), new Date()))
    })
  }
  const unreadables = new WeakSet<Socket>()

  for (const server of servers) {
    server
      .on('connection', visitOf)
      .on('request', (request, response) => answer(request, response))
      .on('checkContinue', (request, response) => answer(request, response, true))
      .on('checkExpectation', (request, response) => {
        counters.refused += 1
        visitOf(request.socket).last = request
        refuse(request, response, expectationFailed)
      })
      .on('connect', (request, duplex, head) => {
        const socket = duplex as Socket
        socket.on('error', () => {})
        takeTurn(socket, head, () => {
          const admission = keeper.admit(request, 'request')
          // a tunnel is for nobody
          if (admission.is !== 'refused') return void socket.destroy()
          counters.refused += 1
          hangUp(socket, clock, problemMessage(request, admission.problem, admission.visitor))
        })
      })
      .on('upgrade', upgrades.onUpgrade)
      .on('clientError', onUnreadable)
  }

  const endIdle = (): void => {
    for (const [socket, { exchanges }] of visits) {
      // one that is hung up on has its last words on their way
      if (socket.writableEnded) continue
      if (exchanges.size === 0 && answeringOn(socket) === undefined && socket.writableLength === 0) socket.destroy()
    }
  }

  const destroyAll = (): void => {
    for (const socket of visits.keys()) socket.destroy()
  }

  /** Nobody takes what ends here for a whole answer. */
  const breakAll = (): void => {
    for (const [socket, { exchanges }] of visits) {
      const isBroken = [...exchanges].filter((exchange) => exchange.breakOff()).length > 0
      if (!isBroken) socket.destroy()
    }
  }

  const resetAll = (): void => {
    for (const socket of visits.keys()) reset(socket)
  }

  const close = async (): Promise<void> => {
    const closed = Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    gate.close()
    endpoints.close()
    upgrades.close()
    endIdle()
    // what has been answered is idle from then on
    const ending = setInterval(endIdle, lastAnswersMs / 20)
    const timers = [clock.setTimer(lastAnswersMs, breakAll), clock.setTimer(lastAnswersMs + lastWordsMs, resetAll)]
    await closed
    clearInterval(ending)
    for (const cancel of timers) cancel()
    destroyAll()
    await pools.close()
    kept?.remove()
  }

  return {
    url,
    port,
    tokenFile: token === null ? undefined : tokenFile,
    counters,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

const addressOf = ({ remoteAddress = '127.0.0.1' }: Socket): string =>
  remoteAddress.startsWith('::ffff:') ? remoteAddress.slice('::ffff:'.length) : remoteAddress

/** A fault of ours ends a connection, not the whole process with its backend. */
const guarded = (response: ServerResponse, act: () => void): void => {
  try {
    act()
  } catch (error) {
    response.destroy()
    process.emitWarning(error instanceof Error ? error : String(error))
  }
}
