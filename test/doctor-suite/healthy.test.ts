import { execFileSync } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startCli } from '../helpers/cli.ts'
import { isListenedOn } from '../helpers/ports.ts'
import { until } from '../helpers/processes.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'
import { type Call, command, configured, examined, http, longestMs, portOf, script, tcp, words } from './examined.ts'

interface Variant {
  readonly name: string
  readonly arrange: (scene: Scene) => Call | Promise<Call>
  /** Checks that are right to warn; else there is none. */
  readonly warned?: readonly string[]
}

const answering = (name: string, answers: string, warned?: readonly string[]): Variant => ({
  name,
  arrange: (scene) => script(scene, http(answers)),
  ...(warned !== undefined && { warned }),
})

/** Answers by hand, as no library would. */
const speaking = (name: string, answer: string): Variant => ({
  name,
  arrange: (scene) => script(scene, tcp(`socket.end(${JSON.stringify(answer)})`)),
})

/** Says something, and serves. */
const saying = (name: string, says: string): Variant => ({ name, arrange: (scene) => script(scene, http(undefined, says)) })

const starts: readonly Variant[] = [
  { name: 'answers at once', arrange: (scene) => script(scene, http()) },
  {
    name: 'listens after 3 s',
    arrange: (scene) =>
      script(
        scene,
        `setTimeout(() => import('./late.mjs'), 3000); await import('node:fs').then(({ writeFileSync }) => writeFileSync(new URL('late.mjs', import.meta.url), ${JSON.stringify(http())}))`,
      ),
  },
  {
    name: 'answers 503 for 2 s, then 200',
    arrange: (scene) => script(scene, http("response.statusCode = performance.now() < 2000 ? 503 : 200; response.end('state')")),
  },
  {
    name: 'takes 3 s for its first answer',
    arrange: (scene) => script(scene, http("setTimeout(() => { warm = true; response.end('fine') }, warm ? 0 : 3000)", 'let warm = false')),
    warned: ['responsiveness'],
  },
  {
    name: 'computes for 3 s before it answers first',
    arrange: (scene) =>
      script(
        scene,
        http(
          "if (!warm) for (const until = Date.now() + 3000; Date.now() < until; );\nwarm = true; response.end('fine')",
          'let warm = false',
        ),
      ),
    warned: ['responsiveness'],
  },
  {
    name: 'prints 2000 lines before it listens',
    arrange: (scene) => script(scene, http(undefined, 'for (let n = 0; n < 2000; n += 1) console.log(`loading module ${n}`)')),
  },
  {
    name: 'listens again after 1 s, as a dev server that reloads',
    arrange: (scene) =>
      script(
        scene,
        http(
          undefined,
          '',
          `setTimeout(() => {
            server.closeAllConnections()
            server.close(() => setTimeout(() => server.listen(process.env.PORT, process.env.HOST), 200))
          }, 1000)`,
        ),
      ),
  },
]

const colds: readonly Variant[] = [
  {
    name: 'listens after 8 s',
    arrange: (scene) =>
      script(
        scene,
        `setTimeout(() => server.listen(process.env.PORT, process.env.HOST), 8000)\n${http().replace(/^server.listen.*$/m, '')}`,
      ),
  },
  {
    name: 'answers 503 for 7 s, then 200',
    arrange: (scene) => script(scene, http("response.statusCode = performance.now() < 7000 ? 503 : 200; response.end('state')")),
  },
  {
    name: 'takes 6 s for its first answer',
    arrange: (scene) => script(scene, http("setTimeout(() => { warm = true; response.end('fine') }, warm ? 0 : 6000)", 'let warm = false')),
  },
  {
    name: 'leaves the questions of its first 7 s without an answer',
    arrange: (scene) => script(scene, http("if (performance.now() > 7000) response.end('fine')")),
  },
  {
    name: 'computes for 6 s once it listens',
    arrange: (scene) =>
      script(
        scene,
        http(
          undefined,
          '',
          "server.on('listening', () => setTimeout(() => { for (const until = Date.now() + 6000; Date.now() < until; ); }, 0))",
        ),
      ),
  },
  {
    name: 'closes the connections of its first 3 s',
    arrange: (scene) => script(scene, http("if (performance.now() > 3000) response.end('fine')\nelse response.destroy()")),
  },
  {
    name: 'is one of three that want the processor',
    arrange: async (scene) => {
      const busy = scene.file('busy.mjs', 'for (const until = Date.now() + 15_000; Date.now() < until; );')
      for (let n = 0; n < 2; n += 1) await scene.stranger(busy)
      return script(scene, http())
    },
  },
]

