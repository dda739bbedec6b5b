import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CauseCode } from '../../src/causes/codes.ts'
import type { Cause } from '../../src/doctor/cause.ts'
import { addressFamilyMismatch } from '../../src/doctor/causes/address-family-mismatch.ts'
import { addressNotAvailable } from '../../src/doctor/causes/address-not-available.ts'
import { daemonised } from '../../src/doctor/causes/daemonised.ts'
import { exitedBeforeListening } from '../../src/doctor/causes/exited-before-listening.ts'
import { exitsWhenStdinCloses } from '../../src/doctor/causes/exits-when-stdin-closes.ts'
import { foreignServerAnswers } from '../../src/doctor/causes/foreign-server-answers.ts'
import { ghostListener } from '../../src/doctor/causes/ghost-listener.ts'
import { listenErrorSwallowed } from '../../src/doctor/causes/listen-error-swallowed.ts'
import { listenerShadowed } from '../../src/doctor/causes/listener-shadowed.ts'
import { listensOnOtherPort } from '../../src/doctor/causes/listens-on-other-port.ts'
import { listensOnSocket } from '../../src/doctor/causes/listens-on-socket.ts'
import { localhostUnresolvable } from '../../src/doctor/causes/localhost-unresolvable.ts'
import { networkNamespace } from '../../src/doctor/causes/network-namespace.ts'
import { nothingListens } from '../../src/doctor/causes/nothing-listens.ts'
import { portHeldByOwnOrphan } from '../../src/doctor/causes/port-held-by-own-orphan.ts'
import { portNotANumber } from '../../src/doctor/causes/port-not-a-number.ts'
import { portPrivileged } from '../../src/doctor/causes/port-privileged.ts'
import { portReservedByWindows } from '../../src/doctor/causes/port-reserved-by-windows.ts'
import { portTaken } from '../../src/doctor/causes/port-taken.ts'
import { portUnsafeForBrowsers } from '../../src/doctor/causes/port-unsafe-for-browsers.ts'
import { readyBeforeListening } from '../../src/doctor/causes/ready-before-listening.ts'
import { readyLineMissed } from '../../src/doctor/causes/ready-line-missed.ts'
import { restartOverlap } from '../../src/doctor/causes/restart-overlap.ts'
import { sandboxForbidsBind } from '../../src/doctor/causes/sandbox-forbids-bind.ts'
import { secondInstance } from '../../src/doctor/causes/second-instance.ts'
import { socketPathTooLong } from '../../src/doctor/causes/socket-path-too-long.ts'
import { tooManyOpenFiles } from '../../src/doctor/causes/too-many-open-files.ts'
import { unhandledRejectionSurvived } from '../../src/doctor/causes/unhandled-rejection-survived.ts'
import { waitingForDebugger } from '../../src/doctor/causes/waiting-for-debugger.ts'
import type {
  AddressEvidence,
  Evidence,
  ExitEvidence,
  FamilyEvidence,
  HolderEvidence,
  ListenerEvidence,
  OutputEvidence,
  ProcessEvidence,
  RequestEvidence,
  RunEvidence,
  ServiceFacts,
  TreeLook,
} from '../../src/doctor/evidence.ts'
import { judge } from '../../src/doctor/judge.ts'
import { matcher } from '../../src/doctor/signs/announced.ts'

/** In the order in which they stand on a request's way. */
const ordered: readonly Cause[] = [
  portHeldByOwnOrphan,
  secondInstance,
  ghostListener,
  restartOverlap,
  portNotANumber,
  socketPathTooLong,
  portTaken,
  portPrivileged,
  portReservedByWindows,
  addressNotAvailable,
  sandboxForbidsBind,
  localhostUnresolvable,
  tooManyOpenFiles,
  daemonised,
  exitsWhenStdinCloses,
  exitedBeforeListening,
  networkNamespace,
  waitingForDebugger,
  unhandledRejectionSurvived,
  listenerShadowed,
  addressFamilyMismatch,
  listensOnOtherPort,
  listensOnSocket,
  listenErrorSwallowed,
  foreignServerAnswers,
  readyBeforeListening,
  readyLineMissed,
  nothingListens,
  portUnsafeForBrowsers,
]

const PORT = 18514
const ROOT = 4711

const listener = (port = PORT, address = '127.0.0.1', pid: number | null = ROOT): ListenerEvidence => ({
  family: address.includes(':') ? 'ipv6' : 'ipv4',
  address,
  port,
  acceptQueue: 0,
  pid,
})

const process = (pid = ROOT, more: Partial<ProcessEvidence> = {}): ProcessEvidence => ({
  pid,
  ppid: 1000,
  name: 'node',
  command: pid === ROOT ? 'node /app/server.js' : `node other-${pid}.js`,
  state: 'S',
  wchan: 'ep_poll',
  cpuPercent: 0,
  descriptors: { open: 20, limit: 1024 },
  otherNetwork: false,
  ...more,
})

const holder = (more: Partial<HolderEvidence> = {}): HolderEvidence => ({
  listener: listener(PORT, '127.0.0.1', 900),
  process: process(900),
  user: 'ann',
  startedAt: '2026-01-01T08:00:00.000Z',
  relation: 'foreign',
  service: null,
  accepts: true,
  adopted: false,
  ...more,
})

const request = (more: Partial<RequestEvidence> = {}): RequestEvidence => ({
  atMs: 200,
  host: '127.0.0.1',
  port: PORT,
  path: '/',
  outcome: 'answered',
  status: 200,
  server: null,
  head: null,
  bytes: 2,
  latencyMs: 3,
  error: null,
  owner: 'ours',
  ...more,
})
const refused = request({ atMs: 10_000, outcome: 'refused', status: null, owner: 'nobody', error: 'ECONNREFUSED' })
const answeredByStranger = request({ atMs: 10_000, owner: 'foreign' })

const family = (address: string, more: Partial<FamilyEvidence> = {}): FamilyEvidence => ({
  address,
  tcp: 'open',
  request: request({ host: address }),
  tls: null,
  ...more,
})
const closed = (address: string, asked = true): FamilyEvidence =>
  family(address, { tcp: 'refused', request: asked ? { ...refused, host: address } : null })

const address = (more: Partial<AddressEvidence> = {}): AddressEvidence => ({
  url: `http://127.0.0.1:${PORT}`,
  host: '127.0.0.1',
  port: PORT,
  path: '/',
  ipv4: family('127.0.0.1'),
  ipv6: closed('::1', false),
  named: null,
  holders: [holder({ listener: listener(), process: process(), relation: 'ours', service: 'api' })],
  canTell: true,
  nearby: [],
  cors: null,
  proxy: null,
  ...more,
})
const free = address({ ipv4: closed('127.0.0.1'), holders: [] })
const heldBy = (more: Partial<HolderEvidence> = {}): AddressEvidence =>
  address({ ipv4: family('127.0.0.1', { request: request({ owner: 'foreign' }) }), holders: [holder(more)] })

const said = (text: string, atMs = 80, stream: 'stdout' | 'stderr' = 'stderr'): OutputEvidence[] =>
  text.split('\n').map((line) => ({ atMs, stream, text: line }))

const look = (more: Partial<TreeLook> = {}): TreeLook => ({
  atMs: 10_000,
  why: 'end',
  processes: [process()],
  listeners: [],
  unixSockets: [],
  established: 0,
  ...more,
})

