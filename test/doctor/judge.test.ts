import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { causeCodes } from '../../src/causes/codes.ts'
import type { Cause, Confidence, Finding } from '../../src/doctor/cause.ts'
import type {
  AddressEvidence,
  AppFacts,
  ArchiveFacts,
  Evidence,
  ExitEvidence,
  FamilyEvidence,
  HolderEvidence,
  ListenerEvidence,
  NotStartedEvidence,
  ProcessEvidence,
  RequestEvidence,
  RunEvidence,
  ServiceFacts,
  TreeLook,
} from '../../src/doctor/evidence.ts'
import { judge } from '../../src/doctor/judge.ts'

const folder = join(import.meta.dirname, '../../src/doctor/causes')
/** All that there are, whether the catalogue has them or not. */
const everyCause: Cause[] = []
for (const file of readdirSync(folder).sort()) {
  const module = (await import(join(folder, file))) as Record<string, unknown>
  everyCause.push(
    ...Object.values(module).filter((value): value is Cause => typeof value === 'object' && value !== null && 'find' in value),
  )
}

const finding = (confidence: Confidence, more: Partial<Finding> = {}): Finding => ({
  confidence,
  explanation: 'It was so.',
  hint: 'Do so.',
  supports: ['It was seen.'],
  ...more,
})
const cause = (code: Cause['code'], found: Finding | undefined): Cause => ({ code, title: code, find: () => found })

// ---- Evidence of any kind: what no machine shows is in it, too.

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null })
const one = <const T extends readonly unknown[]>(...values: T): fc.Arbitrary<T[number]> => fc.constantFrom(...values)
const ms = fc.nat(20_000)
const pid = fc.integer({ min: 1, max: 6 })
const port = one(1, 80, 8081, 9000, 9229)
const host = one('127.0.0.1', '::1', 'localhost', '0.0.0.0', '192.168.1.5')
const path = one('/', '/health', '/api/a b?x=1')
const line = one(
  '',
  'Listening on http://127.0.0.1:8081',
  'Error: listen EADDRINUSE: address already in use 127.0.0.1:8081',
  'Error: write EPIPE',
  'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  "Error: Cannot find module 'hono'",
  'TypeError: x is not a function',
  'Debugger listening on ws://127.0.0.1:9229/x',
  '/app/node_modules/a/b.node',
)
const code = one(...causeCodes)
const text = one('', '/app', '/nonexistent', 'C:\\app\\server.js', './server.js', 'node', "it's")

const listeners: fc.Arbitrary<ListenerEvidence> = fc.record({
  family: one('ipv4', 'ipv6'),
  address: one('127.0.0.1', '::1', '0.0.0.0', '::', ''),
  port,
  acceptQueue: fc.integer({ min: -1, max: 5 }),
  pid: maybe(pid),
})

const processes: fc.Arbitrary<ProcessEvidence> = fc.record({
  pid,
  ppid: fc.integer({ min: 0, max: 6 }),
  name: one('node', 'claude', ''),
  command: one('node server.js', 'claude --resume', ''),
  state: one('R', 'S', 'D', 'T', 't', 'Z', ''),
  wchan: one('', 'do_epoll_wait', 'pipe_write', 'sock_alloc_send_pskb', 'rpc_wait_bit_killable', 'futex_do_wait'),
  cpuPercent: maybe(one(0, 4, 30, 100)),
  descriptors: maybe(fc.record({ open: fc.nat(1024), limit: one(256, 1024) })),
  otherNetwork: fc.boolean(),
})

const requests: fc.Arbitrary<RequestEvidence> = fc.record({
  atMs: ms,
  host,
  port,
  path,
  outcome: one('answered', 'refused', 'connect-timeout', 'no-answer', 'closed', 'not-http', 'failed'),
  status: maybe(one(100, 200, 304, 400, 401, 404, 500, 503)),
  server: maybe(one('nginx', '')),
  head: maybe(one('', 'ok', 'SSH-2.0-x', '<h1>Error</h1>')),
  bytes: fc.nat(1000),
  latencyMs: ms,
  error: maybe(one('ECONNRESET', 'EPERM')),
  owner: one('ours', 'foreign', 'nobody', 'unknown'),
})

const looks: fc.Arbitrary<TreeLook> = fc.record({
  atMs: ms,
  why: one('not-ready', 'no-answer', 'end'),
  processes: fc.array(processes, { maxLength: 3 }),
  listeners: fc.array(listeners, { maxLength: 2 }),
  unixSockets: fc.array(one('/tmp/s', 'undefined'), { maxLength: 1 }),
  established: fc.nat(2),
})

