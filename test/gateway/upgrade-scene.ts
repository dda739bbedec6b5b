import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Server as NetServer, type Socket } from 'node:net'
import { expect } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { systemClock } from '../../src/clock.ts'
import { type GatewayOptions, specifyGateway } from '../../src/config/gateway.ts'
import { backendSide } from '../../src/gateway/backend-side.ts'
import { type Counters, noCounts } from '../../src/gateway/counters.ts'
import { createGate } from '../../src/gateway/create-gate.ts'
import { createDoorkeeper, type Doorkeeper } from '../../src/gateway/doorkeeper.ts'
import { noSigns } from '../../src/gateway/life.ts'
import { requestHeaders } from '../../src/gateway/request-headers.ts'
import { responseHeaders } from '../../src/gateway/response-headers.ts'
import { createUpgrades, type Upgrades } from '../../src/gateway/upgrade.ts'
import type { FakeClock } from '../helpers/fake-clock.ts'
import { holdings, surplus, until } from '../helpers/processes.ts'
import { Upstream } from '../helpers/upstream.ts'

export interface SceneOptions extends Partial<GatewayOptions> {
  readonly secret?: string
  readonly clock?: FakeClock
}

/** A door for upgrades alone: real sockets in front, a supervisor that the test drives behind. */
export interface UpgradeScene extends AsyncDisposable {
  readonly port: number
  readonly upstream: Upstream
  readonly counters: Counters
  readonly upgrades: Upgrades
  readonly keeper: Doorkeeper
  /** Requests that were taken for plain ones, with their bodies. */
  readonly plain: { readonly request: IncomingMessage; readonly body: string }[]
  /** A backend: closed at the end, with its connections. */
  serve(server: NetServer, path?: string): Promise<NetServer>
  /** A backend of the package `ws`, that is ready. */
  backend(onSocket: (socket: WebSocket, request: IncomingMessage) => void, options?: BackendOptions): Promise<WebSocketServer>
  /** A backend that speaks TCP as it likes, and is ready; `connected` for each connection. */
  rawBackend(onConnection: (socket: Socket) => void): Promise<NetServer>
  /** A client of the package `ws`; terminated at the end. */
  client(path?: string, protocols?: string[], options?: ConstructorParameters<typeof WebSocket>[2]): WebSocket
  /** A client that speaks TCP, and has sent what is asked for. */
  raw(text?: string): Raw
  /** Called at the end, the last one first. */
  atEnd(cleanUp: () => unknown): void
}

export interface BackendOptions {
  readonly path?: string
  readonly deflate?: boolean
  readonly choose?: (protocols: Set<string>) => string | false
  readonly refuse?: (request: IncomingMessage, socket: Socket) => boolean
}

export interface Raw {
  readonly socket: Socket
  /** All that has come, as latin1. */
  text(): string
  bytes(): Buffer
  length(): number
  /** How it ended: `end` cleanly, `reset` by an error, undefined while it has not. */
  ending(): 'end' | 'reset' | undefined
  /** Waits for its end, gives all that has come. */
  ended(): Promise<string>
}

const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'