const run = (more: Partial<RunEvidence> = {}): RunEvidence => ({
  origin: 'trial',
  surroundings: {
    label: 'own',
    system: 'linux',
    repaired: null,
    cwd: '/app',
    path: ['/usr/bin'],
    home: '/home/ann',
    stdin: 'pipe',
    missing: [],
    values: {},
  },
  command: 'node /app/server.js',
  given: { host: '127.0.0.1', port: PORT },
  notStarted: null,
  pid: ROOT,
  exit: null,
  output: said(`listening on http://127.0.0.1:${PORT}`, 100, 'stdout'),
  linesOmitted: 0,
  listening: [{ atMs: 100, listeners: [listener()] }],
  requests: [request(), request({ atMs: 210 }), request({ atMs: 2300 })],
  readyAtMs: null,
  looks: [look({ atMs: 2310, listeners: [listener()] })],
  watchedMs: 2310,
  left: { afterExit: [], survivors: [] },
  ...more,
})

const exit = (code: number | null, more: Partial<ExitEvidence> = {}): ExitEvidence => ({
  atMs: 120,
  code,
  signal: null,
  requested: false,
  reason: null,
  oomKills: 0,
  ...more,
})
const ended = (code: number | null, text: string, more: Partial<RunEvidence> = {}): RunEvidence =>
  run({ exit: exit(code), output: text === '' ? [] : said(text), listening: [], requests: [], looks: [], watchedMs: 120, ...more })
/** It lives, and listens on nothing until the deadline. */
const mute = (text: string, more: Partial<RunEvidence> = {}): RunEvidence =>
  run({
    output: text === '' ? [] : said(text),
    listening: [],
    requests: [refused],
    looks: [look({ why: 'not-ready' }), look()],
    watchedMs: 10_000,
    ...more,
  })
const packaged = (more: Partial<RunEvidence>, repaired: RunEvidence['surroundings']['repaired'] = null): RunEvidence => {
  const surroundings = { ...run().surroundings, label: 'packaged' as const, stdin: 'null' as const, repaired }
  return run({ ...more, surroundings })
}

const service: ServiceFacts = {
  name: 'api',
  launch: 'fork',
  script: '/app/server.js',
  command: null,
  args: [],
  cwd: '/app',
  port: PORT,
  host: '127.0.0.1',
  readiness: { kind: 'http', path: '/', pattern: null, timeoutMs: 60_000, status: null },
  liveness: null,
  claudeRequired: false,
  supervised: null,
}
const readyBy = (kind: ServiceFacts['readiness']['kind'], pattern: string | null): ServiceFacts => ({
  ...service,
  readiness: { ...service.readiness, kind, pattern },
})

const machine: Evidence['machine'] = {
  platform: 'linux',
  arch: 'x64',
  release: '6.1.0',
  node: '20.20.0',
  electron: null,
  uid: 1000,
  home: '/home/ann',
  unprivilegedPortStart: 1024,
  cpuFeatures: null,
  addresses: ['127.0.0.1', '::1', '10.0.0.5'],
  localhost: ['127.0.0.1', '::1'],
  confinement: [],
  reservedPorts: [],
  quarantine: null,
}

const trial = (more: Partial<Evidence> = {}): Evidence => ({
  schema: 1,
  doctor: '1.0.0',
  takenAt: '2026-01-01T12:00:10.000Z',
  durationMs: 10_000,
  subject: 'trial',
  service,
  machine,
  environment: { names: [], path: [], values: {} },
  executables: { node: null, claude: null },
  project: null,
  runs: [run()],
  address: address(),
  app: null,
  archive: null,
  ...more,
})
const tried = (one: RunEvidence, at: AddressEvidence = free, more: Partial<Evidence> = {}): Evidence =>
  trial({ runs: [one], address: at, ...more })
const SOCKET = '/home/ann/.local/state/jarvis-supervise/0abc.sock'
const socketService: ServiceFacts = { ...service, port: 'socket', host: '' }
const onSocket: ListenerEvidence = { family: 'unix', address: SOCKET, port: 0, acceptQueue: 0, pid: ROOT }
/** With `transport: 'socket'`. */
const socketTried = (one: RunEvidence, outcome: RequestEvidence['outcome'] = 'refused'): Evidence => {
  const asked = request({ host: SOCKET, port: 0, ...(outcome === 'answered' ? {} : { outcome, status: null, owner: 'nobody' }) })
  const named: FamilyEvidence = { address: SOCKET, tcp: outcome === 'answered' ? 'open' : 'refused', request: asked, tls: null }
  const at = { ...address(), url: `unix:${SOCKET}`, host: SOCKET, port: 0, ipv4: null, ipv6: null, named, holders: [], nearby: [] }
  return trial({ service: socketService, runs: [{ ...one, given: { host: SOCKET, port: 0 }, requests: [asked] }], address: at })
}
/** Without a run nobody is known to be a stranger. */
const outside = (family: FamilyEvidence | null): FamilyEvidence | null =>
  family?.request == null ? family : { ...family, request: { ...family.request, owner: 'unknown' } }
const asked = (at: AddressEvidence, more: Partial<Evidence> = {}): Evidence => {
  const seen = { ...at, ipv4: outside(at.ipv4), ipv6: outside(at.ipv6) }
  return trial({ subject: 'address', service: null, runs: [], address: seen, ...more })
}

const nodeTaken = `node:events:495
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use 127.0.0.1:${PORT}
    at Server.setupListenHandle [as _listen2] (node:net:1817:16) {
  code: 'EADDRINUSE',
  errno: -98,
  syscall: 'listen',
  address: '127.0.0.1',
  port: ${PORT}
}

Node.js v20.20.0`
const nodeError = (message: string): string => `Error: ${message}\n    at Server.setupListenHandle (node:net:1817:16)\n\nNode.js v20.20.0`
const swallowed = `caught: Error: listen EADDRINUSE: address already in use 127.0.0.1:${PORT}`
const notStarted = (cause: CauseCode): RunEvidence =>
  run({
    ...{ pid: null, output: [], listening: [], requests: [], looks: [] },
    notStarted: { code: 'ERR_PORT_TAKEN', cause, message: `127.0.0.1:${PORT} was refused.`, hint: null, facts: null },
  })
const ghost = { accepts: false, adopted: true, process: process(900, { name: 'sleep', command: 'sleep 100' }) } as const
const unanswered = request({ outcome: 'no-answer', status: null, owner: 'foreign', atMs: 10_000 })
const held = (more: Partial<HolderEvidence>): AddressEvidence => ({ ...heldBy(more), ipv4: family('127.0.0.1', { request: unanswered }) })
const elsewhere = (found: readonly ListenerEvidence[], more: Partial<RunEvidence> = {}): RunEvidence =>
  mute('', { listening: [{ atMs: 100, listeners: found }], looks: [look({ listeners: found })], ...more })
const inSocket = (path: string, more: Partial<RunEvidence> = {}): RunEvidence =>
  mute('listening', { looks: [look({ unixSockets: [path] })], ...more })
const on10080 = { host: '127.0.0.1', port: 10080 }

interface Case {
  readonly code: CauseCode
  readonly what: string
  readonly evidence: Evidence
  readonly confidence: 'certain' | 'likely'
  /** Of explanation, hint and fix. */
  readonly says: readonly string[]
}