const exits: fc.Arbitrary<ExitEvidence> = fc.record({
  atMs: ms,
  code: maybe(one(0, 1, 9, 13, 127, 134, 137, 139, 3221225477)),
  signal: maybe(one('SIGKILL', 'SIGTERM', 'SIGILL', 'SIGABRT', 'SIGPIPE', 'SIGSEGV')),
  requested: fc.boolean(),
  reason: maybe(code),
  oomKills: fc.nat(1),
})

const notStarted: fc.Arbitrary<NotStartedEvidence> = fc.record({
  code: one('ERR_LAUNCH_FAILED', 'ERR_EXECUTABLE_NOT_FOUND', 'ERR_PORT_TAKEN'),
  cause: maybe(code),
  message: one('', 'spawn node ENOENT'),
  hint: maybe(text),
  facts: fc.constant(null),
})

const runs: fc.Arbitrary<RunEvidence> = fc.record({
  origin: one('trial', 'supervised'),
  surroundings: fc.record({
    label: one('own', 'packaged'),
    system: one('linux', 'darwin', 'win32'),
    repaired: maybe(one('PATH', 'cwd', 'HOME', 'variables', 'stdin', 'ELECTRON_RUN_AS_NODE')),
    cwd: one('/', '/app', 'C:\\'),
    path: fc.array(text, { maxLength: 2 }),
    home: maybe(text),
    stdin: one('pipe', 'null'),
    missing: fc.array(one('HOME', 'API_KEY'), { maxLength: 2 }),
    values: one({}, { NODE_OPTIONS: '--max-old-space-size=20' }, { ELECTRON_RUN_AS_NODE: '1', PORT: 'undefined' }),
  }),
  command: maybe(one('node server.js', '')),
  given: maybe(fc.record({ host, port })),
  notStarted: fc.option(notStarted, { nil: null, freq: 1 }),
  pid: maybe(pid),
  exit: maybe(exits),
  output: fc.array(fc.record({ atMs: ms, stream: one('stdout', 'stderr'), text: line }), { maxLength: 5 }),
  linesOmitted: fc.nat(3),
  listening: fc.array(fc.record({ atMs: ms, listeners: fc.array(listeners, { maxLength: 2 }) }), { maxLength: 3 }),
  requests: fc.array(requests, { maxLength: 4 }),
  readyAtMs: maybe(ms),
  looks: fc.array(looks, { maxLength: 3 }),
  watchedMs: ms,
  left: fc.record({ afterExit: fc.array(processes, { maxLength: 1 }), survivors: fc.array(processes, { maxLength: 1 }) }),
})

const families: fc.Arbitrary<FamilyEvidence> = fc.record({
  address: host,
  tcp: one('open', 'refused', 'timeout', 'unreachable'),
  request: maybe(requests),
  tls: maybe(fc.boolean()),
})

const holders: fc.Arbitrary<HolderEvidence> = fc.record({
  listener: listeners,
  process: maybe(processes),
  user: maybe(text),
  startedAt: maybe(one('2026-01-01T00:00:00.000Z', 'never')),
  relation: one('ours', 'own-orphan', 'other-service', 'carries-certificate', 'foreign', 'unknown'),
  service: maybe(one('api', '')),
  accepts: maybe(fc.boolean()),
  adopted: fc.boolean(),
})

const addresses: fc.Arbitrary<AddressEvidence> = fc.record({
  url: one('http://127.0.0.1:8081', 'https://localhost:8081/api', ''),
  host,
  port,
  path,
  ipv4: maybe(families),
  ipv6: maybe(families),
  named: maybe(families),
  holders: fc.array(holders, { maxLength: 3 }),
  canTell: fc.boolean(),
  nearby: fc.array(holders, { maxLength: 2 }),
  cors: maybe(
    fc.record({
      origin: one('null', 'http://localhost:5173'),
      allowOrigin: maybe(one('*', 'null', 'http://localhost:5173/')),
      status: maybe(one(200, 404)),
    }),
  ),
  proxy: maybe(fc.record({ variable: one('HTTP_PROXY'), request: requests })),
})

