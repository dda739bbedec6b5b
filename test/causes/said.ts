/** Last words of programs: what they printed, the code they ended with, what that shows, and the line that tells. */
import type { CauseCode } from '../../src/causes/codes.ts'

export interface LastWords {
  readonly who: string
  readonly text: string
  readonly code?: number
  readonly cause: CauseCode | null
  readonly error: string | undefined
}

export const linesOf = (text: string): string[] => text.replace(/^\n/, '').split('\n')

/** Printed by these programs, but for names of folders. */
export const printed: readonly LastWords[] = [
  {
    who: 'Node 20, a bug',
    text: `
starting
/app/server.cjs:1
const x = {}; function boom(){ x.y() }; boom()
                                 ^

TypeError: x.y is not a function
    at boom (/app/server.cjs:1:59)
    at Object.<anonymous> (/app/server.cjs:1:66)
    at node:internal/main/run_main_module:28:49

Node.js v20.20.2`,
    cause: null,
    error: 'TypeError: x.y is not a function',
  },
  {
    who: 'Node 24, a rejection with a cause',
    text: `
file:///app/server.mjs:1
Promise.reject(new Error('no db', { cause: new Error('connect EADDRINUSE 127.0.0.1:5432') }))
               ^

Error: no db
    at file:///app/server.mjs:1:16
    at ModuleJob.run (node:internal/modules/esm/module_job:325:25) {
  [cause]: Error: ECONNREFUSED 127.0.0.1:5432
      at file:///app/server.mjs:1:44
}

Node.js v24.21.0`,
    cause: null,
    error: 'Error: no db',
  },
  {
    who: 'Node 22, a rejection with a string',
    text: `
node:internal/process/promises:392
      new UnhandledPromiseRejection(reason);
      ^

UnhandledPromiseRejection: This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason "just a string".
    at throwUnhandledRejectionsMode (node:internal/process/promises:392:7) {
  code: 'ERR_UNHANDLED_REJECTION'
}

Node.js v22.23.3`,
    cause: null,
    error: 'UnhandledPromiseRejection: "just a string".',
  },
  {
    who: 'Node 20, a thrown string',
    text: `

/app/server.cjs:1
throw 'a string'
^
a string
(Use \`node --trace-uncaught ...\` to show where the exception was thrown)

Node.js v20.20.2`,
    cause: null,
    error: 'a string',
  },
  {
    who: 'Node 20, an error of a worker',
    text: `

node:internal/event_target:1105
  process.nextTick(() => { throw err; });
                           ^
[worker eval]:1
throw new Error("w")
^

Error: w
    at [worker eval]:1:7
Emitted 'error' event on Worker instance at:
    at [kOnErrorMessage] (node:internal/worker:333:10)

Node.js v20.20.2`,
    cause: null,
    error: 'Error: w',
  },
  {
    who: 'Node 20, an error in several lines',
    text: `
/app/server.cjs:1
throw Object.assign(new Error('multi\\n  line\\n\\nmessage'),{code:'X'})
^

Error: multi
  line

message
    at Object.<anonymous> (/app/server.cjs:1:21) {
  code: 'X'
}

Node.js v20.20.2`,
    cause: null,
    error: 'Error: multi',
  },
  {
    who: 'Node 24, a taken port',
    text: `
node:events:505
    throw er; // Unhandled 'error' event
    ^

Error: listen EADDRINUSE: address already in use 127.0.0.1:3000
    at Server.setupListenHandle [as _listen2] (node:net:1948:16)
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:1984:8) {
  code: 'EADDRINUSE',
  errno: -98,
  syscall: 'listen',
  address: '127.0.0.1',
  port: 3000
}

Node.js v24.21.0`,
    cause: 'PORT_TAKEN',
    error: 'Error: listen EADDRINUSE: address already in use 127.0.0.1:3000',
  },
  {
    who: 'Node 22, a low port, with the headline lost',
    text: `
    at node:internal/main/run_main_module:36:49
Emitted 'error' event on Server instance at:
    at process.processTicksAndRejections (node:internal/process/task_queues:90:21) {
  code: 'EACCES',
  errno: -13,
  syscall: 'listen',
  address: '0.0.0.0',
  port: 80
}

Node.js v22.23.3`,
    cause: 'PORT_PRIVILEGED',
    error: "code: 'EACCES',",
  },
  {
    who: 'Node 22, a path that is too long for a socket',
    text: `Error: listen EADDRINUSE: address already in use /tmp/${'x'.repeat(150)}`,
    cause: 'SOCKET_PATH_TOO_LONG',
    error: `Error: listen EADDRINUSE: address already in use /tmp/${'x'.repeat(150)}`,
  },
  {
    who: 'Node 24, a path that is too long for a socket',
    text: `Error: listen EINVAL: invalid argument /tmp/${'x'.repeat(150)}`,
    cause: 'SOCKET_PATH_TOO_LONG',
    error: `Error: listen EINVAL: invalid argument /tmp/${'x'.repeat(150)}`,
  },
  {
    who: 'Node 24, a heap that is full',
    text: `
<--- Last few GCs --->

[24184:0x3feca000]      372 ms: Mark-Compact 29.6 (62.6) -> 29.6 (62.3) MB, pooled: 0 MB, 171.32 / 0.00 ms  (average mu = 0.233, current mu = 0.008) allocation failure; scavenge might not succeed

FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----

 1: 0x931db0  [node]
 2: 0x75968e node::OOMErrorHandler(char const*, v8::OOMDetails const&) [node]`,
    code: 134,
    cause: 'OUT_OF_HEAP',
    error: 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  },
  {
    who: 'Node 22, with little address space',
    text: `


#
# Fatal process out of memory: Failed to reserve virtual memory for CodeRange
#
----- Native stack trace -----

 1: 0x10482e1  [node]`,
    code: 133,
    cause: 'KILLED_BY_CPU_OR_KERNEL',
    error: '# Fatal process out of memory: Failed to reserve virtual memory for CodeRange',
  },
  {
    who: 'Node 20, TypeScript',
    text: `
/app/server.ts:1
const x: number = 1; enum A { B }; console.log(A.B)
      ^

SyntaxError: Missing initializer in const declaration
    at wrapSafe (node:internal/modules/cjs/loader:1464:18)

Node.js v20.20.2`,
    cause: 'TYPESCRIPT_ENTRY',
    error: 'SyntaxError: Missing initializer in const declaration',
  },
  {
    who: 'Node 24, an enum',
    text: `
file:///app/server.ts:1
const x: number = 1; enum A { B }; console.log(A.B)
                     ^^^^^^^^^^^^

SyntaxError [ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX]: TypeScript enum is not supported in strip-only mode
    at parseTypeScript (node:internal/modules/typescript:68:40) {
  code: 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
}

Node.js v24.21.0`,
    cause: 'TYPESCRIPT_ENTRY',
    error: 'SyntaxError [ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX]: TypeScript enum is not supported in strip-only mode',
  },
  {
    who: 'Node 24, TSX',
    text: `
/app/server.tsx:1
const x = <div/>
          ^

SyntaxError: Unexpected token '<'

Node.js v24.21.0`,
    cause: 'TYPESCRIPT_ENTRY',
    error: "SyntaxError: Unexpected token '<'",
  },
  {
    who: 'Node 20, a mistake in JavaScript',
    text: `
/app/server.cjs:1
let a = 1; let a = 2
               ^

SyntaxError: Identifier 'a' has already been declared

Node.js v20.20.2`,
    cause: null,
    error: "SyntaxError: Identifier 'a' has already been declared",
  },
  {
    who: 'Node 22, await in CommonJS',
    text: `
(node:23897) Warning: Failed to load the ES module: /app/c.js. Make sure to set "type": "module" in the nearest package.json file or use the .mjs extension.
(Use \`node --trace-warnings ...\` to show where the warning was created)
/app/c.js:1
await 1
^^^^^

SyntaxError: await is only valid in async functions and the top level bodies of modules

Node.js v22.23.3`,
    cause: 'MODULE_FORMAT_MISMATCH',
    error: 'SyntaxError: await is only valid in async functions and the top level bodies of modules',
  },
  {
    who: 'Node 24, require of a module that awaits',
    text: `
node:internal/modules/esm/module_job:313
    throw new ERR_REQUIRE_ASYNC_MODULE(filename, parent, locations);
    ^

Error [ERR_REQUIRE_ASYNC_MODULE]: require() cannot be used on an ESM graph with top-level await. Use import() instead.
Required module: /app/esm/tla.js
Require stack:
- /app/server.cjs
    at ModuleJobSync.runSync (node:internal/modules/esm/module_job:313:13) {
  code: 'ERR_REQUIRE_ASYNC_MODULE'
}

Node.js v24.21.0`,
    cause: 'MODULE_FORMAT_MISMATCH',
    error: 'Error [ERR_REQUIRE_ASYNC_MODULE]: require() cannot be used on an ESM graph with top-level await. Use import() instead.',
  },
  {
    who: 'Node 20, a module of its own that is not there',
    text: `
node:internal/modules/esm/resolve:283
    throw new ERR_MODULE_NOT_FOUND(
          ^

Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/nope.mjs' imported from /app/server.mjs
    at finalizeResolution (node:internal/modules/esm/resolve:283:11) {
  code: 'ERR_MODULE_NOT_FOUND',
  url: 'file:///app/nope.mjs'
}

Node.js v20.20.2`,
    cause: null,
    error: "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/nope.mjs' imported from /app/server.mjs",
  },
  {
    who: 'Node 20, a module that only newer ones have',
    text: `
Error [ERR_UNKNOWN_BUILTIN_MODULE]: No such built-in module: node:sqlite
    at Module._load (node:internal/modules/cjs/loader:1031:13) {
  code: 'ERR_UNKNOWN_BUILTIN_MODULE'
}

Node.js v20.20.2`,
    cause: 'NODE_TOO_OLD',
    error: 'Error [ERR_UNKNOWN_BUILTIN_MODULE]: No such built-in module: node:sqlite',
  },
  {
    who: 'Node 24, a top-level await that never settles',
    text: `
Warning: Detected unsettled top-level await at file:///app/tla.mjs:1
await new Promise(()=>{})
^



`,
    code: 13,
    cause: 'EXITED_BEFORE_LISTENING',
    error: 'Warning: Detected unsettled top-level await at file:///app/tla.mjs:1',
  },
  {
    who: 'Node, an inspector port out of range',
    text: '/usr/bin/node: must be 0 or in range 1024 to 65535.',
    code: 9,
    cause: 'BAD_NODE_OPTION',
    error: '/usr/bin/node: must be 0 or in range 1024 to 65535.',
  },
  {
    who: 'Node 20, a command of another program that is not there',
    text: `
/bin/sh: 1: claude: not found
node:child_process:991
    throw err;
    ^

Error: Command failed: claude --version
/bin/sh: 1: claude: not found

    at genericNodeError (node:internal/errors:984:15) {
  status: 127,
  signal: null
}

Node.js v20.20.2`,
    cause: 'CLAUDE_NOT_FOUND',
    error: 'Error: Command failed: claude --version',
  },
  {
    who: 'Node 24, a working directory that is gone',
    text: `
Error: ENOENT: process.cwd failed with error no such file or directory, the current working directory was likely removed without changing the working directory, uv_cwd
    at process.cwd (node:internal/bootstrap/switches/does_own_process_state:142:27) {
  errno: -2,
  code: 'ENOENT',
  syscall: 'uv_cwd'
}`,
    cause: 'CWD_MISSING',
    error:
      'Error: ENOENT: process.cwd failed with error no such file or directory, the current working directory was likely removed without changing the working directory, uv_cwd',
  },
  {
    who: 'Node, a file that may not be executed',
    text: 'Error: spawn /app/tool EACCES',
    cause: 'NOT_EXECUTABLE',
    error: 'Error: spawn /app/tool EACCES',
  },
  {
    who: 'Bun, a taken port',
    text: `
1 | Bun.serve({port:18999,fetch(){return new Response("x")}})
        ^
error: Failed to start server. Is port 18999 in use?
 syscall: "listen",
   errno: 0,
    code: "EADDRINUSE"

      at /app/bs.js:1:5

Bun v1.4.5 (Linux x64)`,
    cause: 'PORT_TAKEN',
    error: 'error: Failed to start server. Is port 18999 in use?',
  },
  {
    who: 'Bun, a rejection with a cause',
    text: `
1 | Promise.reject(new Error('no db', { cause: new Error('ECONNREFUSED 127.0.0.1:5432') }))
                       ^
error: no db
      at /app/reject.mjs:1:20

1 | Promise.reject(new Error('no db', { cause: new Error('ECONNREFUSED 127.0.0.1:5432') }))
                                                   ^
error: ECONNREFUSED 127.0.0.1:5432
      at /app/reject.mjs:1:48

Bun v1.4.5 (Linux x64)`,
    cause: null,
    error: 'error: no db',
  },
  {
    who: 'Bun, a missing entry',
    text: 'error: Module not found "../s/nosuch.js"',
    cause: 'ENTRY_MISSING',
    error: 'error: Module not found "../s/nosuch.js"',
  },
  {
    who: 'Bun, no Node',
    text: `
50 |     throw er;
                 ^
error: Executable not found in $PATH: "node"
      at emitError (node:events:50:13)

Bun v1.4.5 (Linux x64)`,
    cause: 'NODE_NOT_IN_PATH',
    error: 'error: Executable not found in $PATH: "node"',
  },
  {
    who: 'Deno, a taken port, in colours',
    text: `
\u001b[0m\u001b[1m\u001b[31merror\u001b[0m: Uncaught (in promise) AddrInUse: Address already in use (os error 98)
Deno.serve({port:18999,hostname:"127.0.0.1"},()=>new Response("x"))
\u001b[0m\u001b[31m     ^\u001b[0m
    \u001b[0m\u001b[2m\u001b[38;5;245mat \u001b[0mlisten (ext:deno_net/01_net.js:1:7011)`,
    cause: 'PORT_TAKEN',
    error: 'error: Uncaught (in promise) AddrInUse: Address already in use (os error 98)',
  },
  {
    who: 'Deno, a top-level await that never settles',
    text: `
error: Top-level await promise never resolved
await new Promise(()=>{})
^
    at <anonymous> (file:///app/tla.mjs:1:1)`,
    cause: 'EXITED_BEFORE_LISTENING',
    error: 'error: Top-level await promise never resolved',
  },
  {
    who: 'Deno, a missing dependency',
    text: `
error: Import "hono" not a dependency
  hint: If you want to use the npm package, try running \`deno add npm:hono\`
    at file:///app/esmdep.mjs:1:18

Stack backtrace:
   0: <unknown>`,
    cause: 'DEPENDENCY_MISSING',
    error: 'error: Import "hono" not a dependency',
  },
  {
    who: 'Deno, a thrown string',
    text: 'error: Uncaught (in promise) "a string"',
    cause: null,
    error: 'error: Uncaught (in promise) "a string"',
  },
  {
    who: 'Python 3.11, a taken port',
    text: `
    self.socket.bind(self.server_address)
  File "/usr/lib/python3.11/socketserver.py", line 472, in server_bind
    self.socket.bind(self.server_address)
OSError: [Errno 98] Address already in use`,
    cause: 'PORT_TAKEN',
    error: 'OSError: [Errno 98] Address already in use',
  },
  {
    who: 'Python 3.11, a low port',
    text: `
  File "/usr/lib/python3.11/socketserver.py", line 472, in server_bind
    self.socket.bind(self.server_address)
PermissionError: [Errno 13] Permission denied`,
    cause: 'PORT_PRIVILEGED',
    error: 'PermissionError: [Errno 13] Permission denied',
  },
  {
    who: 'Python 3.11, a file it may not write',
    text: `
Traceback (most recent call last):
  File "<string>", line 1, in <module>
PermissionError: [Errno 13] Permission denied: '/etc/x'`,
    cause: null,
    error: "PermissionError: [Errno 13] Permission denied: '/etc/x'",
  },
  {
    who: 'Python 3.11, an error while handling another',
    text: `
Traceback (most recent call last):
  File "/app/a.py", line 3, in f
    1/0
    ~^~
ZeroDivisionError: division by zero

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/a.py", line 6, in <module>
    f()
  File "/app/a.py", line 5, in f
    raise RuntimeError('while\\nhandling') from e
RuntimeError: while
handling`,
    cause: null,
    error: 'RuntimeError: while',
  },
  {
    who: 'Python 3.11, a missing module',
    text: `
Traceback (most recent call last):
  File "<string>", line 1, in <module>
ModuleNotFoundError: No module named 'flask9'`,
    cause: 'DEPENDENCY_MISSING',
    error: "ModuleNotFoundError: No module named 'flask9'",
  },
  {
    who: 'Python 3.11, a missing script',
    text: "/usr/bin/python3: can't open file '/app/nosuch.py': [Errno 2] No such file or directory",
    code: 2,
    cause: 'ENTRY_MISSING',
    error: "/usr/bin/python3: can't open file '/app/nosuch.py': [Errno 2] No such file or directory",
  },
  {
    who: 'Python 3.11, a missing variable',
    text: `
Traceback (most recent call last):
  File "/app/a.py", line 2, in <module>
  File "<frozen os>", line 679, in __getitem__
KeyError: 'DATABASE_URL'`,
    cause: 'ENVIRONMENT_INCOMPLETE',
    error: "KeyError: 'DATABASE_URL'",
  },
  {
    who: 'Python 3.11, an address of another machine',
    text: `
Traceback (most recent call last):
  File "<string>", line 1, in <module>
OSError: [Errno 99] Cannot assign requested address`,
    cause: 'ADDRESS_NOT_AVAILABLE',
    error: 'OSError: [Errno 99] Cannot assign requested address',
  },
  {
    who: 'Python 3.11, no memory',
    text: `
Traceback (most recent call last):
  File "<string>", line 1, in <module>
MemoryError`,
    cause: 'OUT_OF_HEAP',
    error: 'MemoryError',
  },
  {
    who: 'Python 3.11, a crash in C',
    text: `
Fatal Python error: Segmentation fault

Current thread 0x00007f906824bb80 (most recent call first):
  File "<string>", line 1 in <module>`,
    code: 139,
    cause: 'KILLED_BY_CPU_OR_KERNEL',
    error: 'Fatal Python error: Segmentation fault',
  },
  { who: 'Python 3.11, sys.exit with words', text: 'no config found', cause: null, error: 'no config found' },
  {
    who: 'Python 3.11, a path that is too long for a socket',
    text: `
Traceback (most recent call last):
  File "<string>", line 1, in <module>
OSError: AF_UNIX path too long`,
    cause: 'SOCKET_PATH_TOO_LONG',
    error: 'OSError: AF_UNIX path too long',
  },
  {
    who: 'Java 17, a taken port',
    text: `
Exception in thread "main" java.net.BindException: Address already in use
	at java.base/sun.nio.ch.Net.bind0(Native Method)
	at T.main(T.java:3)`,
    cause: 'PORT_TAKEN',
    error: 'Exception in thread "main" java.net.BindException: Address already in use',
  },
  {
    who: 'Java 17, a low port',
    text: `
Exception in thread "main" java.net.BindException: Permission denied
	at java.base/sun.nio.ch.Net.bind0(Native Method)`,
    cause: 'PORT_PRIVILEGED',
    error: 'Exception in thread "main" java.net.BindException: Permission denied',
  },
  {
    who: 'Java 17, an error within another',
    text: `
Exception in thread "main" java.lang.RuntimeException: outer
	at T.main(T.java:5)
Caused by: java.lang.NullPointerException: Cannot invoke "Object.toString()" because "<local1>" is null
	at T.main(T.java:5)`,
    cause: null,
    error: 'Caused by: java.lang.NullPointerException: Cannot invoke "Object.toString()" because "<local1>" is null',
  },
  {
    who: 'Java 17, a full heap',
    text: `
Exception in thread "main" java.lang.OutOfMemoryError: Java heap space
	at T.main(T.java:4)`,
    cause: 'OUT_OF_HEAP',
    error: 'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space',
  },
  {
    who: 'Java 17, a missing class',
    text: `
Error: Could not find or load main class Nope
Caused by: java.lang.ClassNotFoundException: Nope`,
    cause: 'ENTRY_MISSING',
    error: 'Caused by: java.lang.ClassNotFoundException: Nope',
  },
  {
    who: 'Java 17, a missing archive',
    text: 'Error: Unable to access jarfile nope.jar',
    cause: 'ENTRY_MISSING',
    error: 'Error: Unable to access jarfile nope.jar',
  },
  {
    who: 'Rust 1.95, a taken port',
    text: `

thread 'main' (26497) panicked at src/main.rs:2:136:
called \`Result::unwrap()\` on an \`Err\` value: Os { code: 98, kind: AddrInUse, message: "Address already in use" }
stack backtrace:
   0: __rustc::rust_begin_unwind
             at /rustc/library/std/src/panicking.rs:689:5
note: Some details are omitted, run with \`RUST_BACKTRACE=full\` for a verbose backtrace.`,
    code: 101,
    cause: 'PORT_TAKEN',
    error: 'called `Result::unwrap()` on an `Err` value: Os { code: 98, kind: AddrInUse, message: "Address already in use" }',
  },
  {
    who: 'Rust 1.95, a bug',
    text: `

thread 'main' (26501) panicked at src/main.rs:2:246:
index out of bounds: the len is 0 but the index is 7
note: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace`,
    code: 101,
    cause: null,
    error: 'index out of bounds: the len is 0 but the index is 7',
  },
  {
    who: 'Rust 1.95, a stack that is full',
    text: `

thread 'main' (26517) has overflowed its stack
fatal runtime error: stack overflow, aborting`,
    code: 134,
    cause: null,
    error: 'fatal runtime error: stack overflow, aborting',
  },
  {
    who: 'Perl, a taken port',
    text: 'bind: Address already in use at -e line 1.',
    code: 98,
    cause: 'PORT_TAKEN',
    error: 'bind: Address already in use at -e line 1.',
  },
  {
    who: 'dash, a missing command',
    text: 'sh: 1: nosuchcmd: not found',
    code: 127,
    cause: 'COMMAND_NOT_FOUND',
    error: 'sh: 1: nosuchcmd: not found',
  },
  {
    who: 'bash, a missing command',
    text: 'bash: nosuchcmd: command not found',
    code: 127,
    cause: 'COMMAND_NOT_FOUND',
    error: 'bash: nosuchcmd: command not found',
  },
  {
    who: 'env, a missing interpreter',
    text: '/usr/bin/env: ‘nodex’: No such file or directory',
    code: 127,
    cause: 'COMMAND_NOT_FOUND',
    error: '/usr/bin/env: ‘nodex’: No such file or directory',
  },
  {
    who: 'bash, a missing interpreter',
    text: 'bash: ./server: cannot execute: required file not found',
    code: 127,
    cause: 'INTERPRETER_MISSING',
    error: 'bash: ./server: cannot execute: required file not found',
  },
  {
    who: 'dash, no right to execute',
    text: 'sh: 1: ./server: Permission denied',
    code: 126,
    cause: 'NOT_EXECUTABLE',
    error: 'sh: 1: ./server: Permission denied',
  },
  {
    who: 'bash, a program for another processor',
    text: 'bash: ./server: cannot execute binary file: Exec format error',
    code: 126,
    cause: 'WRONG_ARCHITECTURE',
    error: 'bash: ./server: cannot execute binary file: Exec format error',
  },
]