const cases: readonly Case[] = [
  {
    code: 'PORT_HELD_BY_OWN_ORPHAN',
    what: 'a trial dies of what a dead supervisor has left',
    evidence: tried(ended(1, nodeTaken), heldBy({ relation: 'own-orphan', service: 'api' })),
    confidence: 'certain',
    says: ['pid 900', `jarvis-supervise ports ${PORT} --reclaim`],
  },
  {
    code: 'PORT_HELD_BY_OWN_ORPHAN',
    what: 'the child lives on without the port that an orphan holds',
    evidence: tried(mute(swallowed, { requests: [answeredByStranger] }), heldBy({ relation: 'own-orphan' })),
    confidence: 'certain',
    says: [`jarvis-supervise ports ${PORT} --reclaim`],
  },
  {
    code: 'PORT_HELD_BY_OWN_ORPHAN',
    what: 'what runs has lost its supervisor',
    evidence: trial({
      subject: 'running',
      service: {
        ...service,
        supervised: {
          ...{ state: 'ready', supervisor: 'dead', supervisorPid: 77, pid: ROOT },
          ...{ restarts: 0, failures: 0, latencyMs: null, journal: [] },
        },
      },
      runs: [run({ origin: 'supervised' })],
    }),
    confidence: 'certain',
    says: ['77', `jarvis-supervise ports ${PORT} --reclaim`],
  },
  {
    code: 'SECOND_INSTANCE',
    what: 'another live service holds the port',
    evidence: tried(ended(1, nodeTaken), heldBy({ relation: 'other-service', service: 'my api' })),
    confidence: 'certain',
    says: ['pid 900', "jarvis-supervise stop 'my api'"],
  },
  {
    code: 'SECOND_INSTANCE',
    what: 'it says that another instance runs',
    evidence: tried(ended(1, 'Error: another instance of this app is already running')),
    confidence: 'certain',
    says: ['another instance'],
  },
  {
    code: 'GHOST_LISTENER',
    what: 'a trial runs into a socket that nobody serves',
    evidence: tried(ended(1, nodeTaken), held({ ...ghost, relation: 'carries-certificate' })),
    confidence: 'certain',
    says: ['sleep 100', 'inherited', 'kill 900'],
  },
  {
    code: 'GHOST_LISTENER',
    what: 'only the address is known',
    evidence: asked(held(ghost)),
    confidence: 'likely',
    says: ['kill 900'],
  },
  {
    code: 'RESTART_OVERLAP',
    what: 'its own supervisor was too quick, and lives on',
    evidence: tried(
      run({
        output: said(nodeTaken, 1500),
        listening: [
          { atMs: 100, listeners: [listener(PORT, '127.0.0.1', 4712)] },
          { atMs: 1900, listeners: [] },
        ],
        requests: [request(), request({ atMs: 210 }), { ...refused, atMs: 2300 }],
        looks: [look({ processes: [process()] })],
      }),
    ),
    confidence: 'certain',
    says: [String(PORT), 'EADDRINUSE'],
  },
  {
    code: 'RESTART_OVERLAP',
    what: 'its own supervisor was too quick, and ended with it',
    evidence: tried(
      ended(1, nodeTaken, {
        exit: exit(1, { atMs: 2000 }),
        listening: [{ atMs: 100, listeners: [listener(PORT, '127.0.0.1', 4712)] }],
        requests: [request()],
      }),
    ),
    confidence: 'certain',
    says: ['exited with code 1'],
  },
  {
    code: 'PORT_TAKEN',
    what: 'a stranger is there',
    evidence: tried(ended(1, nodeTaken), heldBy()),
    confidence: 'certain',
    says: ['pid 900 (node other-900.js)', `jarvis-supervise doctor --prefer-port ${PORT} /app/server.js`],
  },
  {
    code: 'PORT_TAKEN',
    what: 'the stranger looks like the service',
    evidence: tried(ended(1, nodeTaken), heldBy({ process: process(900, { command: 'node /app/server.js' }) })),
    confidence: 'certain',
    says: ['same as that of this service'],
  },
  {
    code: 'PORT_TAKEN',
    what: 'the stranger carries our certificate',
    evidence: tried(ended(1, nodeTaken), heldBy({ relation: 'carries-certificate' })),
    confidence: 'certain',
    says: ['not proved to be it'],
  },
  {
    code: 'PORT_TAKEN',
    what: 'nobody is there any more',
    evidence: tried(ended(1, nodeTaken)),
    confidence: 'certain',
    says: ['Nobody is seen there any more'],
  },
  {
    code: 'PORT_TAKEN',
    what: 'it listens twice itself',
    evidence: tried(ended(1, nodeTaken, { listening: [{ atMs: 60, listeners: [listener()] }] })),
    confidence: 'certain',
    says: ['listens twice'],
  },
  {
    code: 'PORT_TAKEN',
    what: 'it says so and ends politely',
    evidence: tried(ended(0, `port ${PORT} is already in use`), heldBy()),
    confidence: 'likely',
    says: ['pid 900'],
  },
  {
    code: 'PORT_TAKEN',
    what: 'it ends without a word',
    evidence: tried(ended(1, ''), heldBy()),
    confidence: 'likely',
    says: ['pid 900'],
  },
  {
    code: 'PORT_TAKEN',
    what: 'another port of its own is taken',
    evidence: tried(ended(1, nodeError('listen EADDRINUSE: address already in use 127.0.0.1:9464')), {
      ...free,
      nearby: [holder({ listener: listener(9464, '127.0.0.1', 901), process: process(901) })],
    }),
    confidence: 'certain',
    says: ['9464', 'pid 901'],
  },
  {
    code: 'PORT_TAKEN',
    what: 'it was refused before the launch',
    evidence: tried(notStarted('PORT_TAKEN'), heldBy()),
    confidence: 'certain',
    says: ['pid 900'],
  },
  {
    code: 'PORT_PRIVILEGED',
    what: 'it wants port 80',
    evidence: tried(
      ended(1, nodeError('listen EACCES: permission denied 0.0.0.0:80'), { given: { host: '127.0.0.1', port: 80 } }),
      { ...free, port: 80 },
      { service: { ...service, port: 80 } },
    ),
    confidence: 'certain',
    says: ['1024', '--port 8080 /app/server.js'],
  },
  {
    code: 'PORT_PRIVILEGED',
    what: 'it was refused before the launch',
    evidence: tried(notStarted('PORT_PRIVILEGED')),
    confidence: 'certain',
    says: ['1024'],
  },
  {
    code: 'PORT_RESERVED_BY_WINDOWS',
    what: 'the port lies in an excluded range',
    evidence: tried(ended(1, nodeError(`listen EACCES: permission denied 127.0.0.1:${PORT}`)), free, {
      machine: { ...machine, platform: 'win32', reservedPorts: [[18500, 18599]] },
    }),
    confidence: 'certain',
    says: ['18500 to 18599', 'netsh'],
  },
  {
    code: 'PORT_RESERVED_BY_WINDOWS',
    what: 'there is no such range',
    evidence: tried(ended(1, nodeError(`listen EACCES: permission denied 127.0.0.1:${PORT}`)), free, {
      machine: { ...machine, platform: 'win32' },
    }),
    confidence: 'likely',
    says: ['jarvis-supervise doctor /app/server.js'],
  },
  {
    code: 'ADDRESS_NOT_AVAILABLE',
    what: 'the address is not of this machine',
    evidence: tried(ended(1, nodeError(`listen EADDRNOTAVAIL: address not available 10.99.99.99:${PORT}`))),
    confidence: 'certain',
    says: ['10.99.99.99', '--host 127.0.0.1'],
  },
  {
    code: 'ADDRESS_NOT_AVAILABLE',
    what: 'it was refused before the launch',
    evidence: tried(notStarted('ADDRESS_NOT_AVAILABLE')),
    confidence: 'certain',
    says: ['127.0.0.1'],
  },
  {
    code: 'SANDBOX_FORBIDS_BIND',
    what: 'a build for the App Store',
    evidence: tried(ended(1, nodeError('listen EPERM: operation not permitted 0.0.0.0:42813')), free, {
      machine: { ...machine, platform: 'darwin' },
    }),
    confidence: 'certain',
    says: ['com.apple.security.network.server'],
  },
  {
    code: 'TOO_MANY_OPEN_FILES',
    what: 'it ends with EMFILE',
    evidence: tried(ended(1, nodeError(`listen EMFILE: too many open files 127.0.0.1:${PORT}`))),
    confidence: 'certain',
    says: ['ulimit -n'],
  },
  {
    code: 'TOO_MANY_OPEN_FILES',
    what: 'it lives with EMFILE and no descriptor left',
    evidence: tried(
      mute('Error: EMFILE: too many open files', {
        looks: [look({ processes: [process(ROOT, { descriptors: { open: 63, limit: 64 } })] })],
      }),
    ),
    confidence: 'certain',
    says: ['63 of 64'],
  },
  {
    code: 'TOO_MANY_OPEN_FILES',
    what: 'it has none left, does not answer and says nothing',
    evidence: tried(
      run({
        requests: [request({ outcome: 'no-answer', status: null })],
        looks: [look({ why: 'no-answer', listeners: [listener()], processes: [process(ROOT, { descriptors: { open: 64, limit: 64 } })] })],
      }),
    ),
    confidence: 'likely',
    says: ['64 of 64'],
  },
  {
    code: 'EXITED_BEFORE_LISTENING',
    what: 'nothing kept it',
    evidence: tried(ended(0, '')),
    confidence: 'certain',
    says: ['code 0', 'nothing kept it running'],
  },
  {
    code: 'EXITED_BEFORE_LISTENING',
    what: 'a top-level await never settles',
    evidence: tried(ended(13, '')),
    confidence: 'certain',
    says: ['top-level await'],
  },
  {
    code: 'EXITED_BEFORE_LISTENING',
    what: 'an error that nobody knows',
    evidence: tried(ended(1, 'TypeError: boom is not a function\n    at a.js:1:1')),
    confidence: 'likely',
    says: ['TypeError: boom is not a function'],
  },
  {
    code: 'EXITED_BEFORE_LISTENING',
    what: 'an error of its own, though the port is taken as well',
    evidence: tried(ended(1, 'TypeError: boom is not a function\n    at a.js:1:1'), heldBy()),
    confidence: 'likely',
    says: ['TypeError: boom is not a function'],
  },
  {
    code: 'EXITED_BEFORE_LISTENING',
    what: 'not a word',
    evidence: tried(ended(1, '')),
    confidence: 'likely',
    says: ['said nothing'],
  },
  {
    code: 'EXITS_WHEN_STDIN_CLOSES',
    what: 'an open stdin cures it',
    evidence: trial({
      runs: [run(), packaged(ended(0, '')), packaged(ended(0, ''), 'cwd'), packaged({}, 'stdin')],
      address: address(),
    }),
    confidence: 'certain',
    says: ['stdin'],
  },
  {
    code: 'EXITS_WHEN_STDIN_CLOSES',
    what: 'without an experiment',
    evidence: trial({ runs: [run(), packaged(ended(0, ''))], address: free }),
    confidence: 'likely',
    says: ['stdin'],
  },
  {
    code: 'UNHANDLED_REJECTION_SURVIVED',
    what: 'its start was rejected',
    evidence: tried(mute('(node:4711) UnhandledPromiseRejectionWarning: Error: no database')),
    confidence: 'likely',
    says: ['no database'],
  },
  {
    code: 'UNHANDLED_REJECTION_SURVIVED',
    what: 'its start was rejected, and a stranger has the port besides',
    evidence: tried(mute('(node:4711) UnhandledPromiseRejectionWarning: Error: no database', { requests: [answeredByStranger] }), heldBy()),
    confidence: 'likely',
    says: ['no database'],
  },
  {
    code: 'LISTEN_ERROR_SWALLOWED',
    what: 'it says so, and a stranger is there',
    evidence: tried(mute(swallowed, { requests: [answeredByStranger] }), heldBy()),
    confidence: 'certain',
    says: ['pid 900', 'EADDRINUSE', 'process.exit'],
  },
  {
    code: 'LISTEN_ERROR_SWALLOWED',
    what: 'it says so',
    evidence: tried(mute(swallowed)),
    confidence: 'likely',
    says: ['EADDRINUSE'],
  },
  {
    code: 'LISTEN_ERROR_SWALLOWED',
    what: 'a stranger is there, and it is silent',
    evidence: tried(mute('starting', { requests: [answeredByStranger] }), heldBy()),
    confidence: 'likely',
    says: ['pid 900'],
  },
  {
    code: 'LISTEN_ERROR_SWALLOWED',
    what: 'as a rejection that it survives',
    evidence: tried(mute(`(node:4711) UnhandledPromiseRejectionWarning: x\n${swallowed}`, { requests: [answeredByStranger] }), heldBy()),
    confidence: 'certain',
    says: ['EADDRINUSE'],
  },
  {
    code: 'WAITING_FOR_DEBUGGER',
    what: 'NODE_OPTIONS is inherited',
    evidence: tried(
      mute('Debugger listening on ws://127.0.0.1:9229/3f\nFor help, see: https://nodejs.org/en/docs/inspector', {
        surroundings: { ...run().surroundings, values: { NODE_OPTIONS: '--inspect-brk' } },
        listening: [{ atMs: 40, listeners: [listener(9229)] }],
      }),
    ),
    confidence: 'certain',
    says: ['9229', 'unset NODE_OPTIONS'],
  },
  {
    code: 'WAITING_FOR_DEBUGGER',
    what: 'it was started so',
    evidence: tried(
      mute('Debugger listening on ws://127.0.0.1:41234/3f', {
        command: 'node --inspect-brk=0 /app/server.js',
        listening: [{ atMs: 40, listeners: [listener(41234)] }],
      }),
    ),
    confidence: 'certain',
    says: ['--inspect-brk'],
  },
  {
    code: 'DAEMONISED',
    what: 'its descendant holds the port',
    evidence: tried(
      ended(0, '', { left: { afterExit: [process(900)], survivors: [] } }),
      heldBy({ relation: 'carries-certificate', adopted: true }),
    ),
    confidence: 'certain',
    says: ['pid 900', '--foreground'],
  },
  {
    code: 'DAEMONISED',
    what: 'something of it is left',
    evidence: tried(ended(0, 'started', { left: { afterExit: [process(900)], survivors: [] } })),
    confidence: 'likely',
    says: ['pid 900'],
  },
  {
    code: 'READY_BEFORE_LISTENING',
    what: 'readiness is taken from the line',
    evidence: tried(
      run({ output: said('Ready!', 100, 'stdout'), listening: [{ atMs: 700, listeners: [listener()] }], readyAtMs: 700 }),
      address(),
      {
        service: readyBy('log', '/ready/i'),
      },
    ),
    confidence: 'certain',
    says: ['600 ms', 'callback'],
  },
  {
    code: 'READY_BEFORE_LISTENING',
    what: 'it announces its port too early',
    evidence: tried(
      run({
        output: said(`\u001b[32mlistening on http://127.0.0.1:${PORT}\u001b[39m`, 100),
        listening: [{ atMs: 1600, listeners: [listener()] }],
      }),
      address(),
    ),
    confidence: 'likely',
    says: ['1.5 s'],
  },
  {
    code: 'READY_LINE_MISSED',
    what: 'it says something else',
    evidence: tried(run(), address(), { service: readyBy('log', 'server is up') }),
    confidence: 'likely',
    says: ['server is up', "'http'"],
  },
  {
    code: 'READY_LINE_MISSED',
    what: 'colours stand between',
    evidence: tried(run({ output: said('server \u001b[1mis up\u001b[22m', 100, 'stdout') }), address(), {
      service: readyBy('log', 'server is up'),
    }),
    confidence: 'certain',
    says: ['Colour'],
  },
  {
    code: 'LISTENS_ON_OTHER_PORT',
    what: 'it ignores PORT',
    evidence: tried(elsewhere([listener(19414)])),
    confidence: 'certain',
    says: ['127.0.0.1:19414', String(PORT), 'jarvis-supervise doctor --port 19414 /app/server.js'],
  },
  {
    code: 'LISTENS_ON_OTHER_PORT',
    what: 'it gave way to a stranger',
    evidence: tried(
      elsewhere([listener(18515)], {
        output: said(`Port ${PORT} is in use, trying another one...\nlistening on 18515`),
        requests: [answeredByStranger],
      }),
      heldBy(),
    ),
    confidence: 'certain',
    says: ['18515', 'pid 900'],
  },
  {
    code: 'LISTENS_ON_OTHER_PORT',
    what: 'the dialled address is not that of the service that runs',
    evidence: asked(
      { ...free, nearby: [holder({ relation: 'ours', listener: listener(19414), process: process(), service: 'api' })] },
      { service: { ...service, script: null, port: 19414 } },
    ),
    confidence: 'certain',
    says: ['19414'],
  },
  {
    code: 'LISTENS_ON_OTHER_PORT',
    what: 'a command was started',
    evidence: tried(elsewhere([listener(19414)]), free, {
      service: { ...service, script: null, command: 'python3', args: ['-m', 'http.server', 'a b'] },
    }),
    confidence: 'certain',
    says: ["jarvis-supervise doctor --port 19414 -- python3 -m http.server 'a b'"],
  },
  {
    code: 'LISTENS_ON_OTHER_PORT',
    what: 'it was given a socket',
    evidence: socketTried(mute('', { listening: [{ atMs: 1, listeners: [listener(8081)] }] })),
    confidence: 'certain',
    says: ['127.0.0.1:8081', SOCKET, 'JARVIS_SOCKET'],
  },
  {
    code: 'LISTENS_ON_SOCKET',
    what: 'it was given another one',
    evidence: socketTried(mute('', { looks: [look({ unixSockets: ['/tmp/other.sock'] })] })),
    confidence: 'likely',
    says: ['/tmp/other.sock', SOCKET, 'JARVIS_SOCKET'],
  },
  {
    code: 'LISTENS_ON_SOCKET',
    what: 'it was given one, and the window dials a port',
    evidence: tried(
      mute('', { given: { host: SOCKET, port: 0 }, listening: [{ atMs: 1, listeners: [onSocket] }], requests: [refused, refused] }),
      free,
      { service: socketService },
    ),
    confidence: 'certain',
    says: [SOCKET, String(PORT), 'transport'],
  },
  {
    code: 'NOTHING_LISTENS',
    what: 'on the socket that it was given',
    evidence: socketTried(mute('')),
    confidence: 'likely',
    says: ['JARVIS_SOCKET', SOCKET],
  },
  {
    code: 'PORT_NOT_A_NUMBER',
    what: 'it listens on a socket called undefined',
    evidence: tried(inSocket('/app/undefined')),
    confidence: 'certain',
    says: ['undefined', 'Number(process.env.PORT)'],
  },
  {
    code: 'PORT_NOT_A_NUMBER',
    what: 'Node refuses it',
    evidence: tried(ended(1, 'RangeError [ERR_SOCKET_BAD_PORT]: options.port should be >= 0 and < 65536. Received type number (NaN).')),
    confidence: 'certain',
    says: ['ERR_SOCKET_BAD_PORT'],
  },
  {
    code: 'PORT_NOT_A_NUMBER',
    what: 'it runs into the socket of an earlier run',
    evidence: tried(ended(1, nodeError('listen EADDRINUSE: address already in use undefined'))),
    confidence: 'certain',
    says: ['earlier run'],
  },
  {
    code: 'PORT_NOT_A_NUMBER',
    what: 'it runs into the socket of an earlier run, and lives on',
    evidence: tried(mute('caught: Error: listen EADDRINUSE: address already in use undefined')),
    confidence: 'certain',
    says: ['earlier run'],
  },
  {
    code: 'ADDRESS_FAMILY_MISMATCH',
    what: 'it listens on ::1 only',
    evidence: tried(elsewhere([listener(PORT, '::1')]), { ...free, ipv6: family('::1', { request: null }) }),
    confidence: 'certain',
    says: [`[::1]:${PORT}`, `127.0.0.1:${PORT}`, '--host ::1'],
  },
  {
    code: 'ADDRESS_FAMILY_MISMATCH',
    what: 'it listens on another interface only',
    evidence: tried(elsewhere([listener(PORT, '10.0.0.5')])),
    confidence: 'certain',
    says: [`10.0.0.5:${PORT}`],
  },
  {
    code: 'ADDRESS_FAMILY_MISMATCH',
    what: 'all of IPv6 does not mean IPv4',
    evidence: tried(elsewhere([listener(PORT, '::')]), { ...free, ipv6: family('::1', { request: null }) }),
    confidence: 'certain',
    says: ['--host ::1'],
  },
  {
    code: 'ADDRESS_FAMILY_MISMATCH',
    what: 'only an address is known',
    evidence: asked({ ...free, ipv6: family('::1', { request: null }), holders: [holder({ listener: listener(PORT, '::1', 900) })] }),
    confidence: 'certain',
    says: [`--url http://[::1]:${PORT}`],
  },
  {
    code: 'LISTENER_SHADOWED',
    what: 'a stranger has the other family, which is dialled',
    evidence: tried(
      elsewhere([listener(PORT, '::1')], { requests: [answeredByStranger] }),
      address({ holders: [holder(), holder({ listener: listener(PORT, '::1'), process: process(), relation: 'ours' })] }),
    ),
    confidence: 'certain',
    says: ['pid 900', `[::1]:${PORT}`, 'jarvis-supervise doctor /app/server.js'],
  },
  {
    code: 'LISTENER_SHADOWED',
    what: 'localhost may mean either',
    evidence: tried(
      run({ given: { host: 'localhost', port: PORT } }),
      address({
        host: 'localhost',
        ipv6: family('::1'),
        holders: [holder({ listener: listener(), relation: 'ours' }), holder({ listener: listener(PORT, '::1', 900) })],
      }),
    ),
    confidence: 'likely',
    says: ['pid 900', 'localhost'],
  },
  {
    code: 'LISTENER_SHADOWED',
    what: 'a stranger is more exact',
    evidence: tried(
      elsewhere([listener(PORT, '0.0.0.0')], { requests: [answeredByStranger] }),
      address({ holders: [holder(), holder({ listener: listener(PORT, '0.0.0.0'), process: process(), relation: 'ours' })] }),
    ),
    confidence: 'certain',
    says: ['pid 900'],
  },
  {
    code: 'LISTENER_SHADOWED',
    what: 'a stranger is more exact than the service that runs',
    evidence: asked(
      address({ holders: [holder(), holder({ listener: listener(PORT, '0.0.0.0'), process: process(), relation: 'ours' })] }),
      { service },
    ),
    confidence: 'certain',
    says: ['pid 900'],
  },
  {
    code: 'LISTENER_SHADOWED',
    what: 'a stranger has the very same address',
    evidence: tried(
      run({ requests: [request({ owner: 'foreign' })] }),
      address({ holders: [holder({ listener: listener(), process: process(), relation: 'ours' }), holder()] }),
    ),
    confidence: 'certain',
    says: [`Both listen on 127.0.0.1:${PORT}`, 'pid 900', 'some connections to the one and some to the other', 'SO_REUSEPORT'],
  },
  {
    code: 'FOREIGN_SERVER_ANSWERS',
    what: 'a service runs, and somebody else is at the address',
    evidence: asked(heldBy(), { service: { ...service, launch: null } }),
    confidence: 'certain',
    says: ['pid 900', 'is not api'],
  },
  {
    code: 'FOREIGN_SERVER_ANSWERS',
    what: 'only a config knows the service, and somebody else is at its address',
    evidence: asked(heldBy(), { service }),
    confidence: 'likely',
    says: ['pid 900', 'is not api'],
  },
  {
    code: 'FOREIGN_SERVER_ANSWERS',
    what: 'a stranger came while it was tried',
    evidence: tried(mute('starting', { requests: [answeredByStranger] }), heldBy({ startedAt: '2026-01-01T12:00:04.000Z' })),
    confidence: 'certain',
    says: ['pid 900'],
  },
  {
    code: 'SOCKET_PATH_TOO_LONG',
    what: 'its path was cut',
    evidence: tried(inSocket(`/tmp/${'x'.repeat(102)}`)),
    confidence: 'certain',
    says: ['107 bytes', '103'],
  },
  {
    code: 'SOCKET_PATH_TOO_LONG',
    what: 'it ends of it',
    evidence: tried(ended(1, nodeError(`listen EINVAL: invalid argument /tmp/${'x'.repeat(120)}`))),
    confidence: 'certain',
    says: ['103'],
  },
  {
    code: 'PORT_UNSAFE_FOR_BROWSERS',
    what: 'all else is well',
    evidence: trial({
      service: { ...service, port: 10080 },
      runs: [
        run({
          given: on10080,
          output: said('listening on 10080'),
          listening: [{ atMs: 100, listeners: [listener(10080)] }],
          requests: [request(on10080)],
        }),
      ],
      address: address({ ...on10080, holders: [] }),
    }),
    confidence: 'certain',
    says: ['10080', 'jarvis-supervise doctor /app/server.js'],
  },
  {
    code: 'NETWORK_NAMESPACE',
    what: 'it listens in a network of its own',
    evidence: tried(
      mute('listening', { looks: [look({ processes: [process(ROOT, { otherNetwork: true, ownListeners: [listener()] })] })] }),
    ),
    confidence: 'certain',
    says: [`127.0.0.1:${PORT}`, 'unshare'],
  },
  {
    code: 'NETWORK_NAMESPACE',
    what: 'it is away, and what it listens on cannot be seen',
    evidence: tried(mute('listening', { looks: [look({ processes: [process(ROOT, { otherNetwork: true })] })] })),
    confidence: 'likely',
    says: ['Pid 4711'],
  },
  {
    code: 'NETWORK_NAMESPACE',
    what: 'WSL swallows the connection',
    evidence: asked(
      {
        ...free,
        ipv4: family('127.0.0.1', { tcp: 'timeout', request: { ...refused, outcome: 'connect-timeout' } }),
        ipv6: null,
      },
      { machine: { ...machine, confinement: ['WSL'] } },
    ),
    confidence: 'likely',
    says: ['WSL'],
  },
  {
    code: 'LOCALHOST_UNRESOLVABLE',
    what: 'the name has no address',
    evidence: tried(run({ given: { host: 'localhost', port: PORT } }), address({ host: 'localhost' }), {
      machine: { ...machine, localhost: [] },
    }),
    confidence: 'certain',
    says: ['no address', '/etc/hosts'],
  },
  {
    code: 'LOCALHOST_UNRESOLVABLE',
    what: 'it ends of it',
    evidence: tried(ended(1, nodeError('getaddrinfo ENOTFOUND localhost'))),
    confidence: 'certain',
    says: ['ENOTFOUND'],
  },
  {
    code: 'NOTHING_LISTENS',
    what: 'an address where nobody is',
    evidence: asked({ ...free, nearby: [holder({ listener: listener(18515, '127.0.0.1', 900) })] }),
    confidence: 'certain',
    says: [`127.0.0.1:${PORT}`, '127.0.0.1:18515', 'pid 900'],
  },
  {
    code: 'NOTHING_LISTENS',
    what: 'it does not listen until the deadline',
    evidence: tried(mute('connecting to the database')),
    confidence: 'likely',
    says: ['connecting to the database', '--timeout'],
  },
  {
    code: 'LISTENS_ON_SOCKET',
    what: 'by design',
    evidence: tried(inSocket('/run/app/api.sock')),
    confidence: 'likely',
    says: ['/run/app/api.sock', 'port: false'],
  },
]

