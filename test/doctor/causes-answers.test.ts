import { describe, expect, it } from 'vitest'
import type { Cause, Confidence } from '../../src/doctor/cause.ts'
import { acceptQueueFull } from '../../src/doctor/causes/accept-queue-full.ts'
import { acceptsNeverAnswers } from '../../src/doctor/causes/accepts-never-answers.ts'
import { brokenPipe } from '../../src/doctor/causes/broken-pipe.ts'
import { corsBlocked } from '../../src/doctor/causes/cors-blocked.ts'
import { crashedOnRequest } from '../../src/doctor/causes/crashed-on-request.ts'
import { eventLoopBlocked } from '../../src/doctor/causes/event-loop-blocked.ts'
import { firewall } from '../../src/doctor/causes/firewall.ts'
import { halfClosedShutdown } from '../../src/doctor/causes/half-closed-shutdown.ts'
import { healthRequiresAuth, healthRequiresAuthCause } from '../../src/doctor/causes/health-requires-auth.ts'
import { keepaliveRace } from '../../src/doctor/causes/keepalive-race.ts'
import { killedByCpuOrKernel } from '../../src/doctor/causes/killed-by-cpu-or-kernel.ts'
import { killedByOom } from '../../src/doctor/causes/killed-by-oom.ts'
import { killedBySupervisor } from '../../src/doctor/causes/killed-by-supervisor.ts'
import { localNetworkAccessDenied } from '../../src/doctor/causes/local-network-access-denied.ts'
import { notHttp } from '../../src/doctor/causes/not-http.ts'
import { outOfHeap } from '../../src/doctor/causes/out-of-heap.ts'
import { outputPipeFull } from '../../src/doctor/causes/output-pipe-full.ts'
import { processSuspended } from '../../src/doctor/causes/process-suspended.ts'
import { proxyIntercepts } from '../../src/doctor/causes/proxy-intercepts.ts'
import { serverError } from '../../src/doctor/causes/server-error.ts'
import { sleepResume } from '../../src/doctor/causes/sleep-resume.ts'
import { stoppedWithWindow } from '../../src/doctor/causes/stopped-with-window.ts'
import { uninterruptibleIo } from '../../src/doctor/causes/uninterruptible-io.ts'
import { windowLoadedTooEarly } from '../../src/doctor/causes/window-loaded-too-early.ts'
import type {
  AddressEvidence,
  AppFacts,
  Evidence,
  ExitEvidence,
  HolderEvidence,
  ListenerEvidence,
  MachineFacts,
  OutputEvidence,
  ProcessEvidence,
  RequestEvidence,
  RunEvidence,
  ServiceFacts,
  SupervisedFacts,
  TreeLook,
} from '../../src/doctor/evidence.ts'
import { judge } from '../../src/doctor/judge.ts'

/** In the order in which a request meets them. */
const causes: readonly Cause[] = [
  outOfHeap,
  killedByCpuOrKernel,
  brokenPipe,
  killedByOom,
  crashedOnRequest,
  processSuspended,
  uninterruptibleIo,
  outputPipeFull,
  notHttp,
  acceptQueueFull,
  eventLoopBlocked,
  acceptsNeverAnswers,
  stoppedWithWindow,
  sleepResume,
  halfClosedShutdown,
  firewall,
  serverError,
  healthRequiresAuthCause,
  killedBySupervisor,
  windowLoadedTooEarly,
  proxyIntercepts,
  corsBlocked,
  localNetworkAccessDenied,
  keepaliveRace,
]

const service: ServiceFacts = {
  name: 'api',
  launch: 'fork',
  script: '/app/server.js',
  command: null,
  args: [],
  cwd: '/app',
  port: 8081,
  host: '127.0.0.1',
  readiness: { kind: 'http', path: '/', pattern: null, timeoutMs: 60_000, status: null },
  liveness: { periodMs: 5000, timeoutMs: 2000, failureThreshold: 6 },
  claudeRequired: false,
  supervised: null,
}

const supervised: SupervisedFacts = {
  state: 'ready',
  supervisor: 'answers',
  supervisorPid: 4000,
  pid: 4711,
  restarts: 1,
  failures: 0,
  latencyMs: 3,
  journal: [],
}

const machine: MachineFacts = {
  platform: 'linux',
  arch: 'x64',
  release: '6.1.0',
  node: '20.20.0',
  electron: null,
  uid: 1000,
  home: '/home/u',
  unprivilegedPortStart: 1024,
  cpuFeatures: ['avx2', 'bmi2'],
  addresses: ['127.0.0.1', '::1'],
  localhost: ['127.0.0.1'],
  confinement: [],
  reservedPorts: [],
  quarantine: null,
}

const app: AppFacts = {
  electron: '40.0.0',
  pageScheme: 'file:',
  pageUrl: 'file:///app/index.html',
  firstRequestAtMs: null,
  readyAtMs: null,
  windowsClosedAtMs: null,
  activatedAtMs: null,
  resumedAtMs: null,
  sleptMs: null,
  backendEndedAtMs: null,
  endedBy: null,
  hasPermissionHandler: true,
  runAsNodeFuse: null,
  execPathChild: null,
  utilityProcessError: null,
  reusedConnectionErrors: 0,
}

const listener = (more: Partial<ListenerEvidence> = {}): ListenerEvidence => ({
  family: 'ipv4',
  address: '127.0.0.1',
  port: 8081,
  acceptQueue: 0,
  pid: 4711,
  ...more,
})

const backend = (more: Partial<ProcessEvidence> = {}): ProcessEvidence => ({
  pid: 4711,
  ppid: 4000,
  name: 'node',
  command: 'node /app/server.js',
  state: 'S',
  wchan: 'do_epoll_wait',
  cpuPercent: 0,
  descriptors: null,
  otherNetwork: false,
  ...more,
})

const claude = backend({ pid: 4800, ppid: 4711, name: 'claude', command: '/usr/bin/claude --resume', wchan: 'n_tty_read' })

