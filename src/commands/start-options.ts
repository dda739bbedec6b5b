/** Turns the command line of `start` into the options of a service. What the line says wins over the config. */
import { isAbsolute, resolve } from 'node:path'
import type { GatewayOptions } from '../config/gateway.ts'
import type { LivenessOptions, ServiceOptions } from '../config/options.ts'
import type { SupervisorError } from '../errors.ts'
import { integerArgument, type OptionTable, type ParsedArguments, usageError } from './arguments.ts'

export const startTable: OptionTable = {
  name: { value: 'NAME', help: 'what to call the service' },
  port: { value: 'N', help: 'the port it must have; taken is an error (default: a free one)' },
  'prefer-port': { value: 'N', help: 'the port it should have; another one when it is taken' },
  host: { value: 'HOST', help: 'the address to listen on (default 127.0.0.1)' },
  transport: { value: 'HOW', help: 'tcp, or socket: a Unix socket or named pipe in place of a port' },
  ready: { value: 'PATH', help: 'ready when this answers with less than 500 (default /)' },
  health: { value: 'PATH', help: 'asked while it runs (default: as --ready)' },
  'health-period': { value: 'MS', help: 'from probe to probe (default 5000)' },
  'health-timeout': { value: 'MS', help: 'a probe may take this long (default 2000)' },
  'health-failures': { value: 'N', help: 'misses in a row until a restart (default 6)' },
  launch: { value: 'HOW', help: 'auto, fork or spawn' },
  cwd: { value: 'DIR', help: 'where it runs' },
  env: { value: 'K=V', repeated: true, help: 'a variable of its environment' },
  detach: { help: 'return when it is ready, and supervise on in the background' },
  gateway: { value: 'PORT|auto', help: 'a front door: an address that stays over restarts' },
  'gateway-origin': { value: 'ORIGIN', repeated: true, help: 'whose pages may call, too: http://localhost:5173' },
  'gateway-token': { help: 'whoever calls needs the token of this launch' },
  standby: { help: 'keep a second, ready process that takes over at a crash' },
  overlap: { help: 'a restart ends the old process when the next one is ready' },
  'no-restart': { help: 'one run only' },
  'max-restarts': { value: 'N', help: 'more crashes than this, within minutes, are too many (default 5)' },
  verbose: { help: 'tell of every probe' },
}

/** Of later versions: said, never taken for a typing error. */
export const laterOptions = ['watch'] as const

const maximum = Number.MAX_SAFE_INTEGER

/** What the line says of a service; of its gateway, what is to be laid over that of the config. */
export type LineOptions = Omit<Partial<ServiceOptions>, 'gateway'> & { readonly gateway?: Partial<GatewayOptions> | undefined }

export const overrides = ({ values, lists }: ParsedArguments): LineOptions => {
  const text = (name: string): string | undefined => values[name] as string | undefined
  const number = (name: string, min: number, max: number): number | undefined => {
    const value = text(name)
    return value === undefined ? undefined : integerArgument(name, value, min, max)
  }
  const cwd = text('cwd')
  return withoutUndefined({
    name: text('name'),
    host: text('host'),
    transport: text('transport') as ServiceOptions['transport'],
    port: portOf(text('port'), text('prefer-port')),
    readiness: text('ready') === undefined ? undefined : { kind: 'http' as const, path: text('ready') },
    liveness: livenessOf(
      text('health'),
      number('health-period', 1, maximum),
      number('health-timeout', 1, maximum),
      number('health-failures', 1, maximum),
    ),
    launch: text('launch') as ServiceOptions['launch'],
    cwd: cwd === undefined || isAbsolute(cwd) ? cwd : resolve(cwd),
    env: lists.env && Object.fromEntries(lists.env.map(variable)),
    restart: restartOf(values['no-restart'] === true, number('max-restarts', 0, maximum)),
    node: text('node-path') === undefined ? undefined : { path: text('node-path') },
    claude: text('claude-path') === undefined ? undefined : { path: text('claude-path') },
    gateway: gatewayOf(text('gateway'), lists['gateway-origin'], values['gateway-token'] === true),
    standby: values.standby === true || undefined,
    overlap: values.overlap === true || undefined,
  })
}

/** What is named on the line itself: `script [-- args]` or `-- command args`. */
export const subject = ({ positionals, rest }: ParsedArguments): Partial<ServiceOptions> => {
  const [script, unexpected] = positionals
  if (unexpected !== undefined)
    throw usageError(
      `Unexpected argument ${JSON.stringify(unexpected)}.`,
      `Arguments of the script come after --: start ${script} -- ${unexpected}`,
    )
  if (script !== undefined) return { script, ...(rest !== undefined && { args: [...rest] }) }
  const [command, ...args] = rest ?? []
  if (rest !== undefined && (command === undefined || command === ''))
    throw usageError('There is no command after --.', 'Write: start -- command args…')
  return command === undefined ? {} : { command, args }
}

