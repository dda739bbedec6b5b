import { parseArgs } from 'node:util'

export interface ClaudeRun {
  command: string
  args: string[]
  /** Laid over the environment; null removes a variable. */
  env: Record<string, string | null>
}

export interface Options {
  port: number
  host: string
  /** A Unix socket or the name of a pipe, in place of port and host. */
  socketPath: string | null
  claudePath: string | null
  claudeRun: ClaudeRun | null
  allowedOrigins: string[]
}

export class UsageError extends Error {}

export const usage = `Usage: node dist/cli/node.js [options]

  --port N             port to listen on, 0 for any free one   (or PORT, else 8081)
  --host HOST          address to listen on                    (or HOST, else 127.0.0.1)
  --socket PATH        a Unix socket or named pipe to listen on, and no port   (or JARVIS_SOCKET)
  --claude-path PATH   the Claude Code CLI; '' for none        (or CLAUDE_CLI_PATH)
  --allow-origin URL   a page that may call, such as http://localhost:5173; may be repeated
  --help

JARVIS_CLAUDE_RUN may hold JSON { command, args, env }: how to start the Claude at that path.`

export function readOptions(args: string[], env: NodeJS.ProcessEnv): Options | 'help' {
  const given = parse(args)
  if (given.help) return 'help'
  const socketPath = readSocket(given, env.JARVIS_SOCKET)
  // An empty --claude-path means that a search found none; a stale variable must not bring one back.
  const claudeRun = given['claude-path'] === '' ? null : readClaudeRun(env.JARVIS_CLAUDE_RUN)
  return {
    // What it does not listen on need not be right.
    port: readPort(given.port, socketPath === null ? env.PORT : '0'),
    host: readHost(given.host, socketPath === null ? env.HOST : ''),
    socketPath,
    claudePath: (given['claude-path'] ?? env.CLAUDE_CLI_PATH) || (claudeRun && (claudeRun.args.at(-1) ?? claudeRun.command)),
    claudeRun,
    allowedOrigins: (given['allow-origin'] ?? []).map(readOrigin),
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        socket: { type: 'string' },
        'claude-path': { type: 'string' },
        'allow-origin': { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('\n')[0]} (--help lists the options.)`)
  }
}

function readPort(option: string | undefined, variable: string | undefined): number {
  const [name, value] = option === undefined ? ['PORT', variable || '8081'] : ['--port', option]
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65535) return Number(value)
  throw new UsageError(`${name} is ${quote(value)}; give a whole number from 0 to 65535.`)
}

function readHost(option: string | undefined, variable: string | undefined): string {
  const [name, value] = option === undefined ? ['HOST', variable || '127.0.0.1'] : ['--host', option]
  if (/^[\w.:-]+$/.test(value)) return value
  throw new UsageError(`${name} is ${quote(value)}; give a host name or an IP address, without scheme, port or brackets.`)
}

/** Who asks for a port means it, whatever the variable says. */
function readSocket(
  { socket, port, host }: { socket?: string; port?: string; host?: string },
  variable: string | undefined,
): string | null {
  const wantsPort = port !== undefined || host !== undefined
  if (socket !== undefined && wantsPort) throw new UsageError('--socket stands in place of --port and --host; give either.')
  if (socket === '') throw new UsageError('--socket is empty; give a path.')
  return socket ?? (wantsPort ? null : variable || null)
}

function readOrigin(value: string): string {
  if (/^https?:\/\//.test(value) && URL.canParse(value) && new URL(value).origin === value) return value
  throw new UsageError(`--allow-origin is ${quote(value)}; give scheme, host and port only, such as http://localhost:5173.`)
}

function readClaudeRun(text: string | undefined): ClaudeRun | null {
  if (!text) return null
  const run = parseJson(text) as Partial<ClaudeRun> | null | undefined
  if (run === null) return null
  if (isRun(run)) return { command: run.command, args: run.args ?? [], env: run.env ?? {} }
  throw new UsageError(`JARVIS_CLAUDE_RUN is ${quote(text)}; give JSON such as {"command":"/usr/bin/node","args":["cli.js"],"env":{}}.`)
}

function isRun(run: Partial<ClaudeRun> | undefined): run is Partial<ClaudeRun> & { command: string } {
  if (typeof run?.command !== 'string' || run.command === '') return false
  const { args = [], env = {} } = run
  return (
    Array.isArray(args) &&
    args.every((arg) => typeof arg === 'string') &&
    typeof env === 'object' &&
    env !== null &&
    Object.values(env).every((value) => value === null || typeof value === 'string')
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function quote(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
}