const answers: readonly Variant[] = [
  {
    name: 'takes 3 s for every answer, and is allowed to',
    arrange: (scene) => configured(scene, http("setTimeout(() => response.end('fine'), 3000)"), { liveness: { timeoutMs: 5000 } }),
  },
  {
    name: 'has had enough after the first question',
    arrange: (scene) => script(scene, http('response.writeHead(asked++ === 0 ? 200 : 429).end()', 'let asked = 0')),
  },
  answering('takes no GET', "response.writeHead(request.method === 'POST' ? 200 : 405, { allow: 'POST' }).end()"),
  answering('serves sockets of the web only', "response.writeHead(426, { upgrade: 'websocket' }).end()"),
  answering('wants to be called localhost', "response.writeHead(request.headers.host?.startsWith('localhost') ? 200 : 421).end()", [
    'http',
  ]),
  {
    name: 'takes one connection at a time, and drops others',
    arrange: (scene) => script(scene, http(undefined, '', 'server.maxConnections = 1')),
  },
  {
    name: 'fails on / and is well where its config says',
    arrange: (scene) =>
      configured(scene, http("response.writeHead(request.url === '/api/health' ? 200 : 500).end()"), {
        readiness: { kind: 'http', path: '/api/health' },
      }),
  },
  {
    name: 'fails on / and is well where the window asks',
    arrange: async (scene) =>
      script(
        scene,
        http("response.writeHead(request.url === '/api/projects?all=1' ? 200 : 500).end()"),
        '--url',
        `http://127.0.0.1:${await portOf(scene)}/api/projects?all=1`,
      ),
  },
  answering('answers 401 to its health', "response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()", ['http']),
  answering('answers 403 to its health', "response.writeHead(403).end('no')", ['http']),
  answering('answers 404 on /', "response.writeHead(404).end('not found')"),
  answering('answers 301 to itself', "response.writeHead(301, { location: '/' }).end()"),
  answering('answers 302 to elsewhere', "response.writeHead(302, { location: 'http://127.0.0.1:1/elsewhere' }).end()"),
  answering('answers 204', 'response.writeHead(204).end()'),
  answering('answers with an empty body', "response.writeHead(200, { 'content-length': 0 }).end()"),
  answering('answers in chunks', "response.write('a'); setTimeout(() => response.end('b'), 50)"),
  answering(
    'streams events on / without end',
    "response.writeHead(200, { 'content-type': 'text/event-stream' }); const timer = setInterval(() => response.write('data: 1\\n\\n'), 100); response.on('close', () => clearInterval(timer))",
  ),
  answering(
    'sends its head, and its body much later',
    "response.writeHead(200).flushHeaders(); setTimeout(() => response.end('late'), 8000)",
  ),
  answering('answers with 20 MB', 'response.end(Buffer.alloc(20 * 1024 * 1024, 120))'),
  answering(
    'keeps connections',
    "response.setHeader('connection', 'keep-alive'); response.setHeader('content-length', 4); response.end('fine')",
  ),
  answering('answers a little slowly every time', "setTimeout(() => response.end('fine'), 1500)"),
  speaking('answers in HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\nfine'),
  speaking('answers without a length', 'HTTP/1.1 200 OK\r\n\r\nfine'),
  speaking('answers without a reason, with bare line feeds', 'HTTP/1.1 200\ncontent-length: 4\n\nfine'),
  speaking('says 100 Continue first', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine'),
  speaking(
    'says 103 Early Hints first',
    'HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine',
  ),
]

const addresses: readonly Variant[] = [
  {
    name: 'listens on both families',
    arrange: (scene) => script(scene, http().replace('process.env.HOST', "'::'")),
  },
  { name: 'listens on 0.0.0.0', arrange: (scene) => script(scene, http().replace('process.env.HOST', "'0.0.0.0'")) },
  { name: 'is given 0.0.0.0', arrange: (scene) => script(scene, http(), '--host', '0.0.0.0') },
  { name: 'is given ::1', arrange: (scene) => script(scene, http(), '--host', '::1') },
  { name: 'is given localhost', arrange: (scene) => script(scene, http(), '--host', 'localhost') },
  { name: 'listens on no host in particular', arrange: (scene) => script(scene, http().replace(', process.env.HOST', '')) },
  {
    name: 'is dialled as localhost',
    arrange: async (scene) => script(scene, http(), '--url', `http://localhost:${await portOf(scene)}`),
  },
  {
    name: 'is dialled as localhost, and listens on both families',
    arrange: async (scene) =>
      script(scene, http().replace('process.env.HOST', "'::'"), '--url', `http://localhost:${await portOf(scene)}/api`),
  },
  {
    name: 'is given a number',
    arrange: async (scene) => script(scene, http(), '--port', String(await portOf(scene))),
  },
  {
    name: 'gets the port that it prefers',
    arrange: async (scene) => configured(scene, http(), { port: { prefer: await portOf(scene) } }),
  },
  {
    name: 'has an admin port and a debugger beside its own',
    arrange: (scene) =>
      configured(scene, `${http()}createServer((_, response) => response.end('admin')).listen(0, '127.0.0.1')`, {
        node: { execArgv: ['--inspect=0'] },
      }),
  },
  {
    name: 'listens on its admin port first',
    arrange: (scene) =>
      script(
        scene,
        `import { createServer } from 'node:http'
        const serve = () => createServer((_, response) => response.end('fine'))
        serve().listen(0, '127.0.0.1', () => setTimeout(() => serve().listen(process.env.PORT, process.env.HOST), 1500))`,
      ),
  },
]

const lan = Object.values(networkInterfaces())
  .flat()
  .find((each) => each !== undefined && each.family === 'IPv4' && !each.internal)?.address

const moreAddresses: readonly Variant[] = [
  {
    name: 'listens on each family by itself',
    arrange: (scene) => script(scene, `${http()}createServer((_, response) => response.end('fine')).listen(process.env.PORT, '::1')`),
  },
  {
    name: 'has 127.0.0.1, where another has ::1 and nobody dials that',
    arrange: async (scene) => {
      const port = await somebody(scene, '::1')
      return script(scene, http(), '--url', `http://127.0.0.1:${port}/`)
    },
    warned: ['port'],
  },
  {
    name: 'listens on a socket of the file system, too',
    arrange: (scene) => script(scene, `${http()}createServer((_, response) => response.end('fine')).listen('also.sock')`),
  },
  ...(lan === undefined
    ? []
    : [
        {
          name: 'is dialled by an address of the machine',
          arrange: async (scene: Scene) => script(scene, http(), '--host', '0.0.0.0', '--url', `http://${lan}:${await portOf(scene)}/`),
        },
      ]),
  {
    name: 'speaks TLS, and is dialled so',
    arrange: async (scene) => {
      const [key, cert] = [join(scene.dir, 'key.pem'), join(scene.dir, 'cert.pem')]
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', key, '-out', cert], {
        stdio: 'ignore',
      })
      const tls = http()
        .replace('node:http', 'node:https')
        .replace('createServer((', `createServer({ key: readFileSync('${key}'), cert: readFileSync('${cert}') }, (`)
      return configured(
        scene,
        `import { readFileSync } from 'node:fs'\n${tls}`,
        { readiness: { kind: 'tcp' } },
        '--url',
        `https://127.0.0.1:${await portOf(scene)}/`,
      )
    },
  },
]

