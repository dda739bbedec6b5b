import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { askedOf } from '../../src/gateway/asked.ts'
import { hostProblem, namesOf } from '../../src/gateway/hosts.ts'

const statusFor = (hosts: readonly string[], { port = 8001, host = undefined as string | undefined, allowedHosts = [] as string[] } = {}) =>
  hostProblem(
    askedOf({ method: 'GET', url: '/', rawHeaders: hosts.flatMap((value) => ['Host', value]) }),
    namesOf({ host, allowedHosts }, port),
    port,
  )?.status ?? 200

describe('the name under which the door is called', () => {
  it.each([
    ['127.0.0.1:8001', 200],
    ['localhost:8001', 200],
    ['LocalHost:8001', 200],
    ['[::1]:8001', 200],
    ['', 403],
    ['127.0.0.1', 403],
    ['localhost', 403],
    ['[::1]', 403],
    ['localhost.:8001', 403],
    ['localhost:8002', 403],
    ['localhost:08001', 403],
    ['localhost:8001:8001', 403],
    ['user@localhost:8001', 403],
    ['localhost:8001@evil.test', 403],
    ['evil.test:8001', 403],
    ['localhost.evil.test:8001', 403],
    ['evil.test', 403],
    ['127.0.0.1.evil.test:8001', 403],
    ['127.0.0.2:8001', 403],
    ['2130706433:8001', 403],
    ['::1:8001', 403],
    ['[::ffff:127.0.0.1]:8001', 403],
    ['0.0.0.0:8001', 403],
    ['localhost:8001, evil.test', 403],
  ])('%j: %i', (host, status) => expect(statusFor([host])).toBe(status))

  it('is said exactly once', () => {
    expect(statusFor([])).toBe(400)
    expect(statusFor(['localhost:8001', 'evil.test'])).toBe(400)
    expect(statusFor(['localhost:8001', 'localhost:8001'])).toBe(400)
  })

  it('goes without a port only where that is 80', () => {
    expect(statusFor(['localhost'], { port: 80 })).toBe(200)
    expect(statusFor(['[::1]'], { port: 80 })).toBe(200)
    expect(statusFor(['localhost:80'], { port: 80 })).toBe(200)
    expect(statusFor(['localhost'], { port: 443 })).toBe(403)
  })

  it.each([
    ['app.test', 'app.test:8001', 200],
    ['app.test', 'APP.test:8001', 200],
    ['app.test', 'app.test', 200],
    ['app.test', 'app.test:8002', 403],
    ['app.test', 'sub.app.test:8001', 403],
    ['app.test', 'app.test.:8001', 403],
    ['App.Test:8443', 'app.test:8443', 200],
    ['app.test:8443', 'app.test:8001', 403],
    ['app.test:8443', 'app.test', 403],
    ['app.test:443', 'app.test', 200],
    ['bücher.test', 'xn--bcher-kva.test:8001', 200],
    ['[fe80::1]:9', '[fe80::1]:9', 200],
  ])('may be one that is allowed: %s lets %s in: %i', (allowed, host, status) =>
    expect(statusFor([host], { allowedHosts: [allowed] })).toBe(status),
  )

  it.each([
    ['192.168.1.5', '192.168.1.5:8001', 200],
    ['box.lan', 'box.lan:8001', 200],
    ['fd00:0::5', '[fd00::5]:8001', 200],
    ['0.0.0.0', '0.0.0.0:8001', 403],
    ['::', '[::]:8001', 403],
    ['0.0.0.0', '192.168.1.5:8001', 403],
  ])('may be the address that it listens on: at %s, %s: %i', (host, asked, status) => expect(statusFor([asked], { host })).toBe(status))

  it('is none but those that are listed', () => {
    const { hosts } = namesOf({ host: undefined, allowedHosts: ['app.test', 'b.test:9'] }, 8001)
    expect([...hosts].sort()).toEqual(['127.0.0.1:8001', '[::1]:8001', 'app.test', 'app.test:8001', 'b.test:9', 'localhost:8001'])
    const near = fc
      .constantFrom(...hosts)
      .chain((host) =>
        fc
          .tuple(fc.nat(host.length), fc.nat(2), fc.string({ maxLength: 3 }))
          .map(([at, cut, more]) => host.slice(0, at) + more + host.slice(at + cut)),
      )
    fc.assert(
      fc.property(fc.oneof(near, fc.string(), fc.domain()), (host) => {
        const isIn = statusFor([host], { allowedHosts: ['app.test', 'b.test:9'] }) === 200
        expect(isIn).toBe(hosts.has(host.toLowerCase()))
      }),
      { numRuns: 2000 },
    )
  })

  it('is shown to whoever is refused, and what would let it in', () => {
    const asked = askedOf({ rawHeaders: ['host', `"><b>${'x'.repeat(1000)}`] })
    const { detail = '' } = hostProblem(asked, namesOf({ host: undefined, allowedHosts: [] }, 8001), 8001) ?? {}
    expect(detail).toContain('allowedHosts')
    expect(detail).toContain('\\"><b>xxx')
    expect(detail.length).toBeLessThan(500)
  })
})

describe('the origins of the own pages', () => {
  it('are those of its names, over TLS as well', () => {
    const { origins } = namesOf({ host: undefined, allowedHosts: ['app.test', 'b.test:443'] }, 8001)
    expect([...origins].sort()).toEqual(
      [
        ...['127.0.0.1:8001', 'localhost:8001', '[::1]:8001', 'app.test:8001', 'app.test'].flatMap((host) => [
          `http://${host}`,
          `https://${host}`,
        ]),
        ...['http://b.test:443', 'https://b.test'],
      ].sort(),
    )
  })

  it('have no port where browsers write none', () => {
    const { origins } = namesOf({ host: undefined, allowedHosts: [] }, 80)
    expect(origins.has('http://localhost')).toBe(true)
    expect(origins.has('http://localhost:80')).toBe(false)
    // another server of this machine
    expect(origins.has('https://localhost')).toBe(false)
  })
})
