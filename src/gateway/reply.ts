import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { systemClock } from '../clock.ts'
import type { BackendSide } from './backend-side.ts'
import { cutOff } from './hang-up.ts'
import { type Receiver, responseHeaders } from './response-headers.ts'

type Raw = readonly (Buffer | string)[]

/** What comes after the headers is told to everybody alike. */
const nobody: Receiver = { crossOrigin: null, variesByOrigin: false, host: '' }

/** The answer of a backend on its way to the client. */
export class Reply {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #receiver: Receiver
  /** The client sees by the answer itself whether it is complete. */
  #isFramed = true
  /** Of an answer in lines: the last byte was the end of one; undefined for every other answer. */
  #isAtLineEnd: boolean | undefined

  constructor(request: IncomingMessage, response: ServerResponse, asker: Omit<Receiver, 'host'>) {
    this.#request = request
    this.#response = response
    this.#receiver = { ...asker, host: request.headers.host ?? '' }
  }

  get hasBegun(): boolean {
    return this.#response.headersSent
  }

  /** 103; the others are between two hops, or for who has asked for them. */
  inform(status: number, raw: Raw, backend: BackendSide): void {
    if (status !== 103 || this.#isOld) return
    const { list } = responseHeaders(raw, { ...this.#receiver, variesByOrigin: false }, backend)
    const hints: Record<string, string> = {}
    const links: string[] = []
    for (let i = 0; i < list.length; i += 2) {
      if (list[i]!.toLowerCase() === 'link') links.push(list[i + 1]!)
      else hints[list[i]!] = list[i + 1]!
    }
    try {
      this.#response.writeEarlyHints({ ...hints, link: links })
    } catch {
      // a hint that node:http does not understand; the answer itself is to come
    }
  }

  /** Returns its media type. `isLast`: no other one can follow on this connection. */
  begin(status: number, raw: Raw, message: string, backend: BackendSide, isLast: boolean): string {
    const response = this.#response
    const { list, trailer, type, hasLength } = responseHeaders(raw, this.#receiver, backend)
    const isBodyless = this.#request.method === 'HEAD' || status === 204 || status === 304
    if (trailer !== null && !hasLength && !isBodyless && !this.#isOld) list.push('trailer', trailer)
    if (isLast) response.shouldKeepAlive = false
    writeHead(response, status, message, list)
    // node:http frames what the backend has not, but not for HTTP/1.0
    this.#isFramed = hasLength || !this.#isOld
    if (type === 'application/x-ndjson' && !hasLength) this.#isAtLineEnd = true
    // most answers come in one piece: what has a body by the end of this turn is sent with it
    process.nextTick(flush, response)
    return type
  }

  /** false: no more, until `resume` is called. */
  write(chunk: Buffer, resume: () => void): boolean {
    if (this.#isAtLineEnd !== undefined && chunk.length > 0) this.#isAtLineEnd = chunk[chunk.length - 1] === 0x0a
    if (this.#response.write(chunk)) return true
    this.#response.once('drain', resume)
    return false
  }

  end(trailers: Raw | null, backend: BackendSide): void {
    if (trailers !== null && trailers.length > 0) this.#addTrailers(trailers, backend)
    this.#response.end()
  }

  /** What was answered so far is not the whole of it, and must not look like it. */
  cut(): void {
    const response = this.#response
    if (this.#isAtLineEnd === true) response.write(lastLine)
    else flush(response)
    const end = (socket: Socket): void => cutOff(socket, systemClock, { isFramed: this.#isFramed })
    if (response.socket !== null) end(response.socket)
    // it is the turn of an earlier one
    else response.once('socket', (socket: Socket) => setImmediate(end, socket))
  }

  /** HTTP/1.0 knows neither chunks nor hints. */
  get #isOld(): boolean {
    return this.#request.httpVersionMinor === 0
  }

  #addTrailers(raw: Raw, backend: BackendSide): void {
    const { list } = responseHeaders(raw, nobody, backend)
    const trailers: [string, string][] = []
    for (let i = 0; i < list.length; i += 2) trailers.push([list[i]!, list[i + 1]!])
    try {
      this.#response.addTrailers(trailers)
    } catch {
      // one that node:http would not write
    }
  }
}

const lastLine = `${JSON.stringify({ type: 'gateway_error', code: 'BACKEND_LOST', message: 'The backend was lost in the middle of its answer.' })}\n`

/** What a backend says besides its status may be of letters that node:http does not write; then it is the usual. */
const writeHead = (response: ServerResponse, status: number, message: string, list: string[]): void => {
  try {
    response.writeHead(status, message, list)
  } catch {
    response.statusMessage = ''
    response.writeHead(status, list)
  }
}

const flush = (response: ServerResponse): void => {
  // with a chunk it is under way already
  if (!response.writableEnded) response.flushHeaders()
}
