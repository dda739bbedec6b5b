import { describe, expect, it } from 'vitest'
import { causeCodes } from '../../src/causes/codes.ts'
import { type ExitFacts, explainExit } from '../../src/causes/exit.ts'
import { causeInOutput, outputPatterns, takenPorts } from '../../src/causes/patterns.ts'

const facts: ExitFacts = { code: 1, signal: null, tail: [], port: 3000, wasReady: false, endedByUs: null }
const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '')

/** As Node 20.20 on Linux writes it, but for paths and numbers. */
const written = {
  portTaken: (address: string): string[] =>
    lines(`node:events:502
      throw er; // Unhandled 'error' event
      ^
Error: listen EADDRINUSE: address already in use ${address}
    at Server.setupListenHandle [as _listen2] (node:net:1908:16)
    at listenInCluster (node:net:1965:12)
    at doListen (node:net:2139:7)
    at process.processTicksAndRejections (node:internal/process/task_queues:83:21)
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:1944:8) {
  code: 'EADDRINUSE',
  errno: -98,
  syscall: 'listen',
  address: '${address.replace(/:\d+$/, '')}',
  port: ${address.replace(/^.*:/, '')}
}
Node.js v20.20.2`),
  entryMissing: lines(`Error: Cannot find module '/app/missing.js'
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)
    at node:internal/main/run_main_module:28:49 {
  code: 'MODULE_NOT_FOUND',
  requireStack: []
}
Node.js v20.20.2`),
  packageMissingEsm: lines(`Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'hono' imported from /app/server.mjs
    at packageResolve (node:internal/modules/esm/resolve:873:9) {
  code: 'ERR_MODULE_NOT_FOUND'
}`),
  packageMissingCjs: lines(`Error: Cannot find module 'hono'
Require stack:
- /app/server.cjs
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/app/server.cjs' ]
}`),
  ownFileMissingCjs: lines(`Error: Cannot find module './nope'
Require stack:
- /app/server.cjs
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/app/server.cjs' ]
}`),
  requireInEsm: lines(`ReferenceError: require is not defined in ES module scope, you can use import instead
This file is being treated as an ES module because it has a '.js' file extension and '/app/package.json' contains "type": "module".
    at file:///app/server.js:1:1`),
  importInCjs: lines(`import fs from 'fs'
^^^^^^
SyntaxError: Cannot use import statement outside a module
    at wrapSafe (node:internal/modules/cjs/loader:1464:18)`),
  typescript: lines(`TypeError [ERR_UNKNOWN_FILE_EXTENSION]: Unknown file extension ".ts" for /app/server.ts
    at Object.getFileProtocolModuleFormat [as file:] (node:internal/modules/esm/get_format:189:9) {
  code: 'ERR_UNKNOWN_FILE_EXTENSION'
}`),
  heap: lines(`<--- JS stacktrace --->
FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----
 1: 0xb78db3 node::OOMErrorHandler(char const*, v8::OOMDetails const&) [node]
 2: 0xee8300 v8::Utils::ReportOOMFailure(v8::internal::Isolate*, char const*, v8::OOMDetails const&) [node]
10: 0x195e476  [node]`),
  badPort: lines(`RangeError [ERR_SOCKET_BAD_PORT]: options.port should be >= 0 and < 65536. Received type number (NaN).
    at Server.listen (node:net:2059:5) {
  code: 'ERR_SOCKET_BAD_PORT'
}`),
  noSuchAddress: lines(`Error: listen EADDRNOTAVAIL: address not available 10.9.9.9:3000
  code: 'EADDRNOTAVAIL',
  errno: -99,
  syscall: 'listen',
  address: '10.9.9.9',
  port: 3000`),
  privileged: lines(`Error: listen EACCES: permission denied 0.0.0.0:80
  code: 'EACCES',
  errno: -13,
  syscall: 'listen',
  address: '0.0.0.0',
  port: 80`),
  spawnNode: lines(`Error: spawn node ENOENT
    at ChildProcess._handle.onexit (node:internal/child_process:285:19) {
  errno: -2,
  code: 'ENOENT',
  syscall: 'spawn node',
  path: 'node',
  spawnargs: []
}`),
  abi: lines(`Error: The module '/app/node_modules/better-sqlite3/build/Release/better_sqlite3.node'
was compiled against a different Node.js version using
NODE_MODULE_VERSION 127. This version of Node.js requires
NODE_MODULE_VERSION 115. Please try re-compiling or re-installing
the module (for instance, using \`npm rebuild\` or \`npm install\`).`),
}

