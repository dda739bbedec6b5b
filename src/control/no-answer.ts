/** Says why nothing came of asking a supervisor. Pure. */
import { SupervisorError } from '../errors.ts'
import type { NoAnswer } from './ask.ts'

export interface Asked {
  /** Of the control socket. */
  readonly path: string
  /** Name of the service, if it is known. */
  readonly service: string | undefined
}

export const noAnswerError = (answer: NoAnswer, { path, service }: Asked): SupervisorError =>
  new SupervisorError('ERR_NOT_RUNNING', messages[answer](service ?? 'the service', path), { service, hint: hints[answer] })

const messages: Readonly<Record<NoAnswer, (service: string, path: string) => string>> = {
  nobody: (service, path) => `The supervisor of ${service} does not run: nobody is on its control socket ${path}.`,
  silent: (service, path) =>
    `The supervisor of ${service} is silent: it hung up, or did not answer in time, on its control socket ${path}.`,
  stranger: (service, path) => `What answers on the control socket of ${service}, ${path}, is no supervisor that this version can talk to.`,
}

const hints: Readonly<Record<NoAnswer, string>> = {
  nobody: 'Start it with jarvis-supervise start.',
  silent: 'It may just be ending. If it stays silent, end its process; the next start clears up after it.',
  stranger: 'Use the version of jarvis-supervise that the service was started with.',
}
