import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { App } from './app'
import { createGuard, type Guard, pathOf } from './guard'
import type { Options } from './options'
import { type Problem, problemBody, problemType } from './problem'

export interface Backend {
  /** URL, or path of the socket. */
  at: string
  /** Ends the chats and the connections. */
  close(): Promise<void>
}

const flushMs = 300

export function startBackend(options: Options): Promise<Backend> {
  let guard: Guard
  let loading: Promise<App> | undefined
  let closing: Promise<void> | undefined
  // Hono and all behind it are loaded by the first request that needs them, or after the first answer: whoever waits for
  // this server to be ready does not wait for them.
  const load = () => {
    loading ??= import('./app').then(({ createApp }) => createApp(options))
    return loading
  }

  const server = createServer((request, response) => {
    response.on('close', () => {
      if (closing) server.closeIdleConnections()
      else load().catch(() => {})
    })
    const problem = guard(request)
    if (problem) return answerProblem(response, problem)
    if (letOriginRead(request, response, options.allowedOrigins)) return
    if (isHealth(request)) return answerHealth(response, options.claudePath)
    load().then(
      (app) => app.listener(request, response),
      (error: Error) => answerProblem(response, { status: 500, detail: `My Jarvis could not load its own code: ${error.message}` }),
    )
  })

  async function close(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve))
    const app = await loading?.catch(() => undefined)
    await app?.close()
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, flushMs).unref())])
    server.closeAllConnections()
  }

  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(options, error)))
    server.listen(options.socketPath === null ? { port: options.port, host: options.host } : { path: options.socketPath }, () => {
      const address = server.address() as AddressInfo | string
      guard = createGuard({ ...options, port: typeof address === 'string' ? null : address.port })
      if (typeof address !== 'string' && !isLoopback(address))
        console.error(`My Jarvis: whoever can reach ${options.host} can run Claude on this machine.`)
      resolve({
        at: typeof address === 'string' ? address : urlOf(options.host, address.port),
        close: () => {
          closing ??= close()
          return closing
        },
      })
    })
  })
}

function isHealth(request: IncomingMessage): boolean {
  return (request.method === 'GET' || request.method === 'HEAD') && pathOf(request) === '/api/health'
}

function answerHealth(response: ServerResponse, path: string | null): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify({ ok: true, pid: process.pid, claude: { path } }))
}

function answerProblem(response: ServerResponse, problem: Problem): void {
  response.writeHead(problem.status, { 'content-type': problemType, 'x-content-type-options': 'nosniff' }).end(problemBody(problem))
}

/** Tells a browser that an invited page may read the answer; true when it only asked for that. */
function letOriginRead(request: IncomingMessage, response: ServerResponse, invited: string[]): boolean {
  const { origin } = request.headers
  if (origin !== undefined && invited.includes(origin)) {
    response.setHeader('access-control-allow-origin', origin)
    response.setHeader('vary', 'origin')
  }
  if (request.method !== 'OPTIONS') return false
  response.writeHead(204, { 'access-control-allow-methods': 'GET, POST', 'access-control-allow-headers': 'content-type' }).end()
  return true
}

function listenError({ host, port, socketPath }: Options, error: NodeJS.ErrnoException): Error {
  if (socketPath !== null) return new Error(`Cannot listen on ${socketPath}: ${error.message}.`)
  const cure =
    error.code === 'EADDRINUSE' ? 'End the program that holds it, or choose another with --port.' : 'Choose another with --host and --port.'
  return new Error(`Cannot listen on port ${port} of ${host}: ${error.message}. ${cure}`)
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function isLoopback({ address }: AddressInfo): boolean {
  return address === '::1' || address.startsWith('127.')
}
