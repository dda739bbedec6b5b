/** Says why a service was given up: what happened, what was seen, what to do. Pure. */
import type { ErrorCode } from '../errors.ts'
import { SupervisorError } from '../errors.ts'
import type { ExitReport, Failure } from './machine.ts'

const codes: Readonly<Record<Exclude<Failure['because'], 'launch'>, ErrorCode>> = {
  'port-taken': 'ERR_PORT_TAKEN',
  'never-ready': 'ERR_NEVER_READY',
  'crash-loop': 'ERR_CRASH_LOOP',
  crashed: 'ERR_CRASHED',
  unkillable: 'ERR_UNKILLABLE',
}

export const failureError = (failure: Failure, service: string): SupervisorError => {
  const { launch, exit, reason } = failure
  const tail = exit?.tail
  if (failure.because === 'launch' && launch !== null) {
    return new SupervisorError(launch.code, launch.message, { reason: launch.reason, hint: launch.hint, service })
  }
  const because = failure.because === 'launch' ? 'never-ready' : failure.because
  return new SupervisorError(codes[because], `${service} ${sentence({ ...failure, because })}`, {
    reason: reason ?? undefined,
    hint: hints[because],
    service,
    tail,
  })
}

const hints: Readonly<Record<Exclude<Failure['because'], 'launch'>, string>> = {
  'port-taken': 'End the other program, ask for another port, or let the port move: { prefer: N }, --prefer-port N.',
  'never-ready': 'Read its last lines; `readiness` says what is asked of it and how long it may take.',
  'crash-loop': 'Read its last lines; `restart.intensity` says how many crashes are too many.',
  crashed: 'Read its last lines; restarts are off.',
  unkillable: 'It waits in the kernel, usually for a disk or a network drive that is gone; only that, or a reboot, can free it.',
}

const sentence = ({ because, count, exit, detail }: Failure): string => {
  switch (because) {
    case 'port-taken':
      return `could not have its port: ${detail ?? lastWords(exit) ?? 'another program listens there'}`
    case 'never-ready':
      return `${count > 1 ? `never became ready in ${count} runs in a row` : 'never became ready'}: ${detail ?? `it ${endOf(exit)}`}`
    case 'crash-loop':
      return `crashed ${count === 1 ? 'once' : `${count} times`}; the last time it ${detail ? `was restarted (${detail})` : endOf(exit)}`
    case 'unkillable':
      return `does not end: process ${detail} is still there after SIGKILL`
    default:
      return `crashed: it ${detail ? `was ended (${detail})` : endOf(exit)}`
  }
}

/** `exited with code 1 after 120 ms` */
export const endOf = (exit: Pick<ExitReport, 'code' | 'signal' | 'uptimeMs'> | null): string => {
  if (exit === null) return 'could not be launched'
  const how = exit.signal === null ? `exited with code ${exit.code}` : `was ended by ${exit.signal}`
  return `${how} after ${exit.uptimeMs < 10_000 ? `${exit.uptimeMs} ms` : `${Math.round(exit.uptimeMs / 1000)} s`}`
}

const lastWords = (exit: ExitReport | null): string | undefined => exit?.tail.find((line) => /EADDRINUSE|in use/i.test(line))
