import type { IncomingMessage } from 'node:http'
import { errnoOf, messageOf } from '../errors.ts'
import type { Probe, ProbeResult, ProbeStage, ProbeTarget } from './probe.ts'

export interface HttpProbeOptions {
  readonly path?: string
  readonly status?: readonly [number, number]
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | RegExp
}

/** As much of a body is read to find what it must contain. */
const bodyLimit = 1024 * 1024

/** Takes 3 ms the first time: best spent while the child boots. */
export const loadHttp = (): Promise<typeof import('node:http')> => import('node:http')

/** One GET on a connection of its own: a reused one could die of its age and be taken for a dead backend. */
export const httpProbe = ({ path = '/', status = [100, 499], headers, body }: HttpProbeOptions): Probe => {
  const judge = async (response: IncomingMessage, signal: AbortSignal): Promise<ProbeResult> => {
    const code = response.statusCode ?? 0
    if (code < status[0] || code > status[1]) return { ok: false, stage: 'answered', ...wrongStatus(path, code, status) }
    if (body === undefined) return { ok: true }
    const text = await readBody(response, signal)
    const fits = typeof body === 'string' ? text.includes(body) : new RegExp(body.source, body.flags.replace(/[gy]/g, '')).test(text)
    return fits
      ? { ok: true }
      : { ok: false, stage: 'answered', reason: `GET ${path} answered ${code}, but its body does not contain ${body}` }
  }
  return async (target, signal) => {
    const { request } = await loadHttp()
    return new Promise((resolve) => {
      let connected = false
      const { host, port } = target
      const ask = request({ host, port, path, headers: { connection: 'close', ...headers }, agent: false, signal })
      ask.on('socket', (socket) => socket.once('connect', () => (connected = true)))
      ask.on('response', (response) => {
        response.on('error', () => {})
        judge(response, signal)
          .then(resolve, (error: unknown) => resolve(failed(error, target, true, signal)))
          .finally(() => letEnd(response))
      })
      ask.on('error', (error) => resolve(failed(error, target, connected, signal)))
      ask.end()
    })
  }
}

/** What is left of a body may end by itself, so that the server sees no reset; one that goes on (a stream) is cut. */
const letEnd = (response: IncomingMessage): void => {
  if (response.closed) return
  const cut = setTimeout(() => response.destroy(), 250)
  response.once('close', () => clearTimeout(cut))
  response.resume()
}

const wrongStatus = (path: string, code: number, [low, high]: readonly [number, number]): { reason: string; cause?: 'SERVER_ERROR' } => ({
  reason: `GET ${path} answered ${code}; expected ${low} to ${high}`,
  ...(code >= 500 ? { cause: 'SERVER_ERROR' } : {}),
})

const readBody = (response: IncomingMessage, signal: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const done = (): void => resolve(Buffer.concat(chunks).toString('utf8'))
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes < bodyLimit) return
      done()
      response.destroy()
    })
    response.once('end', done)
    response.once('error', reject)
    response.once('close', () => reject(new Error('the connection closed in the middle of the body')))
    signal.addEventListener('abort', () => reject(new Error('the body did not end in time')), { once: true })
  })

const failed = (error: unknown, { host, port }: ProbeTarget, connected: boolean, signal: AbortSignal): ProbeResult => {
  const address = `${host}:${port}`
  const code = errnoOf(error) ?? ''
  const stage = stageOf(code, connected, signal.aborted)
  if (stage === 'refused') return { ok: false, stage, reason: `connection to ${address} refused` }
  if (stage === 'no-answer') return { ok: false, stage, reason: `${address} accepts connections but does not answer` }
  if (code.startsWith('HPE_'))
    return { ok: false, stage: 'answered', cause: 'NOT_HTTP', reason: `${address} answered something that is not HTTP (${code})` }
  return { ok: false, stage, reason: `${address}: ${messageOf(error)}` }
}

const stageOf = (code: string, connected: boolean, aborted: boolean): ProbeStage => {
  if (code === 'ECONNREFUSED') return 'refused'
  if (aborted) return connected ? 'no-answer' : 'other'
  return connected ? 'died' : 'other'
}