const remarks: readonly Variant[] = [
  saying(
    'says that it retries after errors',
    "console.error('Error: retrying connection to the cache'); console.error('    at Cache.connect (cache.js:1:1)')",
  ),
  saying('says that it goes on without claude', "console.error('claude not found, continuing without')"),
  saying(
    'goes on from another port that is taken',
    `import { createServer as second } from 'node:net'
    const first = second().listen(0, '127.0.0.1', () => second().on('error', (error) => console.error(error)).listen(first.address().port, '127.0.0.1'))`,
  ),
  saying('says that another port is taken', "console.error('Error: listen EADDRINUSE: address already in use 127.0.0.1:9229')"),
  {
    name: 'warns of rejections while it serves',
    arrange: (scene) =>
      configured(scene, http(undefined, "void Promise.reject(new Error('the cache is away'))"), {
        node: { execArgv: ['--unhandled-rejections=warn'] },
      }),
  },
  saying(
    'survives an uncaught exception while it serves',
    "process.on('uncaughtException', (error) => console.error('Uncaught', error)); setTimeout(() => { throw new Error('job failed') }, 500)",
  ),
  saying('warns of what is deprecated', "new Buffer(5); process.emitWarning('old', 'DeprecationWarning')"),
  saying(
    'says that it ran out of memory once',
    "console.error('FATAL ERROR: Reached heap limit Allocation failed (in the worker, restarted)')",
  ),
  saying(
    'says a module is missing, which it can do without',
    'console.error("Error: Cannot find module \'fsevents\'"); console.error("  code: \'MODULE_NOT_FOUND\'")',
  ),
  saying('says that it listens before it does', 'console.log(`Listening on http://127.0.0.1:${process.env.PORT}`)'),
  saying('says a port that is not its own', "console.log('Docs at http://localhost:3000')"),
  {
    name: 'writes to its log all the time',
    arrange: (scene) => script(scene, http(undefined, "setInterval(() => console.error('TypeError: x is not a function (ignored)'), 2)")),
  },
]

