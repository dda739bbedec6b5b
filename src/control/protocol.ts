/** What is said over the control socket: HTTP with JSON. Pure. */
import type { ErrorCode } from '../errors.ts'

/** Raised when an older client could not make sense of an answer. */
export const protocolVersion = 1

/** Who answers on a socket: `GET /hello`. */
export interface Hello {
  readonly protocol: typeof protocolVersion
  readonly service: string
  readonly key: string
  /** Real path of the project. */
  readonly root: string
  /** Of the supervisor. */
  readonly pid: number
  readonly version: string
  /** ISO 8601. */
  readonly startedAt: string
}

/** `GET /hello`, `GET /status`, `POST /start`, `POST /restart`, `POST /stop`, `GET /logs?tail=N&follow=1`. */
export type Route = 'hello' | 'status' | 'start' | 'restart' | 'stop' | 'logs'

/** The body of every answer that is not 200. */
export interface ErrorAnswer {
  readonly error: {
    readonly code: ErrorCode
    readonly message: string
    readonly reason?: string | undefined
    readonly hint?: string | undefined
    readonly service?: string | undefined
    readonly tail?: readonly string[] | undefined
  }
}

/** Whether somebody's answer is a greeting of a supervisor that we can talk to. */
export const isHello = (value: unknown): value is Hello => {
  if (typeof value !== 'object' || value === null) return false
  const { protocol, service, key, root, pid } = value as Record<string, unknown>
  return protocol === protocolVersion && [service, key, root].every((field) => typeof field === 'string') && typeof pid === 'number'
}
