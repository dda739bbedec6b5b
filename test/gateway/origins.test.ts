import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { askedOf } from '../../src/gateway/asked.ts'
import { namesOf } from '../../src/gateway/hosts.ts'
import { askerOf, originAsWritten } from '../../src/gateway/origins.ts'

const names = namesOf({ host: undefined, allowedHosts: [] }, 8001)
const vite = 'http://localhost:5173'

const ask = (
  headers: Readonly<Record<string, string | readonly string[]>>,
  { method = 'GET', kind = 'request' as 'request' | 'upgrade', allowed = [vite, 'app://jarvis'] as readonly string[] } = {},
) => {
  const rawHeaders = Object.entries({ host: 'localhost:8001', ...headers }).flatMap(([name, value]) =>
    [value].flat().flatMap((each) => [name, each]),
  )
  const asker = askerOf(askedOf({ method, url: '/', rawHeaders }), kind, names, new Set(allowed.map(originAsWritten)))
  if ('status' in asker) return `${asker.status} ${asker.reason}`
  if (asker.crossOrigin !== null) return `allowed ${asker.crossOrigin}`
  return asker.isOwn ? 'own' : asker.isUser ? 'user' : asker.origins.length > 0 ? 'allowed' : 'program'
}

const refused = '403 origin-not-allowed'
const foreign = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty' }
const sibling = { ...foreign, 'sec-fetch-site': 'same-site' }
const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

describe('over plain http, where browsers say nothing of the site,', () => {
  it.each([
    [{ host: 'app.test:8001' }, 'program'],
    [{ host: 'app.test:8001', referer: 'http://app.test:8001/page' }, 'program'],
    [{ host: 'app.test:8001', referer: 'http://evil.test/page' }, refused],
    [{ host: 'app.test:8001', referer: `${vite}/page` }, 'program'],
    [{ host: '127.0.0.1:8001', referer: 'http://evil.test/page' }, 'program'],
    [{ host: '[::1]:8001', referer: 'http://evil.test/page' }, 'program'],
  ])('%j comes from: %s', (headers, who) => {
    const known = namesOf({ host: undefined, allowedHosts: ['app.test'] }, 8001)
    const rawHeaders = Object.entries(headers).flat()
    const asker = askerOf(askedOf({ method: 'GET', url: '/', rawHeaders }), 'request', known, new Set([vite]))
    const is = 'status' in asker ? `${asker.status} ${asker.reason}` : asker.isOwn ? 'own' : 'program'
    expect(is).toBe(who)
  })
})

