/** Evidence as it is recorded of a service, healthy and not: each case says only what differs. */
import type {
  AddressEvidence,
  Evidence,
  ExecutableFacts,
  HolderEvidence,
  ListenerEvidence,
  ProcessEvidence,
  RequestEvidence,
  RunEvidence,
  ServiceFacts,
} from '../../src/doctor/evidence.ts'

export const serviceFacts: ServiceFacts = {
  name: 'api',
  launch: 'fork',
  script: '/project/api/server.js',
  command: null,
  args: [],
  cwd: '/project/api',
  port: 8081,
  host: '127.0.0.1',
  readiness: { kind: 'http', path: '/', pattern: null, timeoutMs: 60_000, status: null },
  liveness: { periodMs: 5000, timeoutMs: 2000, failureThreshold: 6 },
  claudeRequired: false,
  supervised: null,
}

export const executable = (path: string, version: string, more: Partial<ExecutableFacts> = {}): ExecutableFacts => ({
  path,
  realPath: path,
  kind: 'native',
  version,
  source: 'path',
  healed: false,
  candidates: [{ path, kind: 'native', source: 'path', usable: true, reason: 'is a native file' }],
  ...more,
})

export const processEvidence = (more: Partial<ProcessEvidence> = {}): ProcessEvidence => ({
  pid: 4711,
  ppid: 4700,
  name: 'node',
  command: 'node /project/api/server.js',
  state: 'S',
  wchan: 'ep_poll',
  cpuPercent: 0.5,
  descriptors: { open: 24, limit: 1024 },
  otherNetwork: false,
  ...more,
})

export const listenerEvidence = (more: Partial<ListenerEvidence> = {}): ListenerEvidence => ({
  family: 'ipv4',
  address: '127.0.0.1',
  port: 8081,
  acceptQueue: 0,
  pid: 4711,
  ...more,
})

export const request = (more: Partial<RequestEvidence> = {}): RequestEvidence => ({
  atMs: 220,
  host: '127.0.0.1',
  port: 8081,
  path: '/api/projects',
  outcome: 'answered',
  status: 200,
  server: null,
  head: null,
  bytes: 412,
  latencyMs: 4.2,
  error: null,
  owner: 'ours',
  ...more,
})

export const said = (text: string, atMs = 150, stream: 'stdout' | 'stderr' = 'stderr'): RunEvidence['output'] =>
  text.split('\n').map((line) => ({ atMs, stream, text: line }))

export const runEvidence = (more: Partial<RunEvidence> = {}): RunEvidence => ({
  origin: 'trial',
  surroundings: {
    label: 'own',
    system: 'linux',
    repaired: null,
    cwd: '/project/api',
    path: ['/usr/local/bin', '/usr/bin', '/bin'],
    home: '/home/alice',
    stdin: 'pipe',
    missing: [],
    values: { PORT: '8081', HOST: '127.0.0.1' },
  },
  command: '/usr/local/bin/node /project/api/server.js',
  given: { host: '127.0.0.1', port: 8081 },
  notStarted: null,
  pid: 4711,
  exit: null,
  output: said('listening on http://127.0.0.1:8081', 190, 'stdout'),
  linesOmitted: 0,
  listening: [{ atMs: 200, listeners: [listenerEvidence()] }],
  requests: [request(), request({ atMs: 230 }), request({ atMs: 2250, latencyMs: 3.8 })],
  readyAtMs: null,
  looks: [{ atMs: 2260, why: 'end', processes: [processEvidence()], listeners: [listenerEvidence()], unixSockets: [], established: 0 }],
  watchedMs: 2270,
  left: { afterExit: [], survivors: [] },
  ...more,
})

export const holder = (more: Partial<HolderEvidence> = {}): HolderEvidence => ({
  listener: listenerEvidence(),
  process: processEvidence(),
  user: 'alice',
  startedAt: '2026-03-01T23:10:00.000Z',
  relation: 'ours',
  service: null,
  accepts: true,
  adopted: false,
  ...more,
})

export const addressEvidence = (more: Partial<AddressEvidence> = {}): AddressEvidence => ({
  url: 'http://127.0.0.1:8081/api/projects',
  host: '127.0.0.1',
  port: 8081,
  path: '/api/projects',
  ipv4: { address: '127.0.0.1', tcp: 'open', request: request({ atMs: 2400 }), tls: null },
  ipv6: { address: '::1', tcp: 'refused', request: null, tls: null },
  named: null,
  holders: [holder()],
  canTell: true,
  nearby: [],
  cors: null,
  proxy: null,
  ...more,
})

