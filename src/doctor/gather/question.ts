/** One question to an address on a connection of its own, and all that can be said of what became of it. */
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { errnoOf, messageOf } from '../../errors.ts'
import { bodyOf, type Head, headOf } from '../../health/http-answer.ts'
import { redactShown } from '../../logs/redact.ts'
import type { RequestEvidence } from '../evidence.ts'
import { isSocket, place } from '../signs/reading.ts'

export interface Question {
  readonly host: string
  readonly port: number
  /** Path and query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Connect and answer together. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Only connect. */
  readonly tcp?: boolean | undefined
}

export interface Reply extends Omit<RequestEvidence, 'atMs' | 'owner'> {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
}

/** What is said of a question that was not waited for any longer. */
export const givenUp = 'given up'
/** More of an answer says no more. */
const answerLimit = 64 * 1024
const headShown = 600
/** Once its head is there it is an answer, whatever its body does: a stream never ends. */
const bodyMs = 300

/** Never rejects. */
export const ask = (question: Question): Promise<Reply> =>
  new Promise((resolve) => {
    const { host, port, path, timeoutMs, signal } = question
    const began = performance.now()
    const pieces: Buffer[] = []
    let size = 0
    let connected = false
    let settled = false
    let headTimer: NodeJS.Timeout | undefined
    const socket = connect(isSocket({ host, port }) ? { path: host } : { host, port })
    const settle = (outcome: RequestEvidence['outcome'], more: Partial<Reply> = {}): void => {
      if (settled) return
      settled = true
      clearTimeout(deadline)
      clearTimeout(headTimer)
      signal?.removeEventListener('abort', onAbort)
      letEnd(socket)
      resolve({
        ...{ host, port, path: shownPath(path), outcome, status: null, server: null, head: null, bytes: size, error: null, headers: {} },
        latencyMs: round(performance.now() - began),
        ...more,
      })
    }
    const look = (ended: boolean): void => {
      if (settled || question.tcp) return
      const bytes = Buffer.concat(pieces)
      const head = headOf(bytes)
      if (head === 'not HTTP') settle('not-http', { head: shown(bytes.subarray(0, headShown)) })
      else if (head !== 'incomplete') take(bytes, head, ended)
      else if (ended) settle('closed', { error: size > 0 ? 'closed in the middle of the head' : null })
    }
    const take = (bytes: Buffer, head: Head, ended: boolean): void => {
      const body = bodyOf(bytes, head, ended)
      if (ended || size >= answerLimit || body.whole) settle('answered', answerOf(bytes, head, body.bytes))
      // the body may take its time, the answer is there
      else headTimer ??= setTimeout(() => look(true), bodyMs)
    }
    const onAbort = (): void => settle(connected ? 'closed' : 'failed', { error: givenUp })
    const deadline = setTimeout(() => settle(connected ? 'no-answer' : 'connect-timeout'), timeoutMs)
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) onAbort()
    socket.once('connect', () => {
      connected = true
      if (question.tcp) settle('answered')
      else socket.write(requestOf(question))
    })
    socket.on('data', (piece: Buffer) => {
      if (settled) return
      pieces.push(piece)
      size += piece.length
      look(false)
    })
    socket.once('end', () => look(true))
    socket.on('error', (error) => {
      const code = errnoOf(error)
      // of a socket: nothing is there yet
      if (code === 'ECONNREFUSED' || (code === 'ENOENT' && !connected)) settle('refused', { error: code })
      // more wait to be accepted than may
      else if (code === 'EAGAIN') settle('connect-timeout', { error: code })
      else if (connected) settle('closed', { error: code ?? messageOf(error) })
      else settle(code === 'ETIMEDOUT' ? 'connect-timeout' : 'failed', { error: code ?? messageOf(error) })
    })
    socket.once('close', () => settle(connected ? 'closed' : 'failed'))
  })

const answerOf = (bytes: Buffer, { status, bodyAt }: Head, body: Buffer): Partial<Reply> => {
  const headers = headersIn(bytes.toString('latin1', 0, bodyAt))
  const said = [headers.server, headers['x-powered-by']].filter((name) => name !== undefined).join(', ')
  return {
    status,
    headers,
    server: said === '' ? null : shown(Buffer.from(said)).slice(0, 100),
    head: body.length === 0 ? null : shown(body.subarray(0, headShown)),
  }
}

const headersIn = (text: string): Record<string, string> => {
  const headers: Record<string, string> = {}
  for (const line of text.split(/\r?\n/).slice(1)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] ??= line.slice(colon + 1).trim()
  }
  return headers
}

const shown = (bytes: Buffer): string => redactShown(bytes.toString('utf8'))
const shownPath = (path: string): string => redactShown(path)
const round = (ms: number): number => Math.round(ms * 10) / 10

const requestOf = ({ path, headers = {}, ...target }: Question): string => {
  const own = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  const usual = { host: isSocket(target) ? 'localhost' : place(target), accept: '*/*', connection: 'close' }
  const lines = [...Object.entries(usual).filter(([name]) => !own.has(name)), ...Object.entries(headers)]
  return `GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

/** What is left of an answer may come, so that the server sees no reset; then it is cut. */
const letEndMs = 100

const letEnd = (socket: Socket): void => {
  if (socket.destroyed) return
  socket.end()
  socket.resume()
  const cut = setTimeout(() => socket.destroy(), letEndMs)
  socket.once('close', () => clearTimeout(cut))
}

/** Whether somebody speaks TLS there. Who it is does not matter. */
export const speaksTls = (host: string, port: number, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connectTls({ host, port, rejectUnauthorized: false })
    const end = (speaks: boolean): void => {
      clearTimeout(deadline)
      socket.destroy()
      resolve(speaks)
    }
    const deadline = setTimeout(() => end(false), timeoutMs)
    socket.once('secureConnect', () => end(true))
    // a complaint about the certificate of the client is spoken in TLS, too
    socket.once('error', (error) => end(/SSL_?ALERT|TLSV1_ALERT|ERR_SSL_.*ALERT/i.test(`${errnoOf(error)}`)))
    socket.once('close', () => end(false))
  })
