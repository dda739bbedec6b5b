/**
 * Turns the options of a service into the specification that the rest works by: checked, defaulted, paths absolute.
 * Reads nothing but what the name's default needs (`facts`); all problems are reported at once.
 */
import { basename, dirname, isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SupervisorError } from '../errors.ts'
import type { RestartPolicy } from '../supervisor/policy.ts'
import { type GatewaySpec, specifyGateway } from './gateway.ts'
import { type LaunchKind, launchMode } from './launch-mode.ts'
import type { ProbeOptions, ServiceOptions } from './options.ts'
import { serviceProblems } from './service-shape.ts'
import type { Problem } from './shape.ts'

export type PortPolicy =
  | number
  | 'auto'
  | { readonly prefer: number }
  /** Given whoever has it: to see what becomes of that. No option says so. */
  | { readonly insist: number }

export interface LivenessSpec {
  readonly probe: ProbeOptions
  readonly periodMs: number
  readonly timeoutMs: number
  readonly failureThreshold: number
}

/** A service, ready to be run: nothing in it is optional by accident. */
export interface ServiceSpec {
  readonly name: string
  readonly run: { readonly script: string } | { readonly command: string }
  readonly launch: LaunchKind
  /** Why `auto` in Electron's main process is not utilityProcess; null where nobody would ask. */
  readonly launchReason: string | null
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly envFile: string | undefined
  readonly node: { readonly path: string | undefined; readonly execArgv: readonly string[]; readonly compileCache: boolean }
  readonly claude: { readonly path: string | undefined; readonly required: boolean } | false
  /** `socket`: a Unix socket or a named pipe, at a path of the supervisor's choice. null: listens on nothing. */
  readonly address: { readonly host: string; readonly port: PortPolicy } | 'socket' | null
  readonly readiness: { readonly probe: ProbeOptions; readonly timeoutMs: number } | null
  readonly liveness: LivenessSpec | null
  readonly restart: RestartPolicy
  readonly stop: { readonly message: unknown; readonly signal: NodeJS.Signals; readonly graceMs: number }
  readonly dieWithParent: boolean
  /** Of the whole tree; null: none. */
  readonly maxMemoryBytes: number | null
  /** null: nothing is kept on disk. `dir` undefined: in the state folder. */
  readonly logs: { readonly dir: string | undefined; readonly maxBytes: number; readonly maxFiles: number } | null
  /** null: clients ask the backend itself. */
  readonly gateway: GatewaySpec | null
  /** `standby`: a second, ready process at all times. `overlap`: only while one takes the place of the other. `none`: one process. */
  readonly pair: 'none' | 'overlap' | 'standby'
}

export interface ServiceFacts {
  /** What relative paths and the default working directory are relative to. */
  readonly baseDir: string
  /** Key of the service in its config, if it has one. */
  readonly key?: string
  /** Where the service stands in its config, for messages: `services.api`. */
  readonly path?: string
  /** Name in the nearest package.json of a folder, if any. */
  readonly packageName: (dir: string) => string | undefined
  /** Default false. */
  readonly isElectronMain?: boolean
}

export const defaultReadinessTimeoutMs = 60_000

export const specifyService = (options: ServiceOptions, facts: ServiceFacts): ServiceSpec => {
  const problems = serviceProblems(options, facts.path ?? '')
  if (problems.length > 0) throw invalidOptions(problems)
  const cwd = resolve(facts.baseDir, options.cwd ?? '.')
  const run = runOf(options, facts.baseDir, cwd)
  const readiness = readinessOf(options)
  const launch = launchMode(options, facts.isElectronMain ?? false)
  return {
    name:
      options.name ??
      facts.key ??
      facts.packageName('script' in run ? dirname(run.script) : cwd) ??
      baseName('script' in run ? run.script : run.command),
    run,
    launch: launch.kind,
    launchReason: launch.because,
    args: options.args ?? [],
    cwd,
    env: options.env ?? {},
    envFile: options.envFile === undefined ? undefined : resolve(facts.baseDir, options.envFile),
    node: { path: options.node?.path, execArgv: options.node?.execArgv ?? [], compileCache: options.node?.compileCache ?? false },
    claude: options.claude === false ? false : { path: options.claude?.path, required: options.claude?.required ?? false },
    address: addressOf(options),
    readiness,
    liveness: livenessOf(options, readiness),
    restart: restartOf(options),
    stop: {
      message: options.stop?.message,
      signal: (options.stop?.signal ?? 'SIGTERM') as NodeJS.Signals,
      graceMs: options.stop?.graceMs ?? 5000,
    },
    dieWithParent: options.dieWithParent ?? true,
    maxMemoryBytes: options.limits?.maxMemoryMb === undefined ? null : options.limits.maxMemoryMb * mib,
    logs: logsOf(options, facts.baseDir),
    gateway: options.gateway === undefined ? null : specifyGateway(options.gateway),
    pair: options.standby ? 'standby' : options.overlap ? 'overlap' : 'none',
  }
}

