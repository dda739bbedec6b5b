/** What a run has said, or was told, about its attempt to listen. Pure. */
import type { CauseCode } from '../../causes/codes.ts'
import { causeInOutput, takenPorts } from '../../causes/patterns.ts'
import type { Cause, Confidence, Finding } from '../cause.ts'
import type { Evidence, RunEvidence } from '../evidence.ts'
import { deaf } from './listeners.ts'
import { after, endedUnasked, everListened, exitCause, howEnded, linesOf, named, packagedOnly, patientRun } from './reading.ts'

export interface BindError {
  readonly run: RunEvidence
  readonly confidence: Confidence
  /** The line that names it; null: no line does. */
  readonly line: string | null
  /** One sentence, with its full stop. */
  readonly told: string
  readonly supports: readonly string[]
}

/** The cause, where a refusal, an end or the words of a run that listens on nothing name it. */
export const bindError = (evidence: Evidence, cause: CauseCode): BindError | undefined => {
  const run = patientRun(evidence)
  if (run === undefined) return undefined
  const where = packagedOnly(evidence) === undefined ? '' : 'In the surroundings of a packaged app: '
  if (run.notStarted !== null) {
    const { code, message } = run.notStarted
    if (run.notStarted.cause !== cause) return undefined
    return { run, confidence: 'certain', line: null, told: `${where}${message}`, supports: [`It was refused before the launch (${code}).`] }
  }
  const exit = endedUnasked(run)
  if (exit === null) return sworn(evidence, cause, where)
  const words = named(run)
  const line = words?.cause === cause ? words.line : null
  const isProof = endCause(run) === cause
  // who ends politely may have said it, too
  const isPolite = (exit.code === 0 || exit.code === 13) && line !== null && !everListened(run)
  if (!isProof && !isPolite) return undefined
  const ended = `It ${howEnded(exit)} ${after(exit.atMs)}`
  return {
    run,
    confidence: isProof ? 'certain' : 'likely',
    line,
    told: `${where}${ended}${line === null ? '.' : `: ${stopped(line)}`}`,
    supports: [`${ended}.`, ...(line === null ? [] : [`It said: ${line}`])],
  }
}

/** It lives and listens on nothing, and has said why. */
const sworn = (evidence: Evidence, cause: CauseCode, where: string): BindError | undefined => {
  const run = deaf(evidence)?.run
  const line = run && lineNaming(run, cause)
  if (run === undefined || line === undefined) return undefined
  return {
    run,
    confidence: 'likely',
    line,
    told: `${where}It runs and listens on nothing; it said: ${stopped(line)}`,
    supports: [`It said: ${line}`, 'It listens on no port.'],
  }
}

const stopped = (line: string): string => (/[.!?…]$/.test(line) ? line : `${line}.`)

/** What an end says about its cause; of a run that was not watched, what its supervisor has made of it. */
export const endCause = (run: RunEvidence): CauseCode | null =>
  exitCause(run) ?? (run.origin === 'supervised' ? (endedUnasked(run)?.reason ?? null) : null)

/** Without one of these a line names none of the causes that are asked for by line. */
const worthReading =
  /\bE[A-Z]{4,}\b|EADDR|AddrInUse|\b[Ii]n use\b|Port \d|port \d|socket address|already (?:running|allocated)|open files|permi|getaddrinfo|"port" argument|unknown port|\bpath\b/

/** The first line that names a cause by itself, and by which the program does not go on. */
export const lineNaming = (run: RunEvidence, cause: CauseCode): string | undefined =>
  linesOf(run).find((line) => worthReading.test(line) && causeInOutput([line])?.cause === cause)

/** The last word of an address that no program means: a variable that was not set. */
const unset = /(?:EADDRINUSE[^\n]* |address: ')(?:undefined|NaN|null|\[object Object\])'?,?$/

/** What Node says where the name of a socket is a variable that was not set, and another run has left it there. */
export const takenNonsense = (run: RunEvidence): string | undefined => linesOf(run).find((line) => unset.test(line))

/** The line by which it says that an address is taken: this port, or one that it does not name. */
export const saysTaken = (run: RunEvidence, port: number): string | undefined => {
  if (takenNonsense(run) !== undefined) return undefined
  const lines = linesOf(run).filter((line) => worthReading.test(line) && causeInOutput([line])?.cause === 'PORT_TAKEN')
  return lines.find((line) => takenPorts([line]).includes(port)) ?? lines.find((line) => takenPorts([line]).length === 0)
}

type Dress = Pick<Finding, 'hint'> & Partial<Pick<Finding, 'explanation' | 'fix' | 'supports' | 'contradicts' | 'confidence'>>

/** A cause that is found by a bind error alone. */
export const bindCause = (code: CauseCode, title: string, dress: (error: BindError, evidence: Evidence) => Dress): Cause => ({
  code,
  title,
  find: (evidence) => {
    const error = bindError(evidence, code)
    if (error === undefined) return undefined
    const { supports = [], ...more } = dress(error, evidence)
    return { confidence: error.confidence, explanation: error.told, ...more, supports: [...error.supports, ...supports] }
  },
})
