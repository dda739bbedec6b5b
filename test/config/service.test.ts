import { describe, expect, it } from 'vitest'
import type { ReadinessOptions, ServiceOptions } from '../../src/config/options.ts'
import { type ServiceFacts, type ServiceSpec, specifyService } from '../../src/config/service.ts'
import { isSupervisorError } from '../../src/errors.ts'

const facts: ServiceFacts = { baseDir: '/project', packageName: () => undefined }
const specify = (options: ServiceOptions, more: Partial<ServiceFacts> = {}): ServiceSpec => specifyService(options, { ...facts, ...more })
const script = { script: 'server.js' }

describe('defaults', () => {
  it('a script alone is all it takes', () => {
    expect(specify(script)).toEqual({
      name: 'server',
      run: { script: '/project/server.js' },
      launch: 'fork',
      launchReason: null,
      args: [],
      cwd: '/project',
      env: {},
      envFile: undefined,
      node: { path: undefined, execArgv: [], compileCache: false },
      claude: { path: undefined, required: false },
      address: { host: '127.0.0.1', port: 'auto' },
      readiness: { probe: { kind: 'http', path: '/' }, timeoutMs: 60_000 },
      liveness: {
        probe: { kind: 'http', path: '/', status: [100, 599], headers: undefined },
        periodMs: 5000,
        timeoutMs: 2000,
        failureThreshold: 6,
      },
      restart: {
        when: 'always',
        backoff: { initialMs: 500, maxMs: 10_000, factor: 2, jitter: 0.2 },
        intensity: { maxRestarts: 5, halfLifeMs: 300_000 },
      },
      stop: { message: undefined, signal: 'SIGTERM', graceMs: 5000 },
      dieWithParent: true,
      maxMemoryBytes: null,
      logs: { dir: undefined, maxBytes: 10 * 1024 * 1024, maxFiles: 5 },
      gateway: null,
      pair: 'none',
    })
  })

  it('limits are in MiB, and logs lie beside the config where they are relative', () => {
    expect(specify({ ...script, limits: { maxMemoryMb: 1.5 } }).maxMemoryBytes).toBe(1_572_864)
    expect(specify({ ...script, logs: { dir: 'out' } }).logs).toMatchObject({ dir: '/project/out', maxFiles: 5 })
    expect(specify({ ...script, logs: false }).logs).toBeNull()
  })

  it('scripts are forked, commands are spawned, and either may be asked for', () => {
    expect(specify({ command: 'redis-server' })).toMatchObject({ launch: 'spawn', run: { command: 'redis-server' } })
    expect(specify({ ...script, launch: 'auto' }).launch).toBe('fork')
    expect(specify({ ...script, launch: 'spawn' }).launch).toBe('spawn')
    expect(specify({ command: 'x', launch: 'auto' }).launch).toBe('spawn')
  })

  it('what is given is kept, and what is not given beside it has its default', () => {
    const spec = specify({
      ...script,
      restart: { backoff: { maxMs: 1000 }, intensity: { maxRestarts: 0 } },
      stop: { graceMs: 0, message: { type: 'bye' } },
      node: { compileCache: true },
      claude: { required: true },
    })
    expect(spec.restart).toEqual({
      when: 'always',
      backoff: { initialMs: 500, maxMs: 1000, factor: 2, jitter: 0.2 },
      intensity: { maxRestarts: 0, halfLifeMs: 300_000 },
    })
    expect(spec.stop).toEqual({ message: { type: 'bye' }, signal: 'SIGTERM', graceMs: 0 })
    expect(spec.node).toEqual({ path: undefined, execArgv: [], compileCache: true })
    expect(spec.claude).toEqual({ path: undefined, required: true })
    expect(specify({ ...script, claude: false }).claude).toBe(false)
  })

  it('an option that is undefined counts as absent', () => {
    const options = { ...script, port: undefined, readiness: undefined, liveness: undefined, restart: { when: undefined }, host: undefined }
    expect(specify(options as ServiceOptions)).toEqual(specify(script))
  })
})

