import { chmodSync, lstatSync, renameSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { errnoOf } from '../errors.ts'
import type { ServiceController } from '../supervisor/controller.ts'
import { answerWith } from './answer.ts'
import type { Hello } from './protocol.ts'
import { refuseLongPath } from './socket-path.ts'

export interface ControlServer {
  /**
   * Settled when it listens. The path must be free, in a folder that is private to this user. The server alone does not
   * keep the process alive. Rejects with the system's error, or `ERR_STATE_DIR` for a path that is too long.
   */
  listen(path: string): Promise<void>
  /**
   * Gives the path up at once, and drops whoever has asked nothing yet or reads the log. Settled when answers under way
   * have been sent, after 300 ms at the latest. Twice is once.
   */
  close(): Promise<void>
}

export interface ControlServerOptions {
  /** For lines of output, before they are shown. Default: as they are. */
  readonly redact?: (line: string) => string
}

const maxConnections = 64
/** From the connection to the end of the request. */
const requestMs = 2000
const closeMs = 300
const maxHeaderBytes = 16 * 1024

interface Connection {
  readonly deadline: NodeJS.Timeout
  /** A request has come, and its answer is under way. */
  isAnswering: boolean
}

/** Answers for a service on a Unix socket or a named pipe: HTTP, one request to a connection. */
export const createControlServer = (
  hello: Hello,
  controller: ServiceController,
  { redact = (line) => line }: ControlServerOptions = {},
): ControlServer => {
  const connections = new Map<Socket, Connection>()
  const streams = new Set<AbortController>()
  const answer = answerWith({ hello, controller, redact, streams })
  let closed: Promise<void> | undefined
  let http: Promise<Server> | undefined
  let bound: Bound | undefined

  const accept = (socket: Socket): void => {
    const connection = { deadline: setTimeout(() => socket.destroy(), requestMs).unref(), isAnswering: false }
    if (connections.size >= maxConnections) hangUpOnIdler(socket)
    connections.set(socket, connection)
    socket.on('error', () => {})
    socket.once('close', () => {
      clearTimeout(connection.deadline)
      connections.delete(socket)
    })
    socket.unref()
    http ??= loadServer((request, response) => void onRequest(request, response))
    http
      .then((server) => {
        if (!socket.destroyed) server.emit('connection', socket)
      })
      .catch(() => socket.destroy())
  }

  /** Who came first and has asked nothing yet; the newcomer where all are being answered. */
  const hangUpOnIdler = (newcomer: Socket): void => {
    const [idler] = [...connections].find(([, { isAnswering }]) => !isAnswering) ?? [newcomer]
    idler.destroy()
  }

  const onRequest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { socket } = request
    const connection = connections.get(socket)
    // a second one, before the first has its answer
    if (connection === undefined || connection.isAnswering) return void socket.destroy()
    connection.isAnswering = true
    socket.ref()
    for (const message of [request, response]) message.on('error', () => {})
    request.once('end', () => clearTimeout(connection.deadline))
    response.setHeader('connection', 'close')
    await answer(request, response).catch(() => socket.destroy())
  }

  // like that of node:http, which answers those who have said all they have to say, too
  const server = createServer({ allowHalfOpen: true }, accept)
  // for want of descriptors somebody may not get in: that is no end of the service
  server.on('error', () => {})
  server.unref()

  const shut = async (): Promise<void> => {
    const closing = new Promise<void>((resolve) => sparing(bound, () => server.close(() => resolve())))
    for (const stream of streams) stream.abort()
    for (const [socket, { isAnswering }] of connections) if (!isAnswering) socket.destroy()
    const cut = setTimeout(() => {
      for (const socket of connections.keys()) socket.destroy()
    }, closeMs)
    await closing
    clearTimeout(cut)
  }

  return {
    listen: (path) =>
      new Promise((resolve, reject) => {
        refuseLongPath(path)
        server.once('error', reject)
        // exclusive: a worker of node:cluster would have its primary listen
        server.listen({ path, exclusive: true }, () => {
          server.off('error', reject)
          try {
            if (process.platform !== 'win32') {
              chmodSync(path, 0o600)
              bound = { path, inode: lstatSync(path).ino }
            }
            resolve()
          } catch (error) {
            server.close()
            reject(error)
          }
        })
      }),
    close: () => (closed ??= shut()),
  }
}

interface Bound {
  readonly path: string
  readonly inode: number
}

/**
 * A server that closes removes what lies at its path, whoever put it there: where the folder was deleted and made again,
 * that is the socket of the next one.
 */
const sparing = (bound: Bound | undefined, close: () => void): void => {
  const aside = bound && putAside(bound)
  close()
  if (bound !== undefined && aside !== undefined) renameSync(aside, bound.path)
}

const putAside = ({ path, inode }: Bound): string | undefined => {
  try {
    if (lstatSync(path).ino === inode) return undefined
    const aside = `${path}.${inode}`
    renameSync(path, aside)
    return aside
  } catch {
    // there is nothing, not even a folder, or it is not ours to move
    return undefined
  }
}

/** Takes 8 ms the first time: most services run without ever being asked. It listens nowhere; connections are handed to it. */
const loadServer = async (onRequest: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> => {
  const { createServer: createHttpServer } = await import('node:http')
  const server = createHttpServer({ maxHeaderSize: maxHeaderBytes }, onRequest)
  server.on('clientError', (error, socket) => {
    const status = errnoOf(error) === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
    if (socket.writable) socket.write(refusalOf(status, error.message))
    ;(socket as Socket).destroySoon()
  })
  return server
}

/** For what could not be understood there is no response to write to. */
const refusalOf = (status: string, message: string): string => {
  const body = `${JSON.stringify({ error: { code: 'ERR_INVALID_OPTIONS', message } })}\n`
  const headers = ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`, 'connection: close']
  return `HTTP/1.1 ${status}\r\n${headers.join('\r\n')}\r\n\r\n${body}`
}