describe('a backend that answers on the socket that it was given', () => {
  it('is healthy, whatever proxies and ports there are', () => {
    const evidence = socketTried(run({ listening: [{ atMs: 1, listeners: [onSocket] }] }), 'answered')
    const proxied = { ...evidence, environment: { ...evidence.environment, values: { HTTP_PROXY: 'http://127.0.0.1:3128' } } }
    expect(judge(proxied)).toMatchObject({
      code: 'HEALTHY',
      finding: { explanation: expect.stringContaining(`unix:${SOCKET} answers 200`) },
    })
  })
})

const findingOf = (code: CauseCode, evidence: Evidence) => ordered.find((cause) => cause.code === code)?.find(evidence)

describe('the causes from output to where it listens', () => {
  it.each(cases)('$code: $what', ({ code, evidence, confidence, says }) => {
    const diagnosis = judge(evidence, ordered)
    expect(diagnosis.code).toBe(code)
    expect(diagnosis.finding.confidence).toBe(confidence)
    const { explanation, hint, fix = '', supports } = diagnosis.finding
    for (const words of says) expect(`${explanation}\n${hint}\n${fix}`).toContain(words)
    expect(supports.length).toBeGreaterThan(0)
  })

  it('each has its example', () => {
    expect(new Set(cases.map(({ code }) => code))).toEqual(new Set(ordered.map(({ code }) => code)))
  })

  it('all pairs: where a cause has its example, none that stands before it is more than possible', () => {
    for (const { code, evidence } of cases) {
      const before = ordered.slice(
        0,
        ordered.findIndex((cause) => cause.code === code),
      )
      const wrong = before.filter((cause) => (cause.find(evidence)?.confidence ?? 'possible') !== 'possible')
      expect({ code, wrong: wrong.map((cause) => cause.code) }).toEqual({ code, wrong: [] })
    }
  })

  it('evidence is JSON: what was written and read again has the same verdict', () => {
    for (const { code, evidence } of cases) expect(judge(JSON.parse(JSON.stringify(evidence)) as Evidence, ordered).code).toBe(code)
  })
})