const mib = 1024 * 1024

const logsOf = ({ logs = {} }: ServiceOptions, baseDir: string): ServiceSpec['logs'] => {
  if (logs === false) return null
  const { dir, maxBytes = 10 * mib, maxFiles = 5 } = logs
  return { dir: dir === undefined ? undefined : resolve(baseDir, dir), maxBytes, maxFiles }
}

const runOf = ({ script, command }: ServiceOptions, baseDir: string, cwd: string): ServiceSpec['run'] =>
  script === undefined ? { command: commandFrom(command ?? '', cwd) } : { script: scriptPath(script, baseDir) }

export const invalidOptions = (problems: readonly Problem[]): SupervisorError => {
  const messages = problems.map((problem) => problem.message)
  const text =
    messages.length === 1
      ? `Invalid option: ${messages[0]}`
      : `${messages.length} invalid options:\n${messages.map((m) => `  ${m}`).join('\n')}`
  return new SupervisorError('ERR_INVALID_OPTIONS', text, { hint: 'The options are listed in the README; correct the ones named here.' })
}

const addressOf = ({ transport, host = '127.0.0.1', port }: ServiceOptions): ServiceSpec['address'] => {
  if (transport === 'socket') return 'socket'
  return port === false ? null : { host, port: portOf(port) }
}

const portOf = (port: ServiceOptions['port']): PortPolicy => {
  if (typeof port === 'object') return port.prefer === 0 ? 'auto' : { prefer: port.prefer }
  return port === undefined || port === 0 || port === false ? 'auto' : port
}

const scriptPath = (script: string | URL, baseDir: string): string =>
  script instanceof URL || script.startsWith('file:') ? fileURLToPath(script) : resolve(baseDir, script)

/** A bare name is looked up on PATH; anything with a separator is a path. */
const commandFrom = (command: string, cwd: string): string =>
  isAbsolute(command) || !/[\\/]/.test(command) ? command : resolve(cwd, command)

const baseName = (path: string): string => basename(path).replace(/\.[^.]+$/, '') || 'service'

const readinessOf = (options: ServiceOptions): ServiceSpec['readiness'] => {
  if (options.readiness === false) return null
  if (options.readiness === undefined) {
    return options.port === false ? null : { probe: { kind: 'http', path: '/' }, timeoutMs: defaultReadinessTimeoutMs }
  }
  const { timeoutMs = defaultReadinessTimeoutMs, ...probe } = options.readiness
  return { probe, timeoutMs }
}

/** Any answer shows that it lives, whatever its status. */
const anyStatus: [number, number] = [100, 599]

const livenessOf = (options: ServiceOptions, readiness: ServiceSpec['readiness']): LivenessSpec | null => {
  if (options.liveness === false) return null
  const { periodMs = 5000, timeoutMs = 2000, failureThreshold = 6, ...own } = options.liveness ?? {}
  const inherited = readiness && (readiness.probe.kind === 'http' || readiness.probe.kind === 'tcp') ? readiness.probe : undefined
  const asked = options.liveness !== undefined && options.port !== false
  const probe = livenessProbe(own, inherited, asked)
  return probe && { probe, periodMs, timeoutMs, failureThreshold }
}

/** Who asks for liveness and has an address, but no probe that says how, means the plain question. */
const livenessProbe = (own: Partial<ProbeOptions>, inherited: ProbeOptions | undefined, asked: boolean): ProbeOptions | null => {
  const kind = own.kind ?? (Object.keys(own).length > 0 ? 'http' : (inherited?.kind ?? (asked ? 'http' : undefined)))
  if (kind === undefined) return null
  if (kind !== 'http') return { ...(own.kind === undefined ? inherited : own) } as ProbeOptions
  const base = inherited?.kind === 'http' ? { path: inherited.path, headers: inherited.headers } : {}
  return { ...base, status: anyStatus, ...own, kind }
}

const restartOf = ({ restart = {} }: ServiceOptions): RestartPolicy => ({
  when: restart.when ?? 'always',
  backoff: {
    initialMs: restart.backoff?.initialMs ?? 500,
    maxMs: restart.backoff?.maxMs ?? 10_000,
    factor: restart.backoff?.factor ?? 2,
    jitter: restart.backoff?.jitter ?? 0.2,
  },
  intensity: {
    maxRestarts: restart.intensity?.maxRestarts ?? 5,
    halfLifeMs: restart.intensity?.halfLifeMs ?? 300_000,
  },
})