const services: fc.Arbitrary<ServiceFacts> = fc.record({
  name: one('api', ''),
  launch: maybe(one('fork', 'spawn', 'utilityProcess')),
  script: maybe(text),
  command: maybe(text),
  args: fc.array(text, { maxLength: 2 }),
  cwd: text,
  port: one(8081, 80, 'auto', 'none', { prefer: 8081 }),
  host,
  readiness: fc.record({
    kind: one('http', 'tcp', 'log', 'ipc', 'command', 'custom', 'none'),
    path: maybe(path),
    pattern: maybe(one('ready', '/[/', '(')),
    timeoutMs: ms,
    status: maybe(fc.tuple(one(100, 200), one(299, 499))),
  }),
  liveness: maybe(fc.record({ periodMs: ms, timeoutMs: ms, failureThreshold: fc.nat(6) })),
  claudeRequired: fc.boolean(),
  supervised: maybe(
    fc.record({
      state: one('stopped', 'starting', 'ready', 'stopping', 'backoff', 'failed'),
      supervisor: one('answers', 'silent', 'dead'),
      supervisorPid: pid,
      pid: maybe(pid),
      restarts: fc.nat(3),
      failures: fc.nat(3),
      latencyMs: maybe(ms),
      lastExit: maybe(
        fc.record({
          pid,
          code: maybe(one(0, 1, 3221225477)),
          signal: maybe(one('SIGTERM', 'SIGSEGV')),
          reason: maybe(code),
          uptimeMs: ms,
          agoMs: maybe(ms),
          requested: maybe(fc.boolean()),
          words: maybe(line),
        }),
      ),
      endedAgoMs: maybe(fc.array(ms, { maxLength: 3 })),
      journal: fc.array(one('not ready within 800 ms: ending it', 'unresponsive: ending it', 'answers again after 900 ms', 'stopping'), {
        maxLength: 3,
      }),
    }),
  ),
})

const apps: fc.Arbitrary<AppFacts> = fc.record({
  electron: maybe(one('43.0.0', '40.1.0', 'x')),
  pageScheme: maybe(one('file:', 'app:', 'http:')),
  pageUrl: maybe(one('file:///x', 'https://example.com/', '')),
  firstRequestAtMs: maybe(ms),
  readyAtMs: maybe(ms),
  windowsClosedAtMs: maybe(ms),
  activatedAtMs: maybe(ms),
  resumedAtMs: maybe(ms),
  sleptMs: maybe(ms),
  backendEndedAtMs: maybe(ms),
  endedBy: maybe(one('supervisor', 'window-all-closed', 'itself')),
  hasPermissionHandler: maybe(fc.boolean()),
  runAsNodeFuse: maybe(fc.boolean()),
  execPathChild: maybe(fc.record({ runAsNode: fc.boolean() })),
  utilityProcessError: maybe(one('TypeError: stdin value other than ignore is not supported.')),
  reusedConnectionErrors: fc.nat(2),
})

const archives: fc.Arbitrary<ArchiveFacts> = fc.record({
  dir: text,
  findings: fc.array(
    fc.record({
      code,
      severity: one('fail', 'warn'),
      fact: one('It is not there.'),
      hint: one('Ship it.'),
      paths: fc.array(text, { maxLength: 2 }),
    }),
    { maxLength: 2 },
  ),
  electron: fc.record({ version: maybe(text), node: maybe(text), abi: maybe(fc.nat(140)), arch: maybe(one('x64', 'arm64')) }),
  fuses: maybe(fc.constant({ RunAsNode: false })),
  entry: maybe(text),
})

const executables = maybe(
  fc.record({
    path: maybe(text),
    realPath: maybe(text),
    kind: maybe(one('native', 'stub')),
    version: maybe(one('v20.20.0', 'v12.0.0', '')),
    source: maybe(one('path', 'known-place')),
    healed: fc.boolean(),
    candidates: fc.array(
      fc.record({ path: text, kind: one('stub', 'native'), source: one('path'), usable: maybe(fc.boolean()), reason: text }),
      { maxLength: 2 },
    ),
  }),
)

