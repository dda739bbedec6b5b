import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ParsedArguments, parseArguments } from '../../src/commands/arguments.ts'
import { checkPair, laterOptions, merge, overrides, startTable, subject } from '../../src/commands/start-options.ts'
import type { ServiceOptions } from '../../src/config/options.ts'
import { specifyService } from '../../src/config/service.ts'

const table = { ...startTable, 'node-path': { value: 'PATH', help: '' }, 'claude-path': { value: 'PATH', help: '' } }
const parse = (...argv: string[]): ParsedArguments => parseArguments(argv, table)
const specify = (options: ServiceOptions) => specifyService(options, { baseDir: '/project', packageName: () => undefined })

describe('options of the command line', () => {
  it.each([
    [[], {}],
    [['--name', '007'], { name: '007' }],
    [['--host', '::1'], { host: '::1' }],
    [['--transport', 'socket'], { transport: 'socket' }],
    [['--port', '3000'], { port: 3000 }],
    [['--port', '0'], { port: 0 }],
    [['--port', 'auto'], { port: 'auto' }],
    [['--prefer-port', '3000'], { port: { prefer: 3000 } }],
    [['--ready', '/up'], { readiness: { kind: 'http', path: '/up' } }],
    [['--health', '/h'], { liveness: { kind: 'http', path: '/h' } }],
    [['--health-period', '1000'], { liveness: { periodMs: 1000 } }],
    [['--health-timeout', '900', '--health-failures', '3'], { liveness: { timeoutMs: 900, failureThreshold: 3 } }],
    [['--launch', 'spawn'], { launch: 'spawn' }],
    [['--cwd', '/elsewhere'], { cwd: '/elsewhere' }],
    [['--cwd', 'backend'], { cwd: resolve('backend') }],
    [['--env', 'A=1', '--env', 'B=x=y', '--env', 'C=', '--env', 'A=2'], { env: { A: '2', B: 'x=y', C: '' } }],
    [['--no-restart'], { restart: { when: 'never' } }],
    [['--max-restarts', '0'], { restart: { intensity: { maxRestarts: 0 } } }],
    [['--node-path', '/opt/node'], { node: { path: '/opt/node' } }],
    [['--claude-path', '/opt/claude'], { claude: { path: '/opt/claude' } }],
    [['--gateway', '8001'], { gateway: { port: 8001 } }],
    [['--gateway', 'auto'], { gateway: { port: 'auto' } }],
    [['--gateway', '0'], { gateway: { port: 0 } }],
    [['--gateway=8001', '--gateway-token'], { gateway: { port: 8001, token: true } }],
    [['--gateway-origin', 'http://a.test'], { gateway: { allowedOrigins: ['http://a.test'] } }],
    [
      ['--gateway-origin', 'http://a.test, app://b', '--gateway', '1', '--gateway-origin', 'http://c'],
      { gateway: { port: 1, allowedOrigins: ['http://a.test', 'app://b', 'http://c'] } },
    ],
    [['--standby', '--overlap'], { standby: true, overlap: true }],
    [['--verbose'], {}],
  ] satisfies [string[], object][])('%j: %j', (argv, options) => {
    expect(overrides(parse(...argv))).toStrictEqual(options)
  })

  it.each([
    [['--port', '3000', '--prefer-port', '3000'], '--port and --prefer-port exclude each other'],
    [['--no-restart', '--max-restarts', '3'], '--no-restart and --max-restarts exclude each other'],
    [['--port', '65536'], 'Expected --port to be a whole number from 0 to 65535'],
    [['--port', 'any'], 'Expected --port'],
    [['--prefer-port', 'auto'], 'Expected --prefer-port'],
    [['--health-failures', '0'], 'Expected --health-failures to be a whole number of at least 1'],
    [['--health-period', '1s'], 'Expected --health-period'],
    [['--gateway', 'any'], 'Expected --gateway to be a whole number from 0 to 65535, got "any"'],
    [['--gateway', '65536'], 'Expected --gateway'],
    [['--gateway', '0x50'], 'Expected --gateway'],
    [['--gateway', ''], '--gateway is empty'],
    [['--gateway'], '--gateway needs a value: --gateway PORT|auto'],
    [['--gateway-token=x'], '--gateway-token takes no value'],
    [['--env', 'A'], 'Expected --env to be NAME=value, got "A".'],
    [['--env', '=x'], 'Expected --env to be NAME=value'],
  ])('%j: %s', (argv, message) => {
    expect(() => overrides(parse(...argv))).toThrow(message)
  })

  it('of a later version are none of this one', () => {
    for (const name of laterOptions) expect(startTable).not.toHaveProperty(name)
  })

  it('make a valid service, each of them', () => {
    const argv = ['--ready', '/up', '--health', '/h', '--health-period', '1000', '--health-timeout', '900', '--health-failures', '3']
    expect(specify(merge({ script: 'server.js' }, overrides(parse(...argv))))).toMatchObject({
      readiness: { probe: { kind: 'http', path: '/up' }, timeoutMs: 60_000 },
      liveness: { probe: { kind: 'http', path: '/h' }, periodMs: 1000, timeoutMs: 900, failureThreshold: 3 },
    })
  })
})

