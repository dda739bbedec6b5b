import { describe, expect, it } from 'vitest'
import { type GatewayOptions, gatewayContradictions, gatewayShape, isLoopback, specifyGateway } from '../../src/config/gateway.ts'
import type { Problem } from '../../src/config/shape.ts'

const problemsOf = (options: unknown): string[] => {
  const problems: Problem[] = []
  gatewayShape(options, 'gateway', problems)
  return [...problems, ...gatewayContradictions(options, 'gateway')].map(({ message }) => message)
}

describe('the options of a front door', () => {
  it.each<GatewayOptions>([
    { port: 8001 },
    { port: 'auto' },
    { port: 0, service: 'api' },
    { port: 65_535, host: '127.0.0.2' },
    { port: 1, host: '::1' },
    { port: 1, host: 'LocalHost' },
    { port: 1, host: '0.0.0.0', token: true },
    {
      port: 1,
      allowedOrigins: ['http://localhost:5173', 'https://app.test', 'app://my-jarvis', 'vscode-webview://a1b2', 'null', 'file://'],
    },
    { port: 1, allowedHosts: ['app.test', 'app.test:8443', '[::ffff:7f00:1]', '192.0.2.7:80'] },
    { port: 1, token: false, idempotencyKey: true, hold: { timeoutMs: 0, maxPending: 0, maxBytes: 0 }, drainMs: 0, maxBodyBytes: 0 },
    { port: 1, hold: {}, host: undefined as never },
  ])('are right: %j', (options) => {
    expect(problemsOf(options)).toEqual([])
  })

  it.each([
    [{}, ['`gateway.port` is missing']],
    [true, ['expected `gateway` to be an object, got true (boolean)']],
    [{ port: '8001' }, ['expected `gateway.port` to be a whole number from 0 to 65535, or \'auto\', got "8001"']],
    [{ port: 65_536 }, ["expected `gateway.port` to be a whole number from 0 to 65535, or 'auto', got 65536 (number)"]],
    [{ port: false }, [expect.stringContaining('expected `gateway.port`')]],
    [{ port: { prefer: 1 } }, [expect.stringContaining('expected `gateway.port`')]],
    [{ port: 1, host: '' }, [expect.stringContaining('expected `gateway.host`'), expect.stringContaining('lets other machines in')]],
    [{ port: 1, host: '192.0.2.7' }, ['`gateway.host` (192.0.2.7) lets other machines in, which needs `gateway.token` true']],
    [{ port: 1, host: '127.evil.test' }, [expect.stringContaining('lets other machines in')]],
    [{ port: 1, allowedOrigin: [] }, ['unknown option `gateway.allowedOrigin`; did you mean `allowedOrigins`?']],
    [{ port: 1, hold: { timeoutMs: -1 } }, [expect.stringContaining('expected `gateway.hold.timeoutMs`')]],
    [{ port: 1, hold: { timeoutMs: 2 ** 31 } }, [expect.stringContaining('expected `gateway.hold.timeoutMs`')]],
    [{ port: 1, hold: { maxPending: 1.5 } }, [expect.stringContaining('expected `gateway.hold.maxPending`')]],
    [{ port: 1, drainMs: 'long' }, [expect.stringContaining('expected `gateway.drainMs`')]],
    [{ port: 1, token: 'x' }, ['expected `gateway.token` to be true or false, got "x"']],
  ])('are wrong: %j', (options, messages) => {
    expect(problemsOf(options)).toEqual(messages)
  })

  it.each([
    '*',
    'http://*',
    'http://*.test',
    'localhost:5173',
    'http://localhost:5173/',
    'http://a.test/x',
    'http://u@a.test',
    'http://a.test:99999',
    '',
    'http://a b',
    'http://a\\b',
  ])('have no origin %j', (origin) => {
    expect(problemsOf({ port: 1, allowedOrigins: ['http://ok.test', origin] })).toEqual([
      expect.stringContaining('expected `gateway.allowedOrigins[1]` to be an origin, such as http://localhost:5173'),
    ])
  })

  it.each(['*', '*.test', 'http://a.test', 'a.test/', 'a.test:', 'a.test:123456', '::1', 'a b', ''])('have no host %j', (host) => {
    expect(problemsOf({ port: 1, allowedHosts: [host] })).toEqual([
      expect.stringContaining('expected `gateway.allowedHosts[0]` to be a host name'),
    ])
  })

  it('are told of with all that is wrong at once', () => {
    expect(problemsOf({ host: '0.0.0.0', allowedOrigins: 'x', hold: 3 })).toHaveLength(4)
  })
})

describe('a front door as the rest works by it', () => {
  it('has its defaults', () => {
    expect(specifyGateway({ port: 8001 })).toEqual({
      port: 8001,
      host: undefined,
      allowedOrigins: [],
      allowedHosts: [],
      token: false,
      idempotencyKey: false,
      hold: { timeoutMs: 10_000, maxPending: 256, maxBytes: 33_554_432 },
      drainMs: 30_000,
      maxBodyBytes: Number.POSITIVE_INFINITY,
    })
  })

  it.each([0, 'auto'] as const)('has any free port for %j', (port) => {
    expect(specifyGateway({ port }).port).toBe('auto')
  })

  it('writes origins and hosts as browsers send them', () => {
    const { allowedOrigins, allowedHosts } = specifyGateway({
      port: 1,
      allowedOrigins: ['HTTP://LocalHost:80', 'https://a.test:443', 'http://a.test:443', 'App://My-Jarvis', 'null', 'file://'],
      allowedHosts: ['App.Test:8443'],
    })
    expect(allowedOrigins).toEqual(['http://localhost', 'https://a.test', 'http://a.test:443', 'app://my-jarvis', 'null', 'file://'])
    expect(allowedHosts).toEqual(['app.test:8443'])
  })

  it('keeps what is said of waiting, and the defaults of the rest', () => {
    expect(specifyGateway({ port: 1, hold: { maxPending: 3 } }).hold).toEqual({ timeoutMs: 10_000, maxPending: 3, maxBytes: 33_554_432 })
  })
})

describe('an address that only this machine reaches', () => {
  it.each([
    ['localhost', true],
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['::1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['localhost.evil.test', false],
    ['127.0.0.1.nip.io', false],
  ])('%s: %s', (host, answer) => {
    expect(isLoopback(host)).toBe(answer)
  })
})