describe('what an exit says about its cause', () => {
  it.each([
    [written.portTaken('127.0.0.1:3000'), {}, 'PORT_TAKEN'],
    [written.entryMissing, {}, 'ENTRY_MISSING'],
    [written.packageMissingEsm, {}, 'DEPENDENCY_MISSING'],
    [written.packageMissingCjs, {}, 'DEPENDENCY_MISSING'],
    [written.ownFileMissingCjs, {}, null],
    [written.requireInEsm, {}, 'MODULE_FORMAT_MISMATCH'],
    [written.importInCjs, {}, 'MODULE_FORMAT_MISMATCH'],
    [written.typescript, {}, 'TYPESCRIPT_ENTRY'],
    [written.heap, { code: null, signal: 'SIGABRT', wasReady: true }, 'OUT_OF_HEAP'],
    [written.heap, { code: 134 }, 'OUT_OF_HEAP'],
    [written.badPort, {}, 'PORT_NOT_A_NUMBER'],
    [written.noSuchAddress, {}, 'ADDRESS_NOT_AVAILABLE'],
    [written.privileged, {}, 'PORT_PRIVILEGED'],
    [written.spawnNode, { wasReady: true }, 'NODE_NOT_IN_PATH'],
    [written.abi, {}, 'NATIVE_ABI_MISMATCH'],
    [["/usr/bin/env: 'node': No such file or directory"], { code: 127 }, 'NODE_NOT_IN_PATH'],
    [['env: node: No such file or directory'], { code: 127 }, 'NODE_NOT_IN_PATH'],
    [['node: --nope is not allowed in NODE_OPTIONS'], { code: 9 }, 'BAD_NODE_OPTION'],
    [['node: bad option: --nope'], { code: 9 }, 'BAD_NODE_OPTION'],
    [['Error: listen EPERM: operation not permitted 127.0.0.1:3000'], {}, 'SANDBOX_FORBIDS_BIND'],
    [["Error: EMFILE: too many open files, open '/app/x'"], {}, 'TOO_MANY_OPEN_FILES'],
    [['Error: write EPIPE', '    at afterWriteDispatched (node:internal/stream_base_commons:161:15)'], { wasReady: true }, 'BROKEN_PIPE'],
    [['ReferenceError: fetch is not defined'], { wasReady: true }, 'NODE_TOO_OLD'],
    [['ModuleNotFoundError: No module named flask'], {}, 'DEPENDENCY_MISSING'],
    [['TypeError: x is not a function'], {}, null],
  ] satisfies [string[], Partial<ExitFacts>, string | null][])('$2, as it is written (%#)', (tail, more, reason) => {
    expect(explainExit({ ...facts, ...more, tail }).reason).toBe(reason)
  })

  it.each([
    [{ code: 0 }, 'EXITED_BEFORE_LISTENING'],
    [{ code: 13 }, 'EXITED_BEFORE_LISTENING'],
    [{ code: 0, wasReady: true }, null],
    [{ code: 13, wasReady: true }, null],
    [{ code: 9 }, null],
    [{ code: 1 }, null],
    [{ code: null, signal: 'SIGILL' }, 'KILLED_BY_CPU_OR_KERNEL'],
    [{ code: null, signal: 'SIGSEGV' }, 'KILLED_BY_CPU_OR_KERNEL'],
    [{ code: null, signal: 'SIGSYS' }, 'KILLED_BY_CPU_OR_KERNEL'],
    [{ code: null, signal: 'SIGTRAP' }, 'KILLED_BY_CPU_OR_KERNEL'],
    [{ code: null, signal: 'SIGBUS' }, 'KILLED_BY_CPU_OR_KERNEL'],
    [{ code: null, signal: 'SIGTERM' }, null],
    [{ code: null, signal: 'SIGKILL' }, null],
    [{ code: null, signal: 'SIGPIPE' }, 'BROKEN_PIPE'],
    [{ code: 132 }, 'KILLED_BY_CPU_OR_KERNEL'],
    [{ code: 133 }, 'KILLED_BY_CPU_OR_KERNEL'],
    [{ code: 139 }, 'KILLED_BY_CPU_OR_KERNEL'],
    [{ code: 159 }, 'KILLED_BY_CPU_OR_KERNEL'],
    [{ code: 141 }, 'BROKEN_PIPE'],
    [{ code: 126 }, null],
    [{ code: 127 }, null],
    [{ code: 134 }, null],
    [{ code: 137 }, null],
    [{ code: 143 }, null],
    [{ code: 0xc0000005 }, 'KILLED_BY_CPU_OR_KERNEL'],
    [{ code: -1073741819 }, 'KILLED_BY_CPU_OR_KERNEL'],
    [{ code: 0xc000001d }, 'KILLED_BY_CPU_OR_KERNEL'],
    [{ code: 0xc0000135 }, 'DEPENDENCY_MISSING'],
    [{ code: 0xc000013a }, null],
    [{ code: 0xc0000409 }, null],
    [{ code: null, signal: 'SIGKILL', oomKills: 0 }, null],
    [{ code: null, signal: 'SIGKILL', oomKills: 1 }, 'KILLED_BY_OOM'],
    [{ code: 137, oomKills: 2 }, 'KILLED_BY_OOM'],
    [{ code: 1, oomKills: 1 }, null],
    [{ code: null, signal: 'SIGTERM', oomKills: 1 }, null],
    [{ code: null, signal: null }, null],
  ] satisfies [Partial<ExitFacts>, string | null][])('without a word, %j: %s', (more, reason) => {
    expect(explainExit({ ...facts, ...more })).toEqual({ reason, portLost: false })
  })

  it('words say more than the code or the signal', () => {
    expect(explainExit({ ...facts, code: null, signal: 'SIGSEGV', tail: written.heap }).reason).toBe('OUT_OF_HEAP')
  })

  it('the last words count', () => {
    expect(explainExit({ ...facts, tail: [...written.typescript, ...written.packageMissingEsm] }).reason).toBe('DEPENDENCY_MISSING')
  })

  it('an error that was survived explains no end with code 0', () => {
    expect(explainExit({ ...facts, code: 0, wasReady: true, tail: written.portTaken('127.0.0.1:5432') }).reason).toBeNull()
  })

  it.each([[{ code: null, signal: 'SIGKILL' }], [{ code: null, signal: 'SIGTERM' }], [{ code: 137 }], [{ code: 143 }]])(
    'whom others end could not say why: %j',
    (more) => {
      expect(explainExit({ ...facts, ...more, tail: written.portTaken('127.0.0.1:3000') })).toEqual({ reason: null, portLost: false })
    },
  )

  it('a port that Windows keeps is lost as one that is taken', () => {
    const tail = ['Error: listen EACCES: permission denied 127.0.0.1:3000']
    expect(explainExit({ ...facts, tail })).toEqual({ reason: 'PORT_RESERVED_BY_WINDOWS', portLost: true })
  })

  it('an end that was told to be before listening is not, if it was ready', () => {
    const tail = ['error: Top-level await promise never resolved']
    expect(explainExit({ ...facts, tail, wasReady: true }).reason).toBeNull()
  })

  it('what we ended ourselves is explained by why we did it', () => {
    const tail = written.portTaken('127.0.0.1:3000')
    expect(explainExit({ ...facts, tail, endedByUs: { because: null } })).toEqual({ reason: null, portLost: false })
    const because = 'EVENT_LOOP_BLOCKED'
    expect(explainExit({ ...facts, code: null, signal: 'SIGKILL', endedByUs: { because } })).toEqual({ reason: because, portLost: false })
  })

  it('every pattern speaks in codes of the catalogue', () => {
    for (const { cause } of outputPatterns) expect(causeCodes).toContain(cause)
    expect(new Set(causeCodes).size).toBe(causeCodes.length)
  })

  it('names the line that tells', () => {
    expect(causeInOutput(written.privileged)).toEqual({
      cause: 'PORT_PRIVILEGED',
      line: 'Error: listen EACCES: permission denied 0.0.0.0:80',
    })
    expect(causeInOutput(['all is well'])).toBeUndefined()
  })
})

