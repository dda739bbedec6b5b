import { controlClient } from '../control/client.ts'
import { chooseRunning, type FoundService, findServices } from '../control/connect.ts'
import { noAnswerError } from '../control/no-answer.ts'
import { isSupervisorError, SupervisorError } from '../errors.ts'
import { processTableFor } from '../process/process-table.ts'
import { isStillThere } from '../process/signal.ts'
import { type ParsedArguments, usageError } from './arguments.ts'
import { askedService } from './asked.ts'
import { exitCodeOf } from './exit-code.ts'
import { isJson, painterOf, printJson, printText, tell } from './printing.ts'
import { renderError } from './render.ts'
import { renderStopped, type Stopped, survivorWords } from './stop-render.ts'

const usage = 'stop [name] [--force], or: stop --all'

/** Ends a service, or all. Back when nothing of it is left and its place is free for another start. */
export const stop = async (args: ParsedArguments): Promise<number> => {
  const asked = askedService(args, usage)
  if (args.values.all === true) {
    if (asked.name !== undefined)
      throw usageError(`--all and a name exclude each other, got ${JSON.stringify(asked.name)}.`, `Write: ${usage}`)
    return stopAll(args, asked.stateDir)
  }
  const stopped = await stopOne(await chooseRunning(asked), args)
  if (isJson(args)) printJson(stopped)
  return 0
}

const stopAll = async (args: ParsedArguments, stateDir: string): Promise<number> => {
  const there = (await findServices(stateDir)).filter(({ answers }) => answers !== 'no')
  if (there.length === 0) throw new SupervisorError('ERR_NOT_RUNNING', `No service runs (state folder ${stateDir}).`)
  const outcomes = await Promise.allSettled(there.map((service) => stopIfItAnswers(service, args)))
  if (isJson(args)) printJson({ services: outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : [])) })
  const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
  for (const error of errors) {
    if (!isSupervisorError(error)) throw error
    tell(renderError(error, painterOf(args, 2)))
  }
  return errors.length === 0 ? 0 : exitCodeOf(errors[0])
}

/** To a silent one an order would lie there until it is forgotten, and then be carried out. */
const stopIfItAnswers = async (service: FoundService, args: ParsedArguments): Promise<Stopped> => {
  const { socket: path, service: name } = service.record
  if (service.answers === 'silent') throw noAnswerError('silent', { path, service: name })
  return stopOne(service, args)
}

/** The supervisor gives its place up before it answers. */
const stopOne = async ({ record }: FoundService, args: ParsedArguments): Promise<Stopped> => {
  const force = args.values.force === true
  const { reaped, survivors } = await controlClient(record.socket, record.service).stop({ force })
  if (record.supervisor.dedicated) await hasEnded(record.supervisor)
  const stopped = { service: record.service, reaped, survivors }
  if (!isJson(args)) printText(renderStopped(stopped, painterOf(args, 1)))
  if (survivors.length > 0) tell(painterOf(args, 2)('yellow', await wordsFor(survivors)))
  return stopped
}

/** A supervisor that has nothing else to do ends with its service. What it may still have to say is not waited for long. */
const endMs = 1000

const hasEnded = async (supervisor: FoundService['record']['supervisor']): Promise<void> => {
  const table = processTableFor(process.platform)
  const until = performance.now() + endMs
  while (isStillThere(table, supervisor) && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 2))
}

const wordsFor = async (pids: readonly number[]): Promise<string> => {
  const { redactShown } = await import('../logs/redact.ts')
  const { commandOf } = processTableFor(process.platform)
  return survivorWords(pids.map((pid) => ({ pid, command: redactShown(commandOf(pid)) })))
}