const anyEvidence: fc.Arbitrary<Evidence> = fc.record({
  schema: fc.constant(1 as const),
  doctor: fc.constant('1.0.0'),
  takenAt: fc.constant('2026-01-01T00:00:00.000Z'),
  durationMs: ms,
  subject: one('trial', 'running', 'address', 'package'),
  service: maybe(services),
  machine: fc.record({
    platform: one('linux', 'darwin', 'win32'),
    arch: one('x64', 'arm64'),
    release: fc.constant('6.1.0'),
    node: fc.constant('20.20.0'),
    electron: maybe(one('43.0.0')),
    uid: maybe(one(0, 1000)),
    home: text,
    unprivilegedPortStart: maybe(one(0, 1024)),
    cpuFeatures: maybe(fc.subarray(['avx2', 'bmi2'])),
    addresses: fc.array(host, { maxLength: 2 }),
    localhost: maybe(fc.array(host, { maxLength: 2 })),
    confinement: fc.subarray(['AppImage', 'Snap', 'Flatpak', 'WSL', 'container']),
    reservedPorts: fc.array(fc.tuple(port, port), { maxLength: 1 }),
    quarantine: maybe(fc.record({ quarantined: fc.boolean(), translocated: fc.boolean(), codesigningReport: fc.boolean() })),
  }),
  environment: fc.record({
    names: fc.array(one('PATH', 'HOME'), { maxLength: 2 }),
    path: fc.array(text, { maxLength: 2 }),
    values: one({}, { NO_PROXY: 'localhost', APPIMAGE: '/x.AppImage' }, { CLAUDECODE: '1', NODE_OPTIONS: '--inspect-brk' }),
  }),
  executables: fc.record({ node: executables, claude: executables }),
  project: maybe(
    fc.record({
      dir: maybe(text),
      type: maybe(one('module', 'commonjs')),
      engines: maybe(one('>=22', 'x')),
      enginesMet: maybe(fc.boolean()),
      cwdWritable: fc.boolean(),
    }),
  ),
  runs: fc.array(runs, { maxLength: 3 }),
  address: maybe(addresses),
  app: maybe(apps),
  archive: maybe(archives),
})

const numRuns = 800
const anyFinding = fc.record({
  confidence: one('certain', 'likely', 'possible'),
  contradicts: fc.option(fc.array(one('It was not so.'), { maxLength: 1 }), { nil: undefined }),
  supports: fc.array(one('It was so.'), { maxLength: 1 }),
})

describe('any evidence', () => {
  it('has a verdict, and never throws', () => {
    expect(everyCause.length).toBeGreaterThan(20)
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        const { code: verdict, finding: found, title } = judge(evidence, everyCause)
        expect(verdict === 'HEALTHY' || verdict === 'UNKNOWN' || causeCodes.includes(verdict)).toBe(true)
        expect(title).not.toBe('')
        expect(found.explanation).not.toBe('')
        if (verdict !== 'HEALTHY') expect(found.hint).not.toBe('')
      }),
      { numRuns },
    )
  })

  it('has the same verdict each time, and after a journey through JSON', () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        const first = judge(evidence, everyCause)
        expect(judge(evidence, everyCause)).toEqual(first)
        const copy = judge(JSON.parse(JSON.stringify(evidence)) as Evidence, everyCause)
        expect(copy).toEqual(first)
      }),
      { numRuns: numRuns / 4 },
    )
  })

  it('is left as it was', () => {
    const freeze = <T>(value: T): T => {
      if (typeof value === 'object' && value !== null) for (const part of Object.values(Object.freeze(value))) freeze(part)
      return value
    }
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        judge(freeze(evidence), everyCause)
      }),
      { numRuns: numRuns / 4 },
    )
  })

  it('makes nothing certain that something speaks against, or that nothing was seen of', () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        for (const { finding: found } of judge(evidence, everyCause).found) {
          if (found.confidence === 'certain') expect([found.contradicts?.length ?? 0, found.supports.length > 0]).toEqual([0, true])
        }
      }),
      { numRuns: numRuns / 4 },
    )
  })
})

const nothing: Evidence = {
  schema: 1,
  doctor: '1.0.0',
  takenAt: '2026-01-01T00:00:00.000Z',
  durationMs: 1,
  subject: 'address',
  service: null,
  machine: {
    platform: 'linux',
    arch: 'x64',
    release: '6.1.0',
    node: '20.20.0',
    electron: null,
    uid: 1000,
    home: '/home/u',
    unprivilegedPortStart: 1024,
    cpuFeatures: null,
    addresses: [],
    localhost: null,
    confinement: [],
    reservedPorts: [],
    quarantine: null,
  },
  environment: { names: [], path: [], values: {} },
  executables: { node: null, claude: null },
  project: null,
  runs: [],
  address: null,
  app: null,
  archive: null,
}

const asked = (more: Partial<RequestEvidence>): RequestEvidence => ({
  atMs: 1,
  host: '127.0.0.1',
  port: 8081,
  path: '/',
  outcome: 'answered',
  status: 200,
  server: null,
  head: null,
  bytes: 10,
  latencyMs: 12,
  error: null,
  owner: 'unknown',
  ...more,
})