const healthy: readonly (readonly [string, Evidence])[] = [
  ['a trial', trial()],
  ['one that listens on all of IPv4', tried(run({ listening: [{ atMs: 100, listeners: [listener(PORT, '0.0.0.0')] }] }), address())],
  ['one that listens on all of both', tried(run({ listening: [{ atMs: 100, listeners: [listener(PORT, '::')] }] }), address())],
  ['one whose listeners cannot be seen', tried(run({ listening: [], looks: [], requests: [request({ owner: 'unknown' })] }), address())],
  ['one beside a stranger on the other family', tried(run(), address({ holders: [holder({ listener: listener(PORT, '::1', 900) })] }))],
  ['one with a debugger', tried(run({ output: said('Debugger listening on ws://127.0.0.1:9229/3f') }), address())],
  ['one that listens on more', tried(run({ listening: [{ atMs: 90, listeners: [listener(9464), listener()] }] }), address())],
  ['a worker without a port', tried(mute('working'), free, { service: { ...readyBy('none', null), port: 'none' }, address: null })],
  ['an address where anybody answers', asked(heldBy())],
  ['an address where another service of ours answers', asked(heldBy({ relation: 'other-service', service: 'web' }), { service })],
  ['a service that runs', trial({ subject: 'running', runs: [run({ origin: 'supervised' })] })],
  [
    'one whose ready line comes with the listener',
    tried(run({ output: said('Ready!', 60, 'stdout'), readyAtMs: 100 }), address(), { service: readyBy('log', 'Ready!') }),
  ],
  ['a packaged run that is well, too', trial({ runs: [run(), packaged({})] })],
]