/** After its holder has gone. */
export const nobody = (more: Partial<AddressEvidence> = {}): AddressEvidence =>
  addressEvidence({
    ipv4: {
      address: '127.0.0.1',
      tcp: 'refused',
      request: request({ outcome: 'refused', status: null, bytes: 0, error: 'ECONNREFUSED', owner: 'nobody' }),
      tls: null,
    },
    holders: [],
    ...more,
  })

export const evidence = (more: Partial<Evidence> = {}): Evidence => ({
  schema: 1,
  doctor: '0.1.0',
  takenAt: '2026-03-01T23:12:05.000Z',
  durationMs: 3100,
  subject: 'trial',
  service: serviceFacts,
  machine: {
    platform: 'linux',
    arch: 'x64',
    release: '6.1.0',
    node: '20.20.0',
    electron: null,
    uid: 1000,
    home: '/home/alice',
    unprivilegedPortStart: 1024,
    cpuFeatures: ['avx2', 'bmi2'],
    addresses: ['127.0.0.1', '::1', '192.168.1.20'],
    localhost: ['127.0.0.1', '::1'],
    confinement: [],
    reservedPorts: [],
    quarantine: null,
  },
  environment: { names: ['HOME', 'LANG', 'PATH', 'USER'], path: ['/usr/local/bin', '/usr/bin', '/bin'], values: {} },
  executables: {
    node: executable('/usr/local/bin/node', '20.20.0'),
    claude: executable('/home/alice/.local/bin/claude', '2.1.197'),
  },
  project: { dir: '/project/api', type: 'module', engines: '>=20', enginesMet: true, cwdWritable: true },
  runs: [runEvidence()],
  address: addressEvidence(),
  app: null,
  archive: null,
  ...more,
})

const stack = `/project/api/server.js:14
    throw new TypeError("Cannot read properties of undefined (reading 'projects')")
    ^

TypeError: Cannot read properties of undefined (reading 'projects')
    at listProjects (/project/api/projects.js:31:18)
    at Server.<anonymous> (/project/api/server.js:14:11)

Node.js v20.20.0`

const exit: NonNullable<RunEvidence['exit']> = { atMs: 232, code: 1, signal: null, requested: false, reason: null, oomKills: 0 }

export const crash = evidence({
  runs: [
    runEvidence({
      exit,
      output: [...said('listening on http://127.0.0.1:8081', 190, 'stdout'), ...said(stack, 226)],
      listening: [
        { atMs: 200, listeners: [listenerEvidence()] },
        { atMs: 232, listeners: [] },
      ],
      requests: [request({ outcome: 'closed', status: null, bytes: 0, error: 'ECONNRESET', latencyMs: 11 })],
      looks: [],
      watchedMs: 240,
    }),
  ],
  address: nobody(),
})

const python = holder({
  listener: listenerEvidence({ pid: 3021 }),
  process: processEvidence({ pid: 3021, ppid: 2900, name: 'python3', command: 'python3 -m http.server 8081 --bind 127.0.0.1' }),
  relation: 'foreign',
})

export const portTaken = evidence({
  runs: [
    runEvidence({
      exit: { ...exit, atMs: 148 },
      output: said(
        `node:events:496
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use 127.0.0.1:8081
    at Server.setupListenHandle [as _listen2] (node:net:1908:16)

Node.js v20.20.0`,
        140,
      ),
      listening: [],
      requests: [],
      looks: [],
      watchedMs: 150,
    }),
  ],
  address: addressEvidence({
    ipv4: {
      address: '127.0.0.1',
      tcp: 'open',
      request: request({ server: 'SimpleHTTP/0.6 Python/3.11.2', status: 404, owner: 'foreign' }),
      tls: null,
    },
    holders: [python],
  }),
})

const mute = request({ outcome: 'no-answer', status: null, bytes: 0, latencyMs: 5001 })
const busy = processEvidence({ state: 'R', wchan: '', cpuPercent: 99.4 })
const waiting = listenerEvidence({ acceptQueue: 2 })

export const hang = evidence({
  runs: [
    runEvidence({
      requests: [mute],
      looks: [
        { atMs: 1420, why: 'no-answer', processes: [busy], listeners: [waiting], unixSockets: [], established: 1 },
        { atMs: 4020, why: 'no-answer', processes: [busy], listeners: [waiting], unixSockets: [], established: 1 },
        { atMs: 10_010, why: 'end', processes: [busy], listeners: [waiting], unixSockets: [], established: 1 },
      ],
      watchedMs: 10_020,
    }),
  ],
  address: addressEvidence({
    ipv4: { address: '127.0.0.1', tcp: 'open', request: mute, tls: false },
    holders: [holder({ listener: waiting, process: busy })],
  }),
})