const line = (who: string, text: string, cause: CauseCode | null, code?: number): LastWords => ({
  who,
  text,
  cause,
  error: text,
  ...(code !== undefined && { code }),
})

/** As their sources and manuals have them; not printed here. */
export const known: readonly LastWords[] = [
  line('Go, a taken port', '2026/01/02 12:30:45 listen tcp 127.0.0.1:3000: bind: address already in use', 'PORT_TAKEN'),
  line(
    'Go on Windows',
    'listen tcp :3000: bind: Only one usage of each socket address (protocol/network address/port) is normally permitted.',
    'PORT_TAKEN',
  ),
  {
    who: 'Go, a panic',
    text: `
panic: listen tcp :3000: bind: address already in use

goroutine 1 [running]:
main.main()
	/app/main.go:12 +0x58
net/http.(*Server).Serve(0xc000, 0xc001)
exit status 2`,
    code: 2,
    cause: 'PORT_TAKEN',
    error: 'panic: listen tcp :3000: bind: address already in use',
  },
  {
    who: 'Go, a bug',
    text: `
panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x48f1a2]

goroutine 1 [running]:
main.main()`,
    code: 2,
    cause: null,
    error: 'panic: runtime error: invalid memory address or nil pointer dereference',
  },
  line('Go, a low port', 'listen tcp :80: bind: permission denied', 'PORT_PRIVILEGED'),
  line('Go, a word for a port', 'listen tcp: lookup tcp/abc: unknown port', 'PORT_NOT_A_NUMBER'),
  line('Go, no memory', 'fatal error: runtime: out of memory', 'OUT_OF_HEAP'),
  {
    who: '.NET, a taken port',
    text: `
Unhandled exception. System.IO.IOException: Failed to bind to address http://127.0.0.1:5000: address already in use.
 ---> Microsoft.AspNetCore.Connections.AddressInUseException: Address already in use
   at Program.Main(String[] args) in /app/Program.cs:line 9`,
    code: 134,
    cause: 'PORT_TAKEN',
    error: 'Unhandled exception. System.IO.IOException: Failed to bind to address http://127.0.0.1:5000: address already in use.',
  },
  line('.NET, a missing entry', "The application to execute does not exist: '/app/server.dll'.", 'ENTRY_MISSING'),
  {
    ...line('.NET, a missing library', '', 'DEPENDENCY_MISSING'),
    text: "Unhandled exception. System.IO.FileNotFoundException: Could not load file or assembly 'Hono, Version=1.0.0.0'. The system cannot find the file specified.",
    error:
      "Unhandled exception. System.IO.FileNotFoundException: Could not load file or assembly 'Hono, Version=1.0.0.0'. The system cannot find the file specified.",
  },
  line(
    'Ruby, a taken port',
    `/gems/socket.rb:201:in \`bind': Address already in use - bind(2) for "127.0.0.1" port 4567 (Errno::EADDRINUSE)`,
    'PORT_TAKEN',
  ),
  line('Ruby, a missing gem', "app.rb:1:in `require': cannot load such file -- sinatra (LoadError)", 'DEPENDENCY_MISSING'),
  line('Ruby, a missing file of its own', "app.rb:1:in `require_relative': cannot load such file -- /app/nope (LoadError)", null),
  line('Ruby, a missing entry', 'ruby: No such file or directory -- nope.rb (LoadError)', 'ENTRY_MISSING'),
  line(
    'Python on Windows',
    'PermissionError: [WinError 10013] An attempt was made to access a socket in a way forbidden by its access permissions',
    'PORT_RESERVED_BY_WINDOWS',
  ),
  line('Java on Windows', 'Exception in thread "main" java.net.BindException: Address already in use: bind', 'PORT_TAKEN'),
  line('Java 8', 'Exception in thread "main" java.net.BindException: Address already in use (Bind failed)', 'PORT_TAKEN'),
  {
    who: 'Spring Boot',
    text: `
***************************
APPLICATION FAILED TO START
***************************

Description:

Web server failed to start. Port 8080 was already in use.

Action:

Identify and stop the process that's listening on port 8080 or configure this application to listen on another port.`,
    cause: 'PORT_TAKEN',
    error: 'APPLICATION FAILED TO START',
  },
  {
    who: 'Flask',
    text: `
Address already in use
Port 5000 is in use by another program. Either identify and stop that program, or start the server with a different port.`,
    cause: 'PORT_TAKEN',
    error: 'Address already in use',
  },
  line(
    'uvicorn',
    "ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): address already in use",
    'PORT_TAKEN',
  ),
  line('nginx', 'nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)', 'PORT_TAKEN'),
  {
    who: 'pino',
    text: '{"level":60,"time":1700000000000,"err":{"type":"Error","message":"listen EADDRINUSE: address already in use 127.0.0.1:3000","stack":"Error: …"},"msg":"no start"}',
    cause: 'PORT_TAKEN',
    error: 'listen EADDRINUSE: address already in use 127.0.0.1:3000',
  },
  line('Node on Windows, a port that is kept', 'Error: listen EACCES: permission denied 127.0.0.1:50000', 'PORT_RESERVED_BY_WINDOWS'),
  line('Node, a socket in a folder of others', 'Error: listen EACCES: permission denied /srv/x.sock', null),
  line('Node on Windows, a batch file', 'Error: spawn EINVAL', 'WINDOWS_CMD_WITHOUT_SHELL'),
  line('Node, a command in the archive', 'Error: spawn /app/app.asar/bin/claude ENOENT', 'PATH_INSIDE_ASAR'),
  line(
    'Perl',
    "Can't locate No/Such.pm in @INC (you may need to install the No::Such module) (@INC contains: /etc/perl) at x.pl line 1.",
    'DEPENDENCY_MISSING',
  ),
  line('Node, a path through a file, thrown at once', 'Error: spawn ENOTDIR', 'PATH_INSIDE_ASAR'),
  line('Node, too many arguments', 'Error: spawn E2BIG', 'ARGUMENTS_TOO_LONG'),
  line('Node on macOS, another processor', 'Error: spawn Unknown system error -86', 'WRONG_ARCHITECTURE'),
  line('Node, a module for another system', 'Error: /app/node_modules/x/build/x.node: invalid ELF header', 'WRONG_ARCHITECTURE'),
  line('Node 18, a global of later ones', 'ReferenceError: File is not defined', 'NODE_TOO_OLD'),
  line('Node, no localhost', 'Error: getaddrinfo ENOTFOUND localhost', 'LOCALHOST_UNRESOLVABLE'),
  line(
    'Node, a dependency by path',
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/node_modules/x/y.mjs' imported from /app/a.mjs",
    'DEPENDENCY_MISSING',
  ),
  line(
    'Node, an alias that was not built away',
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@/lib' imported from /app/a.mjs",
    null,
  ),
  line('Vite', 'Vite requires Node.js version 20.19+ or 22.12+. Please upgrade your Node.js version.', 'NODE_TOO_OLD'),
  line('Next', 'You are using Node.js 16.14.0. For Next.js, Node.js version >= v18.17.0 is required.', 'NODE_TOO_OLD'),
  line('a read-only place', "Error: EROFS: read-only file system, mkdir '/app/logs'", 'WORKING_DIRECTORY_UNUSABLE'),
  line('a relative folder', "Error: EACCES: permission denied, mkdir 'logs'", 'WORKING_DIRECTORY_UNUSABLE'),
  line('an absolute folder', "Error: EACCES: permission denied, mkdir '/var/log/app'", null),
  line(
    'OpenAI',
    'OpenAIError: The OPENAI_API_KEY environment variable is missing or empty; either provide it, or…',
    'ENVIRONMENT_INCOMPLETE',
  ),
  line('a validator', 'Missing required environment variable: DATABASE_URL', 'ENVIRONMENT_INCOMPLETE'),
  line('Prisma', 'error: Environment variable not found: DATABASE_URL.', 'ENVIRONMENT_INCOMPLETE'),
  line('claude-code-webui', '❌ Claude CLI not found in PATH', 'CLAUDE_NOT_FOUND'),
  line(
    'the Agent SDK',
    'Error: Claude Code native binary not found at /opt/claude. Please ensure Claude Code is installed',
    'CLAUDE_NOT_FOUND',
  ),
  line('Claude in Claude', 'Error: Claude Code cannot be launched inside another Claude Code session.', 'CLAUDE_UNUSABLE'),
  line('Windows, a missing command', "'foo' is not recognized as an internal or external command,", 'COMMAND_NOT_FOUND', 1),
  line(
    'musl, a program for glibc',
    'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /app/x)',
    'INTERPRETER_MISSING',
    127,
  ),
  line(
    'a missing library',
    'server: error while loading shared libraries: libssl.so.1.1: cannot open shared object file: No such file or directory',
    'DEPENDENCY_MISSING',
    127,
  ),
  line('zsh, a crash', 'Illegal instruction (core dumped)', 'KILLED_BY_CPU_OR_KERNEL', 132),
  line('Bun on an old processor', 'warn: CPU lacks AVX support, strange crashes may occur.', 'KILLED_BY_CPU_OR_KERNEL', 132),
  line('a second instance', 'Another instance of My Jarvis is already running', 'SECOND_INSTANCE'),
  line('Python, no reader', 'BrokenPipeError: [Errno 32] Broken pipe', 'BROKEN_PIPE'),
  line('Go in a sandbox', 'listen tcp 127.0.0.1:3000: bind: operation not permitted', 'SANDBOX_FORBIDS_BIND'),
  line('Node, a low port', 'Error: listen EACCES: permission denied 0.0.0.0:80', 'PORT_PRIVILEGED'),
  line(
    'asyncio, a low port',
    "OSError: [Errno 13] error while attempting to bind on address ('127.0.0.1', 80): permission denied",
    'PORT_PRIVILEGED',
  ),
  line('Node, too many files', 'Error: listen EMFILE: too many open files 0.0.0.0', 'TOO_MANY_OPEN_FILES'),
  line('Deno, a full heap', '# Fatal JavaScript out of memory: Reached heap limit', 'OUT_OF_HEAP'),
  line('Rust, no memory', 'memory allocation of 8589934592 bytes failed', 'OUT_OF_HEAP', 134),
  {
    ...line('Node, a module for another Node', '', 'NATIVE_ABI_MISMATCH'),
    text: `
Error: The module '/app/build/Release/x.node'
was compiled against a different Node.js version using
NODE_MODULE_VERSION 127. This version of Node.js requires
NODE_MODULE_VERSION 143.`,
    error: "Error: The module '/app/build/Release/x.node'",
  },
  {
    ...line('Java, a crash in native code', '', 'KILLED_BY_CPU_OR_KERNEL', 134),
    text: `
#
# A fatal error has been detected by the Java Runtime Environment:
#
#  SIGSEGV (0xb) at pc=0x00007f2a, pid=7, tid=8
#`,
    error: '# A fatal error has been detected by the Java Runtime Environment:',
  },
  line(
    'Node 20, TypeScript in ESM',
    'TypeError [ERR_UNKNOWN_FILE_EXTENSION]: Unknown file extension ".ts" for /app/server.ts',
    'TYPESCRIPT_ENTRY',
  ),
  {
    ...line('Node, a missing entry', '', 'ENTRY_MISSING'),
    text: "Error: Cannot find module '/app/server.js'\n    at node:internal/main/run_main_module:28:49 {\n  code: 'MODULE_NOT_FOUND',\n  requireStack: []\n}",
    error: "Error: Cannot find module '/app/server.js'",
  },
  line('Java, a missing library', 'Exception in thread "main" java.lang.NoClassDefFoundError: org/slf4j/Logger', 'DEPENDENCY_MISSING'),
  line('Node, an option without its value', 'node: --require requires an argument', 'BAD_NODE_OPTION', 9),
  line('Node 16, fetch', 'ReferenceError: fetch is not defined', 'NODE_TOO_OLD'),
  line('Node 18, crypto', 'ReferenceError: crypto is not defined', 'NODE_TOO_OLD'),
  line('Node 20, WebSocket', 'ReferenceError: WebSocket is not defined', 'NODE_TOO_OLD'),
  line('Node 14, an operator', "SyntaxError: Unexpected token '??='", 'NODE_TOO_OLD'),
  line('Yarn', 'error x@1.0.0: The engine "node" is incompatible with this module. Expected version ">=22". Got "20.1.0"', 'NODE_TOO_OLD'),
  line('Bun, no Claude', 'error: Executable not found in $PATH: "claude"', 'CLAUDE_NOT_FOUND'),
  line('env, no Node', '/usr/bin/env: ‘node’: No such file or directory', 'NODE_NOT_IN_PATH', 127),
  line('Go, no home', 'panic: $HOME is not defined', 'ENVIRONMENT_INCOMPLETE', 2),
  line('Claude as root', '--dangerously-skip-permissions cannot be used with root/sudo privileges for security reasons', 'CLAUDE_UNUSABLE'),
]