const processes: readonly Variant[] = [
  {
    name: 'has 20 children',
    arrange: (scene) =>
      script(
        scene,
        http(
          undefined,
          "import { spawn } from 'node:child_process'\nfor (let n = 0; n < 20; n += 1) spawn('sleep', ['300'], { stdio: 'ignore' })",
        ),
      ),
  },
  {
    name: 'is a cluster of three',
    arrange: (scene) =>
      script(
        scene,
        `import cluster from 'node:cluster'
        if (cluster.isPrimary) for (let n = 0; n < 3; n += 1) cluster.fork()
        else await import('./worker.mjs')
        import { writeFileSync } from 'node:fs'
        if (cluster.isPrimary) writeFileSync(new URL('worker.mjs', import.meta.url), ${JSON.stringify(http())})`,
      ),
  },
  {
    name: 'computes in a thread of its own',
    arrange: (scene) =>
      script(
        scene,
        http(
          undefined,
          "import { Worker } from 'node:worker_threads'\nnew Worker('for (;;);', { eval: true })",
          "process.on('SIGTERM', () => process.exit(0))",
        ),
      ),
  },
  {
    name: 'writes its pid file',
    arrange: (scene) =>
      script(
        scene,
        http(
          undefined,
          "import { writeFileSync } from 'node:fs'\nwriteFileSync(new URL('server.pid', import.meta.url), `${process.pid}\\n`)",
        ),
      ),
  },
  {
    name: 'is started by a shell that waits',
    arrange: (scene) => command(['sh', '-c', `node ${scene.file('server.mjs', http())}; true`]),
  },
  {
    name: 'is started by a shell that gives way',
    arrange: (scene) => command(['sh', '-c', `exec node ${scene.file('server.mjs', http())}`]),
  },
  {
    name: 'is started as npm would',
    arrange: (scene) => {
      scene.file('package.json', JSON.stringify({ name: 'app', scripts: { start: 'node server.mjs' } }))
      scene.file('server.mjs', http())
      return { args: ['--', 'npm', 'start', '--silent'], env: { npm_config_update_notifier: 'false' } }
    },
  },
  {
    name: 'is started by a launcher in Node that waits',
    arrange: (scene) => {
      scene.file('real.mjs', http())
      return script(
        scene,
        "import { spawn } from 'node:child_process'\nconst child = spawn(process.execPath, [new URL('real.mjs', import.meta.url).pathname], { stdio: 'inherit' })\nprocess.on('SIGTERM', () => child.kill())\nchild.on('exit', (code) => process.exit(code ?? 1))",
      )
    },
  },
  {
    name: 'takes 1 s to end',
    arrange: (scene) => script(scene, http(undefined, '', "process.on('SIGTERM', () => setTimeout(() => process.exit(0), 1000))")),
  },
  {
    name: 'runs short commands all the time',
    arrange: (scene) =>
      script(scene, http(undefined, "import { execFile } from 'node:child_process'\nsetInterval(() => execFile('true', () => {}), 100)")),
  },
  {
    name: 'has a child that fails and is let be',
    arrange: (scene) =>
      script(
        scene,
        http(
          undefined,
          "import { spawn } from 'node:child_process'\nspawn(process.execPath, ['-e', 'throw new Error(\"the indexer has crashed\")'], { stdio: 'inherit' }).on('exit', (code) => console.error(`indexer exited with code ${code}`))",
        ),
      ),
  },
  {
    name: 'has its server in a session of its own, and waits for it',
    arrange: (scene) => {
      scene.file('real.mjs', http())
      return script(
        scene,
        "import { spawn } from 'node:child_process'\nspawn(process.execPath, [new URL('real.mjs', import.meta.url).pathname], { stdio: 'inherit', detached: true }).on('exit', (code) => process.exit(code ?? 1))",
      )
    },
  },
  {
    name: 'lies in a folder with a name that must be quoted',
    arrange: (scene) => ({ args: [scene.file("it's mine, täglich/server app.mjs", http())] }),
  },
  {
    name: 'is no module',
    arrange: (scene) => ({
      args: [
        scene.file(
          'server.cjs',
          "require('node:http').createServer((_, response) => response.end('fine')).listen(process.env.PORT, process.env.HOST)",
        ),
      ],
    }),
  },
  {
    name: 'is given its port as an argument',
    arrange: (scene) =>
      command([
        'node',
        scene.file('server.mjs', http().replace('process.env.PORT, process.env.HOST', 'process.argv[2], process.argv[3]')),
        '{port}',
        '{host}',
      ]),
  },
  {
    name: 'reads its input to the end',
    arrange: (scene) => script(scene, http(undefined, "process.stdin.resume().on('end', () => console.log('no more input'))")),
  },
]

