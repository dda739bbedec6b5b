import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCli } from '../helpers/cli.ts'
import { isListenedOn } from '../helpers/ports.ts'
import { until } from '../helpers/processes.ts'
import { createScene, fixture, type Scene } from '../helpers/supervised.ts'
import { type Call, command, configured, examined, http, longestMs, portOf, script, tcp, words } from './examined.ts'

interface Hostile {
  readonly name: string
  readonly arrange: (scene: Scene) => Call | Promise<Call>
  /** What can be said of it; anything, where nothing is named. */
  readonly says?: readonly string[]
  /** Why it cannot be tried here. */
  readonly skipped?: string | false
}

const largestBytes = 1_000_000
const well = ['HEALTHY']
/** It had said that a port is taken. */
const ended = ['EXITED_BEFORE_LISTENING', 'PORT_TAKEN']
const mute = ['ACCEPTS_NEVER_ANSWERS', 'EVENT_LOOP_BLOCKED']

/** Serves well, and does something else besides. */
const serving = (name: string, besides: string, says: readonly string[] = well): Hostile => ({
  name,
  arrange: (scene) => script(scene, http(undefined, besides)),
  says,
})

/** Does something when it is asked. */
const asked = (name: string, does: string, says?: readonly string[]): Hostile => ({
  name,
  arrange: (scene) => script(scene, http(does)),
  ...(says !== undefined && { says }),
})

/** Speaks by hand. */
const speaking = (name: string, answers: string, says?: readonly string[], before = ''): Hostile => ({
  name,
  arrange: (scene) => script(scene, tcp(answers, before)),
  ...(says !== undefined && { says }),
})

/** As fast as it is read, for 12 s. */
const flood = (block: string): string => `const block = ${block}
const until = Date.now() + 12_000
const pour = () => {
  while (Date.now() < until) if (!process.stdout.write(block)) return void process.stdout.once('drain', () => setImmediate(pour))
}
setImmediate(pour)`

/** As much as is taken, for 12 s. */
const endless = (head: string, block: string): string => `socket.write(${JSON.stringify(head)})
const until = Date.now() + 12_000
const pour = () => {
  while (Date.now() < until && !socket.destroyed) if (!socket.write(${block})) return void socket.once('drain', pour)
}
pour()`

const escapes = String.raw`\x1b[2J\x1b]0;title\x07\x1b]52;c;cm0=\x07\x1b[31mred\x9b31m\r\x08\x7f\u202e\u2028\u0000\ufffe`

const talk: readonly Hostile[] = [
  serving('prints without end and without a line break', flood("'x'.repeat(65536)")),
  serving('prints as many lines as are read', flood("'a line of output that says nothing\\n'.repeat(4096)")),
  serving(
    'prints a million lines',
    "let text = ''\nfor (let n = 0; n < 1_000_000; n += 1) text += `line ${n}\\n`\nprocess.stdout.write(text)",
  ),
  serving('prints bytes that are no text', "import { randomBytes } from 'node:crypto'\nprocess.stdout.write(randomBytes(5_000_000))"),
  serving('prints escapes of terminals', `setInterval(() => console.error('${escapes}'), 50)`),
  {
    name: 'dies of an error full of escapes',
    arrange: (scene) => script(scene, `throw new Error('${escapes}')`),
    says: ['EXITED_BEFORE_LISTENING'],
  },
  {
    name: 'dies of an error of 20 MB',
    arrange: (scene) => script(scene, "throw new Error('no '.repeat(7_000_000))"),
    says: ['EXITED_BEFORE_LISTENING'],
  },
  {
    name: 'prints what looks like a report, and dies',
    arrange: (scene) =>
      script(
        scene,
        `console.log(JSON.stringify({ schema: 1, ok: true, verdict: { code: 'HEALTHY', title: 'fine', explanation: '', hint: '', confidence: 'certain', supports: [], contradicts: [], fix: null }, checks: [], environment: {} }, null, 2))
        process.exit(3)`,
      ),
    says: ['EXITED_BEFORE_LISTENING'],
  },
  serving(
    'prints what patterns choke on',
    `const lines = ['a', ' ', "'", '"', '-', ':', '/', '=', '.', '(', '\\\\', '%', 'eyJ', 'http://', '://a:', 'token=', '--token ', 'Error: ', "Cannot find module '", 'at (', 'Authorization: ', '%25', '\\\\u0041', '\\\\\\\\']
    for (const line of lines) for (const length of [1_000, 9_990, 100_000]) console.error(line.repeat(length / line.length))`,
  ),
  {
    name: 'dies of what patterns choke on',
    arrange: (scene) =>
      script(
        scene,
        `import { writeSync } from 'node:fs'
        for (const line of ["Error: Cannot find module '", 'SyntaxError: ', 'listen EADDRINUSE ', 'env: ', '%25', 'http://a:b', '\\\\u00']) writeSync(2, line.repeat(9_000 / line.length) + '\\n')
        process.exit(1)`,
      ),
    says: [...ended, 'DEPENDENCY_MISSING', 'MODULE_FORMAT_MISMATCH', 'ENTRY_MISSING'],
  },
  {
    name: 'says that its port is taken, and ends',
    arrange: (scene) =>
      script(
        scene,
        "import { writeSync } from 'node:fs'\nwriteSync(2, 'Error: listen EADDRINUSE: address already in use 127.0.0.1:5\\n')\nprocess.exit(1)",
      ),
    says: ended,
  },
]

