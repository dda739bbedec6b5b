/**
 * Holds what comes from outside against the shape of the evidence, and builds it anew from what fits: whatever else lies
 * in it is left behind. Pure. The types of the evidence hold this file to their every key.
 */
import { type CauseCode, causeCodes } from '../causes/codes.ts'
import type { StartFacts } from '../causes/not-started.ts'
import type {
  AddressEvidence,
  AppFacts,
  ArchiveFacts,
  Evidence,
  ExecutableFacts,
  FamilyEvidence,
  HolderEvidence,
  LastExitEvidence,
  ListenerEvidence,
  ListeningEvidence,
  MachineFacts,
  ProcessEvidence,
  RequestEvidence,
  RunEvidence,
  ServiceFacts,
  SupervisedFacts,
  SurroundingsDifference,
  TreeLook,
} from './evidence.ts'

/** @throws Misfit */
type Shape<T> = (value: unknown, path: string) => T

/** What does not fit, and where. */
export class Misfit extends Error {
  constructor(path: string, expected: string) {
    super(`${path === '' ? 'it' : path} is not ${expected}`)
  }
}

/** @throws Misfit */
export const evidenceFrom = (value: unknown): Evidence => evidence(value, '')

const longestText = 10_000
const mostItems = 5000

const that =
  <T>(expected: string, test: (value: unknown) => value is T): Shape<T> =>
  (value, path) => {
    if (test(value)) return value
    throw new Misfit(path, expected)
  }

const text = that(
  'a text of at most 10000 characters',
  (value): value is string => typeof value === 'string' && value.length <= longestText,
)
const number = that('a number', (value): value is number => typeof value === 'number' && Number.isFinite(value))
const boolean = that('true or false', (value): value is boolean => typeof value === 'boolean')
const url = that('a URL', (value): value is string => typeof value === 'string' && value.length <= longestText && URL.canParse(value))
const portNumber = that(
  'a port',
  (value): value is number => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535,
)

const isoTime = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/
const time = that('a time as in ISO 8601', (value): value is string => typeof value === 'string' && isoTime.test(value))

const oneOf = <T extends string | number>(...words: readonly T[]): Shape<T> => {
  const known = new Set<unknown>(words)
  const expected = words.length > 12 ? 'a word known here' : `one of ${words.join(', ')}`
  return that(expected, (value): value is T => known.has(value))
}

const orNull =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value, path) =>
    value === null ? null : shape(value, path)

const list =
  <T>(shape: Shape<T>): Shape<readonly T[]> =>
  (value, path) => {
    if (!Array.isArray(value)) throw new Misfit(path, 'a list')
    if (value.length > mostItems) throw new Misfit(path, `a list of at most ${mostItems}`)
    return value.map((each, index) => shape(each, `${path}[${index}]`))
  }

const pair =
  <T>(shape: Shape<T>): Shape<readonly [T, T]> =>
  (value, path) => {
    if (!Array.isArray(value) || value.length !== 2) throw new Misfit(path, 'a pair')
    return [shape(value[0], `${path}[0]`), shape(value[1], `${path}[1]`)]
  }

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const object =
  <T>(shapes: { readonly [Name in keyof T]-?: Shape<T[Name]> }): Shape<T> =>
  (value, path) => {
    if (!isObject(value)) throw new Misfit(path, 'an object')
    const names = Object.keys(shapes) as (keyof T & string)[]
    const entries = names.map((name) => [name, shapes[name](value[name], path === '' ? name : `${path}.${name}`)] as const)
    return Object.fromEntries(entries.filter(([, each]) => each !== undefined)) as T
  }

/** By any name. */
const record =
  <T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> =>
  (value, path) => {
    if (!isObject(value)) throw new Misfit(path, 'an object')
    const names = Object.keys(value)
    if (names.length > mostItems) throw new Misfit(path, `an object of at most ${mostItems} names`)
    return Object.fromEntries(names.map((name) => [text(name, path), shape(value[name], `${path}.${name.slice(0, 80)}`)]))
  }

/** What is not there is undefined, and left out. */
const optional =
  <T>(shape: Shape<T>): Shape<T | undefined> =>
  (value, path) =>
    value === undefined ? undefined : shape(value, path)

const platform = oneOf<NodeJS.Platform>(
  'aix',
  'android',
  'darwin',
  'freebsd',
  'haiku',
  'linux',
  'openbsd',
  'sunos',
  'win32',
  'cygwin',
  'netbsd',
)
const code = oneOf<CauseCode>(...causeCodes)
const difference = oneOf<SurroundingsDifference>('PATH', 'cwd', 'HOME', 'variables', 'stdin', 'ELECTRON_RUN_AS_NODE')

