import { connect, type Socket } from 'node:net'
import { errnoOf, messageOf } from '../errors.ts'
import { bodyOf, type Head, headOf } from './http-answer.ts'
import { dialling, isFull, isRefused, placeOf } from './place.ts'
import type { Probe, ProbeResult, ProbeStage, ProbeTarget } from './probe.ts'

export interface HttpProbeOptions {
  readonly path?: string
  readonly status?: readonly [number, number]
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | RegExp
}

/** As much of an answer is read to find what its body must contain. */
const answerLimit = 1024 * 1024
/** What is left of an answer may come, so that the server sees no reset; then it is cut. */
const letEndMs = 250

/** One GET on a connection of its own: a reused one could die of its age and be taken for a dead backend. */
export const httpProbe = ({ path = '/', status = [100, 499], headers, body }: HttpProbeOptions): Probe => {
  /** undefined: more is needed. */
  const judge = (bytes: Buffer, head: Head, ended: boolean): ProbeResult | undefined => {
    const code = head.status
    if (code < status[0] || code > status[1]) return { ok: false, stage: 'answered', ...wrongStatus(path, code, status) }
    if (body === undefined) return { ok: true }
    const { bytes: said, whole } = bodyOf(bytes, head, ended)
    if (!whole && bytes.length < answerLimit) return ended ? brokenOff : undefined
    return contains(said.toString('utf8'), body)
      ? { ok: true }
      : { ok: false, stage: 'answered', reason: `GET ${path} answered ${code}, but its body does not contain ${body}` }
  }
  return (target, signal) =>
    new Promise((resolve) => {
      let connected = false
      let settled = false
      const pieces: Buffer[] = []
      const settle = (result: ProbeResult): void => {
        if (settled) return
        settled = true
        letEnd(socket)
        resolve(result)
      }
      const look = (ended: boolean): void => {
        if (settled) return
        const bytes = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)
        const head = headOf(bytes)
        const result = head === 'incomplete' ? undefined : head === 'not HTTP' ? notHttp(target, bytes) : judge(bytes, head, ended)
        if (result !== undefined) settle(result)
        else if (ended) settle({ ok: false, stage: 'died', reason: `${placeOf(target)}: the connection was closed before an answer` })
      }
      const socket = connect({ ...dialling(target), signal })
      socket.once('connect', () => {
        connected = true
        socket.write(requestFor(target, path, headers))
      })
      socket.on('data', (piece: Buffer) => {
        if (settled) return
        pieces.push(piece)
        look(false)
      })
      socket.once('end', () => look(true))
      socket.on('error', (error) => settle(failed(error, target, connected, signal)))
    })
}

const brokenOff: ProbeResult = { ok: false, stage: 'died', reason: 'the connection was closed in the middle of the body' }

const contains = (text: string, wanted: string | RegExp): boolean =>
  typeof wanted === 'string' ? text.includes(wanted) : new RegExp(wanted.source, wanted.flags.replace(/[gy]/g, '')).test(text)

const requestFor = ({ host, port, socketPath }: ProbeTarget, path: string, own: HttpProbeOptions['headers'] = {}): string => {
  const given = new Set(Object.keys(own).map((name) => name.toLowerCase()))
  const name = socketPath === undefined ? `${host.includes(':') ? `[${host}]` : host}:${port}` : 'localhost'
  const ours = { host: name, connection: 'close' }
  const lines = [...Object.entries(ours).filter(([name]) => !given.has(name)), ...Object.entries(own)]
  return `GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

const letEnd = (socket: Socket): void => {
  if (socket.destroyed) return
  const cut = setTimeout(() => socket.destroy(), letEndMs)
  socket.once('close', () => clearTimeout(cut))
}

const wrongStatus = (path: string, code: number, [low, high]: readonly [number, number]): { reason: string; cause?: 'SERVER_ERROR' } => ({
  reason: `GET ${path} answered ${code}; expected ${low} to ${high}`,
  ...(code >= 500 ? { cause: 'SERVER_ERROR' } : {}),
})

const failed = (error: unknown, target: ProbeTarget, connected: boolean, signal: AbortSignal): ProbeResult => {
  const address = placeOf(target)
  const code = errnoOf(error) ?? ''
  const stage = stageOf(code, connected, signal.aborted)
  if (stage === 'refused') return { ok: false, stage, reason: `connection to ${address} refused` }
  if (stage === 'no-answer') return { ok: false, stage, reason: `${address} accepts connections but does not answer` }
  return { ok: false, stage, reason: `${address}: ${messageOf(error)}` }
}

const stageOf = (code: string, connected: boolean, aborted: boolean): ProbeStage => {
  if (isRefused(code) && !connected) return 'refused'
  if (isFull(code)) return 'no-answer'
  if (aborted) return connected ? 'no-answer' : 'other'
  return connected ? 'died' : 'other'
}

const notHttp = (target: ProbeTarget, bytes: Buffer): ProbeResult => ({
  ok: false,
  stage: 'answered',
  cause: 'NOT_HTTP',
  reason: `${placeOf(target)} answered something that is not HTTP: ${JSON.stringify(bytes.toString('latin1', 0, 40))}`,
})