const answers: readonly Hostile[] = [
  speaking(
    'answers one byte a second',
    "let at = 0\nsetInterval(() => socket.write('HTTP/1.1 200 OK\\r\\nx: y\\r\\n'[at++ % 25] ?? ''), 1000)",
  ),
  speaking('sends a head without end', endless('HTTP/1.1 200 OK\r\n', "'x-more: ' + 'y'.repeat(1000) + '\\r\\n'")),
  speaking('sends a header of 100 MB', "socket.write('HTTP/1.1 200 OK\\r\\nx: '); socket.end(Buffer.alloc(100_000_000, 120))"),
  speaking('promises 1 GB and sends a little', "socket.write('HTTP/1.1 200 OK\\r\\ncontent-length: 1000000000\\r\\n\\r\\nfirst')", well),
  speaking('sends 1 GB', endless('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n', 'Buffer.alloc(65536, 120)'), well),
  speaking(
    'sends chunks that are none',
    "socket.write('HTTP/1.1 200 OK\\r\\ntransfer-encoding: chunked\\r\\n\\r\\nzz\\r\\n-5\\r\\nffffffffffffffff\\r\\n')",
  ),
  speaking(
    'contradicts itself about its length',
    "socket.end('HTTP/1.1 200 OK\\r\\ncontent-length: 5\\r\\ncontent-length: -7\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n')",
  ),
  {
    name: 'sends a bomb',
    arrange: (scene) =>
      script(
        scene,
        http(
          "response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)",
          "import { gzipSync } from 'node:zlib'\nconst bomb = gzipSync(Buffer.alloc(50_000_000))",
        ),
      ),
    says: well,
  },
  speaking('has a status line that is none', "socket.end('HTTP/1.1 abc\\r\\n\\r\\n')", ['NOT_HTTP']),
  speaking('has a status of nine digits', "socket.end('HTTP/1.1 200200200 OK\\r\\n\\r\\n')"),
  speaking('has a status of 999', "socket.end('HTTP/1.1 999 Strange\\r\\n\\r\\n')"),
  speaking('has a status of 000', "socket.end('HTTP/1.1 000 Nothing\\r\\n\\r\\n')"),
  speaking('speaks HTTP/9.9', "socket.end('HTTP/9.9 200 OK\\r\\n\\r\\n')"),
  speaking('answers with frames of HTTP/2', 'socket.end(Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100]))', ['NOT_HTTP']),
  speaking('answers with zeros', 'socket.end(Buffer.alloc(100_000))', ['NOT_HTTP']),
  speaking('answers in UTF-16', "socket.end(Buffer.from('HTTP/1.1 200 OK\\r\\n\\r\\n', 'utf16le'))", ['NOT_HTTP']),
  speaking('closes in the middle of its head', "socket.end('HTTP/1.1 200 OK\\r\\nx: ')"),
  speaking('closes in the middle of its body', "socket.end('HTTP/1.1 200 OK\\r\\ncontent-length: 100\\r\\n\\r\\nhalf')"),
  speaking('resets', 'socket.resetAndDestroy()'),
  speaking('resets in the middle', "socket.write('HTTP/1.1 200 OK\\r\\n'); setTimeout(() => socket.resetAndDestroy(), 100)"),
  {
    name: 'closes its half and keeps the other',
    arrange: (scene) =>
      script(
        scene,
        "import { createServer } from 'node:net'\ncreateServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => {}).on('data', () => {}).end()).listen(process.env.PORT, process.env.HOST)",
      ),
  },
  asked(
    'fails with escapes in its head and its body',
    `response.socket.end("HTTP/1.1 500 ${escapes}\\r\\nserver: ${escapes}\\r\\nx-powered-by: ${escapes}\\r\\n\\r\\n${escapes}".repeat(1))`,
    ['SERVER_ERROR', 'NOT_HTTP'],
  ),
  asked(
    'fails with what patterns choke on',
    "response.writeHead(500).end(['%25', 'token=', \"'\", '://a:', '\\\\\\\\u00'].map((text) => text.repeat(3000)).join('\\n'))",
    ['SERVER_ERROR'],
  ),
  asked('sends 2000 headers', "for (let n = 0; n < 2000; n += 1) response.setHeader(`x-${n}`, 'y'.repeat(20))\nresponse.end()", well),
]

