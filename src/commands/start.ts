import { resolve } from 'node:path'
import { findConfig, loadConfig } from '../config/load.ts'
import type { ServiceOptions } from '../config/options.ts'
import { invalidOptions } from '../config/service.ts'
import { isSeveral, severalProblems } from '../config/several.ts'
import { isSupervisorError } from '../errors.ts'
import type { OutputStream } from '../launch/launcher.ts'
import { composeSupervisor } from '../supervisor/compose.ts'
import type { Supervisor } from '../supervisor/controller.ts'
import type { EventName, SupervisorEvents } from '../supervisor/events.ts'
import { failureError } from '../supervisor/failure.ts'
import type { ParsedArguments } from './arguments.ts'
import { usageError } from './arguments.ts'
import { exitCodeOf, interruptedTwice } from './exit-code.ts'
import { renderError, renderers } from './render.ts'
import { merge, overrides, subject } from './start-options.ts'
import { outputOf, type Paint, painter } from './terminal.ts'

/** Supervises in the foreground until a signal comes or there is nothing left to supervise. Resolves with the exit code. */
export const start = async (args: ParsedArguments): Promise<number> => {
  const { options, baseDir, key, stateDir } = await service(args)
  const json = args.values.json === true
  const supervisor = composeSupervisor(options, {
    baseDir,
    key,
    stateDir: (args.values['state-dir'] as string | undefined) ?? stateDir,
    everyProbe: args.values.verbose === true,
    // with --json, output comes as events, written by now
    output: json ? () => taken(outputOf('stdout')) : passThrough,
  })
  const paint = painter(2, process.env, args.values['no-color'] === true)
  if (json) tellAsJson(supervisor)
  else tellAsText(supervisor, paint, args.values.verbose === true)
  return supervise(supervisor, json, paint)
}

interface Subject {
  readonly options: ServiceOptions
  readonly baseDir: string
  readonly key?: string
  readonly stateDir?: string | undefined
}

const service = async (args: ParsedArguments): Promise<Subject> => {
  const line = { ...overrides(args), ...subject(args) }
  const here = process.cwd()
  const named = args.values.config as string | undefined
  if (line.script !== undefined || line.command !== undefined) {
    if (named !== undefined) throw usageError('--config and a script or command exclude each other; give one.')
    return { options: merge({}, line), baseDir: here }
  }
  const file = named === undefined ? findConfig(here) : resolve(named)
  if (file === undefined)
    throw usageError(
      'There is nothing to start: no script, no command, and no jarvis.config file here.',
      'Write: jarvis-supervise start server.js',
    )
  const { config, dir } = await loadConfig(file)
  if (!isSeveral(config)) return { options: merge(config, line), baseDir: dir }
  const problems = severalProblems(config)
  if (problems.length > 0) throw invalidOptions(problems)
  const [[key, options] = ['', {}], another] = Object.entries(config.services)
  if (another !== undefined) throw usageError(`${file} has ${Object.keys(config.services).length} services; this version supervises one.`)
  return { options: merge(options, line), baseDir: dir, key, stateDir: config.stateDir }
}

const supervise = async (supervisor: Supervisor, json: boolean, paint: Paint): Promise<number> => {
  let signals = 0
  const onSignal = (): void => {
    signals += 1
    void supervisor.stop({ force: signals > 1 })
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  process.once('exit', () => killLeftOver(supervisor))
  const over = new Promise<void>((done) => supervisor.on('state', ({ to }) => (to === 'stopped' || to === 'failed') && done()))
  // what start() rejects with is in the state, too, and told by then
  supervisor.start().catch((error: unknown) => {
    if (!isSupervisorError(error)) throw error
  })
  await over
  if (signals > 1) return interruptedTwice
  const { state } = supervisor
  if (state.state !== 'failed') return 0
  const error = failureError(state.failure, supervisor.name)
  if (!json) outputOf('stderr').write(`${renderError(error, paint)}\n`)
  return exitCodeOf(error)
}

/** We end for a reason of our own (a bug): the child, which was not reaped yet, must not stay. Synchronous: nothing else runs any more. */
const killLeftOver = (supervisor: Supervisor): void => {
  const { state } = supervisor
  if (!('pid' in state) || state.pid === null) return
  try {
    process.kill(state.pid, 'SIGKILL')
  } catch {
    // it ended in the same moment
  }
}

const events: readonly EventName[] = ['state', 'ready', 'exit', 'unresponsive', 'responsive', 'probe', 'failed']

const tellAsText = (supervisor: Supervisor, paint: Paint, verbose: boolean): void => {
  const prefix = paint('dim', `[${supervisor.name}]`)
  const tell = <E extends EventName>(event: E, facts: SupervisorEvents[E]): void => {
    const line = renderers[event](facts, paint)
    if (line !== undefined) outputOf('stderr').write(`${prefix} ${line}\n`)
  }
  for (const event of events) if (event !== 'probe' || verbose) supervisor.on(event, (facts) => tell(event, facts))
}

const tellAsJson = (supervisor: Supervisor): void => {
  const { name: service } = supervisor
  for (const type of [...events, 'log'] as const) {
    supervisor.on(
      type,
      (facts) => void outputOf('stdout').write(`${JSON.stringify({ time: new Date().toISOString(), service, type, ...facts })}\n`),
    )
  }
}

/** Untouched, and no faster than it is taken: the child waits while our reader does. */
const passThrough = (stream: OutputStream, chunk: Buffer): void | Promise<void> => {
  const out = outputOf(stream)
  if (out.writable) out.write(chunk)
  return taken(out)
}

/** Holds the child back while our reader does not keep up. */
const taken = (out: NodeJS.WriteStream): void | Promise<void> => {
  if (!out.writable || !out.writableNeedDrain) return undefined
  return new Promise((resolve) => {
    const done = (): void => {
      out.off('drain', done)
      out.off('close', done)
      resolve()
    }
    out.on('drain', done)
    out.on('close', done)
  })
}