describe('no false alarm', () => {
  it.each(healthy)('for %s', (_what, evidence) => {
    const diagnosis = judge(evidence, ordered)
    expect(diagnosis.found).toEqual([])
    expect(diagnosis.code).toBe('HEALTHY')
  })

  it('whatever a healthy run prints', () => {
    const lines = cases.flatMap(({ evidence }) => evidence.runs.flatMap(({ output }) => output.map(({ text }) => text)))
    const line = fc.oneof(fc.constantFrom(...new Set(lines)), fc.string())
    fc.assert(
      fc.property(fc.array(fc.record({ atMs: fc.nat(2300), text: line, isError: fc.boolean() }), { maxLength: 12 }), (printed) => {
        // what is said once it listens, and whatever before that is no claim to listen
        const output = printed.map(({ atMs, text, isError }) => ({
          atMs: 100 + atMs,
          text,
          stream: isError ? ('stderr' as const) : ('stdout' as const),
        }))
        expect(judge(tried(run({ output }), address()), ordered).code).toBe('HEALTHY')
      }),
      { numRuns: 300 },
    )
  })
})

const counterExamples: readonly (readonly [CauseCode, string, Evidence])[] = [
  ['PORT_HELD_BY_OWN_ORPHAN', 'it died of something else', tried(ended(1, 'TypeError: x'), heldBy({ relation: 'own-orphan' }))],
  [
    'SECOND_INSTANCE',
    'the other holds an address that is not dialled, and nobody says that it is taken',
    tried(mute(''), {
      ...free,
      holders: [holder({ relation: 'other-service', service: 'web', listener: listener(PORT, '::1', 900) })],
    }),
  ],
  ['GHOST_LISTENER', 'its holder accepts', tried(ended(1, nodeTaken), held({ ...ghost, accepts: true }))],
  ['GHOST_LISTENER', 'its holder is busy', tried(ended(1, nodeTaken), held({ ...ghost, process: process(900, { state: 'R' }) }))],
  ['GHOST_LISTENER', 'somebody answers', tried(ended(1, nodeTaken), heldBy(ghost))],
  ['GHOST_LISTENER', 'its parent lives', tried(ended(1, nodeTaken), held({ ...ghost, adopted: false }))],
  ['RESTART_OVERLAP', 'it never had the port', tried(ended(1, nodeTaken))],
  ['RESTART_OVERLAP', 'it has the port', tried(run({ output: said(nodeTaken), requests: [request({ status: 500 })] }), address())],
  ['PORT_TAKEN', 'the socket has no port for a name', tried(ended(1, nodeError('listen EADDRINUSE: address already in use undefined')))],
  ['PORT_TAKEN', 'it lives', tried(mute(swallowed, { requests: [answeredByStranger] }), heldBy())],
  ['PORT_TAKEN', 'a connection of its own was refused an address', tried(ended(1, 'Error: connect EADDRINUSE 10.0.0.1:5432'))],
  ['PORT_PRIVILEGED', 'the port is high', tried(ended(1, nodeError(`listen EACCES: permission denied 127.0.0.1:${PORT}`)))],
  ['PORT_RESERVED_BY_WINDOWS', 'the port is low', tried(ended(1, nodeError('listen EACCES: permission denied 127.0.0.1:80')))],
  ['ADDRESS_NOT_AVAILABLE', 'a connection has none', tried(ended(1, 'Error: connect EADDRNOTAVAIL 10.0.0.1:5432'))],
  ['SANDBOX_FORBIDS_BIND', 'something else is not permitted', tried(ended(1, "Error: EPERM: operation not permitted, open '/x'"))],
  ['TOO_MANY_OPEN_FILES', 'it has enough left', tried(run({ requests: [request({ outcome: 'no-answer', status: null })] }))],
  ['EXITED_BEFORE_LISTENING', 'it had listened, and failed', tried(ended(1, '', { listening: [{ atMs: 50, listeners: [listener()] }] }))],
  ['EXITED_BEFORE_LISTENING', 'its words name another cause', tried(ended(1, "Error: Cannot find module 'hono'\n    at a.js:1:1"))],
  ['EXITED_BEFORE_LISTENING', 'it was asked to end', tried(run({ exit: exit(0, { requested: true }), listening: [] }))],
  [
    'EXITED_BEFORE_LISTENING',
    'it was not watched, and its supervisor saw it ready',
    tried(ended(0, '', { origin: 'supervised', exit: exit(0, { atMs: 7_200_000 }) })),
  ],
  [
    'EXITS_WHEN_STDIN_CLOSES',
    'an open stdin does not cure it',
    trial({ runs: [run(), packaged(ended(0, '')), packaged(ended(0, ''), 'stdin')], address: free }),
  ],
  [
    'EXITS_WHEN_STDIN_CLOSES',
    'it ends in its own surroundings too',
    trial({ runs: [ended(0, ''), packaged(ended(0, ''))], address: free }),
  ],
  ['UNHANDLED_REJECTION_SURVIVED', 'it listens', tried(run({ output: said('UnhandledPromiseRejectionWarning: x') }), address())],
  ['UNHANDLED_REJECTION_SURVIVED', 'it ended', tried(ended(1, '[UnhandledPromiseRejection: x]'))],
  [
    'LISTEN_ERROR_SWALLOWED',
    'a stranger is there, and its start was rejected',
    tried(mute('UnhandledPromiseRejectionWarning: Error: no database', { requests: [answeredByStranger] }), heldBy()),
  ],
  ['LISTEN_ERROR_SWALLOWED', 'the port has no number', tried(mute('caught: Error: listen EADDRINUSE: address already in use undefined'))],
  ['LISTEN_ERROR_SWALLOWED', 'another port was taken', tried(mute('Error: listen EADDRINUSE: address already in use 127.0.0.1:9464'))],
  ['LISTEN_ERROR_SWALLOWED', 'it listens elsewhere', tried(elsewhere([listener(18515)], { output: said(swallowed) }))],
  ['WAITING_FOR_DEBUGGER', 'it went on', tried(mute('Debugger listening on ws://127.0.0.1:9229/3f\nconnecting to the database'))],
  [
    'WAITING_FOR_DEBUGGER',
    'it waited, and a debugger came',
    tried(mute('Debugger listening on ws://127.0.0.1:9229/3f\nDebugger attached.', { command: 'node --inspect-brk /app/server.js' })),
  ],
  ['WAITING_FOR_DEBUGGER', 'a debugger came', tried(mute('Debugger listening on ws://127.0.0.1:9229/3f\nDebugger attached.'))],
  ['DAEMONISED', 'nothing was left', tried(ended(0, ''))],
  ['DAEMONISED', 'it failed', tried(ended(1, 'boom', { left: { afterExit: [process(900)], survivors: [] } }))],
  [
    'READY_BEFORE_LISTENING',
    'the gap is small',
    tried(run({ listening: [{ atMs: 1000, listeners: [listener()] }], output: said(`listening on ${PORT}`, 100) }), address()),
  ],
  [
    'READY_BEFORE_LISTENING',
    'it speaks of another port',
    tried(run({ listening: [{ atMs: 4000, listeners: [listener()] }], output: said('database ready on port 5432', 100) }), address()),
  ],
  [
    'READY_BEFORE_LISTENING',
    'it says that it will',
    tried(
      run({ listening: [{ atMs: 4000, listeners: [listener()] }], output: said(`starting, will be ready on port ${PORT}`, 100) }),
      address(),
    ),
  ],
  ['READY_LINE_MISSED', 'it does not answer either', tried(mute(''), free, { service: readyBy('log', 'up') })],
  [
    'LISTENS_ON_OTHER_PORT',
    'the other is a debugger',
    tried(mute('Debugger listening on ws://127.0.0.1:9229/3f', { listening: [{ atMs: 1, listeners: [listener(9229)] }] })),
  ],
  ['PORT_NOT_A_NUMBER', 'the socket has a name', tried(inSocket('/run/app/api.sock'))],
  ['PORT_NOT_A_NUMBER', 'it listens on the port as well', tried(run({ looks: [look({ unixSockets: ['undefined'] })] }), address())],
  [
    'ADDRESS_FAMILY_MISMATCH',
    'a stranger is where it is missed',
    tried(
      elsewhere([listener(PORT, '::1')], { requests: [answeredByStranger] }),
      address({ holders: [holder(), holder({ listener: listener(PORT, '::1'), process: process(), relation: 'ours' })] }),
    ),
  ],
  ['ADDRESS_FAMILY_MISMATCH', 'its answer is an error', tried(run({ requests: [request({ status: 500 })] }), address())],
  [
    'ADDRESS_FAMILY_MISMATCH',
    'localhost means where it listens',
    tried(
      run({
        given: { host: 'localhost', port: PORT },
        listening: [{ atMs: 100, listeners: [listener(PORT, '::1')] }],
        requests: [request({ host: '::1', status: 500 })],
      }),
      address({ host: 'localhost' }),
    ),
  ],
  [
    'LISTENER_SHADOWED',
    'ours is where it is dialled',
    tried(run(), address({ holders: [holder({ listener: listener(PORT, '::1', 900) })] })),
  ],
  ['LISTENER_SHADOWED', 'nothing of ours is there', tried(mute('', { requests: [answeredByStranger] }), heldBy())],
  ['FOREIGN_SERVER_ANSWERS', 'no service is known', asked(heldBy())],
  ['FOREIGN_SERVER_ANSWERS', 'it cannot be told whose it is', asked(heldBy({ relation: 'unknown', process: null }), { service })],
  [
    'FOREIGN_SERVER_ANSWERS',
    'it answers with an error',
    asked({ ...heldBy(), ipv4: family('127.0.0.1', { request: request({ status: 502, owner: 'unknown' }) }) }, { service }),
  ],
  ['SOCKET_PATH_TOO_LONG', 'the path is long enough and no longer', tried(inSocket(`/tmp/${'x'.repeat(98)}`))],
  ['PORT_UNSAFE_FOR_BROWSERS', 'the port is harmless', trial()],
  ['PORT_UNSAFE_FOR_BROWSERS', 'any port will do', trial({ service: { ...service, port: 0 }, address: null, runs: [] })],
  [
    'NETWORK_NAMESPACE',
    'only a helper is away, and the server answers',
    tried(run({ looks: [look({ processes: [process(), process(5000, { otherNetwork: true })] })] }), address()),
  ],
  ['NETWORK_NAMESPACE', 'this is no WSL', asked({ ...free, ipv4: family('127.0.0.1', { tcp: 'timeout' }), ipv6: null })],
  ['LOCALHOST_UNRESOLVABLE', 'nobody dials it', tried(run(), address(), { machine: { ...machine, localhost: [] } })],
  [
    'NOTHING_LISTENS',
    'it closes its port and still serves',
    tried(
      run({
        listening: [
          { atMs: 100, listeners: [listener()] },
          { atMs: 900, listeners: [] },
        ],
        requests: [request(), refused],
        looks: [look({ established: 1 })],
      }),
    ),
  ],
  ['NOTHING_LISTENS', 'a connection is neither taken nor refused', asked({ ...free, ipv4: family('127.0.0.1', { tcp: 'timeout' }) })],
  ['LISTENS_ON_SOCKET', 'it is a tool that talks to itself', tried(inSocket('/tmp/tsx-1000/4711.pipe'))],
  ['LISTENS_ON_SOCKET', 'it could not have the port', tried(inSocket('/run/app/api.sock', { output: said(swallowed) }))],
]