const processes: readonly Hostile[] = [
  serving(
    'starts 100 children',
    "import { spawn } from 'node:child_process'\nfor (let n = 0; n < 100; n += 1) spawn('sleep', ['300'], { stdio: 'ignore' })",
  ),
  serving(
    'has children without end, ten at a time',
    "import { spawn } from 'node:child_process'\nlet n = 0\nconst next = () => { if (n++ < 300) spawn('sleep', ['0.2'], { stdio: 'ignore' }).on('exit', next) }\nfor (let each = 0; each < 10; each += 1) next()",
  ),
  serving('ignores SIGTERM', "process.on('SIGTERM', () => {})"),
  {
    name: 'ignores SIGTERM, and its grandchild has the port',
    arrange: () => ({ args: [fixture('ignores-sigterm-with-grandchild-on-port')] }),
    says: well,
  },
  { name: 'leaves daemons in sessions of their own', arrange: () => ({ args: [fixture('survives-setsid-grandchild')] }) },
  { name: 'leaves a daemon that only its environment betrays', arrange: () => ({ args: [fixture('leaves-a-daemon')] }), says: well },
  {
    name: 'forks twice, and serves as a daemon',
    arrange: (scene) => command(['sh', '-c', `(setsid node ${scene.file('server.mjs', http())} </dev/null >/dev/null 2>&1 &)`]),
    says: ['DAEMONISED'],
  },
  {
    name: 'replaces itself again and again',
    arrange: (scene) =>
      script(
        scene,
        `import { spawn } from 'node:child_process'
        const n = Number(process.env.GENERATION ?? 0)
        if (n < 40) spawn(process.execPath, [process.argv[1]], { env: { ...process.env, GENERATION: String(n + 1) }, detached: true, stdio: 'ignore' }).unref()
        setTimeout(() => process.exit(0), 50)`,
      ),
  },
  serving('calls itself something that rows are mistaken for', "process.title = 'x) R 1 1 1 0 -1 4194304 (y'"),
  serving('calls itself something with line breaks and escapes', "process.title = 'a\\n\\u001b[31mb\\t0 0 0'"),
  serving('closes its output', "import { closeSync } from 'node:fs'\ncloseSync(1); closeSync(2)"),
  serving('closes its input', 'process.stdin.destroy()'),
  serving('lets go of its channel', 'process.disconnect()', ['HEALTHY']),
  serving('sends 10 000 messages', 'for (let n = 0; n < 10_000; n += 1) process.send({ type: \'noise\', n, ["__proto__"]: { code: 0 } })'),
  serving('sends one message of 20 MB', "process.send({ type: 'ready', text: 'x'.repeat(20_000_000) })"),
  // not before it has its own: one of them could be given that
  serving('listens on 200 ports', "setTimeout(() => { for (let n = 0; n < 200; n += 1) createServer().listen(0, '127.0.0.1') }, 100)"),
  serving(
    'listens on sockets with strange names',
    "import { tmpdir } from 'node:os'\nfor (const name of ['a b', 'line\\nbreak', '\\u001b[31m']) createServer().listen(`\\0${name}`)",
  ),
  serving(
    'has 2000 descriptors open',
    "import { openSync } from 'node:fs'\nfor (let n = 0; n < 2000; n += 1) try { openSync('/dev/null') } catch {}",
  ),
  serving(
    'has 64 threads that are blocked',
    "import { Worker } from 'node:worker_threads'\nfor (let n = 0; n < 64; n += 1) new Worker('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)', { eval: true, resourceLimits: { maxOldGenerationSizeMb: 8 } })",
  ),
  { name: 'suspends itself at once', arrange: (scene) => script(scene, "process.kill(process.pid, 'SIGSTOP')") },
  asked('suspends itself when it is asked', "process.kill(process.pid, 'SIGSTOP'); response.end()", ['PROCESS_SUSPENDED']),
  { name: 'ends its whole group', arrange: (scene) => script(scene, "process.kill(0, 'SIGKILL')") },
  asked('ends its whole group when it is asked', "process.kill(0, 'SIGKILL')"),
  {
    name: 'sends SIGTERM to its parent when it is asked, and lives on',
    arrange: (scene) =>
      command([
        'sh',
        '-c',
        `node ${scene.file('server.mjs', http("try { process.kill(process.ppid, 'SIGTERM') } catch {}\nresponse.end()"))}; true`,
      ]),
  },
  serving(
    'renames its own script',
    "import { renameSync } from 'node:fs'\nimport { fileURLToPath } from 'node:url'\nconst own = fileURLToPath(import.meta.url)\nrenameSync(own, `${own}.gone`)",
  ),
  {
    name: 'becomes another program',
    arrange: (scene) => command(['sh', '-c', `exec sh -c 'exec node ${scene.file('server.mjs', http())}'`]),
    says: well,
  },
  {
    name: 'removes its own working directory',
    arrange: (scene) => {
      mkdirSync(join(scene.dir, 'here'))
      return script(
        scene,
        http(undefined, "import { rmSync } from 'node:fs'\nrmSync(process.cwd(), { recursive: true })"),
        '--cwd',
        join(scene.dir, 'here'),
      )
    },
    says: well,
  },
  {
    name: 'fills its own queue of connections',
    arrange: (scene) =>
      script(
        scene,
        `import { spawn } from 'node:child_process'
        import { createServer } from 'node:http'
        createServer().listen({ port: Number(process.env.PORT), host: process.env.HOST, backlog: 3 }, () => {
          spawn(process.execPath, ['-e', "for (let n = 0; n < 50; n += 1) require('net').connect(process.env.PORT, process.env.HOST).on('error', () => {}); setTimeout(() => {}, 60000)"], { stdio: 'ignore' })
          for (;;);
        })`,
      ),
    says: ['ACCEPT_QUEUE_FULL', 'EVENT_LOOP_BLOCKED'],
  },
  serving('blocks for ever when it is to end', "process.on('SIGTERM', () => process.exit(0)).on('exit', () => { for (;;); })"),
  {
    name: 'has 50 children that are dead and not buried',
    arrange: (scene) => command(['sh', '-c', `for n in $(seq 50); do sleep 0 & done; exec node ${scene.file('server.mjs', http())}`]),
    says: well,
  },
  {
    ...serving('becomes somebody else', "process.on('exit', () => {})"),
    arrange: (scene) =>
      script(scene, http(undefined, '', "server.on('listening', () => { process.setgid(65534); process.setuid(65534) })")),
    skipped: process.getuid?.() !== 0 && 'only root may become somebody else',
  },
  serving(
    'grows by 300 MB',
    'const kept = []\nconst timer = setInterval(() => { kept.push(Buffer.alloc(10_000_000, 1)); if (kept.length === 30) clearInterval(timer) }, 50)',
  ),
  {
    name: 'writes what looks like the system into its own folder',
    arrange: (scene) =>
      script(
        scene,
        http(
          undefined,
          "import { mkdirSync, writeFileSync } from 'node:fs'\nfor (const [dir, file] of [['etc', 'hosts'], ['proc/net', 'tcp'], ['proc/1', 'stat'], ['dev', 'null']]) { mkdirSync(dir, { recursive: true }); writeFileSync(`${dir}/${file}`, 'nonsense') }",
        ),
      ),
    says: well,
  },
  {
    name: 'has a name that nobody can type',
    arrange: (scene) => ({ args: [scene.file("a 'quoted' \u001b[31m\n$(touch pwned) %s.mjs", http())] }),
    says: well,
  },
  {
    name: 'is given 60 000 characters',
    arrange: (scene) => ({ args: [scene.file('server.mjs', http()), '--', 'x'.repeat(60_000)] }),
    says: well,
  },
  asked('never answers, and ignores SIGTERM', "process.on('SIGTERM', () => {})", mute),
  {
    name: 'computes for ever, and ignores SIGTERM',
    arrange: (scene) => script(scene, http('for (;;);', "process.on('SIGTERM', () => {})")),
    says: mute,
  },
  {
    name: 'never listens, and says without end that it will',
    arrange: (scene) => script(scene, "setInterval(() => console.log('Listening on http://localhost:3000'), 1)"),
    says: ['NOTHING_LISTENS', 'LISTENS_ON_OTHER_PORT', 'EXITED_BEFORE_LISTENING', 'READY_BEFORE_LISTENING', 'UNKNOWN'],
  },
  {
    name: 'is ready when a command ends that never ends',
    arrange: (scene) => configured(scene, http(), { readiness: { kind: 'command', command: 'sleep', args: ['300'] } }),
  },
  {
    name: 'is ready when a command ends that prints without end',
    arrange: (scene) => configured(scene, http(), { readiness: { kind: 'command', command: 'sh', args: ['-c', 'timeout 20 yes'] } }),
  },
  {
    name: 'listens on a port, closes it, and listens again, all the time',
    arrange: (scene) =>
      script(
        scene,
        http(
          undefined,
          '',
          "server.on('listening', () => setTimeout(() => { server.closeAllConnections(); server.close() }, 20)).on('close', () => setTimeout(() => server.listen(process.env.PORT, process.env.HOST), 20))",
        ),
      ),
    // whether it is caught listening is chance
    says: ['HEALTHY', 'HALF_CLOSED_SHUTDOWN', 'NOTHING_LISTENS', 'UNKNOWN'],
  },
  {
    name: 'answers whoever asks as a stranger without end',
    arrange: async (scene) => {
      const port = await portOf(scene)
      await scene.stranger(scene.file('stranger.mjs', tcp(endless('HTTP/1.1 200 OK\r\n\r\n', 'Buffer.alloc(65536, 27)'))), {
        PORT: String(port),
        HOST: '127.0.0.1',
      })
      await until('the stranger listens', () => isListenedOn(port))
      return { args: ['--port', String(port)] }
    },
  },
]

