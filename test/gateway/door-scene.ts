import { createServer, type IncomingHttpHeaders, type RequestListener, request, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net'
import { expect } from 'vitest'
import { type GatewayOptions, specifyGateway } from '../../src/config/gateway.ts'
import { type DoorOptions, type OpenDoor, openDoor } from '../../src/gateway/door.ts'
import { noSigns } from '../../src/gateway/life.ts'
import { holdings, surplus, until } from '../helpers/processes.ts'
import { type Place, Upstream } from '../helpers/upstream.ts'

/** A door before a supervisor that the test drives, and backends on real sockets behind it. At the end nothing may be left. */
export interface DoorScene extends AsyncDisposable {
  readonly upstream: Upstream
  readonly door: OpenDoor
  readonly port: number
  /** A backend of node:http. `place`: a port, or the path of a Unix socket. */
  http(answer: RequestListener, place?: Place): Promise<Server>
  /** A backend that speaks TCP as it likes. */
  tcp(onConnection: (socket: Socket) => void, place?: Place): Promise<NetServer>
  /** The same, ready; it writes `bytes` when a request has come, and then does `then`. */
  saying(bytes: string | Buffer, then?: (socket: Socket) => void): Promise<NetServer>
  ask(path: string, options?: AskOptions): Promise<Answer>
  /** A client that speaks TCP. */
  dial(text?: string | Buffer): Dialled
  atEnd(cleanUp: () => unknown): void
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: string | Buffer
  readonly signal?: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly trailers: NodeJS.Dict<string>
  readonly body: string
  /** It came to its proper end. */
  readonly isWhole: boolean
  readonly ms: number
}

export interface Dialled {
  readonly socket: Socket
  /** All that has come, as latin1. */
  text(): string
  /** `end` in peace, `reset` by an error. */
  ended(): Promise<'end' | 'reset'>
  /** Waits until something has come. */
  has(text: string): Promise<void>
}

export const createDoorScene = async (
  { port = 'auto', ...options }: Partial<GatewayOptions> = {},
  more: Partial<DoorOptions> = {},
): Promise<DoorScene> => {
  const before = holdings()
  const cleanUps: (() => unknown)[] = []
  const sockets = new Set<Socket>()
  const upstream = new Upstream()
  const door = await openDoor({
    spec: specifyGateway({ port, ...options }),
    upstream,
    tokenFile: '/nonexistent/token',
    holderOf: async () => undefined,
    signs: noSigns,
    redact: (line) => line,
    ...more,
  })
  upstream.starting()

  const listening = async <S extends NetServer>(server: S, place: Place = 0): Promise<S> => {
    server.on('connection', (socket: Socket) => {
      socket.on('error', () => {})
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
    await new Promise<void>((resolve) =>
      typeof place === 'number' ? server.listen(place, '127.0.0.1', resolve) : server.listen(place, resolve),
    )
    cleanUps.push(() => {
      server.close()
    })
    return server
  }

  const scene: DoorScene = {
    upstream,
    door,
    port: door.port,
    http: (answer, place) => listening(createServer(answer), place),
    tcp: (onConnection, place) => listening(createNetServer(onConnection), place),
    saying: async (bytes, then = () => {}) => {
      const server = await scene.tcp((socket) => socket.once('data', () => socket.write(bytes, () => then(socket))))
      upstream.ready(server)
      return server
    },
    ask: (path, asked) => ask(door.port, path, asked),
    dial: (text = '') => dial(door.port, text, sockets),
    atEnd: (cleanUp) => void cleanUps.push(cleanUp),
    [Symbol.asyncDispose]: async () => {
      await door.close()
      for (const cleanUp of cleanUps.reverse()) await cleanUp()
      for (const socket of sockets) socket.destroy()
      await until('descriptors and handles are closed', () => surplus(before, holdings()).length === 0, 2000).catch(() => {})
      expect(surplus(before, holdings()), 'descriptors and handles left open').toEqual([])
    },
  }
  return scene
}

/** Never rejects: without an answer its status is 0. Each on a connection of its own. */
export const ask = (port: number, path: string, { body, ...options }: AskOptions = {}): Promise<Answer> =>
  new Promise((resolve) => {
    const startedAt = performance.now()
    const none = { status: 0, headers: {}, rawHeaders: [], trailers: {}, body: '', isWhole: false }
    const settle = (answer: Omit<Answer, 'ms'>): void => resolve({ ...answer, ms: performance.now() - startedAt })
    const asking = request({ host: '127.0.0.1', port, path, agent: false, ...options }, (response) => {
      let text = ''
      response.setEncoding('latin1')
      const { statusCode: status = 0, headers, rawHeaders } = response
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', () => {})
      response.on('close', () =>
        settle({ status, headers, rawHeaders, trailers: response.trailers, body: text, isWhole: response.complete }),
      )
    })
    asking.on('error', () => settle(none))
    asking.end(body)
  })

const dial = (port: number, text: string | Buffer, sockets: Set<Socket>): Dialled => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  sockets.add(socket)
  let got = ''
  let ending: 'end' | 'reset' | undefined
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    got += chunk
  })
  socket.on('end', () => {
    // a reset that comes together with data looks like an end, but the kernel knows of no other side any more
    ending ??= socket.remoteAddress === undefined ? 'reset' : 'end'
    socket.end()
  })
  socket.on('error', () => {
    ending ??= 'reset'
  })
  socket.on('close', () => sockets.delete(socket))
  if (text.length > 0) socket.write(text)
  return {
    socket,
    text: () => got,
    ended: async () => {
      await until('the connection has ended', () => ending !== undefined)
      return ending ?? 'end'
    },
    has: (part) =>
      until(`${JSON.stringify(part)} has come`, () => got.includes(part)).catch((error: Error) => {
        throw new Error(`${error.message} It is ${JSON.stringify(got)}.`)
      }),
  }
}

export const portOf = (server: NetServer): number => (server.address() as AddressInfo).port
