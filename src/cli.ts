/** The command line: parse, call, render. The only place that ends the process. */
import { type OptionTable, parseArguments, usageError } from './commands/arguments.ts'
import { logsTable, portsTable, restartTable, statusTable, stopTable } from './commands/control-options.ts'
import { chaosTable, doctorTable } from './commands/doctor-options.ts'
import { exitCodeOf } from './commands/exit-code.ts'
import { type CommandHelp, commandHelp, overview } from './commands/help.ts'
import { renderError } from './commands/render.ts'
import { laterOptions, startTable } from './commands/start-options.ts'
import { outputOf, painter } from './commands/terminal.ts'
import { whichTable } from './commands/which-options.ts'
import { nearest } from './config/shape.ts'
import { isSupervisorError, type SupervisorError } from './errors.ts'
import { packageVersion } from './version.ts'

const everywhere: OptionTable = {
  config: { value: 'FILE', help: 'the config (default: jarvis.config.* here)' },
  'claude-path': { value: 'PATH', help: 'the Claude CLI' },
  'state-dir': { value: 'DIR', help: 'where state is kept' },
  'node-path': { value: 'PATH', help: 'the Node that runs scripts' },
  json: { help: 'data on stdout, as JSON' },
  'no-color': { help: 'no colour' },
  help: { help: 'this text' },
  version: { help: 'the version' },
}

interface Command extends CommandHelp {
  readonly run: (args: ReturnType<typeof parseArguments>) => Promise<number>
}

const commands: Readonly<Record<string, Command>> = {
  start: {
    summary: 'Supervise in the foreground until Ctrl-C.',
    usage: ['start script.js [options] [-- args…]', 'start [options] -- command args…', 'start [options]            (the config here)'],
    options: startTable,
    run: async (args) => (await import('./commands/start.ts')).start(args),
  },
  status: {
    summary: 'Show what is supervised: state, address, uptime, restarts.',
    usage: ['status [name] [options]'],
    options: statusTable,
    run: async (args) => (await import('./commands/status.ts')).status(args),
  },
  stop: {
    summary: 'End a service; back when nothing of it is left.',
    usage: ['stop [name] [options]', 'stop --all'],
    options: stopTable,
    run: async (args) => (await import('./commands/stop.ts')).stop(args),
  },
  restart: {
    summary: 'End a service and start it again; back when it is ready.',
    usage: ['restart [name] [options]'],
    options: restartTable,
    run: async (args) => (await import('./commands/restart.ts')).restart(args),
  },
  logs: {
    summary: 'Show what a service has written, running or not.',
    usage: ['logs [name] [options]'],
    options: logsTable,
    run: async (args) => (await import('./commands/logs.ts')).logs(args),
  },
  ports: {
    summary: 'Show who listens; --reclaim ends what dead supervisors have left.',
    usage: ['ports [port] [options]'],
    options: portsTable,
    run: async (args) => (await import('./commands/ports.ts')).ports(args),
  },
  doctor: {
    summary: 'Say why the window cannot reach the backend, and what to do.',
    usage: [
      'doctor [options]                     (what runs, else the config here)',
      'doctor script.js [options] [-- args…]',
      'doctor [options] -- command args…',
      'doctor --port N, doctor --url URL    (only an address)',
    ],
    options: doctorTable,
    run: async (args) => (await import('./commands/examining.ts')).doctor(args),
  },
  chaos: {
    summary: 'Run a faulty backend where the window dials (development only).',
    usage: ['chaos CODE [--port N]', 'chaos --list'],
    options: chaosTable,
    run: async (args) => (await import('./commands/examining.ts')).chaos(args),
  },
  which: {
    summary: 'Show which Node and Claude are found, and why others lost.',
    usage: ['which [node|claude] [options]'],
    options: whichTable,
    run: async (args) => (await import('./commands/which.ts')).which(args),
  },
}

const main = async (argv: readonly string[]): Promise<number> => {
  const [first = ''] = argv
  if (argv.length === 0 || first === '--help' || first === '-h' || first === 'help') return print(overview(commands, everywhere))
  if (first === '--version' || first === '-v') return print(`${packageVersion}\n`)
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined
  if (command === undefined) throw unknownCommand(first)
  const args = argv.slice(1)
  refuseLater(args)
  const parsed = parseArguments(args, { ...command.options, ...everywhere })
  if (parsed.values.help) return print(commandHelp(command, everywhere))
  if (parsed.values.version) return print(`${packageVersion}\n`)
  return command.run(parsed)
}

const print = (text: string): number => {
  outputOf('stdout').write(text)
  return 0
}

const unknownCommand = (name: string): SupervisorError => {
  const near = nearest(name, Object.keys(commands))
  if (name.startsWith('-')) return usageError(`The command comes first, got ${name}.`, 'Run jarvis-supervise --help to see the commands.')
  return usageError(
    `Unknown command ${JSON.stringify(name)}${near === undefined ? '' : `; did you mean ${near}?`}`,
    'Run jarvis-supervise --help to see the commands.',
  )
}

const refuseLater = (args: readonly string[]): void => {
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  const later = laterOptions.find((name) => own.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`)))
  if (later !== undefined) throw usageError(`--${later} is not supported by this version.`)
}

/** Ends the process when what was written has left it. */
const end = (code: number): void => {
  process.exitCode = code
  outputOf('stdout').write('', () => outputOf('stderr').write('', () => process.exit(code)))
}

const onError = (error: unknown): void => {
  const paint = painter(2, process.env, process.argv.includes('--no-color'))
  const text = isSupervisorError(error)
    ? renderError(error, paint)
    : `Unexpected error, please report it: ${error instanceof Error ? error.stack : String(error)}`
  outputOf('stderr').write(`${text}\n`)
  end(exitCodeOf(error))
}
process.on('uncaughtException', onError)

main(process.argv.slice(2)).then(end, onError)