const good: RequestEvidence = {
  atMs: 300,
  host: '127.0.0.1',
  port: 8081,
  path: '/',
  outcome: 'answered',
  status: 200,
  server: null,
  head: 'ok',
  bytes: 90,
  latencyMs: 4,
  error: null,
  owner: 'ours',
}
const asked = (more: Partial<RequestEvidence> = {}): RequestEvidence => ({ ...good, ...more })
const without = (outcome: RequestEvidence['outcome'], more: Partial<RequestEvidence> = {}): RequestEvidence =>
  asked({ outcome, status: null, head: null, bytes: 0, latencyMs: outcome === 'no-answer' ? 5000 : 1, ...more })

const look = (more: Partial<TreeLook> = {}): TreeLook => ({
  atMs: 3000,
  why: 'end',
  processes: [backend()],
  listeners: [listener()],
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
    home: '/home/u',
    stdin: 'pipe',
    missing: [],
    values: {},
  },
  command: '/usr/bin/node /app/server.js',
  given: { host: '127.0.0.1', port: 8081 },
  notStarted: null,
  pid: 4711,
  exit: null,
  output: [],
  linesOmitted: 0,
  listening: [{ atMs: 250, listeners: [listener()] }],
  requests: [good, asked({ atMs: 310 }), asked({ atMs: 2400 })],
  readyAtMs: null,
  looks: [look()],
  watchedMs: 3000,
  left: { afterExit: [], survivors: [] },
  ...more,
})

const holder = (more: Partial<HolderEvidence> = {}): HolderEvidence => ({
  listener: listener(),
  process: backend(),
  user: 'u',
  startedAt: null,
  relation: 'ours',
  service: 'api',
  accepts: true,
  adopted: false,
  ...more,
})

const address = (
  request: RequestEvidence | null = good,
  more: Partial<AddressEvidence> = {},
  tls: boolean | null = null,
): AddressEvidence => ({
  url: 'http://127.0.0.1:8081',
  host: '127.0.0.1',
  port: 8081,
  path: '/',
  ipv4: {
    address: '127.0.0.1',
    tcp: request?.outcome === 'refused' ? 'refused' : request?.outcome === 'connect-timeout' ? 'timeout' : 'open',
    request,
    tls,
  },
  ipv6: { address: '::1', tcp: 'refused', request: null, tls: null },
  named: null,
  holders: request?.outcome === 'refused' ? [] : [holder()],
  canTell: true,
  nearby: [],
  cors: null,
  proxy: null,
  ...more,
})

const evidence = (more: Partial<Evidence> = {}): Evidence => ({
  schema: 1,
  doctor: '1.0.0',
  takenAt: '2026-01-01T00:00:00.000Z',
  durationMs: 4000,
  subject: 'trial',
  service,
  machine,
  environment: { names: ['PATH'], path: ['/usr/bin'], values: {} },
  executables: { node: null, claude: null },
  project: { dir: '/app', type: 'module', engines: null, enginesMet: null, cwdWritable: true },
  runs: [run()],
  address: address(),
  app: null,
  archive: null,
  ...more,
})

const said = (text: string, atMs = 305): OutputEvidence[] =>
  text.split('\n').map((line) => ({ atMs, stream: 'stderr' as const, text: line }))

const ended = (exit: Partial<ExitEvidence>, more: Partial<RunEvidence> = {}, outside: Partial<Evidence> = {}): Evidence =>
  evidence({
    runs: [
      run({
        exit: { atMs: 306, code: 1, signal: null, requested: false, reason: null, oomKills: 0, ...exit },
        requests: [without('closed', { error: 'ECONNRESET' })],
        looks: [],
        ...more,
      }),
    ],
    address: address(without('refused', { owner: 'nobody' })),
    ...outside,
  })

/** Two questions without an answer, and what was seen meanwhile. */
const silent = (
  process: Partial<ProcessEvidence>,
  acceptQueue: number,
  more: {
    readonly others?: readonly ProcessEvidence[]
    readonly outcome?: RequestEvidence['outcome']
    readonly questions?: number
    readonly owner?: RequestEvidence['owner']
    readonly seen?: Partial<Evidence>
  } = {},
): Evidence => {
  const { others = [], outcome = 'no-answer', questions = 2, owner = 'ours', seen = {} } = more
  const question = without(outcome, { owner, path: '/api/histories' })
  const listeners = [listener({ acceptQueue })]
  return evidence({
    runs: [
      run({
        requests: Array.from({ length: questions }, (_, at) => ({ ...question, atMs: 300 + 5000 * at })),
        looks: [
          look({ why: 'no-answer', processes: [backend(process), ...others], listeners }),
          look({ processes: [backend(process), ...others], listeners }),
        ],
      }),
    ],
    address: address(question, { holders: [holder({ listener: listener({ acceptQueue }), process: backend(process) })] }),
    ...seen,
  })
}

/** An address alone, and who holds it. */
const alone = (request: RequestEvidence, more: Partial<HolderEvidence> = {}, outside: Partial<Evidence> = {}): Evidence =>
  evidence({
    subject: 'address',
    service: null,
    runs: [],
    address: address({ ...request, owner: 'unknown' }, { holders: [holder({ relation: 'foreign', service: null, ...more })] }),
    ...outside,
  })

const answers = (requests: readonly RequestEvidence[], more: Partial<RunEvidence> = {}, outside: Partial<Evidence> = {}): Evidence =>
  evidence({ runs: [run({ requests, ...more })], address: address(requests.at(-1) ?? null), ...outside })

const running = (facts: Partial<SupervisedFacts>, more: Partial<RunEvidence> = {}, outside: Partial<Evidence> = {}): Evidence =>
  evidence({
    subject: 'running',
    service: { ...service, supervised: { ...supervised, ...facts } },
    runs: [run({ origin: 'supervised', requests: [good, good], ...more })],
    ...outside,
  })

const told = (facts: Partial<AppFacts>, outside: Partial<Evidence> = {}): Evidence =>
  running({}, {}, { app: { ...app, ...facts }, ...outside })

const gone = { address: address(without('refused', { owner: 'nobody' })), runs: [] }

const suspended = backend({ state: 'T', wchan: 'do_signal_stop' })
const heap = said('<--- JS stacktrace --->\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory')
const hasClosed = {
  listening: [
    { atMs: 250, listeners: [listener()] },
    { atMs: 320, listeners: [] },
  ],
}
const endingIt = '3 probes missed in a row, silent for 1500 ms; last: no answer within 500 ms: ending it'