describe('what is started', () => {
  it.each([
    [[], {}],
    [['server.js'], { script: 'server.js' }],
    [['server.js', '--', '--port', '{port}'], { script: 'server.js', args: ['--port', '{port}'] }],
    [['server.js', '--'], { script: 'server.js', args: [] }],
    [['--', 'redis-server', '--port', '{port}'], { command: 'redis-server', args: ['--port', '{port}'] }],
    [['--', 'redis-server'], { command: 'redis-server', args: [] }],
  ] satisfies [string[], object][])('%j: %j', (argv, options) => {
    expect(subject(parse(...argv))).toStrictEqual(options)
  })

  it.each([
    [['server.js', 'extra'], 'Unexpected argument "extra".'],
    [['--'], 'There is no command after --.'],
    [['--', ''], 'There is no command after --.'],
  ])('%j: %s', (argv, message) => {
    expect(() => subject(parse(...argv))).toThrow(message)
  })
})

describe('the line over the config', () => {
  it.each([
    ['what only one of them says stays', { script: 'a.js', host: '::1' }, { port: 3000 }, { script: 'a.js', host: '::1', port: 3000 }],
    ['the line wins', { script: 'a.js', port: 'auto' }, { port: 3000 }, { script: 'a.js', port: 3000 }],
    ['variables are merged', { script: 'a.js', env: { A: '1', B: '1' } }, { env: { B: '2' } }, { env: { A: '1', B: '2' } }],
    ['a socket takes the place of a port', { script: 'a.js', port: 80, host: '::1' }, { transport: 'socket' }, { transport: 'socket' }],
    ['a port takes the place of a socket', { script: 'a.js', transport: 'socket' }, { port: 80 }, { port: 80 }],
    ['a script takes the place of a command', { command: 'x' }, { script: 'a.js' }, { script: 'a.js' }],
    ['a command takes the place of a script', { script: 'a.js' }, { command: 'x', args: [] }, { command: 'x', args: [] }],
    [
      'Node keeps its options',
      { script: 'a.js', node: { execArgv: ['-r'] } },
      { node: { path: '/n' } },
      { node: { execArgv: ['-r'], path: '/n' } },
    ],
    [
      'Claude stays required',
      { script: 'a.js', claude: { required: true } },
      { claude: { path: '/c' } },
      { claude: { required: true, path: '/c' } },
    ],
    ['a path brings Claude back', { script: 'a.js', claude: false }, { claude: { path: '/c' } }, { claude: { path: '/c' } }],
    [
      'liveness keeps its numbers',
      { script: 'a.js', liveness: { periodMs: 1000 } },
      { liveness: { kind: 'http', path: '/h' } },
      { liveness: { periodMs: 1000, kind: 'http', path: '/h' } },
    ],
    ['a health path brings liveness back', { script: 'a.js', liveness: false }, { liveness: { path: '/h' } }, { liveness: { path: '/h' } }],
    [
      'a limit keeps the rest of the policy',
      { script: 'a.js', restart: { backoff: { maxMs: 5 }, intensity: { halfLifeMs: 7 } } },
      { restart: { intensity: { maxRestarts: 1 } } },
      { restart: { backoff: { maxMs: 5 }, intensity: { halfLifeMs: 7, maxRestarts: 1 } } },
    ],
    [
      'no restart keeps the rest of the policy',
      { script: 'a.js', restart: { backoff: { maxMs: 5 } } },
      { restart: { when: 'never' } },
      { restart: { backoff: { maxMs: 5 }, when: 'never' } },
    ],
  ] satisfies [string, Partial<ServiceOptions>, Partial<ServiceOptions>, object][])('%s', (_what, config, line, merged) => {
    const result = merge(config, line)
    expect(result).toMatchObject(merged)
    if ('transport' in line) for (const key of ['port', 'host']) expect(result).not.toHaveProperty(key)
    if ('port' in line) expect(result).not.toHaveProperty('transport')
    if ('script' in line) expect(result).not.toHaveProperty('command')
    if ('command' in line) expect(result).not.toHaveProperty('script')
  })

  it.each([
    ['a port of the line keeps the rest', { port: 1, token: true }, ['--gateway', '2'], { port: 2, token: true }],
    ['a token goes with the port of the config', { port: 1 }, ['--gateway-token'], { port: 1, token: true }],
    [
      'origins of the line take the place of those of the config',
      { port: 1, allowedOrigins: ['http://a'] },
      ['--gateway-origin', 'http://b'],
      { port: 1, allowedOrigins: ['http://b'] },
    ],
    ['a door of the line needs none in the config', undefined, ['--gateway', '2'], { port: 2 }],
  ])('of a front door: %s', (_what, gateway, argv, merged) => {
    expect(merge({ script: 'a.js', ...(gateway && { gateway }) }, overrides(parse(...argv))).gateway).toEqual(merged)
  })

  it.each([
    [['--gateway-origin', 'http://a.test'], '--gateway-origin is of a front door, and there is none.'],
    [['--gateway-token'], '--gateway-token is of a front door, and there is none.'],
  ])('%j alone is a mistake', (argv, message) => {
    expect(() => merge({ script: 'a.js' }, overrides(parse(...argv)))).toThrow(message)
  })

  it('two processes need a front door', () => {
    const gateway = { port: 'auto' as const }
    expect(() => checkPair({ standby: true })).toThrow('`standby` needs a front door')
    expect(() => checkPair({ overlap: true })).toThrow('`overlap` needs a front door')
    for (const fine of [{}, { standby: false, overlap: false }, { gateway, standby: true, overlap: true }])
      expect(() => checkPair(fine)).not.toThrow()
  })

  it('changes neither', () => {
    const config = Object.freeze({
      script: 'a.js',
      env: Object.freeze({ A: '1' }),
      restart: Object.freeze({ intensity: Object.freeze({}) }),
    })
    const line = Object.freeze({ env: Object.freeze({ B: '2' }), restart: Object.freeze({ intensity: Object.freeze({ maxRestarts: 1 }) }) })
    expect(() => merge(config, line)).not.toThrow()
  })

  it.each<ServiceOptions['liveness'] & object>([
    { kind: 'log', pattern: 'alive', periodMs: 1000 },
    { kind: 'command', command: 'check', periodMs: 1000 },
    { kind: 'tcp', periodMs: 1000 },
  ])('--health takes the place of a probe of another kind, and leaves its numbers: %j', (liveness) => {
    const merged = merge({ script: 'a.js', liveness }, overrides(parse('--health', '/h')))
    expect(specify(merged).liveness).toMatchObject({ probe: { kind: 'http', path: '/h' }, periodMs: 1000 })
  })
})
