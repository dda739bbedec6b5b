import { answerOf, errorOf } from '../control/error-answer.ts'
import { isSupervisorError, type SupervisorError } from '../errors.ts'
import type { OutputStream } from '../launch/launcher.ts'
import { drained } from '../logs/drained.ts'
import { killChild } from '../process/kill-child.ts'
import { processTableFor } from '../process/process-table.ts'
import { composeSupervisor } from '../supervisor/compose.ts'
import type { Supervisor } from '../supervisor/controller.ts'
import type { OutputSink } from '../supervisor/deps.ts'
import type { EventName, SupervisorEvents } from '../supervisor/events.ts'
import { failureError } from '../supervisor/failure.ts'
import { type Paint, sentences } from '../supervisor/sentences.ts'
import type { ParsedArguments } from './arguments.ts'
import { type DetachedMessage, detach, detachedVariable, isDetached } from './detach.ts'
import { openDoorWords, quoted } from './door-words.ts'
import { onEndSignals } from './end-signals.ts'
import { exitCodeOf, interruptedTwice } from './exit-code.ts'
import { namedService } from './named-service.ts'
import { renderError } from './render.ts'
import { checkPair } from './start-options.ts'
import { outputOf, painter } from './terminal.ts'

/** Supervises in the foreground until a signal comes or there is nothing left to supervise. Resolves with the exit code. */
export const start = async (args: ParsedArguments): Promise<number> => {
  const json = args.values.json === true
  const paint = painter(2, process.env, args.values['no-color'] === true)
  if (args.values.detach === true && !isDetached()) return startDetached(json, args.values.verbose === true, paint)
  const detached = isDetached()
  const narrator = detached ? forwarding() : json ? asJson : asText(paint, args.values.verbose === true)
  try {
    return await startWith(narrator, args, detached)
  } catch (error) {
    // a person gets it in the end anyway
    if (narrator.output === undefined) narrator.fail(error)
    throw error
  }
}

const startWith = async (narrator: Narrator, args: ParsedArguments, detached: boolean): Promise<number> => {
  const { options, baseDir, key, stateDir } = await namedService(args)
  checkPair(options)
  const supervisor = composeSupervisor(options, {
    baseDir,
    key,
    stateDir: (args.values['state-dir'] as string | undefined) ?? stateDir,
    everyProbe: args.values.verbose === true,
    output: narrator.output,
    dedicated: true,
  })
  narrator.listen(supervisor)
  return supervise(supervisor, narrator, detached)
}

/** Tells somebody what happens: a person, a program, or the command that has detached us. */
interface Narrator {
  /** Takes the raw output; undefined where nobody wants it. */
  readonly output: OutputSink | undefined
  listen(supervisor: Supervisor): void
  /** Why it ends, or is given up. */
  fail(error: unknown): void
  /** What a person should know besides. */
  add(words: string): void
}

/** Only what the one that has started us has to show. */
const startDetached = (json: boolean, verbose: boolean, paint: Paint): Promise<number> => {
  // it is in the events, then
  let hasFailed = false
  return detach({
    onEvent: ({ event, service, time, facts }) => {
      hasFailed ||= event === 'failed'
      if (json) return writeJson(time, service, event, facts)
      if (event !== 'probe' || verbose) writeText(service, event, facts, paint)
      if (event !== 'ready') return
      const name = quoted(service)
      outputOf('stderr').write(paint('dim', `It goes on in the background: jarvis-supervise logs ${name}, jarvis-supervise stop ${name}\n`))
    },
    onError: (answer) => {
      const error = errorOf(answer)
      const text = isSupervisorError(error) ? renderError(error, paint) : `Unexpected error, please report it: ${error.message}`
      if (!json || !hasFailed) outputOf('stderr').write(`${text}\n`)
    },
  })
}

/** What was killed is looked at once more, and said. */
const insistMs = 1000

const supervise = async (supervisor: Supervisor, narrator: Narrator, detached: boolean): Promise<number> => {
  let signals = 0
  let hasRun = false
  let wasReady = false
  onEndSignals((times) => {
    signals = times
    void supervisor.stop({ force: signals > 1 })
    // whatever it still waits for: an orphan's grace, a reader of our output
    if (signals === 2) setTimeout(() => process.exit(interruptedTwice), insistMs).unref()
    if (signals > 2) process.exit(interruptedTwice)
  })
  process.once('exit', () => killLeftOver(supervisor))
  const unsubscribe = supervisor.on('ready', () => {
    unsubscribe()
    wasReady = true
    void settle(supervisor)
  })
  supervisor.on('exit', () => {
    hasRun = true
  })
  supervisor.on('failed', () => {
    const error = failureOf(supervisor)
    if (error === undefined || signals > 1) return
    narrator.fail(error)
    if (supervisor.gatewayUrl === undefined || signals > 0) return
    // what never ran does not come to anything by itself; and nobody waits any more for one that was to go on in the background
    if (!hasRun || (detached && !wasReady)) void supervisor.stop()
    else narrator.add(openDoorWords(supervisor))
  })
  // what start() rejects with is in the state, too, and told by then
  supervisor.start().catch((error: unknown) => {
    if (!isSupervisorError(error)) throw error
  })
  await supervisor.over()
  const error = failureOf(supervisor)
  await supervisor[Symbol.asyncDispose]()
  if (signals > 1) return interruptedTwice
  return error === undefined ? 0 : exitCodeOf(error)
}