describe('what is like a cause and is none', () => {
  it('EXITED_BEFORE_LISTENING does not say that it never listened, where it did and nobody asked', () => {
    const evidence = tried(ended(0, '', { requests: [], listening: [{ atMs: 50, listeners: [listener()] }] }))
    const finding = exitedBeforeListening.find(evidence)
    expect(finding?.explanation).toContain('though it listened')
    expect(finding?.supports).toContain('It listened, and was not asked.')
  })

  it.each(counterExamples)('is not %s: %s', (code, _what, evidence) => {
    expect(findingOf(code, evidence)?.confidence ?? 'possible').toBe('possible')
  })

  it('each has its counter-example', () => {
    expect(new Set(counterExamples.map(([code]) => code))).toEqual(new Set(ordered.map(({ code }) => code)))
  })

  it('a process that does not run at all makes NOTHING_LISTENS merely possible', () => {
    const evidence = tried(mute('', { looks: [look({ processes: [process(ROOT, { state: 'T' })] })] }))
    expect(judge(evidence, [nothingListens]).finding).toMatchObject({ confidence: 'possible' })
  })
})

describe('a readiness pattern, held as text', () => {
  it.each([
    ['ready', 'is ready now', true],
    ['/ready/i', 'READY', true],
    ['/ready/', 'READY', false],
    ['/^up$/gy', 'up', true],
    ['/(/', 'a /(/ b', true],
    ['/(/', 'a b', false],
    ['/tmp', 'in /tmp/x', true],
  ])('%s and %s: %s', (pattern, line, expected) => {
    const matches = matcher(pattern)
    expect([matches(line), matches(line)]).toEqual([expected, expected])
  })

  it('never throws, whatever it is', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (pattern, line) => typeof matcher(`/${pattern}/`)(line) === 'boolean'))
  })
})
