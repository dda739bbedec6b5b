import type { Cause, Finding } from '../cause.ts'
import type { Evidence } from '../evidence.ts'
import { bindError } from '../signs/bind-error.ts'
import { deaf } from '../signs/listeners.ts'
import { lastLook } from '../signs/reading.ts'

/** Linux keeps 108 bytes with a zero at the end; what is that long was cut. */
const cutBytes = 107
/** On every system. */
const longestBytes = 103

const bytesOf = (path: string): number => new TextEncoder().encode(path).length

const isCut = (path: string): boolean => bytesOf(path) >= cutBytes

export const socketPathTooLong: Cause = {
  code: 'SOCKET_PATH_TOO_LONG',
  title: 'The path of its socket is too long',
  find: (evidence) => ofSocket(evidence) ?? ofWords(evidence),
}

const hint = `Choose a socket path of at most ${longestBytes} bytes: a short folder such as /tmp/app or $XDG_RUNTIME_DIR, and a short name.`

const ofSocket = (evidence: Evidence): Finding | undefined => {
  const run = deaf(evidence)?.run
  const path = run && lastLook(run)?.unixSockets.find(isCut)
  if (path === undefined) return undefined
  return {
    confidence: 'certain',
    explanation: `It listens on a Unix socket whose path fills all ${bytesOf(path)} bytes that the system keeps: ${path}. What was longer is cut off without an error, so that nobody finds it where it was asked to be.`,
    hint,
    supports: [`It listens on ${path}, ${bytesOf(path)} bytes long, and on no port.`],
  }
}

const ofWords = (evidence: Evidence): Finding | undefined => {
  const error = bindError(evidence, 'SOCKET_PATH_TOO_LONG')
  return error && { confidence: error.confidence, explanation: error.told, hint, supports: error.supports }
}