const ready: readonly Variant[] = [
  {
    name: 'is ready when it takes connections',
    arrange: (scene) => configured(scene, tcp("socket.end('bye')"), { readiness: { kind: 'tcp' } }),
  },
  {
    name: 'is ready when it takes connections, and never speaks',
    arrange: (scene) => configured(scene, tcp(''), { readiness: { kind: 'tcp' } }),
  },
  {
    name: 'is ready when it says so',
    arrange: (scene) =>
      configured(scene, http(undefined, '', "server.on('listening', () => console.log('I am ready'))"), {
        readiness: { kind: 'log', pattern: 'I am ready' },
      }),
  },
  {
    name: 'is ready when it sends so',
    arrange: (scene) =>
      configured(scene, http(undefined, '', "server.on('listening', () => process.send('ready'))"), { readiness: { kind: 'ipc' } }),
  },
  {
    name: 'is ready when a command says so',
    arrange: (scene) => configured(scene, http(), { readiness: { kind: 'command', command: 'true' } }),
  },
  {
    name: 'says that it is ready 2 s after it listens',
    arrange: (scene) =>
      configured(scene, http(undefined, '', "server.on('listening', () => setTimeout(() => console.log('I am ready'), 2000))"), {
        readiness: { kind: 'log', pattern: 'I am ready' },
      }),
  },
  {
    name: 'has a health that must say UP',
    arrange: (scene) =>
      configured(scene, http('response.statusCode = request.url === \'/health\' ? 200 : 404; response.end(\'{"status":"UP"}\')'), {
        readiness: { kind: 'http', path: '/health', status: [200, 200], body: 'UP' },
      }),
  },
  { name: 'has no port', arrange: (scene) => configured(scene, 'setInterval(() => {}, 1000)', { port: false }) },
  {
    name: 'has no port, and is ready when it says so',
    arrange: (scene) =>
      configured(scene, "setInterval(() => {}, 1000); setTimeout(() => console.log('I am ready'), 500)", {
        port: false,
        readiness: { kind: 'log', pattern: 'I am ready' },
      }),
  },
  {
    name: 'could do with claude, which is not there',
    arrange: (scene) => configured(scene, http(), { claude: { required: false } }),
  },
]