const lastExit = object<LastExitEvidence>({
  pid: number,
  code: orNull(number),
  signal: orNull(text),
  reason: orNull(code),
  uptimeMs: number,
  agoMs: orNull(number),
  requested: orNull(boolean),
  words: orNull(text),
})

const supervised = object<SupervisedFacts>({
  state: oneOf('stopped', 'starting', 'ready', 'stopping', 'backoff', 'failed'),
  supervisor: oneOf('answers', 'silent', 'dead'),
  supervisorPid: number,
  pid: orNull(number),
  restarts: number,
  failures: number,
  latencyMs: orNull(number),
  journal: list(text),
  lastExit: optional(orNull(lastExit)) as Shape<LastExitEvidence | null>,
  endedAgoMs: optional(orNull(list(number))) as Shape<readonly number[] | null>,
})

const askedPort: Shape<ServiceFacts['port']> = (value, path) =>
  isObject(value)
    ? object<{ readonly prefer: number }>({ prefer: portNumber })(value, path)
    : value === 'auto' || value === 'none' || value === 'socket'
      ? value
      : portNumber(value, path)

const service = object<ServiceFacts>({
  name: text,
  launch: orNull(oneOf('fork', 'spawn', 'utilityProcess')),
  script: orNull(text),
  command: orNull(text),
  args: list(text),
  cwd: text,
  port: askedPort,
  host: text,
  readiness: object<ServiceFacts['readiness']>({
    kind: oneOf('http', 'tcp', 'log', 'ipc', 'command', 'custom', 'none'),
    path: orNull(text),
    pattern: orNull(text),
    timeoutMs: number,
    status: orNull(pair(number)),
  }),
  liveness: orNull(object<NonNullable<ServiceFacts['liveness']>>({ periodMs: number, timeoutMs: number, failureThreshold: number })),
  claudeRequired: boolean,
  supervised: orNull(supervised),
})

const machine = object<MachineFacts>({
  platform,
  arch: text,
  release: text,
  node: text,
  electron: orNull(text),
  uid: orNull(number),
  home: text,
  unprivilegedPortStart: orNull(number),
  cpuFeatures: orNull(list(text)),
  addresses: list(text),
  localhost: orNull(list(text)),
  confinement: list(text),
  reservedPorts: list(pair(number)),
  quarantine: orNull(
    object<NonNullable<MachineFacts['quarantine']>>({ quarantined: boolean, translocated: boolean, codesigningReport: boolean }),
  ),
})

const executable = object<ExecutableFacts>({
  path: orNull(text),
  realPath: orNull(text),
  kind: orNull(text),
  version: orNull(text),
  source: orNull(text),
  healed: boolean,
  candidates: list(
    object<ExecutableFacts['candidates'][number]>({ path: text, kind: text, source: text, usable: orNull(boolean), reason: text }),
  ),
})

const listener = object<ListenerEvidence>({
  family: oneOf('ipv4', 'ipv6', 'unix'),
  address: text,
  port: portNumber,
  acceptQueue: number,
  pid: orNull(number),
})

const process_ = object<ProcessEvidence>({
  pid: number,
  ppid: number,
  name: text,
  command: text,
  state: text,
  wchan: text,
  cpuPercent: orNull(number),
  descriptors: orNull(object<NonNullable<ProcessEvidence['descriptors']>>({ open: number, limit: number })),
  otherNetwork: boolean,
  ownListeners: optional(list(listener)) as Shape<readonly ListenerEvidence[]>,
})

const request = object<RequestEvidence>({
  atMs: number,
  host: text,
  port: portNumber,
  path: text,
  outcome: oneOf('answered', 'refused', 'connect-timeout', 'no-answer', 'closed', 'not-http', 'failed'),
  status: orNull(number),
  server: orNull(text),
  head: orNull(text),
  bytes: number,
  latencyMs: number,
  error: orNull(text),
  owner: oneOf('ours', 'foreign', 'nobody', 'unknown'),
})

const look = object<TreeLook>({
  atMs: number,
  why: oneOf('not-ready', 'no-answer', 'end'),
  processes: list(process_),
  listeners: list(listener),
  unixSockets: list(text),
  established: number,
})

const startFacts = object<StartFacts>({
  command: text,
  cwd: text,
  cwdExists: boolean,
  platform,
  file: orNull(text),
  pathEntries: number,
  elsewhere: orNull(text),
  fileExists: boolean,
  notAFile: orNull(text),
  isExecutable: boolean,
  missingInterpreter: orNull(text),
  builtFor: orNull(text),
  isBatch: boolean,
  isPlaceholder: boolean,
  inArchive: orNull(object<NonNullable<StartFacts['inArchive']>>({ path: text, unpacked: text })),
  errorCode: orNull(text),
})

