import type { IncomingMessage, RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '../clock.ts'
import type { Counters } from './counters.ts'
import { answerMs, type Dialled, dialUpgrade, isWebSocket } from './dial-upgrade.ts'
import { type EarlyBytes, earlyBytes } from './early-bytes.ts'
import { type Gate, type Generation, isGeneration } from './gate.ts'
import { hangUp } from './hang-up.ts'
import { lostTwice } from './lost-twice.ts'
import { plainRequests } from './plain-request.ts'
import type { Problem } from './problem.ts'
import { hasHeader, rawHead } from './raw-answer.ts'
import { relayAnswer } from './relay-answer.ts'
import { relaySockets } from './relay-sockets.ts'
import { backendLost } from './request-problems.ts'
import { afterLoss } from './retry.ts'
import { problemMessage } from './send-problem.ts'
import { offersOnly } from './subprotocols.ts'
import { takeTurn } from './turn.ts'
import { bodyWithUpgrade, noAnswerAtAll, noAnswerInTime, tooManySockets } from './upgrade-problems.ts'
import type { Admission, Visitor } from './visitor.ts'

/** Headers of both directions, as name and value in turn, without hop-by-hop ones. */
export interface UpgradeHeaders {
  /** For the backend: its own Host, forwarded headers overwritten, without the subprotocol of a ticket. */
  toBackend(request: IncomingMessage, visitor: Visitor, generation: Generation): readonly string[]
  /** For the client: of a 101, or of a refusal. */
  toClient(response: IncomingMessage, visitor: Visitor, generation: Generation, request: IncomingMessage): readonly string[]
}

export interface UpgradeOptions {
  readonly gate: Gate
  readonly keeper: { admit(request: IncomingMessage, kind: 'upgrade'): Admission }
  readonly counters: Counters
  readonly clock: Clock
  readonly headers: UpgradeHeaders
  /** The door's handler of requests, for upgrades to something that is not a WebSocket: they are plain requests. */
  readonly answer: RequestListener
}

export interface Upgrades {
  /** For the `upgrade` event of the door's server. Never throws. */
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Open ones are told that the door goes away, or cut off in the middle of a frame; those that wait are destroyed. */
  close(): void
  /** WebSockets that wait or are open. */
  readonly count: number
}

/** Of a page or two and their reloads; each takes two descriptors and some 40 kB. */
const mostSockets = 1000

/** One that asks for a WebSocket, and what it has to do with it. */
interface Caller {
  readonly request: IncomingMessage
  readonly client: Socket
  readonly early: EarlyBytes
  readonly visitor: Visitor
  /** Aborted when it is gone, or the door closes. */
  readonly signal: AbortSignal
}

/** WebSockets: let in and waited for before their 101, then bytes as they come, both ways. */
export const createUpgrades = ({ gate, keeper, counters, clock, headers, answer }: UpgradeOptions): Upgrades => {
  /** All that the door's server has handed over. */
  const connections = new Set<Socket>()
  /** Of those that are open. */
  const closes = new Map<Socket, () => void>()
  const readPlainly = plainRequests(answer)
  const plainly = (request: IncomingMessage, client: Socket, head: Buffer): void => {
    readPlainly(request, client, head)
    // it was paused if it had to wait
    client.resume()
  }
  let count = 0

  const onUpgrade = (request: IncomingMessage, duplex: Duplex, head: Buffer): void => {
    // before anything else: an error that nobody hears would end the whole process
    duplex.on('error', () => {})
    // the door listens on TCP
    const client = duplex as Socket
    // ours would be read in the middle of the answer to an earlier request
    takeTurn(client, head, (all) => onTurn(request, client, all))
  }

  const onTurn = (request: IncomingMessage, client: Socket, head: Buffer): void => {
    connections.add(client)
    client.once('close', () => connections.delete(client))
    client.setTimeout(0)
    client.setNoDelay(true)
    if (isWebSocket(request) && request.method === 'GET' && request.httpVersion === '1.1') onWebSocket(request, client, head)
    else plainly(request, client, head)
  }

  const onWebSocket = (request: IncomingMessage, client: Socket, head: Buffer): void => {
    const admission = keeper.admit(request, 'upgrade')
    if (admission.is === 'own') {
      plainly(request, client, head)
      return
    }
    if (admission.is === 'refused' || announcesBody(request)) {
      counters.refused += 1
      refuse(request, client, admission.is === 'refused' ? admission.problem : bodyWithUpgrade, admission.visitor)
    } else if (count >= mostSockets) {
      counters.unavailable += 1
      refuse(request, client, tooManySockets(mostSockets), admission.visitor)
    } else {
      counters.upgrades += 1
      count += 1
      const gone = new AbortController()
      client.once('close', () => {
        count -= 1
        gone.abort()
      })
      const early = earlyBytes(client, head, () => client.destroy())
      void open({ request, client, early, visitor: admission.visitor, signal: gone.signal })
    }
  }

  const refuse = (request: IncomingMessage, client: Socket, problem: Problem, visitor: Visitor | undefined): void =>
    hangUp(client, clock, problemMessage(request, problem, visitor))

  /** Never rejects. */
  const open = async (caller: Caller): Promise<void> => {
    const { request, client, early, visitor, signal } = caller
    const end = (problem: Problem): void => {
      early.take()
      refuse(request, client, problem, visitor)
    }
    let after: Generation | undefined
    let before: Generation | undefined
    for (;;) {
      const passed = (after === undefined ? gate.generation : undefined) ?? (await gate.pass({ signal, bytes: 0, after }))
      if (signal.aborted) return
      if (!isGeneration(passed)) return end(passed)
      const leave = gate.enter(passed, 'request')
      const dialled = await dial(caller, passed)
      if (signal.aborted) {
        if ('backend' in dialled) dialled.backend.destroy()
        return leave()
      }
      switch (dialled.is) {
        case 'open':
          relay(caller, dialled, passed)
          return leave()
        case 'answered':
          return relayRefusal(caller, dialled, passed, leave)
        case 'gone':
          return leave()
        case 'late':
          leave()
          return end(noAnswerInTime(answerMs))
        case 'garbled':
          leave()
          return end(noAnswerAtAll(dialled.why))
        case 'lost':
          leave()
          if (afterLoss({ ...upgradeRequest, isAnswered: dialled.isAnswered, before: before === undefined ? 0 : 1 }) === 'give-up') {
            counters.lost += 1
            return end(
              before === undefined
                ? backendLost('GET', visitor.target, 'answered')
                : await lostTwice('GET', visitor.target, before, passed),
            )
          }
          before = passed
          counters.repeated += 1
          break
        case 'unsent':
          leave()
      }
      after = passed
    }
  }

  const dial = ({ request, visitor, signal }: Caller, generation: Generation): Promise<Dialled> => {
    const kept = headers.toBackend(request, visitor, generation)
    return dialUpgrade({ generation, target: visitor.target, headers: [...kept, ...upgradeHeaders], signal, clock })
  }

  const relay = (caller: Caller, { response, backend, head }: Extract<Dialled, { is: 'open' }>, generation: Generation): void => {
    const { request, client, early, visitor } = caller
    const { ticketProtocol: ticket } = visitor
    const leave = gate.enter(generation, 'socket', () => {
      end(1012, 'service restart')
      // what has come is on its way to the client
      backend.destroy()
    })
    const kept = headers.toClient(response, visitor, generation, request)
    // a browser that has offered one insists on being given one
    const isMissing = ticket !== null && !hasHeader(kept, 'sec-websocket-protocol') && offersOnly(ticket, request.rawHeaders)
    const added = isMissing ? ['Sec-WebSocket-Protocol', ticket] : []
    client.write(rawHead(101, response.statusMessage || 'Switching Protocols', [...upgradeHeaders, ...kept, ...added]), 'latin1')
    const fromClient = early.take()
    const end = relaySockets({ client, backend, fromClient, fromBackend: head, generation, clock }, ({ isCut }) => {
      closes.delete(client)
      leave()
      if (isCut) counters.cut += 1
    })
    closes.set(client, () => end(1001, 'going away'))
  }

  const relayRefusal = (
    { request, client, early, visitor }: Caller,
    { response, backend }: Extract<Dialled, { is: 'answered' }>,
    generation: Generation,
    leave: () => void,
  ): void => {
    early.take()
    relayAnswer(
      { client, response, backend, headers: headers.toClient(response, visitor, generation, request), generation, clock },
      ({ isCut }) => {
        leave()
        if (isCut) counters.cut += 1
      },
    )
  }

  return {
    onUpgrade,
    close: () => {
      for (const client of connections) {
        const closeOpen = closes.get(client)
        if (closeOpen === undefined) client.destroy()
        else closeOpen()
      }
    },
    get count() {
      return count
    },
  }
}

const upgradeRequest = { isSent: true, isSafe: true, isWhole: true }
const upgradeHeaders = ['Connection', 'Upgrade', 'Upgrade', 'websocket']

/** What follows it would be read in two ways: as a body, or as the first frames. */
const announcesBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0