const surroundings: readonly Variant[] = [
  {
    name: 'has a proxy in its environment that leads nowhere',
    arrange: (scene) => ({ ...script(scene, http()), env: { HTTP_PROXY: 'http://127.0.0.1:9', http_proxy: 'http://127.0.0.1:9' } }),
    warned: ['environment'],
  },
  {
    name: 'has a proxy that is told to leave it alone',
    arrange: (scene) => ({ ...script(scene, http()), env: { HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: 'localhost,127.0.0.1' } }),
  },
  { name: 'has little memory', arrange: (scene) => ({ ...script(scene, http()), env: { NODE_OPTIONS: '--max-old-space-size=64' } }) },
  {
    name: 'is run by an Electron that runs as Node',
    arrange: (scene) => ({ ...script(scene, http()), env: { ELECTRON_RUN_AS_NODE: '1' } }),
    warned: ['environment'],
  },
  { name: 'is told CI and no terminal', arrange: (scene) => ({ ...script(scene, http()), env: { CI: 'true', TERM: 'dumb' } }) },
  {
    name: 'needs nothing of its surroundings, as a packaged app',
    arrange: (scene) => script(scene, http(), '--as', 'packaged'),
  },
  {
    name: 'needs nothing of its surroundings, as a packaged app on Linux',
    arrange: (scene) => script(scene, http(), '--as', 'packaged:linux'),
  },
  {
    name: 'needs a variable that its config gives, as a packaged app',
    arrange: (scene) =>
      configured(
        scene,
        http(undefined, "if (!process.env.DATA_DIR) throw new Error('DATA_DIR is not set')"),
        { env: { DATA_DIR: '/tmp' } },
        '--as',
        'packaged',
      ),
  },
  {
    name: 'needs a folder that its config gives, as a packaged app',
    arrange: (scene) => {
      scene.file('data.json', '{}')
      return configured(
        scene,
        http(undefined, "import { readFileSync } from 'node:fs'\nreadFileSync('data.json')"),
        { cwd: '.' },
        '--as',
        'packaged',
      )
    },
  },
  {
    name: 'prints more without a terminal, as a packaged app',
    arrange: (scene) => script(scene, http(undefined, "console.error('HOME is', process.env.HOME, 'and I go on')"), '--as', 'packaged'),
  },
  {
    name: 'starts slowly, as a packaged app',
    arrange: (scene) =>
      script(scene, http("response.statusCode = performance.now() < 2000 ? 503 : 200; response.end('state')"), '--as', 'packaged'),
  },
  {
    name: 'may be read by the page that asks',
    arrange: (scene) =>
      script(scene, http("response.setHeader('access-control-allow-origin', '*').end('fine')"), '--origin', 'app://jarvis'),
  },
  {
    name: 'is asked for many answers',
    arrange: (scene) => script(scene, http(), '--requests', '50'),
  },
]

/** A running supervisor of the scene, and where its service is. */
const supervised = async (scene: Scene, ...options: string[]): Promise<string> => {
  const path = scene.file('server.mjs', http())
  const { port } = new URL(await startCli(scene, ['start', ...options, path]).url())
  return port
}

/** Whom no supervisor knows; gives the port. */
const somebody = async (scene: Scene, host = '127.0.0.1'): Promise<string> => {
  const port = await portOf(scene)
  await scene.stranger(scene.file('somebody.mjs', http()), { PORT: String(port), HOST: host })
  await until(`somebody listens on ${port}`, () => isListenedOn(port))
  return String(port)
}

