import type { CauseCode } from './causes/codes.ts'

/** Everything that can go wrong, as a closed list. The command line maps each to an exit code (`commands/exit-code.ts`). */
export type ErrorCode =
  /** An option or a configuration is wrong; all problems are in the message. */
  | 'ERR_INVALID_OPTIONS'
  /** The entry script is not there, or is not a file. */
  | 'ERR_SCRIPT_MISSING'
  /** The child could not be launched, and trying again would not help. */
  | 'ERR_LAUNCH_FAILED'
  /** Node, Claude or the command is not there, or cannot run. */
  | 'ERR_EXECUTABLE_NOT_FOUND'
  /** A port was asked for by number, and somebody else holds it. */
  | 'ERR_PORT_TAKEN'
  /** Runs that never became ready, as many in a row as the policy allows. */
  | 'ERR_NEVER_READY'
  /** It was ready, and crashed more often than the policy allows. */
  | 'ERR_CRASH_LOOP'
  /** It was ready and crashed, and restarts are off. */
  | 'ERR_CRASHED'
  /** It was killed, and the kernel does not let it go. */
  | 'ERR_UNKILLABLE'
  /** Another supervisor runs this service. */
  | 'ERR_ALREADY_RUNNING'
  /** Nothing runs under this name. */
  | 'ERR_NOT_RUNNING'
  /** `stop()` was called before the service became ready. */
  | 'ERR_STOPPED'
  /** The state folder belongs to somebody else, or cannot be used. */
  | 'ERR_STATE_DIR'

export interface ErrorFacts {
  /** A code of the catalogue of causes, where the evidence allows one. */
  reason?: CauseCode | undefined
  /** What to do about it, in one sentence. */
  hint?: string | undefined
  /** Name of the service. */
  service?: string | undefined
  /** Last lines of the child's output, oldest first. */
  tail?: readonly string[] | undefined
  cause?: unknown
}

/** The ESM and the CJS copy of this package, and copies of two versions, must know each other's errors: a registered symbol, not `instanceof`. */
const brand = Symbol.for('jarvis-supervise.SupervisorError')

/**
 * The one error class. `message` says what happened and what was seen; `hint` says what to do.
 */
export class SupervisorError extends Error {
  override readonly name = 'SupervisorError'
  readonly code: ErrorCode
  readonly reason: CauseCode | undefined
  readonly hint: string | undefined
  readonly service: string | undefined
  readonly tail: readonly string[] | undefined

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = code
    this.reason = facts.reason
    this.hint = facts.hint
    this.service = facts.service
    this.tail = facts.tail
    Object.defineProperty(this, brand, { value: true })
  }
}

/** Whether `error` is ours (of any copy of this package) and, if asked, of this code. */
export const isSupervisorError = (error: unknown, code?: ErrorCode): error is SupervisorError =>
  typeof error === 'object' &&
  error !== null &&
  (error as Record<symbol, unknown>)[brand] === true &&
  (code === undefined || (error as SupervisorError).code === code)

/** Node's error code (`ENOENT`, `EADDRINUSE`, …), if `error` has one. */
export const errnoOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
