/** What a command's exit code says. Pure. */
import type { ErrorCode } from '../errors.ts'
import { isSupervisorError } from '../errors.ts'

const byCode: Readonly<Record<ErrorCode, number>> = {
  ERR_INVALID_OPTIONS: 2,
  ERR_SCRIPT_MISSING: 2,
  ERR_STATE_DIR: 2,
  ERR_LAUNCH_FAILED: 2,
  ERR_NEVER_READY: 3,
  ERR_CRASH_LOOP: 4,
  ERR_ALREADY_RUNNING: 5,
  ERR_NOT_RUNNING: 6,
  ERR_PORT_TAKEN: 7,
  ERR_EXECUTABLE_NOT_FOUND: 8,
  ERR_CRASHED: 1,
  ERR_UNKILLABLE: 1,
  ERR_STOPPED: 0,
}

/** The second Ctrl-C. */
export const interruptedTwice = 130

export const exitCodeOf = (error: unknown): number => (isSupervisorError(error) ? (byCode[error.code] ?? 1) : 1)
export const exitCodeFor = (code: ErrorCode): number => byCode[code]