describe('the name', () => {
  it.each([
    ['is the one given', { ...script, name: '007' }, { key: 'api', packageName: () => 'package' }, '007'],
    ['else the key in the config', script, { key: 'api', packageName: () => 'package' }, 'api'],
    ['else the one in package.json', script, { packageName: () => 'package' }, 'package'],
    ["else the script's", { script: 'dist/main.server.mjs' }, {}, 'main.server'],
    ["else the command's", { command: '/usr/local/bin/redis-server' }, {}, 'redis-server'],
  ] satisfies [string, ServiceOptions, Partial<ServiceFacts>, string][])('%s', (_what, options, more, name) => {
    expect(specify(options, more).name).toBe(name)
  })

  it('is looked for from the script on, or where the command runs', () => {
    const packageName = (dir: string): string => `package of ${dir}`
    expect(specify({ script: 'backend/server.js' }, { packageName }).name).toBe('package of /project/backend')
    expect(specify({ command: 'x', cwd: 'backend' }, { packageName }).name).toBe('package of /project/backend')
  })
})

describe('the port', () => {
  it.each([
    [undefined, { host: '127.0.0.1', port: 'auto' }],
    ['auto', { host: '127.0.0.1', port: 'auto' }],
    [0, { host: '127.0.0.1', port: 'auto' }],
    [{ prefer: 0 }, { host: '127.0.0.1', port: 'auto' }],
    [3000, { host: '127.0.0.1', port: 3000 }],
    [{ prefer: 3000 }, { host: '127.0.0.1', port: { prefer: 3000 } }],
    [65_535, { host: '127.0.0.1', port: 65_535 }],
    [false, null],
  ] satisfies [ServiceOptions['port'], unknown][])('%j is %j', (port, address) => {
    expect(specify({ ...script, ...(port !== undefined && { port }) }).address).toEqual(address)
  })

  it('stands beside the host', () => {
    expect(specify({ ...script, host: '::1', port: 3000 }).address).toEqual({ host: '::1', port: 3000 })
  })
})

describe('paths', () => {
  it.each([
    [{ script: 'dist/server.js' }, { run: { script: '/project/dist/server.js' } }],
    [{ script: '/srv/server.js' }, { run: { script: '/srv/server.js' } }],
    [{ script: 'file:///srv/my%20server.js' }, { run: { script: '/srv/my server.js' } }],
    [{ script: new URL('file:///srv/my%20server.js') }, { run: { script: '/srv/my server.js' } }],
    [{ command: 'redis-server' }, { run: { command: 'redis-server' } }],
    [{ command: './run.sh' }, { run: { command: '/project/run.sh' } }],
    [
      { command: 'bin/run', cwd: 'backend' },
      { run: { command: '/project/backend/bin/run' }, cwd: '/project/backend' },
    ],
    [
      { ...script, cwd: '/elsewhere' },
      { run: { script: '/project/server.js' }, cwd: '/elsewhere' },
    ],
    [{ ...script, envFile: '.env' }, { envFile: '/project/.env' }],
  ] satisfies [ServiceOptions, object][])('%j: %j', (options, spec) => {
    expect(specify(options)).toMatchObject(spec)
  })
})

describe('readiness', () => {
  it('has its deadline beside its probe', () => {
    expect(specify({ ...script, readiness: { kind: 'log', pattern: 'up' } }).readiness).toEqual({
      probe: { kind: 'log', pattern: 'up' },
      timeoutMs: 60_000,
    })
    expect(specify({ ...script, readiness: { kind: 'tcp', timeoutMs: 9 } }).readiness).toEqual({ probe: { kind: 'tcp' }, timeoutMs: 9 })
  })

  it('is off when told so, and without an address unless it needs none', () => {
    expect(specify({ ...script, readiness: false }).readiness).toBeNull()
    expect(specify({ ...script, port: false }).readiness).toBeNull()
    expect(specify({ ...script, port: false, readiness: { kind: 'ipc' } }).readiness).toMatchObject({ probe: { kind: 'ipc' } })
  })
})