const at = (request: RequestEvidence, url = 'http://127.0.0.1:8081', tls: boolean | null = null): Evidence => ({
  ...nothing,
  address: {
    url,
    host: '127.0.0.1',
    port: 8081,
    path: '/',
    ipv4: { address: '127.0.0.1', tcp: 'open', request, tls },
    ipv6: null,
    named: null,
    holders: [],
    canTell: true,
    nearby: [],
    cors: null,
    proxy: null,
  },
})

const ill = at(asked({ outcome: 'no-answer', status: null }))
const well = at(asked({}))
const verdict = (found: readonly (Finding | undefined)[], evidence = ill) =>
  judge(
    evidence,
    found.map((one, index) => cause(causeCodes[index]!, one)),
  )

describe('the verdict', () => {
  it('is the first link that is broken, whatever comes after it', () => {
    expect(verdict([undefined, finding('likely'), finding('certain')]).code).toBe(causeCodes[1])
  })

  it('is not what is merely possible, while something else is more than that', () => {
    const { code: first, found } = verdict([finding('possible'), finding('likely')])
    expect(first).toBe(causeCodes[1])
    expect(found.map((each) => each.cause.code)).toEqual([causeCodes[0], causeCodes[1]])
  })

  it('is what is possible, where there is nothing better', () => {
    expect(verdict([undefined, finding('possible'), finding('possible')])).toMatchObject({
      code: causeCodes[1],
      finding: { confidence: 'possible' },
    })
  })

  it('does not call ill what works, for what is merely possible', () => {
    expect(verdict([finding('possible')], well)).toMatchObject({ code: 'HEALTHY', found: [{ cause: { code: causeCodes[0] } }] })
    expect(verdict([finding('likely')], well).code).toBe(causeCodes[0])
  })

  it('holds nothing for certain that something speaks against', () => {
    fc.assert(
      fc.property(fc.array(anyFinding, { minLength: 1, maxLength: 4 }), (findings) => {
        const { finding: found } = verdict(
          findings.map(({ confidence, contradicts, supports }) => finding(confidence, { contradicts: contradicts ?? [], supports })),
        )
        if ((found.contradicts?.length ?? 0) > 0 || found.supports.length === 0) expect(found.confidence).not.toBe('certain')
      }),
    )
    expect(verdict([finding('certain', { contradicts: ['No.'] })]).finding.confidence).toBe('likely')
    expect(verdict([finding('certain')]).finding.confidence).toBe('certain')
  })

  it.each([
    ['an answer of whoever is there, where nobody is known', well, 'HEALTHY'],
    ['an answer of a stranger, where nobody is known', at(asked({ owner: 'foreign' })), 'HEALTHY'],
    ['an answer that turns away', at(asked({ status: 401 })), 'HEALTHY'],
    ['an error', at(asked({ status: 500 })), 'UNKNOWN'],
    ['no answer', ill, 'UNKNOWN'],
    ['TLS that is dialled as TLS', at(asked({ outcome: 'closed', status: null }), 'https://127.0.0.1:8081', true), 'HEALTHY'],
    ['no TLS where it is dialled', at(asked({ outcome: 'closed', status: null }), 'https://127.0.0.1:8081', false), 'UNKNOWN'],
    ['nothing at all', nothing, 'UNKNOWN'],
    ['a package without findings', { ...nothing, subject: 'package', archive: emptyArchive() }, 'HEALTHY'],
    ['a package with a finding that no cause has', { ...nothing, subject: 'package', archive: emptyArchive('fail') }, 'UNKNOWN'],
    ['a package with a warning', { ...nothing, subject: 'package', archive: emptyArchive('warn') }, 'HEALTHY'],
  ] satisfies [string, Evidence, string][])('without a cause, of %s', (_what, evidence, expected) => {
    expect(judge(evidence, []).code).toBe(expected)
  })

  it('that is not known says how far the question came, and what is near', () => {
    const { finding: found } = judge(ill, [])
    expect(found.explanation).toContain('takes the connection and does not answer')
    expect(found.hint).toContain('EVENT_LOOP_BLOCKED')
    expect(found.supports).toEqual(['GET / on 127.0.0.1:8081: no-answer'])
  })

  it('of a healthy one tells what was answered, and how fast', () => {
    expect(judge(well, []).finding.explanation).toBe('http://127.0.0.1:8081 answers 200 in 12 ms.')
  })
})

function emptyArchive(severity?: 'fail' | 'warn'): ArchiveFacts {
  const found =
    severity === undefined ? [] : [{ code: 'ENTRY_MISSING' as const, severity, fact: 'It is not there.', hint: 'Ship it.', paths: [] }]
  return { dir: '/app', findings: found, electron: { version: null, node: null, abi: null, arch: null }, fuses: null, entry: null }
}