interface Recorded {
  readonly code: Cause['code']
  readonly what: string
  readonly seen: Evidence
  readonly confidence: Confidence
  /** What the finding says, anywhere. */
  readonly says: readonly (string | RegExp)[]
  readonly fix?: string
}

const recorded: readonly Recorded[] = [
  // ---- it answers in another language
  {
    code: 'NOT_HTTP',
    what: 'a banner of SSH',
    seen: answers([without('not-http', { head: 'SSH-2.0-OpenSSH_9.2\r\n', bytes: 21 })]),
    confidence: 'certain',
    says: ['SSH-2.0-OpenSSH_9.2', '8081'],
  },
  {
    code: 'NOT_HTTP',
    what: 'TLS that is asked in plain HTTP and closes',
    seen: answers([without('closed')], {}, { address: address(without('closed'), {}, true) }),
    confidence: 'certain',
    says: ['https://127.0.0.1:8081'],
  },
  {
    code: 'NOT_HTTP',
    what: 'TLS that is asked in plain HTTP and waits for more',
    seen: alone(without('no-answer'), {}, { address: address(without('no-answer', { owner: 'unknown' }), {}, true) }),
    confidence: 'certain',
    says: ['TLS'],
  },
  {
    code: 'NOT_HTTP',
    what: 'plain HTTP that is dialled with https',
    seen: evidence({ address: address(good, { url: 'https://127.0.0.1:8081/api' }) }),
    confidence: 'certain',
    says: ['http://127.0.0.1:8081/api'],
  },
  // ---- it ends
  {
    code: 'CRASHED_ON_REQUEST',
    what: 'an error of the first question',
    seen: ended({}, { output: said('TypeError: history.read is not a function\n    at /app/server.js:4:9') }),
    confidence: 'certain',
    says: ['history.read is not a function', 'GET /', 'first question'],
  },
  {
    code: 'CRASHED_ON_REQUEST',
    what: 'process.exit without a word',
    seen: ended({}),
    confidence: 'certain',
    says: ['process.exit', 'code 1'],
  },
  {
    code: 'CRASHED_ON_REQUEST',
    what: 'an end with code 0 in the midst of a question',
    seen: ended({ code: 0 }),
    confidence: 'certain',
    says: ['code 0'],
  },
  {
    code: 'CRASHED_ON_REQUEST',
    what: 'an end half a second after the answer',
    seen: ended({ atMs: 800 }, { requests: [good] }),
    confidence: 'certain',
    says: ['500 ms after GET /'],
  },
  {
    code: 'CRASHED_ON_REQUEST',
    what: 'an end long after the last answer',
    seen: ended({ atMs: 9000 }, { requests: [good], output: said('Error: boom') }),
    confidence: 'likely',
    says: ['8.7 s after GET /', 'boom'],
  },
  {
    code: 'CRASHED_ON_REQUEST',
    what: 'a server that is gone below a watcher that lives',
    seen: answers([without('closed'), without('refused', { atMs: 320, owner: 'nobody' })], {
      pid: 4500,
      command: 'nodemon server.js',
      output: said('Error: boom\n[nodemon] app crashed - waiting for file changes before starting...'),
      looks: [look({ processes: [backend({ pid: 4500, command: 'nodemon server.js' })], listeners: [] })],
    }),
    confidence: 'likely',
    says: ['4711', 'nodemon'],
  },
  {
    code: 'OUT_OF_HEAP',
    what: 'an abort with words of V8',
    seen: ended({ code: null, signal: 'SIGABRT' }, { output: heap }),
    confidence: 'certain',
    says: ['Reached heap limit', '--max-old-space-size'],
    fix: 'export NODE_OPTIONS=--max-old-space-size=4096',
  },
  {
    code: 'OUT_OF_HEAP',
    what: 'a limit of its command line',
    seen: ended({ code: 134 }, { output: heap, command: '/usr/bin/node --max-old-space-size=20 /app/server.js' }),
    confidence: 'certain',
    says: ['--max-old-space-size=20', '20 MB by its command line'],
  },
  {
    code: 'KILLED_BY_OOM',
    what: 'a kill that the kernel has counted',
    seen: ended({ code: null, signal: 'SIGKILL', oomKills: 1 }),
    confidence: 'certain',
    says: ['want of memory'],
  },
  {
    code: 'KILLED_BY_OOM',
    what: 'a kill that nobody has counted',
    seen: ended({ code: null, signal: 'SIGKILL' }, { requests: [good] }),
    confidence: 'possible',
    says: ['did not rise', 'another program', 'journalctl'],
  },
  { code: 'KILLED_BY_OOM', what: 'a kill that a shell tells of', seen: ended({ code: 137 }), confidence: 'possible', says: ['137'] },
  {
    code: 'KILLED_BY_CPU_OR_KERNEL',
    what: 'an instruction of newer processors',
    seen: ended({ code: null, signal: 'SIGILL' }, {}, { machine: { ...machine, cpuFeatures: ['bmi2'] } }),
    confidence: 'certain',
    says: ['avx2', 'SIGILL', /This processor has no avx2\.$/],
  },
  {
    code: 'KILLED_BY_CPU_OR_KERNEL',
    what: 'a forbidden system call',
    seen: ended({ code: 159 }),
    confidence: 'certain',
    says: ['seccomp'],
  },
  {
    code: 'KILLED_BY_CPU_OR_KERNEL',
    what: 'a native module that reads elsewhere',
    seen: ended(
      { code: null, signal: 'SIGSEGV' },
      { output: said('PID 4711 received SIGSEGV in /app/node_modules/better-sqlite3/build/Release/better_sqlite3.node') },
    ),
    confidence: 'certain',
    says: ['better-sqlite3'],
    fix: 'cd /app && npm rebuild better-sqlite3',
  },
  {
    code: 'BROKEN_PIPE',
    what: 'a log that nobody reads any more',
    seen: ended({}, { output: said('Error: write EPIPE\n    at afterWriteDispatched (node:internal/stream_base_commons:161:15)') }),
    confidence: 'certain',
    says: ['write EPIPE', 'stdout.on'],
  },
  { code: 'BROKEN_PIPE', what: 'SIGPIPE', seen: ended({ code: null, signal: 'SIGPIPE' }), confidence: 'certain', says: ['SIGPIPE'] },
  // ---- it is ended
  {
    code: 'KILLED_BY_SUPERVISOR',
    what: 'an answer that takes longer than a probe waits, three times in a row',
    seen: answers(
      [good, asked({ atMs: 400, latencyMs: 4000 }), asked({ atMs: 6500 })],
      {},
      { service: { ...service, liveness: { periodMs: 500, timeoutMs: 500, failureThreshold: 3 } } },
    ),
    confidence: 'likely',
    says: ['4 s', '1.5 s', '--health-timeout 8000 --health-failures 6'],
  },
  {
    code: 'KILLED_BY_SUPERVISOR',
    what: 'a health address that is always slower than its probe',
    seen: answers([asked({ latencyMs: 2500 }), asked({ latencyMs: 2600 }), asked({ latencyMs: 2400 })]),
    confidence: 'likely',
    says: ['2 s', '2.6 s'],
  },
  {
    code: 'KILLED_BY_SUPERVISOR',
    what: 'a start that takes longer than it may',
    seen: answers(
      [asked({ atMs: 4100 }), asked({ atMs: 4110 })],
      { listening: [{ atMs: 4000, listeners: [listener()] }] },
      { service: { ...service, readiness: { ...service.readiness, timeoutMs: 1500 } } },
    ),
    confidence: 'likely',
    says: ['4 s', '1.5 s', 'readiness: { timeoutMs: 10000 }'],
  },
  {
    code: 'KILLED_BY_SUPERVISOR',
    what: 'a readiness that does not count the answer',
    seen: answers(
      [asked({ status: 404 }), asked({ status: 404 })],
      {},
      { service: { ...service, readiness: { ...service.readiness, status: [200, 299] } } },
    ),
    confidence: 'likely',
    says: ['404', '200 to 299'],
  },
  {
    code: 'KILLED_BY_SUPERVISOR',
    what: 'a journal of short silences, and a backend that answers',
    seen: running({ journal: ['ready at http://127.0.0.1:8081 (pid 4711, 80 ms)', endingIt] }),
    confidence: 'likely',
    says: ['silent for 1500 ms'],
  },
  {
    code: 'KILLED_BY_SUPERVISOR',
    what: 'a journal that tells of recoveries as well',
    seen: running({ journal: ['does not answer (2 probes, 900 ms)', 'answers again after 1100 ms', endingIt, endingIt] }),
    confidence: 'certain',
    says: ['2 times', '1.1 s'],
  },
  {
    code: 'KILLED_BY_SUPERVISOR',
    what: 'a start that is never called ready, and answers',
    seen: running({ state: 'starting', journal: ['not ready within 800 ms; connection refused: ending it'] }),
    confidence: 'certain',
    says: ['still calls it starting'],
  },
  {
    code: 'STOPPED_WITH_WINDOW',
    what: 'a window that opens again without its backend',
    seen: told(
      { readyAtMs: 500, windowsClosedAtMs: 9000, backendEndedAtMs: 9100, endedBy: 'window-all-closed', activatedAtMs: 12_000 },
      gone,
    ),
    confidence: 'certain',
    says: ["'will-quit'", "'activate'"],
  },
  {
    code: 'SLEEP_RESUME',
    what: 'a backend that ends when the machine wakes up',
    seen: told({ resumedAtMs: 60_000, sleptMs: 3_600_000, backendEndedAtMs: 62_000, endedBy: 'supervisor' }, gone),
    confidence: 'likely',
    says: ['powerMonitor', '2 s'],
  },
  {
    code: 'SLEEP_RESUME',
    what: 'connections from before the sleep',
    seen: told({ resumedAtMs: 60_000, sleptMs: 3_600_000, reusedConnectionErrors: 2 }),
    confidence: 'likely',
    says: ['connections from before'],
  },
  // ---- it listens and is mute
  {
    code: 'EVENT_LOOP_BLOCKED',
    what: 'a loop that computes',
    seen: silent({ state: 'R', wchan: '', cpuPercent: 100 }, 2),
    confidence: 'certain',
    says: ['100 % of a core', '/api/histories', '4711'],
  },
  {
    code: 'EVENT_LOOP_BLOCKED',
    what: 'a first handler that computes',
    seen: silent({ state: 'R', wchan: '', cpuPercent: 100 }, 0, { questions: 1 }),
    confidence: 'certain',
    says: ['/api/histories'],
  },
  {
    code: 'EVENT_LOOP_BLOCKED',
    what: 'a loop that waits for what it has started',
    seen: silent({}, 1, { others: [backend({ pid: 4801, ppid: 4711, name: 'git', command: 'git gc' })] }),
    confidence: 'likely',
    says: ['execSync', 'do_epoll_wait', 'git gc'],
  },
  {
    code: 'EVENT_LOOP_BLOCKED',
    what: 'Atomics.wait',
    seen: silent({ wchan: 'futex_do_wait' }, 1),
    confidence: 'likely',
    says: ['futex_do_wait'],
  },
  {
    code: 'EVENT_LOOP_BLOCKED',
    what: 'a queue that cannot be read',
    seen: silent({ state: '', wchan: '', cpuPercent: 98 }, -1),
    confidence: 'likely',
    says: ['98 % of a core'],
  },
  {
    code: 'EVENT_LOOP_BLOCKED',
    what: 'an address of nobody known',
    seen: alone(without('no-answer'), { process: backend({ state: 'R', cpuPercent: 99 }), listener: listener({ acceptQueue: 3 }) }),
    confidence: 'certain',
    says: ['3'],
  },
  {
    code: 'EVENT_LOOP_BLOCKED',
    what: 'a holder that cannot be seen',
    seen: alone(without('no-answer'), { process: null, listener: listener({ acceptQueue: 3, pid: null }) }),
    confidence: 'possible',
    says: ['cannot be seen'],
  },
  {
    code: 'ACCEPTS_NEVER_ANSWERS',
    what: 'a handler that forgets to answer',
    seen: silent({}, 0),
    confidence: 'certain',
    says: ['GET /api/histories', 'promise'],
  },
  {
    code: 'ACCEPTS_NEVER_ANSWERS',
    what: 'a Claude that waits for input',
    seen: silent({}, 0, { others: [claude] }),
    confidence: 'certain',
    says: ['4800', 'stdin'],
  },
  {
    code: 'ACCEPTS_NEVER_ANSWERS',
    what: 'one question, with somebody that it may wait for',
    seen: silent({}, 0, { others: [claude], questions: 1 }),
    confidence: 'likely',
    says: ['4800'],
  },
  {
    code: 'ACCEPTS_NEVER_ANSWERS',
    what: 'a loop that turns while another thread computes',
    seen: silent({ cpuPercent: 100 }, 0),
    confidence: 'likely',
    says: ['waits for something', 'another of its threads'],
  },
  { code: 'ACCEPTS_NEVER_ANSWERS', what: 'a queue that cannot be read', seen: silent({}, -1), confidence: 'likely', says: ['4711'] },
  {
    code: 'ACCEPTS_NEVER_ANSWERS',
    what: 'a server that closes each connection',
    seen: answers([without('closed', { error: 'ECONNRESET' }), without('closed', { atMs: 400, error: 'ECONNRESET' })]),
    confidence: 'likely',
    says: ['It closes each connection', 'ECONNRESET'],
  },
  {
    code: 'OUTPUT_PIPE_FULL',
    what: 'a socket that nobody reads',
    seen: silent({ wchan: 'sock_alloc_send_pskb' }, 0),
    confidence: 'certain',
    says: ['sock_alloc_send_pskb', '4000'],
  },
  {
    code: 'OUTPUT_PIPE_FULL',
    what: 'a pipe that nobody reads, and a queue behind it',
    seen: silent({ wchan: 'anon_pipe_write' }, 3),
    confidence: 'certain',
    says: ['anon_pipe_write'],
  },
  {
    code: 'PROCESS_SUSPENDED',
    what: 'SIGSTOP',
    seen: silent({ state: 'T', wchan: 'do_signal_stop' }, 2),
    confidence: 'certain',
    says: ['state T'],
    fix: 'kill -CONT 4711',
  },
  {
    code: 'PROCESS_SUSPENDED',
    what: 'SIGSTOP and a full queue',
    seen: silent({ state: 'T', wchan: 'do_signal_stop' }, 4, { outcome: 'connect-timeout' }),
    confidence: 'certain',
    says: ['4711'],
    fix: 'kill -CONT 4711',
  },
  {
    code: 'PROCESS_SUSPENDED',
    what: 'a stop before it listened',
    seen: answers([without('refused', { owner: 'nobody' })], {
      listening: [],
      looks: [look({ why: 'not-ready', processes: [suspended], listeners: [] }), look({ processes: [suspended], listeners: [] })],
    }),
    confidence: 'certain',
    says: ['has not listened'],
    fix: 'kill -CONT 4711',
  },
  {
    code: 'PROCESS_SUSPENDED',
    what: 'a debugger',
    seen: silent({ state: 't', wchan: 'ptrace_stop' }, 2),
    confidence: 'certain',
    says: ['debugger', 'TracerPid'],
  },
  {
    code: 'UNINTERRUPTIBLE_IO',
    what: 'a network drive that is gone',
    seen: silent({ state: 'D', wchan: 'rpc_wait_bit_killable' }, 1),
    confidence: 'likely',
    says: ['rpc_wait_bit_killable', 'NFS', '4711'],
  },
  {
    code: 'ACCEPT_QUEUE_FULL',
    what: 'a loop that computes for long',
    seen: silent({ state: 'R', wchan: '', cpuPercent: 100 }, 4, { outcome: 'connect-timeout' }),
    confidence: 'certain',
    says: ['4 wait already', 'blocked by what it computes'],
  },
  {
    code: 'ACCEPT_QUEUE_FULL',
    what: 'a loop that waits for long',
    seen: silent({ wchan: 'futex_do_wait' }, 4, { outcome: 'connect-timeout' }),
    confidence: 'certain',
    says: ['execSync'],
  },
  {
    code: 'HALF_CLOSED_SHUTDOWN',
    what: 'a stream that keeps it from ending',
    seen: answers([good, without('refused', { atMs: 400, owner: 'nobody' })], {
      ...hasClosed,
      looks: [look({ listeners: [], established: 1 })],
    }),
    confidence: 'likely',
    says: ['closeAllConnections', '1 open connection'],
  },
  {
    code: 'HALF_CLOSED_SHUTDOWN',
    what: 'a supervisor that waits for its end',
    seen: running(
      { state: 'stopping' },
      { listening: [], requests: [without('refused', { owner: 'nobody' })], looks: [look({ listeners: [], established: 2 })] },
      { address: gone.address },
    ),
    confidence: 'certain',
    says: ['stopping'],
    fix: 'jarvis-supervise restart api',
  },
  {
    code: 'HALF_CLOSED_SHUTDOWN',
    what: 'a server that was closed after an answer, and nothing open',
    seen: answers([good, without('refused', { atMs: 400, owner: 'nobody' })], { ...hasClosed, looks: [look({ listeners: [] })] }),
    confidence: 'likely',
    says: ['listens on nothing now'],
  },
  // ---- it answers, and that does not help
  {
    code: 'SERVER_ERROR',
    what: 'an error each time',
    seen: answers(
      [
        asked({ status: 500, head: '<h1>Internal Server Error</h1>' }),
        asked({ status: 500, head: '<h1>Internal Server Error</h1>', atMs: 400 }),
      ],
      { output: said('Error: SQLITE_CANTOPEN: unable to open database file') },
    ),
    confidence: 'certain',
    says: ['500', 'Internal Server Error', 'SQLITE_CANTOPEN'],
  },
  {
    code: 'SERVER_ERROR',
    what: 'an error after good answers',
    seen: answers([good, asked({ status: 502, atMs: 2400 })]),
    confidence: 'likely',
    says: ['502'],
  },
  {
    code: 'SERVER_ERROR',
    what: 'an address of nobody known',
    seen: alone(asked({ status: 503, head: null })),
    confidence: 'certain',
    says: ['503'],
  },
  {
    code: 'HEALTH_REQUIRES_AUTH',
    what: 'a readiness that insists on 200',
    seen: answers(
      [asked({ status: 401 }), asked({ status: 401 })],
      {},
      { service: { ...service, readiness: { ...service.readiness, status: [200, 299] } } },
    ),
    confidence: 'certain',
    says: ['401', 'readiness.status'],
  },
  {
    code: 'FIREWALL',
    what: 'connections that never arrive',
    seen: silent({}, 0, { outcome: 'connect-timeout' }),
    confidence: 'likely',
    says: ['127.0.0.1:8081', 'empty'],
  },
  {
    code: 'FIREWALL',
    what: 'a wildcard on Windows',
    seen: answers(
      [without('connect-timeout', { owner: 'unknown' })],
      { looks: [look({ listeners: [listener({ address: '0.0.0.0', acceptQueue: -1 })], processes: [backend({ state: '', wchan: '' })] })] },
      { machine: { ...machine, platform: 'win32' } },
    ),
    confidence: 'likely',
    says: ['127.0.0.1', 'allow the program'],
  },
  // ---- it is fine, and the way to it is not
  {
    code: 'WINDOW_LOADED_TOO_EARLY',
    what: 'a window that asks before it is ready',
    seen: told({ firstRequestAtMs: 400, readyAtMs: 1900 }),
    confidence: 'likely',
    says: ['1.5 s', 'loadURL'],
  },
  {
    code: 'PROXY_INTERCEPTS',
    what: 'a proxy that forbids',
    seen: evidence({
      environment: { names: [], path: [], values: { NO_PROXY: 'example.com' } },
      address: address(good, {
        proxy: { variable: 'HTTP_PROXY', request: asked({ status: 403, server: 'Zscaler/6.2', owner: 'unknown' }) },
      }),
    }),
    confidence: 'likely',
    says: ['403', 'Zscaler/6.2', 'HTTP_PROXY'],
    fix: 'export NO_PROXY=example.com,localhost,127.0.0.1,::1 no_proxy=example.com,localhost,127.0.0.1,::1',
  },
  {
    code: 'CORS_BLOCKED',
    what: 'no header for the page',
    seen: evidence({ address: address(good, { cors: { origin: 'http://localhost:5173', allowOrigin: null, status: 200 } }) }),
    confidence: 'certain',
    says: ['Access-Control-Allow-Origin: http://localhost:5173'],
  },
  {
    code: 'CORS_BLOCKED',
    what: 'a slash too many',
    seen: evidence({
      address: address(good, { cors: { origin: 'http://localhost:5173', allowOrigin: 'http://localhost:5173/', status: 200 } }),
    }),
    confidence: 'certain',
    says: ['without a slash at the end'],
  },
  {
    code: 'LOCAL_NETWORK_ACCESS_DENIED',
    what: 'a page of a file, no permission, and no connection seen',
    seen: told({ electron: '43.1.0', hasPermissionHandler: false, firstRequestAtMs: 900, readyAtMs: 500 }),
    confidence: 'likely',
    says: ['43.1.0', 'setPermissionCheckHandler'],
  },
  {
    code: 'KEEPALIVE_RACE',
    what: 'resets on reused connections only',
    seen: told({ reusedConnectionErrors: 3 }),
    confidence: 'likely',
    says: ['keepAliveTimeout', '3 requests'],
  },
]