const running: readonly Variant[] = [
  {
    name: 'runs under a supervisor',
    arrange: async (scene) => {
      await supervised(scene)
      return { args: [] }
    },
  },
  {
    name: 'runs under a supervisor, asked by its port',
    arrange: async (scene) => ({ args: ['--port', await supervised(scene)] }),
  },
  {
    name: 'runs under a supervisor, asked by its address',
    arrange: async (scene) => ({ args: ['--url', `http://127.0.0.1:${await supervised(scene)}/`] }),
  },
  {
    name: 'runs under a supervisor, asked by its address with localhost',
    arrange: async (scene) => ({ args: ['--url', `http://localhost:${await supervised(scene)}/some/path?q=1`] }),
  },
  {
    name: 'runs under a supervisor, and has been restarted',
    arrange: async (scene) => {
      const path = scene.file('server.mjs', http("if (request.url === '/die') process.exit(1); response.end('fine')"))
      const cli = startCli(scene, ['start', path])
      const url = await cli.url()
      const pid = /pid (\d+)/.exec(cli.said())?.[1]
      await fetch(new URL('/die', url), { keepalive: false, headers: { connection: 'close' } }).catch(() => {})
      await cli.saying(/ready at [\s\S]*ready at/)
      expect(pid).toBeDefined()
      return { args: [] }
    },
  },
  {
    name: 'runs under a supervisor, and is looked at only',
    arrange: async (scene) => {
      await supervised(scene)
      return { args: ['--no-trial'] }
    },
  },
  {
    name: 'runs under a supervisor, and takes 3 s for every answer',
    arrange: async (scene) => {
      await startCli(scene, [
        'start',
        '--health-timeout',
        '5000',
        scene.file('server.mjs', http("setTimeout(() => response.end('fine'), 3000)")),
      ]).url()
      return { args: [] }
    },
  },
  {
    name: 'runs under a supervisor, and streams without end',
    arrange: async (scene) => {
      await startCli(scene, [
        'start',
        scene.file('server.mjs', http("response.write('x'); setInterval(() => response.write('x'), 100)")),
      ]).url()
      return { args: [] }
    },
  },
  {
    name: 'runs under a supervisor, with no port',
    arrange: async (scene) => {
      const { args } = configured(scene, "console.log('working'); setInterval(() => {}, 1000)", {
        port: false,
        readiness: { kind: 'log', pattern: 'working' },
      })
      await startCli(scene, ['start', ...args]).saying(/ready/)
      return { args: [] }
    },
  },
  {
    name: 'is one of two that run under supervisors',
    arrange: async (scene) => {
      const path = scene.file('server.mjs', http())
      await startCli(scene, ['start', '--name', 'api', path]).url()
      await startCli(scene, ['start', '--name', 'web', path]).url()
      return { args: ['--name', 'web'] }
    },
  },
  {
    name: 'is tried while the same runs under a supervisor',
    arrange: async (scene) => {
      await supervised(scene)
      return script(scene, http())
    },
  },
  {
    name: 'is answered by somebody where nothing is known of it',
    arrange: async (scene) => {
      return { args: ['--port', await somebody(scene)] }
    },
  },
]

const isHealthy = async ({ arrange, warned = [] }: Variant): Promise<void> => {
  await using scene = createScene()
  const call = await arrange(scene)
  const found = await examined(scene, call)
  const { code, report, elapsedMs } = found
  expect(report.verdict.code, words(found)).toBe('HEALTHY')
  expect(code).toBe(0)
  expect(report.ok).toBe(true)
  expect(report.checks.filter(({ status }) => status === 'fail').map(({ id, title }) => `${id}: ${title}`)).toEqual([])
  const warnings = report.checks.filter(({ status }) => status === 'warn').map(({ id }) => id)
  expect(warnings, words(found)).toEqual(warned)
  expect(elapsedMs).toBeLessThan(longestMs)
}

describe('nothing is wrong with a backend that', () => {
  const all = [
    ...starts,
    ...colds,
    ...answers,
    ...addresses,
    ...moreAddresses,
    ...remarks,
    ...processes,
    ...ready,
    ...surroundings,
    ...running,
  ]
  for (const variant of all) it(variant.name, () => isHealthy(variant))
})
