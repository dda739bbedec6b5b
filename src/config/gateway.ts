/** What a service's front door is to be: its options as users write them, and as the rest works by them. Pure. */
import * as shape from './shape.ts'
import { isRecord, join, type Problem } from './shape.ts'

/** A port that stays, in front of a backend that comes and goes. */
export interface GatewayOptions {
  /** A number is strict: taken is an error. `'auto'` or 0: a free one, kept for as long as the supervisor lives. */
  port: number | 'auto'
  /** Address to listen on. Default: loopback, 127.0.0.1 and ::1. Another one needs `token`. */
  host?: string
  /** In a config of several services: the key of the one that is behind it. Default: the only one. */
  service?: string
  /**
   * Origins of pages, besides its own, that may call: `http://localhost:5173`. Default none. `'null'` and `'file://'`
   * let in pages of `file:`; with `'null'` come sandboxed frames of any site.
   */
  allowedOrigins?: string[]
  /** Names, besides those of loopback, under which it may be called: `app.test`, `app.test:8443`. Default none. */
  allowedHosts?: string[]
  /** Whoever calls must prove that they may read a private file of this launch. Default false. */
  token?: boolean
  /** The backend honours `Idempotency-Key`: a request that has one may be sent again. Default false. */
  idempotencyKey?: boolean
  /** Who may wait, while there is nobody to answer. Beyond that it is 503. */
  hold?: {
    /** Default 10 000. */
    timeoutMs?: number
    /** Default 256. */
    maxPending?: number
    /** Of the bodies of those who wait, together. Default 33 554 432 (32 MiB). */
    maxBytes?: number
  }
  /**
   * How long a process that is to be replaced may finish what it is answering. Default 30 000. Without `overlap` or `standby`
   * requests wait meanwhile: then it is a third of `hold.timeoutMs` at most, and event streams and WebSockets are broken off.
   */
  drainMs?: number
  /** Of one request. Default: none; it is passed on as it comes. */
  maxBodyBytes?: number
}

/** Nothing in it is optional by accident. */
export interface GatewaySpec {
  readonly port: number | 'auto'
  /** undefined: both of loopback's. */
  readonly host: string | undefined
  readonly allowedOrigins: readonly string[]
  readonly allowedHosts: readonly string[]
  readonly token: boolean
  readonly idempotencyKey: boolean
  readonly hold: { readonly timeoutMs: number; readonly maxPending: number; readonly maxBytes: number }
  readonly drainMs: number
  readonly maxBodyBytes: number
}

/** What pages of `file:` say, in browsers and in Electron. */
const ofFiles = new Set(['null', 'file://'])

const origin: shape.Shape = (value, path, problems) => {
  if (typeof value === 'string' && (ofFiles.has(value) || isOrigin(value))) return
  problems.push(shape.expected(path, 'an origin, such as http://localhost:5173', value))
}

const isOrigin = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s*\\]+$/i.test(text) && URL.canParse(text)

/** As browsers write it: `HTTP://Localhost:80` is `http://localhost`. */
const asSent = (origin: string): string => {
  const written = ofFiles.has(origin) ? origin : new URL(origin).origin
  // of schemes that are no web's it says null
  return written === 'null' ? origin.toLowerCase() : written
}

const hostName: shape.Shape = (value, path, problems) => {
  if (typeof value === 'string' && /^(?:\[[0-9a-f:.]+\]|[^\s/?#@:*[\]]+)(?::\d{1,5})?$/i.test(value)) return
  problems.push(shape.expected(path, 'a host name, with or without a port, such as app.test:8443', value))
}

const wholeMs = shape.integer(0, 2 ** 31 - 1)
const count = shape.integer(0, Number.MAX_SAFE_INTEGER)

export const gatewayShape: shape.Shape = shape.object(
  {
    port: shape.either("a whole number from 0 to 65535, or 'auto'", shape.integer(0, 65_535), shape.only('auto')),
    host: shape.filled,
    service: shape.filled,
    allowedOrigins: shape.list(origin),
    allowedHosts: shape.list(hostName),
    token: shape.boolean,
    idempotencyKey: shape.boolean,
    hold: shape.object({ timeoutMs: wholeMs, maxPending: count, maxBytes: count }),
    drainMs: wholeMs,
    maxBodyBytes: count,
  },
  ['port'],
)

/** What contradicts in options whose shape is right. */
export const gatewayContradictions = (options: unknown, path: string): Problem[] => {
  if (!isRecord(options)) return []
  const { host, token } = options as Partial<GatewayOptions>
  if (host === undefined || token === true || isLoopback(host)) return []
  const at = join(path, 'host')
  const message = `\`${at}\` (${host}) lets other machines in, which needs \`${join(path, 'token')}\` true`
  return [{ path: at, message }]
}

export const isLoopback = (host: string): boolean => /^localhost$/i.test(host) || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)

export const specifyGateway = ({ hold = {}, ...options }: GatewayOptions): GatewaySpec => ({
  port: options.port === 0 ? 'auto' : options.port,
  host: options.host,
  allowedOrigins: (options.allowedOrigins ?? []).map(asSent),
  allowedHosts: (options.allowedHosts ?? []).map((host) => host.toLowerCase()),
  token: options.token ?? false,
  idempotencyKey: options.idempotencyKey ?? false,
  hold: { timeoutMs: hold.timeoutMs ?? 10_000, maxPending: hold.maxPending ?? 256, maxBytes: hold.maxBytes ?? 32 * 1024 * 1024 },
  drainMs: options.drainMs ?? 30_000,
  maxBodyBytes: options.maxBodyBytes ?? Number.POSITIVE_INFINITY,
})