describe('liveness', () => {
  const http: ReadinessOptions = { kind: 'http', path: '/ready', status: [200, 299], headers: { a: 'b' }, body: 'ok' }
  it.each([
    ['asks the readiness address for any answer', { readiness: http }, { path: '/ready', headers: { a: 'b' }, status: [100, 599] }],
    ['asks its own path with the same headers', { readiness: http, liveness: { path: '/l' } }, { path: '/l', headers: { a: 'b' } }],
    ['asks for a status of its own', { readiness: http, liveness: { status: [200, 200] } }, { path: '/ready', status: [200, 200] }],
    ['inherits the address though its kind is named', { readiness: http, liveness: { kind: 'http' } }, { path: '/ready' }],
    ['connects where readiness does', { readiness: { kind: 'tcp' } }, { kind: 'tcp' }],
    ['may be of another kind', { readiness: http, liveness: { kind: 'tcp' } }, { kind: 'tcp' }],
    ['may ask over HTTP what readiness heard', { readiness: { kind: 'log', pattern: 'x' }, liveness: { kind: 'http' } }, { kind: 'http' }],
    ['takes a path to mean HTTP', { readiness: { kind: 'tcp' }, liveness: { path: '/l' } }, { kind: 'http', path: '/l' }],
  ] satisfies [string, Omit<ServiceOptions, 'script'>, object][])('%s', (_what, options, probe) => {
    expect(specify({ ...script, ...options } as ServiceOptions).liveness?.probe).toMatchObject(probe)
  })

  it('does not ask for the body that readiness asks for', () => {
    expect(specify({ ...script, readiness: http }).liveness?.probe).not.toHaveProperty('body')
  })

  it('takes its own numbers', () => {
    const { liveness } = specify({ ...script, liveness: { periodMs: 1000, timeoutMs: 900, failureThreshold: 3 } })
    expect(liveness).toMatchObject({ probe: { kind: 'http', path: '/' }, periodMs: 1000, timeoutMs: 900, failureThreshold: 3 })
  })

  it.each([{ liveness: false }, { port: false }, { port: false, readiness: { kind: 'log', pattern: 'x' } }] satisfies Omit<
    ServiceOptions,
    'script'
  >[])('is off with %j', (options) => {
    expect(specify({ ...script, ...options } as ServiceOptions).liveness).toBeNull()
  })
})