describe('whether it was our port that was lost', () => {
  it.each([
    ['ours, IPv4', written.portTaken('127.0.0.1:3000'), {}, true],
    ['ours, IPv6', written.portTaken(':::3000'), {}, true],
    ['ours, by name', ['Error: Port 3000 is already in use', 'EADDRINUSE'], {}, true],
    ['another, such as a debugger', written.portTaken('127.0.0.1:9229'), {}, false],
    ['another, whose number begins like ours', written.portTaken('127.0.0.1:30001'), {}, false],
    ['ours, but it had it before', written.portTaken('127.0.0.1:3000'), { wasReady: true }, false],
    ['there was none', written.portTaken('127.0.0.1:3000'), { port: null }, false],
    ['no number is named', ['Error: address already in use'], {}, true],
    ['asyncio', ["OSError: [Errno 98] error while attempting to bind on address ('127.0.0.1', 3000): address already in use"], {}, true],
    ['Python, which names an errno and no port', ['OSError: [Errno 98] Address already in use'], {}, true],
    ['Rust, which names an errno and no port', ['Error: Os { code: 98, kind: AddrInUse, message: "Address already in use" }'], {}, true],
    ['Go', ['listen tcp 127.0.0.1:3000: bind: address already in use'], {}, true],
    ['at a time of day that is no port', ['12:30:45 port is already allocated'], {}, true],
    ['at a place in source that is no port', ["thread 'main' panicked at 'AddrInUse', src/main.rs:12:54"], {}, true],
    ['a socket, not a port', written.portTaken('/tmp/api.sock').slice(0, 4), {}, false],
    ['of a program that is named by its path', ['/app/server could not start: address already in use'], {}, true],
    ['Bun', ['error: Failed to start server. Is port 3000 in use?', ' syscall: "listen",', '    code: "EADDRINUSE"'], {}, true],
    ['Spring, another', ['Web server failed to start. Port 8080 was already in use.'], {}, false],
    ['Go, another', ['listen tcp :9090: bind: address already in use'], {}, false],
  ] satisfies [string, string[], Partial<ExitFacts>, boolean][])('%s', (_what, tail, more, portLost) => {
    expect(explainExit({ ...facts, ...more, tail })).toEqual({ reason: 'PORT_TAKEN', portLost })
  })

  it.each([
    [written.portTaken('127.0.0.1:3000'), [3000]],
    [written.portTaken('[::1]:3000'), [3000]],
    [['EADDRINUSE 0.0.0.0:80'], [80]],
    [['listening on http://127.0.0.1:8080'], []],
    [['Error: address already in use'], []],
  ])('%j names %j', (tail, ports) => {
    expect([...new Set(takenPorts(tail))]).toEqual(ports)
  })
})
