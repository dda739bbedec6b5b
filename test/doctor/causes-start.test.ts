import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CauseCode } from '../../src/causes/codes.ts'
import { explainNotStarted, type StartFacts } from '../../src/causes/not-started.ts'
import type { Cause, Finding } from '../../src/doctor/cause.ts'
import type {
  AppFacts,
  Evidence,
  ExecutableFacts,
  ExitEvidence,
  ListenerEvidence,
  NotStartedEvidence,
  OutputEvidence,
  ProjectFacts,
  RequestEvidence,
  RunEvidence,
  ServiceFacts,
  SurroundingsFacts,
} from '../../src/doctor/evidence.ts'
import { known, linesOf, printed } from '../causes/said.ts'

/** The codes whose causes are looked at here. */
const codes = [
  'NODE_NOT_IN_PATH',
  'CWD_MISSING',
  'INTERPRETER_MISSING',
  'PATH_INSIDE_ASAR',
  'NOT_EXECUTABLE',
  'WRONG_ARCHITECTURE',
  'ARGUMENTS_TOO_LONG',
  'WINDOWS_CMD_WITHOUT_SHELL',
  'FILE_QUARANTINED',
  'KILLED_BY_CODE_SIGNING',
  'RUN_AS_NODE_FUSE_OFF',
  'RUN_AS_NODE_MISSING',
  'RUN_AS_NODE_LEAKS',
  'UTILITY_PROCESS_MISUSE',
  'COMMAND_NOT_FOUND',
  'ENTRY_MISSING',
  'TYPESCRIPT_ENTRY',
  'DEPENDENCY_MISSING',
  'MODULE_FORMAT_MISMATCH',
  'NATIVE_ABI_MISMATCH',
  'WORKING_DIRECTORY_UNUSABLE',
  'BAD_NODE_OPTION',
  'NODE_TOO_OLD',
  'CLAUDE_NOT_FOUND',
  'ENVIRONMENT_INCOMPLETE',
  'CLAUDE_UNUSABLE',
  'CONFINED_PACKAGE',
] as const satisfies readonly CauseCode[]
type Code = (typeof codes)[number]

const folder = join(import.meta.dirname, '../../src/doctor/causes')
const fileOf = (code: string): string => `${code.toLowerCase().replaceAll('_', '-')}.ts`
const exportsOf = async (code: string): Promise<[string, Cause][]> =>
  Object.entries((await import(join(folder, fileOf(code)))) as Record<string, Cause>)

const causes = new Map<Code, Cause>()
for (const code of codes) for (const [, cause] of await exportsOf(code)) causes.set(code, cause)

/** What each of these causes finds. */
const findings = (evidence: Evidence): Map<Code, Finding> =>
  new Map(
    [...causes].flatMap(([code, cause]) => {
      const finding = cause.find(evidence)
      return finding === undefined ? [] : [[code, finding] as const]
    }),
  )
const found = (evidence: Evidence): Code[] => [...findings(evidence).keys()]

// ---- Evidence, as it is recorded of a healthy service; each case says what differs.

const service: ServiceFacts = {
  name: 'api',
  launch: 'fork',
  script: '/app/server.js',
  command: null,
  args: [],
  cwd: '/app',
  port: 8080,
  host: '127.0.0.1',
  readiness: { kind: 'http', path: '/', pattern: null, timeoutMs: 10_000, status: null },
  liveness: null,
  claudeRequired: false,
  supervised: null,
}

const surroundings: SurroundingsFacts = {
  label: 'own',
  system: 'linux',
  repaired: null,
  cwd: '/app',
  path: ['/opt/n/bin', '/usr/bin', '/bin'],
  home: '/home/u',
  stdin: 'pipe',
  missing: [],
  values: {},
}

const packaged = (more: Partial<SurroundingsFacts> = {}): Partial<SurroundingsFacts> => ({
  label: 'packaged',
  system: 'darwin',
  cwd: '/',
  path: ['/usr/bin', '/bin', '/usr/sbin', '/sbin'],
  stdin: 'null',
  missing: ['API_TOKEN', 'NVM_DIR', 'SHLVL'],
  ...more,
})

const listener: ListenerEvidence = { family: 'ipv4', address: '127.0.0.1', port: 8080, acceptQueue: 0, pid: 4711 }

