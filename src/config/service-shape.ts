/** The shape of a service's options, and what in them contradicts. Pure. Words and meanings: `options.ts`. */
import { gatewayContradictions, gatewayShape, isLoopback } from './gateway.ts'
import { contradictsUtilityProcess } from './launch-mode.ts'
import type { ServiceOptions } from './options.ts'
import * as shape from './shape.ts'
import { isRecord, join, type Problem } from './shape.ts'

const ms = shape.number(0)
const positiveMs = shape.number(1)
const portNumber = shape.integer(0, 65_535)

const status: shape.Shape = (value, path, problems) => {
  const fits =
    Array.isArray(value) && value.length === 2 && value.every((v) => Number.isInteger(v) && v >= 100 && v <= 599) && value[0] <= value[1]
  if (!fits) problems.push(shape.expected(path, 'the lowest and the highest status that counts, such as [200, 399]', value))
}

const httpPath: shape.Shape = (value, path, problems) => {
  if (typeof value !== 'string' || !/^\/[\x21-\x7e]*$/.test(value))
    problems.push(shape.expected(path, 'a URL path that begins with /', value))
}

const httpFields = { path: httpPath, status, headers: shape.record(shape.string), body: shape.pattern }

/** What each kind of probe may say besides `kind`. */
const probeFields: Readonly<Record<string, { fields: Readonly<Record<string, shape.Shape>>; required: readonly string[] }>> = {
  http: { fields: httpFields, required: [] },
  tcp: { fields: {}, required: [] },
  log: { fields: { pattern: shape.pattern }, required: ['pattern'] },
  ipc: { fields: { message: shape.anything }, required: [] },
  command: { fields: { command: shape.filled, args: shape.list(shape.string) }, required: ['command'] },
  custom: { fields: { probe: shape.fn }, required: ['probe'] },
}
export const probeKinds = Object.keys(probeFields)

/** A probe with more fields; the kind decides which belong. `kind` may be left out where it is inherited. */
const probe =
  (more: Readonly<Record<string, shape.Shape>>, kindIsOptional: boolean): shape.Shape =>
  (value, path, problems) => {
    if (!isRecord(value)) return void problems.push(shape.expected(path, 'an object or false', value))
    const kind = value.kind ?? (kindIsOptional ? 'http' : undefined)
    const known = typeof kind === 'string' && Object.hasOwn(probeFields, kind) ? probeFields[kind] : undefined
    if (known === undefined) {
      const what = `one of ${probeKinds.map((k) => `'${k}'`).join(', ')}`
      problems.push(
        kind === undefined
          ? { path: join(path, 'kind'), message: `\`${join(path, 'kind')}\` is missing; it is ${what}` }
          : shape.expected(join(path, 'kind'), what, kind),
      )
      return
    }
    shape.object({ kind: shape.anything, ...known.fields, ...more }, known.required)(value, path, problems)
  }

const orFalse =
  (inner: shape.Shape): shape.Shape =>
  (value, path, problems) => {
    if (value !== false) inner(value, path, problems)
  }

const service = shape.object({
  name: shape.filled,
  script: shape.location,
  command: shape.filled,
  args: shape.list(shape.string),
  cwd: shape.filled,
  env: shape.record(shape.string),
  envFile: shape.filled,
  launch: shape.oneOf('auto', 'fork', 'spawn', 'utilityProcess'),
  node: shape.object({ path: shape.filled, execArgv: shape.list(shape.string), compileCache: shape.boolean }),
  claude: orFalse(shape.object({ path: shape.filled, required: shape.boolean })),
  host: shape.filled,
  port: shape.either(
    "a whole number from 0 to 65535, 'auto', false, or { prefer: number }",
    portNumber,
    shape.only('auto'),
    shape.only(false),
    shape.object({ prefer: portNumber }, ['prefer']),
  ),
  readiness: orFalse(probe({ timeoutMs: positiveMs }, false)),
  liveness: orFalse(probe({ periodMs: positiveMs, timeoutMs: positiveMs, failureThreshold: shape.integer(1, 1_000_000) }, true)),
  restart: shape.object({
    when: shape.oneOf('always', 'on-failure', 'never'),
    backoff: shape.object({ initialMs: ms, maxMs: ms, factor: shape.number(1), jitter: shape.number(0, 1) }),
    intensity: shape.object({ maxRestarts: shape.number(0), halfLifeMs: positiveMs }),
  }),
  stop: shape.object({ message: shape.anything, signal: shape.signal, graceMs: ms }),
  transport: shape.oneOf('tcp', 'socket'),
  dieWithParent: shape.boolean,
  limits: shape.object({ maxMemoryMb: shape.number(1) }),
  logs: orFalse(
    shape.object({ dir: shape.filled, maxBytes: shape.integer(4096, Number.MAX_SAFE_INTEGER), maxFiles: shape.integer(1, 1000) }),
  ),
  doctor: shape.object({ paths: shape.list(httpPath) }),
  dependsOn: shape.notYet,
  standby: shape.boolean,
  overlap: shape.boolean,
  gateway: gatewayShape,
  watch: shape.notYet,
})

export const serviceProblems = (options: unknown, path: string): Problem[] => {
  const problems: Problem[] = []
  service(options, path, problems)
  if (isRecord(options)) problems.push(...contradictions(options as ServiceOptions, path))
  return problems
}

