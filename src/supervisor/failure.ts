/** Says why a service was given up: what happened, what was seen, what to do. Pure. */

import type { CauseCode } from '../causes/codes.ts'
import { cures } from '../causes/cures.ts'
import { endsUnasked } from '../causes/exit.ts'
import { exitCodeText, systemWords } from '../causes/exit-codes.ts'
import { firstError, spokenError } from '../causes/first-error.ts'
import { causeInOutput } from '../causes/patterns.ts'
import type { ErrorCode } from '../errors.ts'
import { SupervisorError } from '../errors.ts'
import type { ExitReport, Failure } from './model.ts'

type Because = Exclude<Failure['because'], 'launch'>

const codes: Readonly<Record<Because, ErrorCode>> = {
  'port-taken': 'ERR_PORT_TAKEN',
  'never-ready': 'ERR_NEVER_READY',
  'crash-loop': 'ERR_CRASH_LOOP',
  crashed: 'ERR_CRASHED',
  unkillable: 'ERR_UNKILLABLE',
}

export const failureError = (failure: Failure, service: string): SupervisorError => {
  const { launch, exit } = failure
  if (failure.because === 'launch' && launch !== null) {
    return new SupervisorError(launch.code, launch.message, { reason: launch.reason, hint: launch.hint, service })
  }
  const because = failure.because === 'launch' ? 'never-ready' : failure.because
  const first = otherFirst({ ...failure, because })
  const reason = rootReason(failure, first)
  return new SupervisorError(codes[because], `${service} ${sentence({ ...failure, because, first })}`, {
    reason: reason ?? undefined,
    hint: (because !== 'unkillable' && reason !== null && cures[reason]) || hints[because],
    service,
    tail: (first ?? exit)?.tail,
  })
}

const hints: Readonly<Record<Because, string>> = {
  'port-taken': 'End the other program, ask for another port, or let the port move: { prefer: N }, --prefer-port N.',
  'never-ready': 'Read its last lines; `readiness` says what is asked of it and how long it may take.',
  'crash-loop': 'Read its last lines; `restart.intensity` says how many crashes are too many.',
  crashed: 'Read its last lines; restarts are off.',
  unkillable: 'It waits in the kernel, usually for a disk or a network drive that is gone; only that, or a reboot, can free it.',
}

/** How the streak began, where it began otherwise than it ended. */
const otherFirst = ({ because, first, exit, count, detail, reason }: Failure): ExitReport | null => {
  if (first === null || count < 2 || (because !== 'never-ready' && because !== 'crash-loop')) return null
  if (first === exit) return null
  if (exit === null) return first
  // one that we ended says by its reason why; its words are not about its end
  const alike = first.code === exit.code && first.signal === exit.signal && first.reason === (detail === null ? exit.reason : reason)
  return alike && (detail !== null || sameWords(said(first), said(exit))) ? null : first
}

/** Times, pids and addresses differ from run to run. */
const sameWords = (one = '', other = ''): boolean => one.replace(/\d+/g, '0') === other.replace(/\d+/g, '0')

/** What mostly follows from another failure: the one before has not let go of the port. */
const consequences: readonly (CauseCode | null)[] = [null, 'PORT_TAKEN', 'PORT_HELD_BY_OWN_ORPHAN']

const rootReason = ({ reason }: Failure, first: ExitReport | null): CauseCode | null =>
  consequences.includes(reason) ? (first?.reason ?? reason) : reason

const sentence = ({ because, count, exit, first, detail }: Failure & { readonly because: Because }): string => {
  switch (because) {
    case 'port-taken':
      return `could not have its port: ${detail ?? lastWords(exit) ?? 'another program listens there'}`
    case 'unkillable':
      return `does not end: process ${detail} is still there after SIGKILL`
    case 'never-ready': {
      const runs = count > 1 ? `never became ready in ${count} runs in a row` : 'never became ready'
      const last = detail ?? told(exit)
      return first === null ? `${runs}: ${last}` : `${runs}. First: ${told(first)}; the last time: ${last}`
    }
    case 'crash-loop': {
      const times = `crashed ${count === 1 ? 'once' : `${count} times`}`
      const last = detail === null ? told(exit) : ended(detail)
      if (first !== null) return `${times}. First: ${told(first)}; the last time: ${last}`
      if (count === 1) return `${times}: ${last}`
      return detail === null ? `${times}. First: ${last}; the last time the same` : `${times}; the last time ${last}`
    }
    case 'crashed':
      return detail === null ? `crashed: ${told(exit)}` : `crashed: ${ended(detail)}`
  }
}

const ended = (detail: string): string => `it was ended (${detail})`

/** `TypeError: x is not a function (exited with code 1 after 120 ms)`, or only how it ended. */
const told = (exit: ExitReport | null): string => {
  const words = exit === null ? undefined : said(exit)
  if (words !== undefined) return `${words} (${endOf(exit)})`
  return `it ${endOf(exit)}${exit?.reason ? ` (${exit.reason})` : ''}`
}

/** What it said about its end. Who was ended by a signal may have said something ordinary last. */
const said = (exit: ExitReport): string | undefined => {
  if (exit.requested || !endsUnasked(exit)) return undefined
  return exit.signal === null ? firstError(exit.tail) : spokenError(exit.tail)
}

/** `exited with code 1 after 120 ms` */
export const endOf = (exit: Pick<ExitReport, 'code' | 'signal' | 'uptimeMs'> | null): string => {
  if (exit === null) return 'could not be launched'
  return `${howOf(exit)} after ${exit.uptimeMs < 10_000 ? `${exit.uptimeMs} ms` : `${Math.round(exit.uptimeMs / 1000)} s`}`
}

const howOf = ({ code, signal }: Pick<ExitReport, 'code' | 'signal'>): string => {
  if (signal !== null) return `was ended by ${signal}`
  const words = code === null ? undefined : systemWords(code)
  return `exited with code ${exitCodeText(code)}${words === undefined ? '' : `, ${words},`}`
}

const lastWords = (exit: ExitReport | null): string | undefined => {
  const named = exit && causeInOutput(exit.tail, exit.code)
  if (named?.cause !== 'PORT_TAKEN' && named?.cause !== 'PORT_RESERVED_BY_WINDOWS') return undefined
  return firstError([named.line]) === named.line ? named.line : spokenError(exit?.tail ?? [])
}