const launchd: RunEvidence['surroundings'] = {
  label: 'packaged',
  system: 'darwin',
  repaired: null,
  cwd: '/',
  path: ['/usr/bin', '/bin', '/usr/sbin', '/sbin'],
  home: '/home/alice',
  stdin: 'null',
  missing: ['LANG', 'NVM_DIR', 'SHLVL'],
  values: { PORT: '8081', HOST: '127.0.0.1' },
}
const noClaude = '❌ Claude CLI not found in PATH'

const packagedRun = (more: Partial<RunEvidence>): RunEvidence =>
  runEvidence({
    exit: { ...exit, atMs: 210 },
    output: said(noClaude, 200),
    listening: [],
    requests: [],
    looks: [],
    watchedMs: 215,
    surroundings: launchd,
    ...more,
  })

export const packagedDifference = evidence({
  runs: [
    runEvidence(),
    packagedRun({}),
    runEvidence({ surroundings: { ...launchd, repaired: 'PATH', path: ['/usr/local/bin', '/usr/bin', '/bin'] } }),
  ],
  address: nobody(),
})

export const unknown = evidence({
  runs: [
    runEvidence({
      output: [...said('listening on http://127.0.0.1:8081', 190, 'stdout'), ...said('upstream says no', 225)],
      requests: [request({ outcome: 'failed', status: null, bytes: 0, error: 'EHOSTDOWN' })],
    }),
  ],
  address: addressEvidence({
    ipv4: {
      address: '127.0.0.1',
      tcp: 'unreachable',
      request: request({ outcome: 'failed', status: null, error: 'EHOSTDOWN' }),
      tls: null,
    },
  }),
})

export const healthy = evidence()

export const withWarning = evidence({
  runs: [runEvidence({ requests: [request({ status: 401 }), request({ atMs: 230, status: 401 })] })],
  address: addressEvidence({ ipv4: { address: '127.0.0.1', tcp: 'open', request: request({ status: 401 }), tls: null } }),
  executables: {
    node: executable('/usr/local/bin/node', '20.20.0'),
    claude: executable('/usr/local/lib/node_modules/@anthropic-ai/claude-code-linux-x64/claude', '2.1.197', {
      healed: true,
      candidates: [{ path: '/usr/local/bin/claude', kind: 'stub', source: 'path', usable: false, reason: 'is a placeholder of npm' }],
    }),
  },
})

export const onlyAddress = evidence({ subject: 'address', service: null, runs: [], project: null })

export const packagedApp = evidence({
  subject: 'package',
  service: null,
  runs: [],
  address: null,
  project: null,
  archive: {
    dir: '/project/dist/linux-unpacked',
    findings: [
      {
        code: 'NATIVE_ABI_MISMATCH',
        severity: 'fail',
        fact: 'better_sqlite3.node is built for ABI 127, and Electron 40 has 143.',
        hint: 'Rebuild it: npx @electron/rebuild.',
        paths: ['node_modules/better-sqlite3/build/Release/better_sqlite3.node'],
      },
      {
        code: 'NATIVE_ABI_MISMATCH',
        severity: 'warn',
        fact: 'keytar.node is built for ABI 127.',
        hint: 'Rebuild it: npx @electron/rebuild.',
        paths: ['node_modules/keytar/build/Release/keytar.node'],
      },
    ],
    electron: { version: '40.0.0', node: '24.11.0', abi: 143, arch: 'x64' },
    fuses: { RunAsNode: true },
    entry: null,
  },
})

export const running = evidence({
  subject: 'running',
  service: {
    ...serviceFacts,
    supervised: {
      state: 'ready',
      supervisor: 'answers',
      supervisorPid: 4700,
      pid: 4711,
      restarts: 1,
      failures: 0,
      latencyMs: 4,
      journal: ['ready at http://127.0.0.1:8081'],
    },
  },
  runs: [runEvidence({ origin: 'supervised' })],
})

/** It answers at this moment, and had ended shortly before, time and again. */
export const restless = evidence({
  ...running,
  service: {
    ...serviceFacts,
    supervised: {
      ...running.service!.supervised!,
      restarts: 3,
      lastExit: {
        ...{ pid: 4690, code: 1, signal: null, reason: null, uptimeMs: 1100 },
        ...{ agoMs: 4200, requested: false, words: "TypeError: Cannot read properties of undefined (reading 'projects')" },
      },
      endedAgoMs: [31_000, 17_000, 4200],
    },
  },
})

export const samples: Readonly<Record<string, Evidence>> = {
  ...{ healthy, withWarning, crash, portTaken, hang, packagedDifference, unknown, onlyAddress, packagedApp, running, restless },
}