/** Evidence that looks like it, and is not. */
const counterExamples: readonly (readonly [code: Cause['code'], what: string, seen: Evidence])[] = [
  [
    'NOT_HTTP',
    'TLS that is dialled as TLS',
    answers([without('closed')], {}, { address: address(without('closed'), { url: 'https://127.0.0.1:8081' }, true) }),
  ],
  [
    'NOT_HTTP',
    'a port that is only connected to',
    answers([without('not-http')], {}, { service: { ...service, readiness: { ...service.readiness, kind: 'tcp' } } }),
  ],
  ['NOT_HTTP', "somebody else's banner", answers([without('not-http', { head: 'SSH-2.0', owner: 'foreign' })])],
  ['CRASHED_ON_REQUEST', 'an end that its words explain', ended({ code: null, signal: 'SIGABRT' }, { output: heap })],
  ['CRASHED_ON_REQUEST', 'an end before any question', ended({}, { requests: [] })],
  ['CRASHED_ON_REQUEST', 'questions that a stranger has answered', ended({ code: 0 }, { requests: [asked({ owner: 'foreign' })] })],
  ['CRASHED_ON_REQUEST', 'a question after its end', ended({ atMs: 200 }, { requests: [without('closed')] })],
  ['CRASHED_ON_REQUEST', 'a kill from outside', ended({ code: null, signal: 'SIGKILL' })],
  ['CRASHED_ON_REQUEST', 'an end that we asked for', ended({ requested: true, code: null, signal: 'SIGTERM' }, { requests: [good] })],
  ['OUT_OF_HEAP', 'words of memory that it has survived', answers([good], { output: heap })],
  ['OUT_OF_HEAP', 'an abort for another reason', ended({ code: null, signal: 'SIGABRT' })],
  ['KILLED_BY_OOM', 'our own kill', ended({ code: null, signal: 'SIGKILL', requested: true })],
  ['KILLED_BY_OOM', 'a kill of its supervisor, which tells why', ended({ code: null, signal: 'SIGKILL', reason: 'EVENT_LOOP_BLOCKED' })],
  [
    'KILLED_BY_OOM',
    'macOS, which kills what it does not trust',
    ended({ atMs: 40, code: null, signal: 'SIGKILL' }, { requests: [] }, { machine: { ...machine, platform: 'darwin' } }),
  ],
  ['KILLED_BY_OOM', 'SIGTERM', ended({ code: null, signal: 'SIGTERM' })],
  ['KILLED_BY_CPU_OR_KERNEL', 'a code of its own choice', ended({ code: 4 })],
  ['BROKEN_PIPE', 'a broken pipe that it goes on after', answers([good], { output: said('Error: write EPIPE') })],
  ['KILLED_BY_SUPERVISOR', 'usual patience and a quick backend', evidence()],
  ['KILLED_BY_SUPERVISOR', 'one slow answer within the patience', answers([asked({ latencyMs: 4000 }), good, good])],
  [
    'KILLED_BY_SUPERVISOR',
    'a journal of what was proved',
    running({ journal: ['process 4711 is suspended: ending it', 'process 4711 no longer listens on 127.0.0.1:8081: ending it'] }),
  ],
  [
    'KILLED_BY_SUPERVISOR',
    'a journal, and no answer',
    running({ journal: [endingIt] }, { requests: [without('no-answer')] }, { address: address(without('no-answer')) }),
  ],
  [
    'KILLED_BY_SUPERVISOR',
    'a service that listens elsewhere',
    running({
      state: 'starting',
      journal: ['not ready within 800 ms; connection refused; it listens on 127.0.0.1:9000 instead: ending it'],
    }),
  ],
  ['STOPPED_WITH_WINDOW', 'an app that has ended with its windows', told({ backendEndedAtMs: 9100, endedBy: 'window-all-closed' }, gone)],
  [
    'STOPPED_WITH_WINDOW',
    'a window that was there before the end',
    told({ backendEndedAtMs: 9100, endedBy: 'window-all-closed', activatedAtMs: 800 }, gone),
  ],
  [
    'STOPPED_WITH_WINDOW',
    'a backend that was started again',
    told({ backendEndedAtMs: 9100, endedBy: 'window-all-closed', activatedAtMs: 12_000, readyAtMs: 12_400 }),
  ],
  ['SLEEP_RESUME', 'a machine that slept, and all is well', told({ resumedAtMs: 60_000, sleptMs: 3_600_000 })],
  [
    'SLEEP_RESUME',
    'an end hours after',
    told({ resumedAtMs: 60_000, sleptMs: 3_600_000, backendEndedAtMs: 9_000_000, endedBy: 'itself' }, gone),
  ],
  [
    'EVENT_LOOP_BLOCKED',
    'a slow question that was answered later',
    answers([without('no-answer'), asked({ atMs: 6000 })], {
      looks: [look({ why: 'no-answer', processes: [backend({ state: 'R', cpuPercent: 100 })], listeners: [listener({ acceptQueue: 1 })] })],
    }),
  ],
  [
    'EVENT_LOOP_BLOCKED',
    'a stranger that hangs',
    silent({ state: 'R', cpuPercent: 100 }, 2, {
      owner: 'foreign',
      seen: {
        address: address(without('no-answer', { owner: 'foreign' }), {
          holders: [
            holder({ relation: 'foreign', process: backend({ state: 'R', cpuPercent: 100 }), listener: listener({ acceptQueue: 2 }) }),
          ],
        }),
      },
    }),
  ],
  [
    'EVENT_LOOP_BLOCKED',
    'an heir that only holds the socket',
    alone(without('no-answer'), { listener: listener({ acceptQueue: 3 }), accepts: false, adopted: true }),
  ],
  [
    'ACCEPTS_NEVER_ANSWERS',
    'one that has answered all but an impatient last look',
    evidence({ address: address(without('no-answer', { latencyMs: 1500 })) }),
  ],
  ['ACCEPTS_NEVER_ANSWERS', 'TLS that waits for more', silent({}, 0, { seen: { address: address(without('no-answer'), {}, true) } })],
  ['ACCEPTS_NEVER_ANSWERS', 'an answer between closed connections', answers([good, without('closed', { atMs: 400 })])],
  ['ACCEPTS_NEVER_ANSWERS', 'connections that close because it has ended', ended({})],
  [
    'OUTPUT_PIPE_FULL',
    'a child that writes, while the listener turns',
    silent({}, 0, { others: [backend({ pid: 4801, ppid: 4711, wchan: 'pipe_write' })] }),
  ],
  [
    'PROCESS_SUSPENDED',
    'a stopped child of one that answers',
    answers([good, good], { looks: [look({ processes: [backend(), backend({ pid: 4801, state: 'T' })] })] }),
  ],
  [
    'UNINTERRUPTIBLE_IO',
    'a disk that is waited for in passing',
    answers([good, good], { looks: [look({ processes: [backend({ state: 'D' })] })] }),
  ],
  [
    'HALF_CLOSED_SHUTDOWN',
    'one that has never listened',
    answers([without('refused', { owner: 'nobody' })], { listening: [], looks: [look({ listeners: [], established: 1 })] }),
  ],
  ['HALF_CLOSED_SHUTDOWN', 'one that listens on', answers([good, without('refused')], { looks: [look({ established: 1 })] })],
  ['ACCEPT_QUEUE_FULL', 'a timeout with an empty queue', silent({}, 0, { outcome: 'connect-timeout' })],
  ['ACCEPT_QUEUE_FULL', 'a queue that is not full', silent({ state: 'R', cpuPercent: 100 }, 2)],
  ['SERVER_ERROR', 'an error that has passed', answers([asked({ status: 503 }), good])],
  ['SERVER_ERROR', "somebody else's error", answers([asked({ status: 500, owner: 'foreign' })])],
  ['WINDOW_LOADED_TOO_EARLY', 'a window that waits', told({ firstRequestAtMs: 2000, readyAtMs: 1900 })],
  [
    'PROXY_INTERCEPTS',
    'a proxy that passes on',
    evidence({ address: address(good, { proxy: { variable: 'HTTP_PROXY', request: asked({ server: 'squid', owner: 'unknown' }) } }) }),
  ],
  [
    'PROXY_INTERCEPTS',
    'a proxy that is not there',
    evidence({ address: address(good, { proxy: { variable: 'HTTP_PROXY', request: without('refused', { owner: 'unknown' }) } }) }),
  ],
  [
    'PROXY_INTERCEPTS',
    'a status that the backend gives, too',
    evidence({
      address: address(asked({ status: 404 }), { proxy: { variable: 'HTTP_PROXY', request: asked({ status: 404, owner: 'unknown' }) } }),
    }),
  ],
  [
    'CORS_BLOCKED',
    'everybody is allowed',
    evidence({ address: address(good, { cors: { origin: 'null', allowOrigin: '*', status: 200 } }) }),
  ],
  [
    'CORS_BLOCKED',
    'the page is allowed',
    evidence({ address: address(good, { cors: { origin: 'http://localhost:5173', allowOrigin: 'http://localhost:5173', status: 200 } }) }),
  ],
  [
    'CORS_BLOCKED',
    'a page of the backend itself',
    evidence({ address: address(good, { cors: { origin: 'http://127.0.0.1:8081', allowOrigin: null, status: 200 } }) }),
  ],
  ['LOCAL_NETWORK_ACCESS_DENIED', 'an app that gives the permission', told({ electron: '43.1.0', hasPermissionHandler: true })],
  ['LOCAL_NETWORK_ACCESS_DENIED', 'an older Electron', told({ electron: '42.9.0', hasPermissionHandler: false })],
  [
    'LOCAL_NETWORK_ACCESS_DENIED',
    'a page of the loopback',
    told({ electron: '43.1.0', hasPermissionHandler: false, pageScheme: 'http:', pageUrl: 'http://localhost:5173/' }),
  ],
  ['FIREWALL', 'a full queue', silent({ state: 'R', cpuPercent: 100 }, 4, { outcome: 'connect-timeout' })],
  ['FIREWALL', 'another network', silent({ otherNetwork: true }, 0, { outcome: 'connect-timeout' })],
  [
    'FIREWALL',
    'a wildcard on Windows that answers',
    evidence({
      machine: { ...machine, platform: 'win32' },
      runs: [run({ looks: [look({ listeners: [listener({ address: '0.0.0.0' })] })] })],
    }),
  ],
  ['KEEPALIVE_RACE', 'fresh connections that fail as well', told({ reusedConnectionErrors: 3 }, gone)],
  ['HEALTH_REQUIRES_AUTH', 'a readiness that any answer will do for', answers([asked({ status: 401 })])],
  [
    'HEALTH_REQUIRES_AUTH',
    'a readiness that counts it',
    answers([asked({ status: 401 })], {}, { service: { ...service, readiness: { ...service.readiness, status: [200, 499] } } }),
  ],
]