/** Options of the line over those of the config, one level deep where an option is a group. */
export const merge = (config: Partial<ServiceOptions>, line: LineOptions): ServiceOptions => {
  const merged: Record<string, unknown> = { ...config, ...line }
  if (typeof config.readiness === 'object' && line.readiness)
    merged.readiness = { ...(config.readiness.timeoutMs !== undefined && { timeoutMs: config.readiness.timeoutMs }), ...line.readiness }
  if (typeof config.liveness === 'object' && line.liveness) merged.liveness = mergeLiveness(config.liveness, line.liveness)
  for (const group of ['env', 'restart', 'node', 'claude', 'gateway'] as const) {
    const [below, above] = [config[group], line[group]]
    if (typeof below === 'object' && typeof above === 'object') merged[group] = { ...below, ...above }
  }
  if (line.restart?.intensity)
    merged.restart = { ...config.restart, ...line.restart, intensity: { ...config.restart?.intensity, ...line.restart.intensity } }
  // either takes the place of the other
  if (line.transport === 'socket') for (const key of ['port', 'host'] as const) if (line[key] === undefined) delete merged[key]
  if (line.transport === undefined && (line.port !== undefined || line.host !== undefined)) delete merged.transport
  if (line.gateway !== undefined && line.gateway.port === undefined && config.gateway === undefined) throw withoutGateway(line.gateway)
  if (line.script !== undefined) delete merged.command
  if (line.command !== undefined) delete merged.script
  return merged as ServiceOptions
}

/** A probe of another kind takes the place of the whole probe, and leaves the numbers. */
const mergeLiveness = (below: LivenessOptions, above: LivenessOptions): LivenessOptions => {
  const { periodMs, timeoutMs, failureThreshold } = below
  const other = above.kind !== undefined && above.kind !== (below.kind ?? above.kind)
  return { ...(other ? withoutUndefined({ periodMs, timeoutMs, failureThreshold }) : below), ...above } as LivenessOptions
}

const portOf = (port: string | undefined, prefer: string | undefined): ServiceOptions['port'] => {
  if (port !== undefined && prefer !== undefined) throw usageError('--port and --prefer-port exclude each other; give one.')
  if (prefer !== undefined) return { prefer: integerArgument('prefer-port', prefer, 0, 65_535) }
  if (port === undefined || port === 'auto') return port
  return integerArgument('port', port, 0, 65_535)
}

const gatewayOf = (port: string | undefined, origins: readonly string[] = [], token: boolean): LineOptions['gateway'] => {
  const allowedOrigins = origins.flatMap((list) => list.split(',')).map((origin) => origin.trim())
  if (port === undefined && origins.length === 0 && !token) return undefined
  return {
    ...(port !== undefined && { port: port === 'auto' ? port : integerArgument('gateway', port, 0, 65_535) }),
    ...(origins.length > 0 && { allowedOrigins }),
    ...(token && { token }),
  }
}

const withoutGateway = ({ token }: Partial<GatewayOptions>): SupervisorError =>
  usageError(
    `${token === true ? '--gateway-token' : '--gateway-origin'} is of a front door, and there is none.`,
    'Open one with --gateway auto, or with `gateway` in the config.',
  )

/** @throws SupervisorError for two processes that nobody would choose between. */
export const checkPair = ({ gateway, standby, overlap }: ServiceOptions): void => {
  const wanting = standby === true ? 'standby' : overlap === true ? 'overlap' : undefined
  if (wanting === undefined || gateway !== undefined) return
  throw usageError(
    `\`${wanting}\` needs a front door, which passes requests on from one process to the other.`,
    'Open one with --gateway auto, or with `gateway` in the config.',
  )
}

const livenessOf = (
  path: string | undefined,
  periodMs?: number,
  timeoutMs?: number,
  failureThreshold?: number,
): LivenessOptions | undefined => {
  if ([path, periodMs, timeoutMs, failureThreshold].every((value) => value === undefined)) return undefined
  return withoutUndefined({ ...(path !== undefined && { kind: 'http' as const, path }), periodMs, timeoutMs, failureThreshold })
}

const restartOf = (never: boolean, maxRestarts: number | undefined): ServiceOptions['restart'] => {
  if (never && maxRestarts !== undefined) throw usageError('--no-restart and --max-restarts exclude each other; give one.')
  if (never) return { when: 'never' }
  return maxRestarts === undefined ? undefined : { intensity: { maxRestarts } }
}

const variable = (text: string): [string, string] => {
  const at = text.indexOf('=')
  if (at < 1) throw usageError(`Expected --env to be NAME=value, got ${JSON.stringify(text)}.`)
  return [text.slice(0, at), text.slice(at + 1)]
}

const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T
