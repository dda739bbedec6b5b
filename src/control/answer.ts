import type { IncomingMessage, ServerResponse } from 'node:http'
import { isSupervisorError, SupervisorError } from '../errors.ts'
import type { ServiceController } from '../supervisor/controller.ts'
import { isObject, parseJson, readText } from './body.ts'
import { answerOf } from './error-answer.ts'
import type { Hello, Route } from './protocol.ts'
import { streamLines } from './stream-lines.ts'

export interface AnswerOptions {
  readonly hello: Hello
  readonly controller: ServiceController
  readonly redact: (line: string) => string
  /** Readers of the log who are being served; aborting one ends its stream. */
  readonly streams: Set<AbortController>
}

const bodyLimit = 64 * 1024
/** Readers may stay for days: there must be connections left for those who want to see or stop the service. */
const maxStreams = 48

/** Answers one request. Rejects only if the answer cannot be sent. */
export const answerWith = ({ hello, controller, redact, streams }: AnswerOptions) => {
  const routes: Readonly<Record<Route, { readonly method: 'GET' | 'POST'; readonly answer: (asked: Asked) => Promise<unknown> }>> = {
    hello: { method: 'GET', answer: async () => hello },
    status: { method: 'GET', answer: () => controller.status() },
    start: { method: 'POST', answer: () => controller.start() },
    restart: { method: 'POST', answer: () => controller.restart() },
    stop: { method: 'POST', answer: ({ body }) => controller.stop(stopOptions(body)) },
    logs: { method: 'GET', answer: (asked) => logs(asked) },
  }

  const logs = async ({ query, response }: Asked): Promise<typeof isAnswered> => {
    const { tail, follow } = logOptions(query)
    if (streams.size >= maxStreams) throw new Refusal(503, `The log has ${maxStreams} readers already.`)
    // gone already: nothing would tell of it any more
    if (response.destroyed) return isAnswered
    const reader = new AbortController()
    streams.add(reader)
    response.once('close', () => reader.abort())
    // nobody who only looks on keeps the supervisor from ending
    if (follow) response.socket?.unref()
    const { signal } = reader
    try {
      await streamLines(controller.logs({ ...(tail !== undefined && { tail }), follow, signal }), response, { signal, redact })
    } finally {
      streams.delete(reader)
    }
    return isAnswered
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const { path, query } = targetOf(request)
      const route = Object.hasOwn(routes, path) ? routes[path as Route] : undefined
      if (route === undefined) throw new Refusal(404, `There is no /${path} here.`)
      if (route.method !== request.method) throw new Refusal(405, `/${path} is asked for by ${route.method}.`, { allow: route.method })
      const body = await bodyOf(request)
      const value = await route.answer({ body, query, response })
      if (value !== isAnswered) send(response, 200, value)
    } catch (error) {
      if (response.headersSent) throw error
      const { status, headers } = error instanceof Refusal ? error : { status: isSupervisorError(error) ? 409 : 500, headers: {} }
      send(response, status, answerOf(error, redact), headers)
    }
  }
}

interface Asked {
  /** What the body says; undefined without one. */
  readonly body: unknown
  readonly query: URLSearchParams
  readonly response: ServerResponse
}

const isAnswered = Symbol('the answer has been sent')

/** A question that makes no sense. */
class Refusal extends SupervisorError {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super('ERR_INVALID_OPTIONS', message)
    this.status = status
    this.headers = headers
  }
}

const targetOf = ({ url = '' }: IncomingMessage): { readonly path: string; readonly query: URLSearchParams } => {
  const [path = '', query = ''] = url.split('?', 2)
  if (!path.startsWith('/')) throw new Refusal(400, 'The request names no path.')
  return { path: path.slice(1), query: new URLSearchParams(query) }
}

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const text = await readText(request, bodyLimit)
  if (text === undefined) throw new Refusal(413, `The body is longer than ${bodyLimit} bytes.`)
  if (text === '') return undefined
  const body = parseJson(text)
  if (body === undefined) throw new Refusal(400, 'The body is no JSON.')
  return body
}

const stopOptions = (body: unknown = {}): { readonly force?: boolean } => {
  if (!isObject(body)) throw new Refusal(400, 'The body is no object.')
  const { force } = body
  if (force !== undefined && typeof force !== 'boolean') throw new Refusal(400, 'force is true or false.')
  return force === undefined ? {} : { force }
}

const logOptions = (query: URLSearchParams): { readonly tail: number | undefined; readonly follow: boolean } => {
  const tail = query.get('tail')
  if (tail !== null && !/^\d{1,15}$/.test(tail)) throw new Refusal(400, 'tail is a number of lines.')
  return { tail: tail === null ? undefined : Number(tail), follow: query.get('follow') === '1' }
}

/** Whoever asked may have gone away: then there is nobody to tell. */
const send = (response: ServerResponse, status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): void => {
  if (response.destroyed) return
  const text = `${JSON.stringify(value)}\n`
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers }).end(text)
}