const causeOf = (code: Cause['code']): Cause => causes.find((cause) => cause.code === code)!
const wordsOf = ({
  explanation,
  hint,
  supports,
  contradicts = [],
}: {
  explanation: string
  hint: string
  supports: readonly string[]
  contradicts?: readonly string[]
}): string[] => [explanation, hint, ...supports, ...contradicts]

describe('causes of the last links', () => {
  it.each(recorded.map((row) => [row.code, row.what, row] as const))('%s: %s', (code, _what, { seen, confidence, says, fix }) => {
    const finding = causeOf(code).find(seen)
    expect(finding).toMatchObject({ confidence })
    const words = wordsOf(finding!)
    for (const word of says)
      expect(
        words.some((text) => (typeof word === 'string' ? text.includes(word) : word.test(text))),
        `${word} in ${words.join('\n')}`,
      ).toBe(true)
    expect(finding!.fix).toBe(fix)
    expect(finding!.supports.length).toBeGreaterThan(0)
    expect(finding!.hint).not.toBe('')
    expect(words.join(' ')).not.toMatch(/undefined|null|NaN|\[object/)
  })

  it.each(counterExamples)('%s is not: %s', (code, _what, seen) => {
    expect(causeOf(code).find(seen)).toBeUndefined()
  })

  it('have an example and a counter-example each', () => {
    const codes = causes.map(({ code }) => code).sort()
    expect([...new Set(recorded.map(({ code }) => code))].sort()).toEqual(codes)
    expect([...new Set(counterExamples.map(([code]) => code))].sort()).toEqual(codes)
    expect(causes.map(({ title }) => title)).toHaveLength(new Set(causes.map(({ title }) => title)).size)
  })

  it('each gets its own evidence, whatever the others say', () => {
    for (const { code, what, seen } of recorded) expect(judge(seen, causes).code, `${code}: ${what}`).toBe(code)
  })

  it('leave a healthy system alone', () => {
    const healthy = [
      evidence(),
      running({}),
      alone(good),
      told({}),
      told({ electron: '43.0.0', hasPermissionHandler: true, firstRequestAtMs: 900, readyAtMs: 500 }),
      answers([asked({ status: 404 })]),
      answers([asked({ status: 401 })]),
      answers([without('no-answer'), good]),
      evidence({ machine: { ...machine, platform: 'win32', cpuFeatures: null }, service: { ...service, host: '0.0.0.0' } }),
      evidence({ service: { ...service, liveness: null, readiness: { ...service.readiness, kind: 'tcp' } } }),
    ]
    for (const seen of healthy) {
      expect(causes.flatMap((cause) => (cause.find(seen) ? [cause.code] : []))).toEqual([])
      expect(judge(seen, causes).code).toBe('HEALTHY')
    }
  })

  it('a possible denial is told, and calls nothing ill that answers', () => {
    const seen = told({ electron: '43.0.0', hasPermissionHandler: false })
    expect(localNetworkAccessDenied.find(seen)).toMatchObject({ confidence: 'possible' })
    expect(judge(seen, causes)).toMatchObject({ code: 'HEALTHY', found: [{ cause: localNetworkAccessDenied }] })
  })

  it('a long silence was no impatience of the supervisor', () => {
    const seen = running({ journal: ['6 probes missed in a row, silent for 31000 ms; last: no answer within 2000 ms: ending it'] })
    expect(killedBySupervisor.find(seen)).toMatchObject({ confidence: 'possible' })
    expect(judge(seen, causes).code).toBe('HEALTHY')
  })

  it('a signal that others send is no crash for certain', () => {
    expect(crashedOnRequest.find(ended({ code: null, signal: 'SIGTERM' }))).toMatchObject({ confidence: 'possible' })
  })
})

describe('who turns away', () => {
  it.each([401, 403, 421])('with %i is reachable: a warning says so', (status) => {
    expect(healthRequiresAuth(answers([asked({ status })]))).toContain(String(status))
  })

  it.each([200, 404, 500])('is not who answers %i', (status) => {
    expect(healthRequiresAuth(answers([asked({ status })]))).toBeUndefined()
  })
})
