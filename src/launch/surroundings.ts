/**
 * Decides what surrounds a child: its environment and its arguments. Pure; the working directory and the executables
 * were decided before.
 */
import type { FoundExecutable } from '../detect/found.ts'

export interface TcpAddress {
  readonly host: string
  readonly port: number
}

export interface SocketAddress {
  /** Absolute path of a Unix socket, or name of a pipe. */
  readonly path: string
}

/** Where a backend is to listen. */
export type Address = TcpAddress | SocketAddress

export interface SurroundingsInput {
  /** The supervisor's own environment. */
  readonly base: Readonly<Record<string, string | undefined>>
  /** From the options, merged last; undefined removes. */
  readonly own: Readonly<Record<string, string | undefined>>
  readonly address: Address | null
  readonly instanceId: string
  /** The Node that scripts run with; null for commands where none was found. */
  readonly node: FoundExecutable | null
  readonly claude: FoundExecutable | null
  /** Whether the child itself is run by `node`. */
  readonly runsOnNode: boolean
  readonly platform: NodeJS.Platform
}

/** Belongs to the channel between the supervisor and *its* parent, to Electron as Node, or to a supervisor of ours; a child must not inherit it. */
const notInherited = ['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'NODE_UNIQUE_ID', 'ELECTRON_RUN_AS_NODE', 'JARVIS_SOCKET']

export const environmentFor = (input: SurroundingsInput): Record<string, string> => {
  const { base, own, address, instanceId, node, claude, runsOnNode, platform } = input
  const given: Record<string, string | undefined | null> = { ...base }
  for (const name of notInherited) given[name] = null
  if (address !== null) Object.assign(given, variablesFor(address))
  if (claude !== null) {
    const [command, ...args] = claude.run
    given.CLAUDE_CLI_PATH = claude.path
    given.JARVIS_CLAUDE_RUN = JSON.stringify({ command, args, env: claude.env })
  }
  given.JARVIS_INSTANCE = instanceId
  if (runsOnNode) Object.assign(given, node?.env)
  if (platform === 'win32') dropOtherCases(given, own)
  return withoutAbsent({ ...given, ...own })
}

/** Of a port that is not its own a backend on a socket must not hear. */
const variablesFor = (address: Address): Record<string, string | null> =>
  'path' in address ? { JARVIS_SOCKET: address.path, PORT: null, HOST: null } : { PORT: String(address.port), HOST: address.host }

/** To Windows `path` and `Path` are one variable: the user's spelling takes the place of ours. */
const dropOtherCases = (given: Record<string, unknown>, own: Readonly<Record<string, unknown>>): void => {
  const names = new Set(Object.keys(own).map((name) => name.toUpperCase()))
  for (const name of Object.keys(given)) if (names.has(name.toUpperCase())) delete given[name]
}

/** Windows does not care about the case of `Path`, and a copy of `process.env` does. */
export const pathVariable = (env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): string =>
  platform === 'win32' ? (Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'Path') : 'PATH'

/** A folder comes last on the PATH: what the child starts finds a `node`, and a user's own choice still wins. */
export const withLastOnPath = (
  env: Readonly<Record<string, string>>,
  folder: string,
  platform: NodeJS.Platform,
): Record<string, string> => {
  const name = pathVariable(env, platform)
  const delimiter = platform === 'win32' ? ';' : ':'
  // without any the system looks into its own, and with one folder only into that
  const path = env[name] || (platform === 'win32' ? '' : '/usr/bin:/bin')
  const entries = path.split(delimiter).filter((entry) => entry !== '')
  return { ...env, [name]: [...entries, folder].join(delimiter) }
}

const withoutAbsent = (env: Readonly<Record<string, string | undefined | null>>): Record<string, string> => {
  const present: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) if (value !== undefined && value !== null) present[name] = value
  return present
}

export const urlOf = ({ host, port }: TcpAddress): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}`

/** What clients dial for an address that was bound: a wildcard is no destination. */
export const reachable = ({ host, port }: TcpAddress): TcpAddress => {
  if (host === '0.0.0.0') return { host: '127.0.0.1', port }
  if (host === '::') return { host: '::1', port }
  return { host, port }
}

/** An address as it is told, in events and status: where it is not on TCP, that has no port and no URL. */
export const told = (address: Address | null): { readonly port: number | null; readonly url: string | null; readonly socket?: string } => {
  if (address === null) return { port: null, url: null }
  if ('path' in address) return { port: null, url: null, socket: address.path }
  return { port: address.port, url: urlOf(reachable(address)) }
}

export interface Insertions {
  readonly address: Address | null
  readonly claudePath: string | null
  readonly nodePath: string | null
}

/** `{port}` and its like in arguments. What is not known to the list stays as it is: it may be JSON. */
export const insert = (args: readonly string[], { address, claudePath, nodePath }: Insertions): string[] => {
  const values: Record<string, string> = { claudePath: claudePath ?? '', nodePath: nodePath ?? '' }
  if (address !== null && 'path' in address) values.socket = address.path
  else if (address !== null) Object.assign(values, { port: String(address.port), host: address.host, url: urlOf(reachable(address)) })
  return args.map((arg) => arg.replace(/\{(port|host|url|socket|claudePath|nodePath)\}/g, (whole, name: string) => values[name] ?? whole))
}