const request = (more: Partial<RequestEvidence> = {}): RequestEvidence => ({
  atMs: 200,
  host: '127.0.0.1',
  port: 8080,
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

const output = (text: string, atMs = 50): OutputEvidence[] => linesOf(text).map((line) => ({ atMs, stream: 'stderr', text: line }))

type Run = Partial<Omit<RunEvidence, 'surroundings'>> & { readonly surroundings?: Partial<SurroundingsFacts> }

const well = (more: Run = {}): RunEvidence => ({
  origin: 'trial',
  command: '/opt/n/bin/node /app/server.js',
  given: { host: '127.0.0.1', port: 8080 },
  notStarted: null,
  pid: 4711,
  exit: null,
  output: [],
  linesOmitted: 0,
  listening: [{ atMs: 100, listeners: [listener] }],
  requests: [request(), request({ atMs: 300 })],
  readyAtMs: null,
  looks: [],
  watchedMs: 2500,
  left: { afterExit: [], survivors: [] },
  ...more,
  surroundings: { ...surroundings, ...more.surroundings },
})

const exit = (more: Partial<ExitEvidence> = {}): ExitEvidence => ({
  atMs: 60,
  code: 1,
  signal: null,
  requested: false,
  reason: null,
  oomKills: 0,
  ...more,
})

/** It ends before it listens. */
const dies = (text: string, code: number | null = 1, more: Run = {}): RunEvidence =>
  well({
    exit: exit({ code }),
    output: output(text),
    listening: [],
    requests: [request({ outcome: 'refused', status: null, owner: 'nobody' })],
    ...more,
  })

/** It ends of a question. */
const diesOfQuestion = (text: string, more: Run = {}): RunEvidence =>
  dies(text, 1, {
    exit: exit({ atMs: 212 }),
    listening: [
      { atMs: 100, listeners: [listener] },
      { atMs: 212, listeners: [] },
    ],
    output: output(text, 205),
    requests: [request({ path: '/api', outcome: 'closed', status: null })],
    ...more,
  })

/** It lives and answers with an error. */
const answers = (status: number, text: string, more: Run = {}): RunEvidence =>
  well({ output: output(text, 205), requests: [request({ status }), request({ atMs: 300, status })], ...more })

const facts: StartFacts = {
  command: '/app/tool',
  cwd: '/app',
  cwdExists: true,
  platform: 'linux',
  file: '/app/tool',
  pathEntries: 3,
  elsewhere: null,
  fileExists: true,
  notAFile: null,
  isExecutable: true,
  missingInterpreter: null,
  builtFor: null,
  isBatch: false,
  isPlaceholder: false,
  inArchive: null,
  errorCode: 'ENOENT',
}

const notStarted = (more: Partial<StartFacts>): NotStartedEvidence => {
  const all = { ...facts, ...more }
  const { cause, message, hint } = explainNotStarted(all)
  return { code: 'ERR_LAUNCH_FAILED', cause: cause ?? null, message, hint: hint ?? null, facts: all }
}

const refusal = (cause: CauseCode, message: string, hint: string | null = null): NotStartedEvidence => ({
  code: 'ERR_EXECUTABLE_NOT_FOUND',
  cause,
  message,
  hint,
  facts: null,
})

const refused = (notStarted: NotStartedEvidence, more: Run = {}): RunEvidence =>
  well({ command: null, given: null, notStarted, pid: null, listening: [], requests: [], ...more })

const executable = (more: Partial<ExecutableFacts> = {}): ExecutableFacts => ({
  path: null,
  realPath: null,
  kind: null,
  version: null,
  source: null,
  healed: false,
  candidates: [],
  ...more,
})
const node = (path: string, version = '20.20.2'): ExecutableFacts =>
  executable({ path, realPath: path, kind: 'native', version, source: 'path' })
const claude = (path: string): ExecutableFacts => executable({ path, realPath: path, kind: 'native', version: '2.1.0', source: 'path' })

const project: ProjectFacts = { dir: '/app', type: null, engines: null, enginesMet: null, cwdWritable: true }

const app: AppFacts = {
  electron: '40.0.0',
  pageScheme: 'file:',
  pageUrl: null,
  firstRequestAtMs: null,
  readyAtMs: null,
  windowsClosedAtMs: null,
  activatedAtMs: null,
  resumedAtMs: null,
  sleptMs: null,
  backendEndedAtMs: null,
  endedBy: null,
  hasPermissionHandler: null,
  runAsNodeFuse: null,
  execPathChild: null,
  utilityProcessError: null,
  reusedConnectionErrors: 0,
}

type More = Partial<Omit<Evidence, 'machine' | 'environment' | 'executables'>> & {
  readonly machine?: Partial<Evidence['machine']>
  readonly environment?: Partial<Evidence['environment']>
  readonly executables?: Partial<Evidence['executables']>
}

const seen = (runs: readonly RunEvidence[], more: More = {}): Evidence => ({
  schema: 1,
  doctor: '1.0.0',
  takenAt: '2026-01-02T03:04:05.000Z',
  durationMs: 3000,
  subject: 'trial',
  service,
  project,
  runs,
  address: null,
  app: null,
  archive: null,
  ...more,
  machine: {
    platform: 'linux',
    arch: 'x64',
    release: '6.1',
    node: '20.20.2',
    electron: null,
    uid: 1000,
    home: '/home/u',
    unprivilegedPortStart: 1024,
    cpuFeatures: null,
    addresses: ['127.0.0.1'],
    localhost: ['127.0.0.1'],
    confinement: [],
    reservedPorts: [],
    quarantine: null,
    ...more.machine,
  },
  environment: { names: [], path: [], values: {}, ...more.environment },
  executables: { node: node('/opt/n/bin/node'), claude: claude('/home/u/.local/bin/claude'), ...more.executables },
})

const noClaude = { executables: { claude: executable() } }
const commandService = (command: string, args: string[] = []): ServiceFacts => ({
  ...service,
  launch: 'spawn',
  script: null,
  command,
  args,
})
const electron = (runs: RunEvidence[], more: Partial<AppFacts>): Evidence => seen(runs, { app: { ...app, ...more } })

const words = {
  entryMissing: (path: string) => `
node:internal/modules/cjs/loader:1210
  throw err;
  ^

Error: Cannot find module '${path}'
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)
    at node:internal/main/run_main_module:28:49 {
  code: 'MODULE_NOT_FOUND',
  requireStack: []
}

Node.js v20.20.2`,
  spawnFails: (command: string) => `
node:events:502
      throw er; // Unhandled 'error' event
      ^

Error: spawn ${command} ENOENT
    at ChildProcess._handle.onexit (node:internal/child_process:285:19)
    at process.processTicksAndRejections (node:internal/process/task_queues:82:21) {
  errno: -2,
  code: 'ENOENT',
  syscall: 'spawn ${command}',
  path: '${command}',
  spawnargs: [ 'x' ]
}

Node.js v20.20.2`,
  abi: (built: number, wanted: number) => `
Error: The module '/app/node_modules/better-sqlite3/build/Release/better_sqlite3.node'
was compiled against a different Node.js version using
NODE_MODULE_VERSION ${built}. This version of Node.js requires
NODE_MODULE_VERSION ${wanted}.`,
  noFile: (path: string) => `
node:fs:573
  return binding.open(
                 ^

Error: ENOENT: no such file or directory, open '${path}'
    at Object.openSync (node:fs:573:18) {
  errno: -2,
  code: 'ENOENT',
  syscall: 'open',
  path: '${path}'
}

Node.js v20.20.2`,
}

const stub = (path: string): ExecutableFacts =>
  executable({
    candidates: [
      {
        path,
        kind: 'stub',
        source: 'path',
        usable: false,
        reason: 'is the placeholder of npm: the native file was never put in its place',
      },
    ],
  })
const sdkEnds = 'Error: Claude Code process exited with code 1'
const packagedFails = (text: string, more: Partial<SurroundingsFacts> = {}) => [well(), dies(text, 1, { surroundings: packaged(more) })]
const repaired = (difference: NonNullable<SurroundingsFacts['repaired']>): RunEvidence =>
  well({ surroundings: packaged({ repaired: difference }) })
const silentlyFails = (more: Partial<SurroundingsFacts> = {}): RunEvidence => dies('', 0, { surroundings: packaged(more), output: [] })

interface Expected {
  readonly confidence: Finding['confidence']
  readonly hint: RegExp
  readonly fix?: string
}

const cases: readonly (readonly [Code, string, Evidence, Expected])[] = [
  // Node
  [
    'NODE_NOT_IN_PATH',
    'no Node was found for the script',
    seen(
      [refused(refusal('NODE_NOT_IN_PATH', 'No Node was found to run the script with.', 'Install Node, or name it with --node-path.'))],
      { executables: { node: executable() } },
    ),
    { confidence: 'certain', hint: /Install Node/ },
  ],
  [
    'NODE_NOT_IN_PATH',
    'the command is node',
    seen([refused(notStarted({ command: 'node', file: null, elsewhere: '/opt/my n/bin/node' }))]),
    { confidence: 'certain', hint: /Start Node as \/opt\/my n\/bin\/node/, fix: `export PATH='/opt/my n/bin':"$PATH"` },
  ],
  [
    'NODE_NOT_IN_PATH',
    'the backend spawns it, and a Node is on its PATH',
    seen([dies(words.spawnFails('node'))]),
    { confidence: 'possible', hint: /spread process\.env/ },
  ],
  [
    'NODE_NOT_IN_PATH',
    'the backend spawns it when it is asked',
    seen([diesOfQuestion(words.spawnFails('node'))]),
    { confidence: 'possible', hint: /Start Node as \/opt\/n\/bin\/node/ },
  ],
  [
    'NODE_NOT_IN_PATH',
    'it lives, and answers 500',
    seen([answers(500, 'Error: spawn node ENOENT')]),
    { confidence: 'possible', hint: /Start Node as/ },
  ],
  [
    'NODE_NOT_IN_PATH',
    'the answer says it',
    seen([answers(500, 'GET / 500', { requests: [request({ status: 500, head: '{"error":"spawn node ENOENT"}' })] })]),
    { confidence: 'possible', hint: /Start Node as/ },
  ],
  [
    'NODE_NOT_IN_PATH',
    'packaged it answers 500',
    seen([well(), answers(500, 'Error: spawn node ENOENT', { surroundings: packaged() })]),
    { confidence: 'certain', hint: /`jarvis-supervise start` repairs PATH/ },
  ],
  [
    'NODE_NOT_IN_PATH',
    'packaged it dies',
    seen(packagedFails(words.spawnFails('node'))),
    { confidence: 'certain', hint: /`jarvis-supervise start` repairs PATH/ },
  ],
  [
    'NODE_NOT_IN_PATH',
    'packaged it says so and answers 200',
    seen([well(), well({ surroundings: packaged(), output: output('Error: spawn node ENOENT') })]),
    { confidence: 'likely', hint: /\/opt\/n\/bin/ },
  ],
  [
    'NODE_NOT_IN_PATH',
    'PATH set right cures it',
    seen([well(), answers(500, 'spawn node ENOENT', { surroundings: packaged() }), repaired('PATH')]),
    { confidence: 'certain', hint: /`jarvis-supervise start` repairs PATH/ },
  ],

  // what lies where it was to be started
  [
    'CWD_MISSING',
    'before the launch',
    seen([refused(refusal('CWD_MISSING', 'The working directory /gone is not there.', 'Create it, or correct `cwd`.'))], {
      service: { ...service, cwd: '/gone' },
    }),
    { confidence: 'certain', hint: /Create \/gone/, fix: 'mkdir -p /gone' },
  ],
  [
    'CWD_MISSING',
    'at the launch',
    seen([refused(notStarted({ cwd: "/it's gone", cwdExists: false }))]),
    { confidence: 'certain', hint: /Create \/it's gone/, fix: String.raw`mkdir -p '/it'\''s gone'` },
  ],
  [
    'INTERPRETER_MISSING',
    'a loader',
    seen([refused(notStarted({ missingInterpreter: '/lib/ld-musl-x86_64.so.1' }))]),
    { confidence: 'certain', hint: /glibc or musl/ },
  ],
  [
    'INTERPRETER_MISSING',
    'lines of Windows',
    seen([refused(notStarted({ missingInterpreter: '/bin/sh\r' }))]),
    { confidence: 'certain', hint: /as on Windows/, fix: String.raw`sed -i 's/\r$//' /app/tool` },
  ],
  [
    'INTERPRETER_MISSING',
    'found out after its end',
    seen([dies('', 127, { output: [], exit: exit({ code: 127, reason: 'INTERPRETER_MISSING' }) })]),
    { confidence: 'certain', hint: /Install/ },
  ],
  [
    'PATH_INSIDE_ASAR',
    'a command',
    seen([
      refused(
        notStarted({
          command: '/A/app.asar/bin/x',
          fileExists: false,
          inArchive: { path: '/A/app.asar/bin/x', unpacked: '/A/app.asar.unpacked/bin/x' },
          errorCode: 'ENOTDIR',
        }),
      ),
    ]),
    { confidence: 'certain', hint: /name \/A\/app\.asar\.unpacked\/bin\/x/ },
  ],
  [
    'PATH_INSIDE_ASAR',
    'of a command of the backend',
    seen([dies('Error: spawn /A/app.asar/bin/claude ENOTDIR')]),
    { confidence: 'certain', hint: /\/A\/app\.asar\.unpacked\/bin\/claude/ },
  ],
  [
    'NOT_EXECUTABLE',
    'no right',
    seen([refused(notStarted({ file: '/app/my tool', isExecutable: false, errorCode: 'EACCES' }))]),
    { confidence: 'certain', hint: /Make \/app\/my tool executable/, fix: "chmod +x '/app/my tool'" },
  ],
  [
    'NOT_EXECUTABLE',
    'a folder',
    seen([refused(notStarted({ notAFile: 'a directory', isExecutable: false, errorCode: 'EACCES' }))]),
    { confidence: 'certain', hint: /Name the executable itself/ },
  ],
  ['NOT_EXECUTABLE', 'a mount', seen([refused(notStarted({ errorCode: 'EACCES' }))]), { confidence: 'certain', hint: /noexec/ }],
  [
    'NOT_EXECUTABLE',
    'a relative file of a shell',
    seen([dies('sh: 1: ./server: Permission denied', 126)]),
    { confidence: 'certain', hint: /\/app\/server/, fix: 'chmod +x /app/server' },
  ],
  [
    'WRONG_ARCHITECTURE',
    'a file',
    seen([refused(notStarted({ builtFor: 'arm64', errorCode: null }))]),
    { confidence: 'certain', hint: /\/app\/tool again, as the build for linux on x64/ },
  ],
  [
    'WRONG_ARCHITECTURE',
    'that a shell has read',
    seen([dies('sh: 1: Syntax error: "(" unexpected', 2, { exit: exit({ code: 2, reason: 'WRONG_ARCHITECTURE' }) })], {
      service: commandService('/app/tool'),
    }),
    { confidence: 'certain', hint: /\/app\/tool again/ },
  ],
  [
    'WRONG_ARCHITECTURE',
    'a native module',
    seen([dies('Error: /app/node_modules/@scope/x/build/x.node: invalid ELF header')]),
    { confidence: 'certain', hint: /@scope\/x/, fix: 'cd /app && npm rebuild @scope/x' },
  ],
  [
    'ARGUMENTS_TOO_LONG',
    'of the service',
    seen([refused(notStarted({ errorCode: 'E2BIG' }))]),
    { confidence: 'certain', hint: /stdin or in a file.*128 KiB/ },
  ],
  [
    'ARGUMENTS_TOO_LONG',
    'of what it starts',
    seen([diesOfQuestion('Error: spawn E2BIG')]),
    { confidence: 'certain', hint: /stdin or in a file/ },
  ],
  [
    'WINDOWS_CMD_WITHOUT_SHELL',
    'a batch file',
    seen(
      [
        refused(
          notStarted({
            command: 'C:\\npm\\claude.cmd',
            file: 'C:\\npm\\claude.cmd',
            isBatch: true,
            platform: 'win32',
            errorCode: 'EINVAL',
          }),
        ),
      ],
      {
        machine: { platform: 'win32' },
        executables: { claude: { ...claude('C:\\npm\\claude.cmd'), realPath: 'C:\\npm\\bin\\claude.exe' } },
      },
    ),
    { confidence: 'certain', hint: /Start C:\\npm\\bin\\claude\.exe/ },
  ],
  [
    'WINDOWS_CMD_WITHOUT_SHELL',
    'of the backend',
    seen([dies('Error: spawn EINVAL')], { machine: { platform: 'win32' } }),
    { confidence: 'certain', hint: /\.exe/ },
  ],
  [
    'FILE_QUARANTINED',
    'found, and gone',
    seen([refused(notStarted({ command: 'C:\\a\\claude.exe', file: 'C:\\a\\claude.exe', fileExists: false, platform: 'win32' }))], {
      machine: { platform: 'win32' },
      executables: { claude: claude('C:\\a\\claude.exe') },
    }),
    { confidence: 'likely', hint: /Restore C:\\a\\claude\.exe .* exclude C:\\a,/ },
  ],
  [
    'KILLED_BY_CODE_SIGNING',
    'at once, without a word',
    seen([dies('', null, { output: [], exit: exit({ atMs: 12, code: null, signal: 'SIGKILL' }) })], {
      machine: { platform: 'darwin' },
      service: commandService('/Applications/My App.app/Contents/Resources/api'),
    }),
    { confidence: 'likely', hint: /Sign \/Applications/, fix: "codesign --force --deep --sign - '/Applications/My App.app'" },
  ],
  [
    'KILLED_BY_CODE_SIGNING',
    'with quarantine',
    seen([dies('', null, { output: [], exit: exit({ atMs: 400, code: null, signal: 'SIGKILL' }) })], {
      machine: { platform: 'darwin', quarantine: { quarantined: true, translocated: false, codesigningReport: false } },
      service: commandService('/d/api'),
    }),
    { confidence: 'likely', hint: /Release \/d\/api/, fix: 'xattr -dr com.apple.quarantine /d/api' },
  ],
  [
    'KILLED_BY_CODE_SIGNING',
    'with a report',
    seen([dies('', null, { output: [], exit: exit({ atMs: 12, code: null, signal: 'SIGKILL' }) })], {
      machine: { platform: 'darwin', quarantine: { quarantined: false, translocated: false, codesigningReport: true } },
    }),
    { confidence: 'certain', hint: /Sign / },
  ],

  // Electron
  [
    'RUN_AS_NODE_FUSE_OFF',
    'a child of the app itself',
    electron([], { runAsNodeFuse: false, execPathChild: { runAsNode: true } }),
    { confidence: 'certain', hint: /utilityProcess/ },
  ],
  [
    'RUN_AS_NODE_FUSE_OFF',
    'a forked service that failed',
    electron([dies('', 64, { output: [] })], { runAsNodeFuse: false }),
    { confidence: 'likely', hint: /utilityProcess/ },
  ],
  [
    'RUN_AS_NODE_FUSE_OFF',
    'refused',
    seen([refused(refusal('RUN_AS_NODE_FUSE_OFF', 'The Node given as an option cannot be used.', "Use launch: 'utilityProcess'."))]),
    { confidence: 'certain', hint: /utilityProcess/ },
  ],
  [
    'RUN_AS_NODE_FUSE_OFF',
    'in a package',
    seen([], {
      subject: 'package',
      archive: {
        dir: '/d/My App',
        findings: [{ code: 'RUN_AS_NODE_FUSE_OFF', severity: 'fail', fact: 'The fuse is off.', hint: 'Use utilityProcess.', paths: [] }],
        electron: { version: null, node: null, abi: null, arch: null },
        fuses: null,
        entry: null,
      },
    }),
    { confidence: 'certain', hint: /utilityProcess/ },
  ],
  [
    'RUN_AS_NODE_MISSING',
    'a second copy of the app',
    electron([], { execPathChild: { runAsNode: false } }),
    { confidence: 'certain', hint: /ELECTRON_RUN_AS_NODE: '1'/ },
  ],
  [
    'RUN_AS_NODE_MISSING',
    'set right, it cures',
    seen([well(), silentlyFails(), repaired('ELECTRON_RUN_AS_NODE')]),
    { confidence: 'certain', hint: /`jarvis-supervise start` sets it/ },
  ],
  [
    'RUN_AS_NODE_LEAKS',
    'into an editor',
    seen([dies("Error: Cannot find module '/x'", 1, { surroundings: { values: { ELECTRON_RUN_AS_NODE: '1' } } })], {
      service: commandService('/usr/bin/code'),
      environment: { values: { ELECTRON_RUN_AS_NODE: '1' } },
    }),
    { confidence: 'likely', hint: /Remove the variable/, fix: 'unset ELECTRON_RUN_AS_NODE' },
  ],
  [
    'UTILITY_PROCESS_MISUSE',
    'too early',
    electron([], { utilityProcessError: 'Error: utilityProcess cannot be created before app is ready.' }),
    { confidence: 'certain', hint: /whenReady/ },
  ],
  [
    'UTILITY_PROCESS_MISUSE',
    'stdin',
    electron([], { utilityProcessError: 'Error: stdin value other than ignore is not supported.' }),
    { confidence: 'certain', hint: /no stdin/ },
  ],
  [
    'UTILITY_PROCESS_MISUSE',
    'two values',
    electron([], { utilityProcessError: 'Error: configuration missing for stdin, stdout or stderr.' }),
    { confidence: 'certain', hint: /three values/ },
  ],

  // commands
  [
    'COMMAND_NOT_FOUND',
    'of the service',
    seen([refused(notStarted({ command: 'uv', file: null, elsewhere: '/h/.local/bin/uv' }))]),
    { confidence: 'certain', hint: /\/h\/\.local\/bin\/uv/ },
  ],
  ['COMMAND_NOT_FOUND', 'of the backend', seen([dies(words.spawnFails('ffmpeg'))]), { confidence: 'likely', hint: /Install ffmpeg/ }],
  ['COMMAND_NOT_FOUND', 'of a shell', seen([dies('sh: 1: ffmpeg: not found', 127)]), { confidence: 'certain', hint: /Install ffmpeg/ }],
  [
    'COMMAND_NOT_FOUND',
    'only packaged',
    seen(packagedFails('sh: 1: ffmpeg: not found').map((run, at) => (at === 0 ? run : { ...run, exit: exit({ code: 127 }) }))),
    { confidence: 'certain', hint: /ffmpeg by its whole path.*\/usr\/sbin.*`jarvis-supervise start` repairs PATH/ },
  ],
  [
    'COMMAND_NOT_FOUND',
    'PATH cures, and nothing was said',
    seen([well(), silentlyFails(), repaired('PATH')], noClaude),
    { confidence: 'likely', hint: /by its whole path/ },
  ],

  // scripts
  [
    'ENTRY_MISSING',
    'before the launch',
    seen([refused(refusal('ENTRY_MISSING', 'The script /app/dist/server.js is not there.', 'Build it, or correct the path.'))], {
      service: { ...service, script: '/app/dist/server.js' },
    }),
    { confidence: 'certain', hint: /npm run build in \/app/ },
  ],
  ['ENTRY_MISSING', 'of Node', seen([dies(words.entryMissing('/app/server.js'))]), { confidence: 'certain', hint: /\/app\/server\.js/ }],
  [
    'ENTRY_MISSING',
    'in an archive',
    seen([dies(words.entryMissing('/A/app.asar/server.js'))]),
    { confidence: 'certain', hint: /\/A\/app\.asar\.unpacked\/server\.js.*\/A\/app\.asar\/server\.js/ },
  ],
  [
    'ENTRY_MISSING',
    'of Python',
    seen([dies("python3: can't open file '/app/nosuch.py': [Errno 2] No such file or directory", 2)]),
    { confidence: 'certain', hint: /\/app\/nosuch\.py/ },
  ],
  [
    'TYPESCRIPT_ENTRY',
    'refused',
    seen([refused(refusal('TYPESCRIPT_ENTRY', '/app/server.ts is TypeScript.'))], { service: { ...service, script: '/app/server.ts' } }),
    { confidence: 'certain', hint: /compiled server\.js/, fix: 'cd /app && npm install --save-dev tsx' },
  ],
  [
    'TYPESCRIPT_ENTRY',
    'run',
    seen(
      [dies('/app/server.ts:1\nconst x: number = 1\n      ^\n\nSyntaxError: Missing initializer in const declaration\n\nNode.js v20.20.2')],
      { service: commandService('node', ['server.ts']) },
    ),
    { confidence: 'certain', hint: /compiled server\.js.*22\.18/ },
  ],
  [
    'DEPENDENCY_MISSING',
    'a package',
    seen([dies("Error: Cannot find module '@hono/node-server/serve'\nRequire stack:\n- /app/server.js")], {
      project: { ...project, dir: '/my app' },
    }),
    { confidence: 'certain', hint: /Install @hono\/node-server/, fix: "cd '/my app' && npm install @hono/node-server" },
  ],
  [
    'DEPENDENCY_MISSING',
    'of Python',
    seen([dies("ModuleNotFoundError: No module named 'flask.ext'")]),
    { confidence: 'certain', hint: /flask/, fix: 'cd /app && python3 -m pip install flask' },
  ],
  [
    'DEPENDENCY_MISSING',
    'a library',
    seen([
      dies('api: error while loading shared libraries: libssl.so.1.1: cannot open shared object file: No such file or directory', 127),
    ]),
    { confidence: 'certain', hint: /libssl\.so\.1\.1/ },
  ],
  [
    'MODULE_FORMAT_MISMATCH',
    'a module as CommonJS',
    seen([dies('SyntaxError: Cannot use import statement outside a module')]),
    { confidence: 'certain', hint: /\.mjs.*\/app\/package\.json/, fix: 'cd /app && npm pkg set type=module' },
  ],
  [
    'MODULE_FORMAT_MISMATCH',
    'CommonJS as a module',
    seen([dies('ReferenceError: require is not defined in ES module scope, you can use import instead')], {
      project: { ...project, dir: null },
    }),
    { confidence: 'certain', hint: /\.cjs.*ship that file/ },
  ],
  [
    'NATIVE_ABI_MISMATCH',
    'in Electron',
    seen([dies(words.abi(127, 143))]),
    {
      confidence: 'certain',
      hint: /@electron\/rebuild --only better-sqlite3.*Node 22/,
      fix: 'cd /app && npx @electron/rebuild --only better-sqlite3',
    },
  ],
  [
    'NATIVE_ABI_MISMATCH',
    'in Node',
    seen([dies(words.abi(143, 127))]),
    { confidence: 'certain', hint: /npm rebuild better-sqlite3/, fix: 'cd /app && npm rebuild better-sqlite3' },
  ],
  [
    'BAD_NODE_OPTION',
    'of the environment',
    seen([dies('node: --no-such is not allowed in NODE_OPTIONS', 9, { surroundings: { values: { NODE_OPTIONS: '--no-such' } } })], {
      environment: { values: { NODE_OPTIONS: '--no-such' } },
    }),
    { confidence: 'certain', hint: /Remove --no-such from NODE_OPTIONS/, fix: 'unset NODE_OPTIONS' },
  ],
  [
    'BAD_NODE_OPTION',
    'of the service',
    seen([dies('node: bad option: --no-such', 9)]),
    { confidence: 'certain', hint: /Remove --no-such from `node\.execArgv`/ },
  ],
  [
    'NODE_TOO_OLD',
    'by its words',
    seen([dies('ReferenceError: fetch is not defined\n\nNode.js v17.9.1')], { executables: { node: node('/old/node', '17.9.1') } }),
    { confidence: 'certain', hint: /--node-path/ },
  ],
  [
    'NODE_TOO_OLD',
    'by its engines',
    seen([dies('SyntaxError: Unexpected token xyz')], { project: { ...project, engines: '>=24', enginesMet: false } }),
    { confidence: 'likely', hint: /a Node that meets >=24/ },
  ],
  [
    'NODE_TOO_OLD',
    'by its age',
    seen([dies('', 1, { output: [] })], {
      executables: {
        node: {
          ...node('/old/node', 'v12.22.0'),
          candidates: [{ path: '/new/node', kind: 'native', source: 'known-place', usable: null, reason: '' }],
        },
      },
    }),
    { confidence: 'likely', hint: /\/new\/node/ },
  ],

  // the working directory
  [
    'WORKING_DIRECTORY_UNUSABLE',
    'a relative script',
    seen([dies(words.entryMissing('/server.js'), 1, { command: 'node server.js', surroundings: { cwd: '/' } })], {
      service: commandService('node', ['server.js']),
    }),
    { confidence: 'certain', hint: /`cwd`/ },
  ],
  [
    'WORKING_DIRECTORY_UNUSABLE',
    'a relative script, only packaged',
    seen([well(), dies(words.entryMissing('/server.js'), 1, { command: 'node ./server.js', surroundings: packaged() })]),
    { confidence: 'certain', hint: /app\.getPath\('userData'\).*`jarvis-supervise start` starts it in its `cwd` \(\/app\)/ },
  ],
  [
    'WORKING_DIRECTORY_UNUSABLE',
    'a relative file, only packaged',
    seen(packagedFails(words.noFile('data/config.json'))),
    { confidence: 'certain', hint: /import\.meta\.dirname/ },
  ],
  [
    'WORKING_DIRECTORY_UNUSABLE',
    'a relative file in the root',
    seen([dies(words.noFile('data/config.json'), 1, { surroundings: { cwd: '/' } })]),
    { confidence: 'likely', hint: /looked for in \// },
  ],
  [
    'WORKING_DIRECTORY_UNUSABLE',
    'the file of its variables',
    seen(packagedFails('Error: Missing required environment variable: DATABASE_URL')),
    { confidence: 'likely', hint: /\.env/ },
  ],
  [
    'WORKING_DIRECTORY_UNUSABLE',
    'a read-only disk',
    seen([dies("Error: EROFS: read-only file system, mkdir '/app/logs'")]),
    { confidence: 'certain', hint: /folder of the user's/ },
  ],
  [
    'WORKING_DIRECTORY_UNUSABLE',
    'no right to write there',
    seen([dies("Error: EACCES: permission denied, open '/app/db.sqlite'")], { project: { ...project, cwdWritable: false } }),
    { confidence: 'certain', hint: /folder of the user's/ },
  ],
  [
    'WORKING_DIRECTORY_UNUSABLE',
    'set right, it cures',
    seen([well(), silentlyFails(), repaired('cwd')]),
    { confidence: 'certain', hint: /`jarvis-supervise start` starts it/ },
  ],
  [
    'WORKING_DIRECTORY_UNUSABLE',
    'a relative command',
    seen([refused(notStarted({ command: './bin/api', cwd: '/', file: '/bin/api', fileExists: false }), { surroundings: { cwd: '/' } })]),
    { confidence: 'certain', hint: /`cwd`/ },
  ],

  // Claude
  [
    'CLAUDE_NOT_FOUND',
    'required',
    seen([refused(refusal('CLAUDE_NOT_FOUND', 'The Claude CLI is required and was not found.'))], noClaude),
    { confidence: 'certain', hint: /which claude --all/, fix: 'npm install -g @anthropic-ai/claude-code' },
  ],
  [
    'CLAUDE_NOT_FOUND',
    'by a check of the backend',
    seen([dies('❌ Claude CLI not found in PATH')], noClaude),
    { confidence: 'likely', hint: /Install the Claude CLI/, fix: 'npm install -g @anthropic-ai/claude-code' },
  ],
  [
    'CLAUDE_NOT_FOUND',
    'by a check on a request',
    seen([diesOfQuestion('❌ Claude CLI not found in PATH')], noClaude),
    { confidence: 'likely', hint: /Install/ },
  ],
  [
    'CLAUDE_NOT_FOUND',
    'by the system',
    seen([dies(words.spawnFails('claude'))], { executables: { claude: claude('/h/.local/bin/claude') } }),
    { confidence: 'certain', hint: /\/h\/\.local\/bin\/claude, to the backend/ },
  ],
  [
    'CLAUDE_NOT_FOUND',
    'PATH cures, and only its folder is missing there',
    seen([well(), silentlyFails(), repaired('PATH')]),
    { confidence: 'likely', hint: /passes CLAUDE_CLI_PATH by itself/ },
  ],
  [
    'CLAUDE_NOT_FOUND',
    'it lives, and answers 503',
    seen([answers(503, 'Claude CLI not found')], noClaude),
    { confidence: 'likely', hint: /Install/ },
  ],
  [
    'ENVIRONMENT_INCOMPLETE',
    'by its words',
    seen([dies('Error: Missing required environment variable: DATABASE_URL')]),
    { confidence: 'likely', hint: /Set DATABASE_URL/ },
  ],
  [
    'ENVIRONMENT_INCOMPLETE',
    'by its words, only packaged',
    seen(packagedFails('Error: Missing required environment variable: API_TOKEN')),
    { confidence: 'likely', hint: /Set API_TOKEN\. .*envFile/ },
  ],
  [
    'ENVIRONMENT_INCOMPLETE',
    'set right, they cure',
    seen([well(), silentlyFails(), repaired('variables')]),
    { confidence: 'certain', hint: /Set API_TOKEN, NVM_DIR\./ },
  ],
  [
    'ENVIRONMENT_INCOMPLETE',
    'a home',
    seen([well(), silentlyFails({ home: null, missing: ['HOME'] }), repaired('HOME')]),
    { confidence: 'certain', hint: /Set HOME/ },
  ],
  [
    'CLAUDE_UNUSABLE',
    'a placeholder',
    seen([
      refused(notStarted({ command: 'claude', file: '/g/@anthropic-ai/claude-code/bin/claude.exe', isPlaceholder: true, errorCode: null })),
    ]),
    {
      confidence: 'certain',
      hint: /install\.cjs` in \/g\/@anthropic-ai\/claude-code,/,
      fix: 'cd /g/@anthropic-ai/claude-code && node install.cjs',
    },
  ],
  [
    'CLAUDE_UNUSABLE',
    'a placeholder that was required',
    seen([refused(refusal('CLAUDE_NOT_FOUND', 'The Claude CLI is required and was not found.'))], {
      executables: { claude: stub('/g/@anthropic-ai/claude-code/bin/claude.exe') },
    }),
    { confidence: 'certain', hint: /install\.cjs/, fix: 'cd /g/@anthropic-ai/claude-code && node install.cjs' },
  ],
  [
    'CLAUDE_UNUSABLE',
    'a placeholder that was named',
    seen(
      [
        refused(
          refusal(
            'CLAUDE_UNUSABLE',
            'The Claude CLI given as an option cannot be used: /g/@anthropic-ai/claude-code/bin/claude.exe is the placeholder of npm: the native file was never put in its place.',
            'Run `node install.cjs`.',
          ),
        ),
      ],
      { executables: { claude: executable() } },
    ),
    { confidence: 'certain', hint: /install\.cjs/, fix: 'cd /g/@anthropic-ai/claude-code && node install.cjs' },
  ],
  [
    'CLAUDE_UNUSABLE',
    'a placeholder that speaks',
    seen([diesOfQuestion(`Error: claude native binary not installed.\n\nEither postinstall did not run\n${sdkEnds}`)]),
    { confidence: 'likely', hint: /install\.cjs/, fix: 'node "$(npm root -g)/@anthropic-ai/claude-code/install.cjs"' },
  ],
  [
    'CLAUDE_UNUSABLE',
    'within Claude',
    seen([diesOfQuestion(`Error: Claude Code cannot be launched inside another Claude Code session.\n${sdkEnds}`)]),
    { confidence: 'likely', hint: /CLAUDECODE/, fix: 'unset CLAUDECODE' },
  ],
  [
    'CLAUDE_UNUSABLE',
    'as root',
    seen([answers(500, '--dangerously-skip-permissions cannot be used with root/sudo privileges for security reasons')]),
    { confidence: 'likely', hint: /another user than root/ },
  ],
  [
    'CLAUDE_UNUSABLE',
    'without Git Bash',
    seen([dies('Error: Claude Code on Windows requires git-bash (https://git-scm.com/downloads/win).')], {
      machine: { platform: 'win32' },
    }),
    { confidence: 'likely', hint: /CLAUDE_CODE_GIT_BASH_PATH/ },
  ],
  [
    'CLAUDE_UNUSABLE',
    'an option of another version',
    seen([answers(500, `error: unknown option '--thinking'\n${sdkEnds}`)]),
    { confidence: 'likely', hint: /Update Claude/ },
  ],
  [
    'CLAUDE_UNUSABLE',
    'without a login',
    seen([answers(500, `Invalid API key · Please run /login\n${sdkEnds}`)]),
    { confidence: 'likely', hint: /Log in/ },
  ],
  [
    'CONFINED_PACKAGE',
    'a Flatpak without the command',
    seen([refused(notStarted({ command: 'claude', file: null }))], { machine: { confinement: ['Flatpak'] } }),
    { confidence: 'likely', hint: /flatpak-spawn --host/ },
  ],
  [
    'CONFINED_PACKAGE',
    'a mount that is gone',
    seen([refused(notStarted({ command: '/tmp/.mount_MyApp1/api', file: '/tmp/.mount_MyApp1/api', fileExists: false }))], {
      machine: { confinement: ['AppImage'] },
    }),
    { confidence: 'likely', hint: /userData/ },
  ],
]

describe('a system with one fault', () => {
  it.each(cases)('%s: %s', (code, _what, evidence, expected) => {
    const all = findings(evidence)
    expect([...all.keys()]).toEqual([code])
    const finding = all.get(code)
    expect(finding?.hint).toMatch(expected.hint)
    expect(finding).toMatchObject({ confidence: expected.confidence, ...('fix' in expected && { fix: expected.fix }) })
    expect(finding?.supports.length).toBeGreaterThan(0)
    if (expected.confidence === 'certain') expect(finding?.contradicts ?? []).toEqual([])
    for (const text of [finding?.explanation ?? '', finding?.hint ?? '', ...(finding?.supports ?? [])]) {
      expect(text).toMatch(/\S/)
      expect(text).not.toMatch(/\b(?:undefined(?! \})|null|NaN)\b|\[object/)
    }
  })

  it('every code of these has one', () => {
    expect([...new Set(cases.map(([code]) => code))].sort()).toEqual([...codes].sort())
  })
})

const chatty =
  'warn: spawn node ENOENT\nClaude CLI not found\nsh: 1: ffmpeg: not found\nError: Missing required environment variable: X_Y\nPlease run /login'

const counterExamples: readonly (readonly [Code, string, Evidence])[] = [
  ['NODE_NOT_IN_PATH', 'it says so, and answers 200', seen([well({ output: output('Error: spawn node ENOENT') })])],
  [
    'NODE_NOT_IN_PATH',
    'it had said so long before it answered 500',
    seen([answers(500, '', { output: [...output('Error: spawn node ENOENT', 10), ...output('GET / 500', 305)] })]),
  ],
  [
    'NODE_NOT_IN_PATH',
    'it says so in its own surroundings too',
    seen([
      well({ output: output('Error: spawn node ENOENT') }),
      well({ output: output('Error: spawn node ENOENT'), surroundings: packaged() }),
    ]),
  ],
  ['NODE_NOT_IN_PATH', 'stdin set right cures it', seen([well(), silentlyFails(), repaired('stdin')])],
  ['CWD_MISSING', 'another refusal', seen([refused(refusal('PORT_TAKEN', 'Port 8080 is taken.'))])],
  ['INTERPRETER_MISSING', 'a shell found no command', seen([dies('sh: 1: x: not found', 127)])],
  ['PATH_INSIDE_ASAR', 'a script in the archive', seen([dies(words.entryMissing('/A/app.asar/server.js'))])],
  ['NOT_EXECUTABLE', 'a file that may not be read', seen([dies("Error: EACCES: permission denied, open '/etc/x'")])],
  ['WRONG_ARCHITECTURE', 'a syntax error in a shell script', seen([dies('sh: 1: Syntax error: "(" unexpected', 2)])],
  ['ARGUMENTS_TOO_LONG', 'a name that is too long', seen([dies("Error: ENAMETOOLONG: name too long, open 'x'")])],
  ['WINDOWS_CMD_WITHOUT_SHELL', 'a wrong argument', seen([dies('Error: read EINVAL')])],
  [
    'FILE_QUARANTINED',
    'it was never there',
    seen([refused(notStarted({ file: 'C:\\a\\x.exe', command: 'C:\\a\\x.exe', fileExists: false, platform: 'win32' }))], {
      machine: { platform: 'win32' },
    }),
  ],
  [
    'KILLED_BY_CODE_SIGNING',
    'not on macOS',
    seen([dies('', null, { output: [], exit: exit({ atMs: 12, code: null, signal: 'SIGKILL' }) })]),
  ],
  [
    'KILLED_BY_CODE_SIGNING',
    'it had spoken',
    seen([dies('hello', null, { exit: exit({ atMs: 12, code: null, signal: 'SIGKILL' }) })], { machine: { platform: 'darwin' } }),
  ],
  [
    'KILLED_BY_CODE_SIGNING',
    'the kernel had no memory',
    seen([dies('', null, { output: [], exit: exit({ atMs: 12, code: null, signal: 'SIGKILL', oomKills: 1 }) })], {
      machine: { platform: 'darwin' },
    }),
  ],
  ['RUN_AS_NODE_FUSE_OFF', 'it answers', electron([well()], { runAsNodeFuse: false, execPathChild: { runAsNode: true } })],
  [
    'RUN_AS_NODE_FUSE_OFF',
    'its port is taken',
    electron([dies('Error: listen EADDRINUSE: address already in use 127.0.0.1:8080')], { runAsNodeFuse: false }),
  ],
  ['RUN_AS_NODE_MISSING', 'it answers', electron([well()], { execPathChild: { runAsNode: false } })],
  ['RUN_AS_NODE_MISSING', 'it is set', electron([], { execPathChild: { runAsNode: true } })],
  [
    'RUN_AS_NODE_LEAKS',
    'a command that is no app',
    seen([dies('boom', 1, { surroundings: { values: { ELECTRON_RUN_AS_NODE: '1' } } })], { service: commandService('/usr/bin/python3') }),
  ],
  [
    'RUN_AS_NODE_LEAKS',
    'a script that Electron runs',
    seen([dies('Error: x', 1, { surroundings: { values: { ELECTRON_RUN_AS_NODE: '1' } } })]),
  ],
  ['UTILITY_PROCESS_MISUSE', 'a fatal error of V8', electron([], { utilityProcessError: 'FatalError: v8::ToLocalChecked' })],
  ['COMMAND_NOT_FOUND', 'a page that is not found', seen([dies('GET /favicon.ico: not found', 1)])],
  [
    'ENTRY_MISSING',
    'a module of its own',
    seen([dies("Error: Cannot find module './nope'\nRequire stack:\n- /app/server.js\n  requireStack: [ '/app/server.js' ]")]),
  ],
  [
    'ENTRY_MISSING',
    'the folder is the wrong one',
    seen([dies(words.entryMissing('/server.js'), 1, { command: 'node server.js', surroundings: { cwd: '/' } })], {
      service: commandService('node', ['server.js']),
    }),
  ],
  [
    'TYPESCRIPT_ENTRY',
    'a mistake in JavaScript',
    seen([dies("/app/server.js:1\nlet a; let a\n       ^\n\nSyntaxError: Identifier 'a' has already been declared\n\nNode.js v20.20.2")]),
  ],
  ['DEPENDENCY_MISSING', 'a module of its own', seen([dies("Error: Cannot find module './nope'\nRequire stack:\n- /app/server.js")])],
  ['MODULE_FORMAT_MISMATCH', 'a syntax error', seen([dies("SyntaxError: Unexpected token '}'")])],
  ['NATIVE_ABI_MISMATCH', 'another error of a native module', seen([dies('Error: /app/x.node: undefined symbol: uv_x')])],
  ['WORKING_DIRECTORY_UNUSABLE', 'a relative file that is missing in its own folder', seen([dies(words.noFile('data/config.json'))])],
  [
    'WORKING_DIRECTORY_UNUSABLE',
    'a file of others',
    seen([dies("Error: EACCES: permission denied, open '/etc/shadow'")], { project: { ...project, cwdWritable: false } }),
  ],
  [
    'WORKING_DIRECTORY_UNUSABLE',
    'one file of its own that it may not read',
    seen([dies("Error: EACCES: permission denied, open '/app/secret'")]),
  ],
  [
    'WORKING_DIRECTORY_UNUSABLE',
    'an absolute script, only packaged',
    seen([well(), dies(words.entryMissing('/app/server.js'), 1, { surroundings: packaged() })]),
  ],
  ['BAD_NODE_OPTION', 'code 9 of another program', seen([dies('all is lost', 9)])],
  [
    'NODE_TOO_OLD',
    'its engines are not met, and it is well',
    seen([well()], { project: { ...project, engines: '>=24', enginesMet: false } }),
  ],
  [
    'NODE_TOO_OLD',
    'its engines are not met, and its port is taken',
    seen([dies('Error: listen EADDRINUSE: address already in use 127.0.0.1:8080')], {
      project: { ...project, engines: '>=24', enginesMet: false },
    }),
  ],
  [
    'NODE_TOO_OLD',
    'its engines are not met, and it waits for nothing',
    seen([dies('', 13, { output: [] })], { project: { ...project, engines: '>=24', enginesMet: false } }),
  ],
  [
    'NODE_TOO_OLD',
    'its engines are not met, and it hangs',
    seen([well({ requests: [request({ outcome: 'no-answer', status: null })] })], {
      project: { ...project, engines: '>=24', enginesMet: false },
    }),
  ],
  [
    'NODE_TOO_OLD',
    'an old Node that another program does not use',
    seen([dies('boom')], { service: commandService('/usr/bin/python3'), executables: { node: node('/old/node', '12.0.0') } }),
  ],
  [
    'CLAUDE_NOT_FOUND',
    'it crashes of something else later',
    seen([
      dies(
        'Claude CLI not found\n/app/server.js:1\nx.y\n  ^\n\nTypeError: x.y is not a function\n    at /app/server.js:1:1\n\nNode.js v20.20.2',
      ),
    ]),
  ],
  ['ENVIRONMENT_INCOMPLETE', 'a warning of a healthy one', seen([well({ output: output('Missing optional environment variable X_Y') })])],
  ['CLAUDE_UNUSABLE', 'an unknown option of another program', seen([dies("error: unknown option '--thinking'")])],
  [
    'CLAUDE_UNUSABLE',
    'only a placeholder is there, and a package is missing',
    seen([dies("Error: Cannot find module 'hono'")], { executables: { claude: stub('/g/claude') } }),
  ],
  ['CLAUDE_UNUSABLE', 'only a placeholder is there, and it is well', seen([well()], { executables: { claude: stub('/g/claude') } })],
  [
    'CONFINED_PACKAGE',
    'its port is taken',
    seen([dies('Error: listen EADDRINUSE: address already in use 127.0.0.1:8080')], { machine: { confinement: ['Flatpak'] } }),
  ],
]

describe('is not taken for what it is not', () => {
  it.each(counterExamples)('%s: %s', (code, _what, evidence) => {
    expect(found(evidence)).not.toContain(code)
  })

  it('every code of these has a counter-example', () => {
    expect([...new Set(counterExamples.map(([code]) => code))].sort()).toEqual([...codes].sort())
  })
})

describe('nothing is found', () => {
  it.each([
    ['of a healthy service', seen([well()])],
    ['of a healthy service that talks of all troubles', seen([well({ output: output(chatty) })])],
    ['of one that is well packaged too', seen([well(), well({ surroundings: packaged() })])],
    [
      'of one that talks of all troubles in both',
      seen([well({ output: output(chatty) }), well({ output: output(chatty), surroundings: packaged() })]),
    ],
    ['without any run', seen([])],
    ['of a crash that nothing names', seen([dies('TypeError: x is not a function')])],
    ['of an error answer that nothing names', seen([answers(500, 'Error: connect ECONNREFUSED 127.0.0.1:5432')])],
    [
      'of somebody else who answers 500',
      seen([well({ output: output('spawn node ENOENT', 205), requests: [request({ status: 500, owner: 'foreign' })] })]),
    ],
    [
      'of one that others have ended, after answers with an error',
      seen([answers(500, 'Error: spawn node ENOENT', { exit: exit({ atMs: 9000, code: null, signal: 'SIGTERM' }) })]),
    ],
    [
      'of what it says packaged, where it is ill in its own surroundings',
      seen([dies('TypeError: x is not a function'), well({ surroundings: packaged(), output: output('Error: spawn node ENOENT') })]),
    ],
    [
      'of an end that was asked for',
      seen([well({ exit: exit({ code: 1, requested: true }), output: output('Error: spawn node ENOENT') })]),
    ],
  ])('%s', (_what, evidence) => {
    expect(found(evidence)).toEqual([])
  })
})

describe('what is said', () => {
  const find = (code: Code, evidence: Evidence): Finding => {
    const finding = findings(evidence).get(code)
    if (finding === undefined) throw new Error(`${code} was not found, but ${found(evidence)}`)
    return finding
  }

  it('a crash on a request tells of the request', () => {
    const finding = find('CLAUDE_NOT_FOUND', seen([diesOfQuestion('❌ Claude CLI not found in PATH')], noClaude))
    expect(finding.explanation).toBe('It exited with code 1 12 ms after GET /api: ❌ Claude CLI not found in PATH')
    expect(finding.supports).toContainEqual(expect.stringContaining('CRASHED_ON_REQUEST'))
  })

  it('an end long after the last question is not blamed on it', () => {
    const run = dies('❌ Claude CLI not found in PATH', 1, {
      exit: exit({ atMs: 9000 }),
      requests: [request()],
      listening: [{ atMs: 100, listeners: [listener] }],
      output: [{ atMs: 8990, stream: 'stderr', text: '❌ Claude CLI not found in PATH' }],
    })
    expect(find('CLAUDE_NOT_FOUND', seen([run], noClaude)).explanation).toBe(
      'It exited with code 1 after 9 s: ❌ Claude CLI not found in PATH',
    )
  })

  it('what was said before it served does not explain why it ended', () => {
    const run = dies('❌ Claude CLI not found in PATH', 1, {
      exit: exit({ atMs: 9000 }),
      requests: [request()],
      listening: [{ atMs: 900, absentAtMs: 850, listeners: [listener] }],
      output: [{ atMs: 300, stream: 'stderr', text: '❌ Claude CLI not found in PATH' }],
    })
    expect(() => find('CLAUDE_NOT_FOUND', seen([run], noClaude))).toThrow('was not found')
  })

  it('a Node on the PATH speaks against a missing one', () => {
    expect(find('NODE_NOT_IN_PATH', seen([dies(words.spawnFails('node'))])).contradicts).toEqual([
      '/opt/n/bin/node lies on the PATH that it was given.',
    ])
  })

  it('two differences that cure it are both told', () => {
    const finding = find('WORKING_DIRECTORY_UNUSABLE', seen([well(), silentlyFails(), repaired('cwd'), repaired('variables')]))
    expect(finding.contradicts).toEqual(['With the variables alone set right it answers too.'])
  })

  it('of a PATH that cures it, what it alone says names the command', () => {
    const run = dies('Error: spawn ffmpeg ENOENT\nall is well', 0, { surroundings: packaged() })
    expect(find('COMMAND_NOT_FOUND', seen([well(), run, repaired('PATH')])).hint).toMatch(/^Name ffmpeg by its whole path/)
  })

  it('an experiment that did not cure says nothing', () => {
    expect(found(seen([well(), silentlyFails(), silentlyFails({ repaired: 'cwd' })]))).toEqual([])
  })

  it('both versions of a native module have names', () => {
    expect(find('NATIVE_ABI_MISMATCH', seen([dies(words.abi(127, 143))])).supports).toEqual(
      expect.arrayContaining(['Built for Node 22 (NODE_MODULE_VERSION 127).', 'Loaded by Electron 40 (NODE_MODULE_VERSION 143).']),
    )
  })

  it('what was said in vain is merely possible', () => {
    const run = well({
      output: output('Claude CLI not found'),
      listening: [],
      requests: [request({ outcome: 'refused', status: null, owner: 'nobody' })],
    })
    expect(find('CLAUDE_NOT_FOUND', seen([run], noClaude)).confidence).toBe('possible')
  })

  it('names of variables are listed, of many the first', () => {
    const missing = Array.from({ length: 20 }, (_, at) => `NAME_${at}`)
    expect(find('ENVIRONMENT_INCOMPLETE', seen([well(), silentlyFails({ missing }), repaired('variables')])).hint).toMatch(
      /NAME_11 and 8 more/,
    )
  })

  it('a warning about a package is merely possible', () => {
    const archive = { dir: '/d', electron: { version: null, node: null, abi: null, arch: null }, fuses: null, entry: null }
    const findingsOf = (severity: 'fail' | 'warn') => [
      { code: 'ENTRY_MISSING' as const, severity, fact: 'It is not in the archive.', hint: 'Ship it.', paths: ['/d/server.js'] },
    ]
    const evidence = (severity: 'fail' | 'warn') =>
      seen([], { subject: 'package', archive: { ...archive, findings: findingsOf(severity) } })
    expect(find('ENTRY_MISSING', evidence('warn')).confidence).toBe('possible')
    expect(find('ENTRY_MISSING', evidence('fail'))).toMatchObject({
      confidence: 'certain',
      supports: ['It is not in the archive.', '/d/server.js'],
    })
  })
})

describe('last words of programs', () => {
  const ours = (cause: CauseCode | null): cause is Code => (codes as readonly (CauseCode | null)[]).includes(cause)

  it.each([...printed, ...known].map((each) => [each.who, each] as const))('%s', (_who, { text, code = 1, cause }) => {
    const all = found(seen([dies(text, code)]))
    expect(all).toEqual(ours(cause) ? [cause] : [])
  })
})

describe('whatever the evidence', () => {
  const line = fc.constantFrom(...[...printed, ...known].flatMap(({ text }) => linesOf(text)), ...linesOf(chatty))
  const some = fc.record({
    lines: fc.array(line, { maxLength: 8 }),
    code: fc.constantFrom(0, 1, 2, 9, 64, 127, null),
    status: fc.constantFrom(200, 404, 500),
    ends: fc.boolean(),
    cwd: fc.constantFrom('/app', '/'),
    label: fc.constantFrom('own' as const, 'packaged' as const),
    repairs: fc.subarray(['PATH', 'cwd', 'HOME', 'variables', 'stdin', 'ELECTRON_RUN_AS_NODE'] as const),
    confinement: fc.subarray(['AppImage', 'Snap', 'Flatpak']),
  })

  it('at most one of these causes is found, with a hint and a fact', () => {
    fc.assert(
      fc.property(some, ({ lines, code, status, ends, cwd, label, repairs, confinement }) => {
        const text = lines.join('\n')
        const more: Run = { surroundings: label === 'packaged' ? packaged({ cwd }) : { cwd } }
        const ill = ends ? dies(text, code, more) : answers(status, text, more)
        const runs = label === 'packaged' ? [well(), ill, ...repairs.map(repaired)] : [ill]
        const all = [...findings(seen(runs, { machine: { confinement } })).values()]
        expect(all.length).toBeLessThanOrEqual(1)
        for (const { hint, supports, confidence, contradicts = [] } of all) {
          expect(hint).toMatch(/\S/)
          expect(supports.length).toBeGreaterThan(0)
          if (contradicts.length > 0 && confidence === 'certain') expect(repairs.length).toBeGreaterThan(1)
        }
      }),
    )
  })
})

describe('the files of these causes', () => {
  it.each(codes)('%s has one cause, named for it', async (code) => {
    const exported = await exportsOf(code)
    const name = code.toLowerCase().replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase())
    expect(exported).toEqual([[name, expect.objectContaining({ code, title: expect.stringMatching(/^\S.{5,70}[^.]$/) })]])
  })

  it('lie with the others', () => {
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(codes.map(fileOf)))
  })
})