const contradictions = (options: ServiceOptions, path: string): Problem[] => {
  const found: Problem[] = []
  const says = (key: string, message: string): void => void found.push({ path: join(path, key), message })
  const option = (key: string): string => `\`${join(path, key)}\``
  if (options.script !== undefined && options.command !== undefined)
    says('script', `${option('script')} and ${option('command')} exclude each other; give one`)
  if (options.script === undefined && options.command === undefined)
    says('script', `${option('script')} or ${option('command')} is missing: there is nothing to run`)
  if (options.launch === 'fork' && options.command !== undefined)
    says('launch', `${option('launch')} 'fork' runs scripts; for ${option('command')} use 'spawn'`)
  if (options.launch === 'utilityProcess' && isRecord(options.node ?? {})) {
    for (const { path: lacking, what } of contradictsUtilityProcess(options))
      says(lacking, `${option(lacking)} contradicts ${option('launch')} 'utilityProcess', which ${what}`)
  }
  found.push(...(options.transport === 'socket' ? socketContradictions(options, path) : addressContradictions(options, path)))
  found.push(...pairContradictions(options, path), ...gatewayContradictions(options.gateway, join(path, 'gateway')))
  const hasChannel = options.command === undefined && options.launch !== 'spawn'
  for (const key of ['readiness', 'liveness'] as const) {
    if (!hasChannel && kindOf(options[key]) === 'ipc')
      says(`${key}.kind`, `${option(`${key}.kind`)} 'ipc' needs a channel, which only a forked script has`)
  }
  return found
}

/** Whatever two processes side by side, or a door in front of them, cannot have. */
const pairContradictions = (options: ServiceOptions, path: string): Problem[] => {
  const wanting = (['gateway', 'standby', 'overlap'] as const).filter((key) => options[key] !== undefined && options[key] !== false)
  const without = options.port === false ? wanting : []
  const isStrict = typeof options.port === 'number' && options.port !== 0
  const door = isRecord(options.gateway) ? options.gateway : undefined
  const isShared = isStrict && door?.port === options.port && !(isElsewhere(options.host) || isElsewhere(door?.host))
  return [
    ...(isShared ? ['gateway.port'] : []).map((key) => ({
      path: join(path, key),
      message: `\`${join(path, key)}\` and \`${join(path, 'port')}\` are both ${options.port}: only one can listen there; without \`port\` the backend gets a free one`,
    })),
    ...without.map((key) => ({
      path: join(path, key),
      message: `\`${join(path, key)}\` contradicts \`${join(path, 'port')}\` false: there is no address to pass requests on to`,
    })),
    ...(isStrict ? wanting.filter((key) => key !== 'gateway') : []).map((key) => ({
      path: join(path, key),
      message: `\`${join(path, key)}\` contradicts \`${join(path, 'port')}\` ${options.port}: two processes cannot share it`,
    })),
  ]
}

/** On an address of its own, which none of loopback's is. */
const isElsewhere = (host: unknown): boolean => typeof host === 'string' && !isLoopback(host) && !/^(?:0\.0\.0\.0|::)$/.test(host)

/** Of a probe; one that says no kind but says something of an answer is of kind http. */
const kindOf = (probe: unknown): unknown => {
  if (!isRecord(probe)) return undefined
  return probe.kind ?? (Object.keys(httpFields).some((field) => probe[field] !== undefined) ? 'http' : undefined)
}

/** Whatever needs a port, where there is a socket. */
const socketContradictions = (options: ServiceOptions, path: string): Problem[] => {
  const socket = `\`${join(path, 'transport')}\` 'socket'`
  const given = (['port', 'host'] as const).filter((key) => options[key] !== undefined)
  return [
    ...given.map((key) => ({
      path: join(path, key),
      message: `\`${join(path, key)}\` contradicts ${socket}: it listens on a path, which the supervisor chooses`,
    })),
    ...insertionContradictions(options, path, /\{(port|host|url)\}/, `${socket}: there is no port to insert; {socket} is the path`),
  ]
}

/** Whatever needs an address of a kind, where there is none. */
const addressContradictions = (options: ServiceOptions, path: string): Problem[] => {
  const tcp = `\`${join(path, 'transport')}\` 'tcp', its default: there is no socket to insert`
  const found = insertionContradictions(options, path, /\{socket\}/, tcp)
  if (options.port !== false) return found
  for (const key of ['readiness', 'liveness'] as const) {
    const kind = kindOf(options[key])
    if (kind === 'http' || kind === 'tcp')
      found.push({
        path: join(path, key),
        message: `\`${join(path, key)}\` of kind '${kind}' contradicts \`${join(path, 'port')}\` false: there is no address to ask`,
      })
  }
  const none = `\`${join(path, 'port')}\` false: there is no address to insert`
  return [...found, ...insertionContradictions(options, path, /\{(port|host|url)\}/, none)]
}

const insertionContradictions = ({ args }: ServiceOptions, path: string, what: RegExp, contradicted: string): Problem[] =>
  (Array.isArray(args) ? args : []).flatMap((arg: unknown, index) => {
    const at = `${join(path, 'args')}[${index}]`
    return typeof arg === 'string' && what.test(arg) ? [{ path: at, message: `\`${at}\` (${arg}) contradicts ${contradicted}` }] : []
  })