const run = object<RunEvidence>({
  origin: oneOf('trial', 'supervised'),
  surroundings: object<RunEvidence['surroundings']>({
    label: oneOf('own', 'packaged'),
    system: platform,
    repaired: orNull(difference),
    cwd: text,
    path: list(text),
    home: orNull(text),
    stdin: oneOf('pipe', 'null'),
    missing: list(text),
    values: record(text),
  }),
  command: orNull(text),
  given: orNull(object<NonNullable<RunEvidence['given']>>({ host: text, port: portNumber })),
  portHeldBefore: optional(boolean) as Shape<boolean>,
  notStarted: orNull(
    object<NonNullable<RunEvidence['notStarted']>>({
      code: text,
      cause: orNull(code),
      message: text,
      hint: orNull(text),
      facts: orNull(startFacts),
    }),
  ),
  pid: orNull(number),
  exit: orNull(
    object<NonNullable<RunEvidence['exit']>>({
      atMs: number,
      code: orNull(number),
      signal: orNull(text),
      requested: boolean,
      reason: orNull(code),
      oomKills: number,
    }),
  ),
  output: list(object<RunEvidence['output'][number]>({ atMs: number, stream: oneOf('stdout', 'stderr'), text })),
  linesOmitted: number,
  listening: list(object<ListeningEvidence>({ atMs: number, absentAtMs: optional(number) as Shape<number>, listeners: list(listener) })),
  requests: list(request),
  readyAtMs: orNull(number),
  looks: list(look),
  watchedMs: number,
  left: object<RunEvidence['left']>({ afterExit: list(process_), survivors: list(process_) }),
})

const family = object<FamilyEvidence>({
  address: text,
  tcp: oneOf('open', 'refused', 'timeout', 'unreachable'),
  request: orNull(request),
  tls: orNull(boolean),
})

const holder = object<HolderEvidence>({
  listener,
  process: orNull(process_),
  user: orNull(text),
  startedAt: orNull(time),
  relation: oneOf('ours', 'own-orphan', 'other-service', 'carries-certificate', 'foreign', 'unknown'),
  service: orNull(text),
  accepts: orNull(boolean),
  adopted: boolean,
})

const address = object<AddressEvidence>({
  url,
  host: text,
  port: portNumber,
  path: text,
  ipv4: orNull(family),
  ipv6: orNull(family),
  named: orNull(family),
  holders: list(holder),
  canTell: boolean,
  nearby: list(holder),
  cors: orNull(object<NonNullable<AddressEvidence['cors']>>({ origin: text, allowOrigin: orNull(text), status: orNull(number) })),
  proxy: orNull(object<NonNullable<AddressEvidence['proxy']>>({ variable: text, request })),
})

const app = object<AppFacts>({
  electron: orNull(text),
  pageScheme: orNull(text),
  pageUrl: orNull(url),
  firstRequestAtMs: orNull(number),
  readyAtMs: orNull(number),
  windowsClosedAtMs: orNull(number),
  activatedAtMs: orNull(number),
  resumedAtMs: orNull(number),
  sleptMs: orNull(number),
  backendEndedAtMs: orNull(number),
  endedBy: orNull(oneOf('supervisor', 'window-all-closed', 'itself')),
  hasPermissionHandler: orNull(boolean),
  runAsNodeFuse: orNull(boolean),
  execPathChild: orNull(object<NonNullable<AppFacts['execPathChild']>>({ runAsNode: boolean })),
  utilityProcessError: orNull(text),
  reusedConnectionErrors: number,
})

const archive = object<ArchiveFacts>({
  dir: text,
  findings: list(
    object<ArchiveFacts['findings'][number]>({ code, severity: oneOf('fail', 'warn'), fact: text, hint: text, paths: list(text) }),
  ),
  electron: object<ArchiveFacts['electron']>({ version: orNull(text), node: orNull(text), abi: orNull(number), arch: orNull(text) }),
  fuses: orNull(record(orNull(boolean))),
  entry: orNull(text),
})

const evidence = object<Evidence>({
  schema: oneOf(1),
  doctor: text,
  takenAt: time,
  asked: optional(list(text)) as Shape<readonly string[]>,
  durationMs: number,
  subject: oneOf('trial', 'running', 'address', 'package'),
  service: orNull(service),
  machine,
  environment: object<Evidence['environment']>({ names: list(text), path: list(text), values: record(text) }),
  executables: object<Evidence['executables']>({ node: orNull(executable), claude: orNull(executable) }),
  project: orNull(
    object<NonNullable<Evidence['project']>>({
      dir: orNull(text),
      type: orNull(oneOf('module', 'commonjs')),
      engines: orNull(text),
      enginesMet: orNull(boolean),
      cwdWritable: boolean,
    }),
  ),
  runs: list(run),
  address: orNull(address),
  app: orNull(app),
  archive: orNull(archive),
})