/** An upgrade as a browser would send it; `more`: further headers, each with its line end. */
export const upgradeText = (port: number, path = '/', more = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}${more}\r\n`

/** What a backend answers to this request, so that it is open. */
export const switching = (head: Buffer, more = ''): string => {
  const [, asked = ''] = /sec-websocket-key: (\S+)/i.exec(head.toString('latin1')) ?? []
  const accepted = createHash('sha1').update(`${asked}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepted}\r\n${more}\r\n`
}

export const createUpgradeScene = async ({ secret, clock, ...options }: SceneOptions = {}): Promise<UpgradeScene> => {
  const before = holdings()
  const cleanUps: (() => unknown)[] = []
  const spec = specifyGateway({ port: 0, ...options })
  const counters = noCounts()
  const upstream = new Upstream()
  const time = clock ?? systemClock
  const gate = createGate({ upstream, spec, counters, clock: time, signs: noSigns, redact: (line) => line })
  const door = createServer()
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  const { port } = door.address() as AddressInfo
  const keeper = createDoorkeeper({ spec, port, token: secret ?? null, clock: time })
  const plain: { request: IncomingMessage; body: string }[] = []
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    void request.toArray().then((chunks) => {
      plain.push({ request, body: Buffer.concat(chunks).toString() })
      response.end('plain')
    })
  }
  const upgrades = createUpgrades({
    ...{ gate, keeper, counters, clock: time, answer },
    headers: {
      toBackend: (request, visitor, { address }) =>
        requestHeaders(request.rawHeaders, visitor, { address: '127.0.0.1', port }, backendSide(address), () => 'id'),
      toClient: (response, { crossOrigin }, { address }, { headers }) =>
        responseHeaders(response.rawHeaders, { crossOrigin, variesByOrigin: false, host: headers.host ?? '' }, backendSide(address)).list,
    },
  })
  door.on('request', answer)
  door.on('upgrade', upgrades.onUpgrade)

  const serve = async <S extends NetServer>(server: S, path?: string): Promise<S> => {
    const sockets = new Set<Socket>()
    server.on('connection', (socket: Socket) => {
      sockets.add(socket.on('error', () => {}))
      socket.once('close', () => sockets.delete(socket))
    })
    if (path === undefined) server.listen(0, '127.0.0.1')
    else server.listen(path)
    await once(server, 'listening')
    cleanUps.push(async () => {
      if (!server.listening) return
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    })
    return server
  }

  const scene: UpgradeScene = {
    ...{ port, upstream, counters, upgrades, keeper, plain, serve },
    backend: async (onSocket, { path, deflate = false, choose, refuse } = {}) => {
      const server: Server = createServer((_request, response) => response.end('no upgrade'))
      const sockets = new WebSocketServer({
        ...{ noServer: true, perMessageDeflate: deflate, maxPayload: 2 ** 30 },
        ...(choose !== undefined && { handleProtocols: choose }),
      })
      server.on('upgrade', (request, socket, head) => {
        if (refuse?.(request, socket as Socket) === true) return
        sockets.handleUpgrade(request, socket, head, (webSocket) => {
          webSocket.on('error', () => {})
          sockets.emit('connection', webSocket, request)
        })
      })
      sockets.on('connection', onSocket)
      await serve(server, path)
      upstream.ready(server)
      return sockets
    },
    rawBackend: async (onConnection) => {
      const { createServer: createNetServer } = await import('node:net')
      const server = await serve(createNetServer({ allowHalfOpen: true }, onConnection))
      upstream.ready(server)
      return server
    },
    client: (path = '/', protocols = [], more = {}) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { perMessageDeflate: false, maxPayload: 2 ** 30, ...more })
      socket.on('error', () => {})
      cleanUps.push(() => socket.terminate())
      return socket
    },
    atEnd: (cleanUp) => void cleanUps.push(cleanUp),
    raw: (text = upgradeText(port)) => {
      const chunks: Buffer[] = []
      let ending: 'end' | 'reset' | undefined
      const socket = connect(port, '127.0.0.1')
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
      socket.on('end', () => {
        ending ??= 'end'
      })
      socket.on('error', () => {
        ending ??= 'reset'
      })
      socket.write(text, 'latin1')
      cleanUps.push(() => socket.destroy())
      const bytes = (): Buffer => Buffer.concat(chunks)
      const read = (): string => bytes().toString('latin1')
      const ended = async (): Promise<string> => {
        await until(`the connection has ended: ${read()}`, () => ending !== undefined)
        return read()
      }
      return { socket, text: read, bytes, length: () => socket.bytesRead, ending: () => ending, ended }
    },
    [Symbol.asyncDispose]: async () => {
      for (const cleanUp of cleanUps.reverse()) await cleanUp()
      await until('no WebSocket is left', () => upgrades.count === 0 && counters.active === 0 && counters.waiting === 0)
      upgrades.close()
      gate.close()
      door.close()
      door.closeAllConnections()
      await once(door, 'close')
      await until('descriptors and handles are closed', () => surplus(before, holdings()).length === 0, 3000).catch(() => {})
      expect(surplus(before, holdings()), 'descriptors and handles left open').toEqual([])
    },
  }
  return scene
}

/** The code and the reason with which a client's WebSocket is closed. */
export const closing = async (socket: WebSocket): Promise<[number, string]> => {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
  return [code, reason.toString()]
}

/** The next message. */
export const message = async (socket: WebSocket): Promise<{ readonly data: Buffer; readonly isBinary: boolean }> => {
  const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean]
  return { data, isBinary }
}
