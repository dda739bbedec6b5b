import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { errnoOf } from '../errors.ts'

export interface SocketFetch {
  /** Path of a Unix socket, or name of a pipe. */
  readonly socketPath: string
  /** Laid over those of the request, names in lower case; null removes one. */
  readonly headers?: Readonly<Record<string, string | null>>
  /**
   * Asked at the end of an answer without a length, which only the end of its connection ends: whether that was meant.
   * Default: it was.
   */
  readonly isWhole?: () => Promise<boolean>
}

/** Belong to one connection, and not to what is said over it. */
const hopByHop = ['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer']
const dropped = new Set([...hopByHop, 'transfer-encoding', 'upgrade', 'expect', 'host', 'accept-encoding'])
const droppedOfAnswer = new Set([...hopByHop, 'transfer-encoding', 'upgrade'])

/** Whether the backend was not there: nothing was sent, and the body of the request was not touched. */
export const isUnsent = (error: unknown): boolean => unsent.has(errnoOf(error) ?? '')
const unsent = new Set(['ECONNREFUSED', 'ENOENT'])

/**
 * `fetch` over a socket, on a connection of its own. Bodies stream both ways, no faster than they are taken. Redirects are
 * passed on. Content is asked for as it is: what answers a protocol of Electron's own is decoded by nobody.
 *
 * Rejects with the system's error where there is no answer, with the signal's reason where `request.signal` has aborted. An
 * answer that breaks off is an error of its stream. A stream that is cancelled ends the connection.
 */
export const fetchOverSocket = async (request: Request, options: SocketFetch): Promise<Response> => {
  const { signal } = request
  signal.throwIfAborted()
  // takes 8 ms the first time: an app that has not asked yet is still starting
  const http = await import('node:http')
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const outgoing = http.request({
      agent: false,
      socketPath: options.socketPath,
      method: request.method,
      path: targetOf(request.url),
      headers: headersFor(request.headers, options.headers),
    })
    const onAbort = (): void => void outgoing.destroy(asError(signal.reason))
    signal.addEventListener('abort', onAbort)
    outgoing.once('close', () => signal.removeEventListener('abort', onAbort))
    // stays, for what comes of a connection after its answer has begun
    outgoing.on('error', reject)
    outgoing.once('upgrade', (_message, socket) => {
      socket.destroy()
      reject(new Error('The backend has changed to another protocol, which a socket of this kind does not carry.'))
    })
    outgoing.once('response', (message) => {
      try {
        resolve(answerOf(message, request.method, () => signal.reason, options.isWhole))
      } catch (error) {
        outgoing.destroy()
        reject(error)
      }
    })
    send(request, outgoing)
  })
}

const targetOf = (address: string): string => {
  const { pathname, search } = new URL(address)
  return `${pathname === '' ? '/' : pathname}${search}`
}

const headersFor = (given: Headers, own: SocketFetch['headers'] = {}): OutgoingHttpHeaders => {
  const named = new Set((given.get('connection') ?? '').toLowerCase().split(/[\s,]+/))
  const headers: OutgoingHttpHeaders = {}
  for (const [name, value] of given) if (!dropped.has(name) && !named.has(name)) headers[name] = value
  // to say nothing would permit any coding
  Object.assign(headers, { 'accept-encoding': 'identity' }, own, { host: 'localhost' })
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== null))
}

/** The body is read when there is somebody to send it to. */
const send = (request: Request, outgoing: ClientRequest): void => {
  const { body } = request
  if (body === null) return void outgoing.end()
  outgoing.once('socket', (socket) => {
    const begin = (): void => void pump(body, outgoing).catch((error: unknown) => outgoing.destroy(asError(error)))
    if (socket.connecting) socket.once('connect', begin)
    else begin()
  })
}

const pump = async (body: ReadableStream<Uint8Array>, outgoing: ClientRequest): Promise<void> => {
  const reader = body.getReader()
  let isOver = false
  let wake = (): void => {}
  outgoing.on('drain', () => wake())
  outgoing.once('close', () => {
    isOver = true
    wake()
    // who has answered without having heard all does not want the rest
    reader.cancel().catch(() => {})
  })
  for (;;) {
    const { done, value } = await reader.read()
    if (isOver) return
    if (done) return void outgoing.end()
    // a copy: Electron reads the next piece into the same memory
    const hasRoom = outgoing.write(Buffer.from(value))
    if (!hasRoom)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)))

const answerOf = (message: IncomingMessage, method: string, whyAborted: () => unknown, isWhole: SocketFetch['isWhole']): Response => {
  const { statusCode: status = 0, statusMessage = '' } = message
  if (status < 200 || status > 599) throw new Error(`The backend has answered with the status ${status}, which means nothing.`)
  const init = { status, statusText: /^[\t\x20-\x7e]*$/.test(statusMessage) ? statusMessage : '', headers: headersOf(message) }
  if (method !== 'HEAD' && !bodiless.has(status)) return new Response(streamOf(message, whyAborted, isWhole), init)
  message.on('error', () => {})
  message.resume()
  return new Response(null, init)
}

const bodiless = new Set([204, 205, 304])

const headersOf = ({ rawHeaders }: IncomingMessage): Headers => {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2)
    if (!droppedOfAnswer.has(name.toLowerCase())) headers.append(name, value)
  }
  return headers
}

/** Read ahead of who takes it. */
const aheadBytes = 64 * 1024

const streamOf = (message: IncomingMessage, whyAborted: () => unknown, isWhole: SocketFetch['isWhole']): ReadableStream<Uint8Array> => {
  const hasLength = message.headers['content-length'] !== undefined || message.headers['transfer-encoding'] !== undefined
  let isOver = false
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const fail = (error: unknown): void => {
          if (isOver) return
          isOver = true
          controller.error(whyAborted() ?? error)
        }
        const end = (): void => {
          if (isOver) return
          isOver = true
          controller.close()
        }
        message.on('data', (piece: Buffer) => {
          if (isOver) return
          controller.enqueue(piece)
          if ((controller.desiredSize ?? 0) <= 0) message.pause()
        })
        message.once('end', () => {
          if (hasLength || isWhole === undefined) return end()
          isWhole().then((whole) => (whole ? end() : fail(brokenOff())), fail)
        })
        message.once('error', (error) => fail(Object.assign(brokenOff(), { cause: error })))
        message.once('close', () => message.readableEnded || fail(brokenOff()))
        message.pause()
      },
      pull: () => void message.resume(),
      cancel: () => {
        isOver = true
        message.destroy()
      },
    },
    { highWaterMark: aheadBytes, size: (piece) => piece.byteLength },
  )
}

const brokenOff = (): Error => new Error('The backend has broken off its answer.')