const errorOf = (options: unknown, more: Partial<ServiceFacts> = {}): Error & { code?: string; hint?: string } => {
  try {
    specify(options as ServiceOptions, more)
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was wrong')
}

describe('what is wrong', () => {
  it('is said at once, each thing with its path', () => {
    const error = errorOf({
      script: 7,
      prot: 3000,
      readiness: { kind: 'http', periodMs: 5 },
      restart: { when: 'sometimes', backoff: { jitter: 2 } },
      args: ['ok', 5],
      env: { A: 1 },
    })
    expect(isSupervisorError(error, 'ERR_INVALID_OPTIONS')).toBe(true)
    expect(error.message).toMatch(/^7 invalid options:\n/)
    for (const path of ['script', 'prot', 'readiness.periodMs', 'restart.when', 'restart.backoff.jitter', 'args[1]', 'env.A']) {
      expect(error.message).toContain(`\`${path}\``)
    }
    expect(error.hint).toMatch(/README/)
  })

  it('names the place in the config', () => {
    const { message } = errorOf({ ...script, readiness: { kind: 'http', periodMs: 5 } }, { path: 'services.api' })
    expect(message).toBe('Invalid option: unknown option `services.api.readiness.periodMs`')
  })

  it.each([
    [{ ...script, ports: 1 }, 'unknown option `ports`; did you mean `port`?'],
    [{ ...script, livenes: {} }, 'did you mean `liveness`?'],
    [{ ...script, readiness: { kind: 'http', timeoutMS: 1 } }, 'unknown option `readiness.timeoutMS`; did you mean `timeoutMs`?'],
    [
      { ...script, restart: { intensity: { maxRestart: 1 } } },
      'unknown option `restart.intensity.maxRestart`; did you mean `maxRestarts`?',
    ],
    [{ ...script, somethingElse: 1 }, 'unknown option `somethingElse`'],
    [{ ...script, toString: 1 }, 'unknown option `toString`'],
    [{ ...script, port: 65_536 }, 'expected `port` to be a whole number from 0 to 65535'],
    [
      { ...script, port: '3000' },
      'expected `port` to be a whole number from 0 to 65535, \'auto\', false, or { prefer: number }, got "3000"',
    ],
    [{ ...script, port: true }, 'expected `port`'],
    [{ ...script, port: Number.NaN }, 'expected `port`'],
    [{ ...script, port: {} }, '`port.prefer` is missing'],
    [{ ...script, port: { prefer: 'x' } }, 'expected `port.prefer`'],
    [{ ...script, readiness: {} }, '`readiness.kind` is missing'],
    [{ ...script, readiness: { kind: 'telepathy' } }, "expected `readiness.kind` to be one of 'http', 'tcp', 'log'"],
    [{ ...script, readiness: { kind: 'toString' } }, 'expected `readiness.kind`'],
    [{ ...script, readiness: true }, 'expected `readiness` to be an object or false'],
    [{ ...script, readiness: { kind: 'log' } }, '`readiness.pattern` is missing'],
    [{ ...script, readiness: { kind: 'command' } }, '`readiness.command` is missing'],
    [{ ...script, readiness: { kind: 'custom', probe: 'x' } }, 'expected `readiness.probe` to be a function'],
    [{ ...script, readiness: { kind: 'tcp', path: '/' } }, 'unknown option `readiness.path`'],
    [{ ...script, readiness: { kind: 'http', path: 'health' } }, 'expected `readiness.path` to be a URL path that begins with /'],
    [{ ...script, readiness: { kind: 'http', path: '/a b' } }, 'expected `readiness.path`'],
    [{ ...script, readiness: { kind: 'http', status: [500, 200] } }, 'expected `readiness.status`'],
    [{ ...script, readiness: { kind: 'http', status: 200 } }, 'expected `readiness.status`'],
    [{ ...script, liveness: { failureThreshold: 0 } }, 'expected `liveness.failureThreshold`'],
    [{ ...script, liveness: { periodMs: 0 } }, 'expected `liveness.periodMs`'],
    [{ ...script, stop: { signal: 'sigterm' } }, 'expected `stop.signal` to be the name of a signal, such as SIGTERM, got "sigterm"'],
    [{ ...script, stop: { graceMs: -1 } }, 'expected `stop.graceMs`'],
    [{ ...script, restart: { backoff: { factor: 0.5 } } }, 'expected `restart.backoff.factor`'],
    [{ ...script, name: '' }, 'expected `name`'],
    [{ ...script, script: new URL('http://localhost/server.js') }, 'expected `script` to be a path or a file: URL'],
    [{ ...script, args: 'one two' }, 'expected `args` to be a list'],
    [{ ...script, claude: true }, 'expected `claude`'],
    [{ ...script, env: { A: null } }, 'expected `env.A`'],
    [null, 'expected the options to be an object, got null'],
    [[], 'expected the options to be an object'],
  ])('%j: %s', (options, message) => {
    expect(errorOf(options).message).toContain(message)
  })

  it('an absurd value is shown short', () => {
    expect(errorOf({ ...script, host: { text: 'x'.repeat(10_000) } }).message.length).toBeLessThan(300)
  })

  it('a value that cannot be written as JSON is no other error', () => {
    const circular: Record<string, unknown> = {}
    circular.itself = circular
    for (const host of [circular, { big: 1n }, 1n, Symbol('s'), () => {}]) {
      expect(errorOf({ ...script, host }).message).toContain('expected `host`')
    }
  })

  it.each(['dependsOn', 'watch'])('%s is said to be of a later version, not to be unknown', (key) => {
    expect(errorOf({ ...script, [key]: true }).message).toContain(`\`${key}\` is not supported by this version`)
  })
})

describe('what contradicts', () => {
  it.each([
    [{}, '`script` or `command` is missing'],
    [{ script: 'a.js', command: 'b' }, '`script` and `command` exclude each other'],
    [{ command: 'b', launch: 'fork' }, "`launch` 'fork' runs scripts"],
    [
      { ...script, launch: 'utilityProcess', node: { execArgv: ['-r', 'x'] } },
      "`node.execArgv` contradicts `launch` 'utilityProcess', which takes next to none",
    ],
    [{ command: 'b', launch: 'utilityProcess' }, "`command` contradicts `launch` 'utilityProcess', which runs scripts only"],
    [{ ...script, port: false, readiness: { kind: 'http' } }, "`readiness` of kind 'http' contradicts `port` false"],
    [{ ...script, port: false, liveness: { kind: 'tcp' } }, "`liveness` of kind 'tcp' contradicts `port` false"],
    [{ ...script, port: false, args: ['--port', '{port}'] }, '`args[1]` ({port}) contradicts `port` false'],
    [{ ...script, port: false, args: ['--at={url}/x'] }, '`args[0]` (--at={url}/x) contradicts `port` false'],
    [{ command: 'b', readiness: { kind: 'ipc' } }, "`readiness.kind` 'ipc' needs a channel"],
    [{ ...script, launch: 'spawn', readiness: { kind: 'ipc' } }, "`readiness.kind` 'ipc' needs a channel"],
  ])('%j: %s', (options, message) => {
    expect(errorOf(options).message).toContain(message)
  })

  it.each([
    [{ gateway: { port: 8001 }, port: 8001 }, '`gateway.port` and `port` are both 8001: only one can listen there'],
    [{ gateway: { port: 8001, host: '127.0.0.1' }, port: 8001, host: 'localhost' }, '`gateway.port` and `port` are both 8001'],
    [{ gateway: { port: 8001, host: '::', token: true }, port: 8001 }, '`gateway.port` and `port` are both 8001'],
    [{ gateway: { port: 8001, host: '0.0.0.0' } }, '`gateway.host` (0.0.0.0) lets other machines in, which needs `gateway.token` true'],
    [{ gateway: { port: 8001 }, port: false }, '`gateway` contradicts `port` false: there is no address to pass requests on to'],
    [{ standby: true, port: false }, '`standby` contradicts `port` false'],
    [{ overlap: true, port: false }, '`overlap` contradicts `port` false'],
    [{ standby: true, port: 8001 }, '`standby` contradicts `port` 8001: two processes cannot share it'],
    [{ overlap: true, port: 8001 }, '`overlap` contradicts `port` 8001: two processes cannot share it'],
  ])('of a front door: %j: %s', (options, message) => {
    expect(errorOf({ ...script, ...options }).message).toContain(message)
  })

  it.each([
    { gateway: { port: 8001 }, port: { prefer: 8001 } },
    { gateway: { port: 0 }, port: 0 },
    { gateway: { port: 'auto' as const }, port: 8001 },
    { gateway: { port: 8001, host: '192.0.2.7', token: true }, port: 8001 },
    { gateway: { port: 8001 }, transport: 'socket' as const, standby: true },
    { gateway: undefined, standby: false, overlap: false, port: false as const, readiness: false as const },
  ])('a front door goes with %j', (options) => {
    expect(() => specify({ ...script, ...options })).not.toThrow()
  })

  it('everything that wants a port contradicts a socket, all of it at once', () => {
    const { message } = errorOf({ ...script, transport: 'socket', port: 80, host: '::1', args: ['{socket}', '{port}', '--at={url}/x'] })
    expect(message).toContain('4 invalid options')
    expect(message).toContain("`port` contradicts `transport` 'socket'")
    expect(message).toContain("`host` contradicts `transport` 'socket'")
    expect(message).toContain("`args[1]` ({port}) contradicts `transport` 'socket'")
    expect(message).toContain("`args[2]` (--at={url}/x) contradicts `transport` 'socket'")
  })

  it('no port at all contradicts a socket, too', () => {
    expect(errorOf({ ...script, transport: 'socket', port: false }).message).toContain("`port` contradicts `transport` 'socket'")
  })

  it.each([{}, { transport: 'tcp' as const }, { port: false as const }])('a socket in the arguments contradicts %j', (more) => {
    expect(errorOf({ ...script, ...more, args: ['--socket={socket}'] }).message).toContain(
      "`args[0]` (--socket={socket}) contradicts `transport` 'tcp'",
    )
  })

  it('a transport that there is none of is named', () => {
    expect(errorOf({ ...script, transport: 'pipe' }).message).toContain("expected `transport` to be one of 'tcp', 'socket', got \"pipe\"")
  })

  it('a socket has the questions of a port', () => {
    const spec = specify({ ...script, transport: 'socket', args: ['{socket}'] })
    expect(spec.address).toBe('socket')
    expect(spec.readiness?.probe).toEqual({ kind: 'http', path: '/' })
    expect(spec.liveness?.probe).toMatchObject({ kind: 'http', path: '/' })
  })

  it('a liveness path without an address contradicts, though its kind is not named', () => {
    expect(errorOf({ ...script, port: false, liveness: { path: '/health' } }).message).toContain('`liveness`')
  })

  it('a liveness by messages needs a channel as well', () => {
    expect(errorOf({ command: 'b', liveness: { kind: 'ipc' } }).message).toContain('`liveness.kind`')
  })

  it('what needs no address does not', () => {
    const options = { ...script, port: false as const, readiness: { kind: 'log' as const, pattern: /up/ }, args: ['{nodePath}', '{"a":1}'] }
    expect(specify(options).address).toBeNull()
  })
})

describe('one process or two', () => {
  it.each([
    [{}, 'none'],
    [{ overlap: true }, 'overlap'],
    [{ standby: true }, 'standby'],
    [{ standby: true, overlap: true }, 'standby'],
    [{ standby: false, overlap: false }, 'none'],
  ])('%j: %s', (options, pair) => {
    expect(specify({ ...script, ...options })).toMatchObject({ pair, gateway: null })
  })
})