describe('a request with an Origin', () => {
  it.each([
    ['http://localhost:8001', 'own'],
    ['http://127.0.0.1:8001', 'own'],
    ['http://[::1]:8001', 'own'],
    ['https://localhost:8001', 'own'],
    ['HTTP://LOCALHOST:8001', 'own'],
    [vite, `allowed ${vite}`],
    ['app://jarvis', 'allowed app://jarvis'],
    ['http://localhost:5174', refused],
    ['https://localhost:5173', refused],
    ['http://localhost', refused],
    ['http://localhost:8002', refused],
    ['http://localhost:51730', refused],
    ['http://localhost:5173.evil.test', refused],
    ['http://localhost:5173/', refused],
    ['http://evil.test', refused],
    ['http://evil.test:8001', refused],
    ['http://localhost.evil.test:8001', refused],
    ['null', refused],
    ['', refused],
    ['*', refused],
    ['file://', refused],
  ])('%j: %s', (origin, who) => {
    expect(ask({ origin })).toBe(who)
    expect(ask({ origin }, { kind: 'upgrade' })).toBe(who)
    expect(ask({ origin, ...foreign }, { method: 'POST' })).toBe(who)
  })

  it('is not let in because its name is that of the Host: it may have been looked up again', () => {
    expect(ask({ host: 'evil.test:8001', origin: 'http://evil.test:8001', 'sec-fetch-site': 'cross-site' })).toBe(refused)
  })

  it('has one only', () => {
    expect(ask({ origin: [vite, vite] })).toBe(refused)
    expect(ask({ origin: ['http://localhost:8001', 'http://evil.test'] })).toBe(refused)
    expect(ask({ origin: `${vite}, http://evil.test` })).toBe(refused)
  })

  it('of nobody is let in where that is listed, or its browser knows that it is the own page', () => {
    expect(ask({ origin: 'null' }, { allowed: ['null'] })).toBe('allowed null')
    expect(ask({ origin: 'null', 'sec-fetch-site': 'same-origin' }, { method: 'POST' })).toBe('own')
    expect(ask({ origin: 'null', 'sec-fetch-site': 'cross-site' }, { method: 'POST' })).toBe(refused)
    expect(ask({ origin: 'null', 'sec-fetch-site': 'same-origin' }, { kind: 'upgrade' })).toBe(refused)
  })

  it('is let in only with one that is listed', () => {
    const near = fc
      .constantFrom(vite, 'app://jarvis', ...names.origins)
      .chain((origin) =>
        fc
          .tuple(fc.nat(origin.length), fc.nat(2), fc.string({ maxLength: 3 }))
          .map(([at, cut, more]) => origin.slice(0, at) + more + origin.slice(at + cut)),
      )
    fc.assert(
      fc.property(
        fc.oneof(near, fc.webUrl(), fc.string()),
        fc.constantFrom('GET', 'POST'),
        fc.constantFrom({}, foreign, sibling, link),
        (origin, method, more) => {
          const isListed = names.origins.has(origin.toLowerCase()) || [vite, 'app://jarvis'].includes(origin.toLowerCase())
          expect(ask({ ...more, origin }, { method }) !== refused).toBe(isListed)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('a request without an Origin', () => {
  it.each([
    ['curl, Electron main', {}, 'GET', 'program'],
    ['curl, Electron main', {}, 'POST', 'program'],
    ['an image of the own page', { ...foreign, 'sec-fetch-site': 'same-origin' }, 'GET', 'own'],
    ['an address typed', { ...link, 'sec-fetch-site': 'none' }, 'GET', 'user'],
    ['a link on another site', link, 'GET', 'program'],
    ['a link on another site', link, 'HEAD', 'program'],
    ['a form of another site', link, 'POST', refused],
    ['a frame in a page of another site', { ...link, 'sec-fetch-dest': 'iframe' }, 'GET', refused],
    ['an object in a page of another site', { ...link, 'sec-fetch-dest': 'object' }, 'GET', refused],
    ['an image in a page of another site', { ...foreign, 'sec-fetch-dest': 'image' }, 'GET', refused],
    ['a fetch without CORS of another site', foreign, 'GET', refused],
    ['a fetch without CORS of a page on another port', sibling, 'GET', refused],
    ['a link on a page of another port', { ...link, 'sec-fetch-site': 'same-site' }, 'GET', 'program'],
    ['a browser that says something new', { ...foreign, 'sec-fetch-site': 'some-site' }, 'GET', refused],
    ['a browser that says nothing', { ...foreign, 'sec-fetch-site': '' }, 'GET', refused],
    ['half a navigation', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 'GET', refused],
    ['an image in an allowed page', { ...foreign, 'sec-fetch-dest': 'image', referer: `${vite}/chat` }, 'GET', 'allowed'],
    ['an image in an allowed page that sends no more', { ...foreign, referer: vite }, 'GET', 'allowed'],
    ['an image in an own page of another name', { ...foreign, referer: 'http://127.0.0.1:8001/' }, 'GET', 'own'],
    ['an image in another page', { ...foreign, referer: 'http://evil.test/' }, 'GET', refused],
    ['an image in a page that looks like an allowed one', { ...foreign, referer: `${vite}.evil.test/` }, 'GET', refused],
    ['an image in a page that looks like an allowed one', { ...foreign, referer: `${vite}@evil.test/` }, 'GET', refused],
    ['a write with nothing but a referer', { ...foreign, referer: `${vite}/` }, 'POST', refused],
  ])('of %s: %j by %s: %s', (_, headers, method, who) => expect(ask(headers, { method })).toBe(who))

  it('says where it comes from once', () => {
    expect(ask({ 'sec-fetch-site': ['same-origin', 'cross-site'] })).toBe(refused)
    expect(ask({ ...foreign, referer: [`${vite}/`, 'http://evil.test/'] })).toBe(refused)
    expect(ask({ ...link, 'sec-fetch-mode': ['navigate', 'no-cors'] })).toBe(refused)
  })
})

it('allowed origins are compared as browsers write them', () => {
  expect(originAsWritten('HTTP://Localhost:80')).toBe('http://localhost')
  expect(originAsWritten('https://bücher.test:443')).toBe('https://xn--bcher-kva.test')
  expect(originAsWritten('App://Jarvis')).toBe('app://jarvis')
  expect(originAsWritten('null')).toBe('null')
})
