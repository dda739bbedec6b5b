import type { IncomingMessage } from 'node:http'
import { createConnection, type Socket } from 'node:net'
import { errnoOf } from '../errors.ts'
import { parseJson, readText } from './body.ts'
import { refuseLongPath } from './socket-path.ts'

/** Nobody listens; somebody does not answer, or hangs up; what answers does not speak our language. */
export type NoAnswer = 'nobody' | 'silent' | 'stranger'

export interface Question {
  readonly method?: 'GET' | 'POST'
  /** Path and query. */
  readonly target: string
  readonly body?: object
  /** Ends the connection, whatever it is at. */
  readonly signal?: AbortSignal | undefined
}

/** To a socket of this machine: longer waits only who waits for somebody that accepts nobody. */
const connectMs = 5000
const answerLimit = 4 * 1024 * 1024

/**
 * Asks on a connection of its own. The answer has begun when it resolves; its body is the caller's affair.
 * Rejects when the path is too long, or the system does not let us connect.
 */
export const ask = async (path: string, { method = 'GET', target, body, signal }: Question): Promise<IncomingMessage | NoAnswer> => {
  const socket = await connect(path, signal)
  if (typeof socket === 'string') return socket
  // takes 8 ms the first time: only where there is somebody to talk to
  const { request } = await import('node:http')
  if (socket.destroyed) return 'silent'
  return new Promise((resolve) => {
    const asking = request({
      createConnection: () => socket,
      method,
      path: target,
      ...(body && { headers: { 'content-type': 'application/json' } }),
    })
    asking.on('response', (response) => {
      response.on('error', () => {})
      resolve(response)
    })
    asking.on('error', (error) => resolve(errnoOf(error)?.startsWith('HPE_') ? 'stranger' : 'silent'))
    // an answer of another kind, such as a change of protocol
    asking.on('close', () => resolve('silent'))
    asking.end(body && JSON.stringify(body))
  })
}

export interface JsonAnswer {
  readonly status: number
  readonly value: unknown
}

export const askJson = async (path: string, question: Question): Promise<JsonAnswer | NoAnswer> => {
  const answer = await ask(path, question)
  return typeof answer === 'string' ? answer : readJson(answer)
}

export const readJson = async (answer: IncomingMessage): Promise<JsonAnswer | NoAnswer> => {
  try {
    const text = await readText(answer, answerLimit)
    const value = text === undefined ? undefined : parseJson(text)
    return value === undefined ? 'stranger' : { status: answer.statusCode ?? 0, value }
  } catch {
    return 'silent'
  } finally {
    answer.destroy()
  }
}

const connect = (path: string, signal: AbortSignal | undefined): Promise<Socket | NoAnswer> =>
  new Promise((resolve, reject) => {
    refuseLongPath(path)
    if (signal?.aborted) return resolve('silent')
    const socket = createConnection({ path })
    const hangUp = (): void => void socket.destroy()
    const deadline = setTimeout(hangUp, connectMs)
    signal?.addEventListener('abort', hangUp)
    socket.once('connect', () => {
      clearTimeout(deadline)
      resolve(socket)
    })
    socket.on('error', (error) => {
      const code = errnoOf(error) ?? ''
      if (absent.has(code)) resolve('nobody')
      else if (busy.has(code)) resolve('silent')
      else reject(error)
    })
    socket.once('close', () => {
      clearTimeout(deadline)
      signal?.removeEventListener('abort', hangUp)
      resolve('silent')
    })
  })

/** Nothing there, nobody behind it, or no socket at all. */
const absent = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR'])
/** More wait to be accepted than may; or we were, and then were not. */
const busy = new Set(['EAGAIN', 'EBUSY', 'ETIMEDOUT', 'ECONNRESET', 'EPIPE'])

/** The signal is aborted after `ms`. An answer that lies in the socket when our own timer is late is read before that. */
export const withDeadline = async <T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const controller = new AbortController()
  const timer = setTimeout(() => setImmediate(() => controller.abort()), ms)
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
  }
}
