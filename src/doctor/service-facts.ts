/** What the options of a service, or the record of one that runs, come to for an examination. Pure. */
import type { PortPolicy, ServiceSpec } from '../config/service.ts'
import { reachable, type TcpAddress } from '../launch/surroundings.ts'
import { redactShown } from '../logs/redact.ts'
import type { ServiceFacts, SupervisedFacts } from './evidence.ts'
import { isSocket } from './signs/reading.ts'
import type { Dialled, Subject } from './subject.ts'

export const serviceFacts = (spec: ServiceSpec): ServiceFacts => {
  const probe = spec.readiness?.probe
  const { address } = spec
  return {
    name: spec.name,
    launch: spec.launch,
    script: scriptOf(spec),
    command: 'command' in spec.run ? spec.run.command : null,
    args: spec.args.map(redactShown),
    cwd: spec.cwd,
    port: address === null ? 'none' : address === 'socket' ? 'socket' : portWanted(address.port),
    host: address === null || address === 'socket' ? '' : address.host,
    readiness: {
      kind: probe?.kind ?? 'none',
      path: probe?.kind === 'http' ? (probe.path ?? '/') : null,
      pattern: probe?.kind === 'log' ? String(probe.pattern) : null,
      timeoutMs: spec.readiness?.timeoutMs ?? 0,
      status: probe?.kind === 'http' ? (probe.status ?? null) : null,
    },
    liveness: spec.liveness && {
      periodMs: spec.liveness.periodMs,
      timeoutMs: spec.liveness.timeoutMs,
      failureThreshold: spec.liveness.failureThreshold,
    },
    claudeRequired: spec.claude !== false && (spec.claude.required || spec.claude.path !== undefined),
    supervised: null,
  }
}

const portWanted = (port: PortPolicy): ServiceFacts['port'] => {
  if (typeof port !== 'object') return port
  return 'prefer' in port ? port : port.insist
}

/** Of one whose options are not known. */
export const recordedFacts = (
  { service, root }: { readonly service: string; readonly root: string },
  given: TcpAddress | null,
  supervised: SupervisedFacts | null,
): ServiceFacts => ({
  name: service,
  launch: null,
  script: null,
  command: null,
  args: [],
  cwd: root,
  port: given === null ? 'none' : isSocket(given) ? 'socket' : given.port,
  host: given === null || isSocket(given) ? '' : given.host,
  readiness: { kind: 'http', path: '/', pattern: null, timeoutMs: 10_000, status: null },
  liveness: null,
  claudeRequired: false,
  supervised,
})

export const scriptOf = ({ run }: ServiceSpec): string | null => ('script' in run ? run.script : null)

/** What is started: its script, else its command. */
export const fileOf = ({ run }: ServiceSpec): string => ('script' in run ? run.script : run.command)

/** `server.js --verbose (in /app)`. Secrets are still in it. */
export const commandWords = (spec: ServiceSpec): string => `${[fileOf(spec), ...spec.args].join(' ')} (in ${spec.cwd})`

export const headersOf = (spec: ServiceSpec | null): Readonly<Record<string, string>> | undefined =>
  spec?.readiness?.probe.kind === 'http' ? spec.readiness.probe.headers : undefined

/** A connection is all that it promises. */
export const isTcp = (spec: ServiceSpec | null): boolean => spec?.readiness?.probe.kind === 'tcp'

/** What it was asked to have; null where any port will do. */
export const wantedBy = (spec: ServiceSpec | null): TcpAddress | null => {
  const address = spec?.address
  if (address == null || address === 'socket' || address.port === 'auto') return null
  const port = typeof address.port === 'number' ? address.port : 'prefer' in address.port ? address.port.prefer : address.port.insist
  return { host: address.host, port }
}

/** What a window would ask it for, in turn: what was named, else what the config and its probes name, else `/`. */
export const pathsOf = ({ dialled, hasPath, service }: Subject, spec: ServiceSpec | null): readonly string[] => {
  if (dialled !== null && hasPath) return [dialled.path]
  const named = service?.options.doctor?.paths ?? []
  const probed = [spec?.readiness?.probe, spec?.liveness?.probe].flatMap((probe) =>
    probe?.kind === 'http' && probe.path !== undefined ? [probe.path] : [],
  )
  const all = [...new Set([...named, ...probed])]
  return all.length === 0 ? ['/'] : all
}

/** Where a window dials what has this address. */
export const dialledFor = (address: TcpAddress | null, paths: readonly string[]): Dialled | null =>
  address && { protocol: 'http:', ...(isSocket(address) ? address : reachable(address)), path: paths[0] ?? '/' }