// what of these is in a text could do something to a terminal
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202a-\u202e\u2066-\u2069]/

const isSurvived = async ({ arrange, says }: Hostile): Promise<void> => {
  await using scene = createScene()
  const { args, ...options } = await arrange(scene)
  const bundle = join(scene.dir, 'seen.json')
  const found = await examined(scene, { args: ['--bundle', bundle, ...args], ...options })
  const { code, report, stdout, elapsedMs } = found
  expect(elapsedMs, words(found)).toBeLessThan(longestMs)
  expect([0, 1]).toContain(code)
  expect(report.ok, words(found)).toBe(code === 0)
  if (says !== undefined) expect(says, words(found)).toContain(report.verdict.code)
  expect(Buffer.byteLength(stdout)).toBeLessThan(largestBytes)
  // what people read of the same
  const read = await runCli(scene, ['doctor', '--verbose', '--replay', bundle])
  expect(read.code, read.stderr).toBe(code)
  const text = String(read.stdout)
  expect(Buffer.byteLength(text)).toBeLessThan(largestBytes)
  expect(controls.exec(text)?.[0].codePointAt(0)).toBe(undefined)
  expect(JSON.parse(readFileSync(bundle, 'utf8'))).toBeTypeOf('object')
}

describe('the doctor is not harmed by a backend that', () => {
  for (const { skipped = false, ...hostile } of [...talk, ...answers, ...processes]) {
    const name = skipped === false ? hostile.name : `${hostile.name} (${skipped})`
    it.skipIf(skipped !== false)(name, () => isSurvived(hostile))
  }
})
