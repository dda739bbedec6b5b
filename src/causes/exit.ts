/**
 * Decides what an exit says about its cause: what the supervisor itself did, then the signal, then the last output, then
 * the code. Pure; null where the evidence does not allow a cause.
 */
import type { CauseCode } from './codes.ts'
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
}

export interface ExitExplanation {
  readonly reason: CauseCode | null
  /** Somebody else has the port that we gave. */
  readonly portLost: boolean
}

const bySignal: Readonly<Record<string, CauseCode>> = {
  SIGILL: 'KILLED_BY_CPU_OR_KERNEL',
  SIGSYS: 'KILLED_BY_CPU_OR_KERNEL',
  SIGSEGV: 'KILLED_BY_CPU_OR_KERNEL',
  SIGBUS: 'KILLED_BY_CPU_OR_KERNEL',
  SIGTRAP: 'KILLED_BY_CPU_OR_KERNEL',
}

export const explainExit = (facts: ExitFacts): ExitExplanation => {
  if (facts.endedByUs !== null) return { reason: facts.endedByUs.because, portLost: false }
  const spoken = facts.code === 0 ? undefined : causeInOutput(facts.tail)
  if (spoken?.cause === 'PORT_TAKEN') return { reason: 'PORT_TAKEN', portLost: isOurPort(facts) }
  return { reason: spoken?.cause ?? bySignalOrCode(facts) ?? null, portLost: false }
}

/** A line that names no port is taken to mean the one that was given. */
const isOurPort = ({ tail, port, wasReady }: ExitFacts): boolean => {
  if (port === null || wasReady) return false
  const named = takenPorts(tail)
  return named.length === 0 || named.includes(port)
}

const bySignalOrCode = ({ code, signal, wasReady }: ExitFacts): CauseCode | undefined => {
  if (signal !== null) return bySignal[signal]
  if ((code === 0 || code === 13) && !wasReady) return 'EXITED_BEFORE_LISTENING'
  return undefined
}