const failureOf = ({ state, name }: Supervisor): SupervisorError | undefined =>
  state.state === 'failed' ? failureError(state.failure, name) : undefined

/** Of `bin.cjs`; not there where the command is run in another way. */
declare const module: { readonly keepCompiled?: () => void } | undefined

/**
 * From now on the same few lines run every few seconds, for months: to optimise them costs 4 MB of memory and saves
 * nothing. What output takes is spent in Node's own code.
 */
const settle = async ({ gatewayUrl }: Supervisor): Promise<void> => {
  if (typeof module !== 'undefined') module.keepCompiled?.()
  // but for a door, through which everything passes
  if (gatewayUrl !== undefined) return
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--no-opt')
}

/** We end for a reason of our own (a bug): no child must stay. */
const killLeftOver = ({ pids }: Supervisor): void => {
  for (const pid of pids) killChild(pid, processTableFor(process.platform))
}

const ofHealth = ['unresponsive', 'responsive', 'probe'] as const
const events: readonly EventName[] = ['state', 'ready', 'exit', 'reclaim', ...ofHealth, 'gateway', 'standby', 'failed']

const asText = (paint: Paint, verbose: boolean): Narrator => ({
  output: (stream, chunk) => passThrough(stream, chunk),
  listen: (supervisor) => {
    for (const event of events) {
      if (event !== 'probe' || verbose) supervisor.on(event, (facts) => writeText(supervisor.name, event, facts, paint))
    }
  },
  fail: (error) => {
    if (isSupervisorError(error)) outputOf('stderr').write(`${renderError(error, paint)}\n`)
  },
  add: (words) => void outputOf('stderr').write(`${paint('dim', words)}\n`),
})

const writeText = <E extends EventName>(service: string, event: E, facts: SupervisorEvents[E], paint: Paint): void => {
  const line = sentences[event](facts, paint)
  if (line !== undefined) outputOf('stderr').write(`${paint('dim', `[${service}]`)} ${line}\n`)
}

const asJson: Narrator = {
  // output comes as events, written by now
  output: () => taken(outputOf('stdout')),
  listen: (supervisor) => {
    for (const event of [...events, 'log'] as const)
      supervisor.on(event, (facts) => writeJson(new Date().toISOString(), supervisor.name, event, facts))
  },
  fail: () => {},
  add: (words) => void outputOf('stderr').write(`${words}\n`),
}

const writeJson = (time: string, service: string, type: EventName, facts: object): void =>
  void outputOf('stdout').write(`${JSON.stringify({ time, service, type, ...facts })}\n`)

/** For the command that has detached us, until it has seen enough and goes. What comes later is in the log. */
const forwarding = (): Narrator => {
  delete process.env[detachedVariable]
  const send = (message: DetachedMessage): void => {
    // it may be gone in the same moment
    if (process.connected) process.send?.(message, undefined, undefined, () => {})
  }
  return {
    output: undefined,
    listen: (supervisor) => {
      for (const event of events) {
        supervisor.on(event, (facts) => send({ event, service: supervisor.name, time: new Date().toISOString(), facts }))
      }
    },
    fail: (error) => send(answerOf(error, (line) => line)),
    add: () => {},
  }
}

/** Untouched, and no faster than it is taken: the child waits while our reader does. */
const passThrough = (stream: OutputStream, chunk: Buffer): void | Promise<void> => {
  const out = outputOf(stream)
  if (!out.writable) return undefined
  let written = (): void => {}
  out.write(chunk, () => written())
  // at once into a file or, as a rule, a pipe; else the chunk must stay as it is until then
  if (out.writableLength === 0) return undefined
  return new Promise((resolve) => {
    written = resolve
  })
}

/** Holds the child back while our reader does not keep up. */
const taken = (out: NodeJS.WriteStream): void | Promise<void> => (out.writable && out.writableNeedDrain ? drained(out) : undefined)
