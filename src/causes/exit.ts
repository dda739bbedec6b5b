/**
 * Decides what an exit says about its cause: what the supervisor itself did, then the last output, then the signal or
 * the code. Pure; null where the evidence does not allow a cause.
 */
import type { CauseCode } from './codes.ts'
import { causeOfExit, toldSignal } from './exit-codes.ts'
import { causeInOutput, takenPorts } from './patterns.ts'

export interface ExitFacts {
  readonly code: number | null
  readonly signal: string | null
  /** Last lines of output, oldest first. */
  readonly tail: readonly string[]
  /** The port it was given. */
  readonly port: number | null
  readonly wasReady: boolean
  /** We ended it: because somebody asked, or because it was found wanting (with the cause). */
  readonly endedByUs: { readonly because: CauseCode | null } | null
  /** Processes of its group that the kernel ended during the run for want of memory, where that is counted. */
  readonly oomKills?: number
}

export interface ExitExplanation {
  readonly reason: CauseCode | null
  /** The port that we gave cannot be had: somebody else has it, or the system keeps it. */
  readonly portLost: boolean
}

export const explainExit = (facts: ExitFacts): ExitExplanation => {
  if (facts.endedByUs !== null) return { reason: facts.endedByUs.because, portLost: false }
  const spoken = endsUnasked(facts) ? causeInOutput(facts.tail, facts.code) : undefined
  const reason = spoken?.cause ?? unspoken(facts) ?? null
  if (reason === 'EXITED_BEFORE_LISTENING' && facts.wasReady) return { reason: null, portLost: false }
  const isPort = reason === 'PORT_TAKEN' || reason === 'PORT_RESERVED_BY_WINDOWS'
  return { reason, portLost: isPort && isOurPort(facts, spoken?.line ?? '') }
}

/** Signals that others send. The child did not know that it would end, and could not say why. */
const fromOutside = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'])

/** The signal that ended it, also where a shell or the program itself tells it as a code. */
const signalOf = ({ code, signal }: Pick<ExitFacts, 'code' | 'signal'>): string | undefined =>
  signal ?? (code === null ? undefined : toldSignal(code))

/** Whether it ended of its own accord, and with an error: then its last words are about its end. */
export const endsUnasked = (exit: Pick<ExitFacts, 'code' | 'signal'>): boolean => exit.code !== 0 && !fromOutside.has(signalOf(exit) ?? '')

/** A line that names no port is taken to mean the one that was given; a socket's path is none. */
const isOurPort = ({ tail, port, wasReady }: ExitFacts, line: string): boolean => {
  if (port === null || wasReady) return false
  const named = takenPorts(tail)
  return named.length === 0 ? !/ \/[^/\s]\S*$/.test(line) : named.includes(port)
}

const unspoken = (facts: ExitFacts): CauseCode | undefined => {
  const { code, signal, oomKills = 0 } = facts
  if (signalOf(facts) === 'SIGKILL') return oomKills > 0 ? 'KILLED_BY_OOM' : undefined
  if (signal === null && (code === 0 || code === 13)) return 'EXITED_BEFORE_LISTENING'
  return causeOfExit(code, signal)
}
