import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backendSide } from '../../src/gateway/backend-side.ts'
import { requestHeaders } from '../../src/gateway/request-headers.ts'
import { responseHeaders } from '../../src/gateway/response-headers.ts'
import type { Visitor } from '../../src/gateway/visitor.ts'

const backend = backendSide({ host: '127.0.0.1', port: 5000 })
const visitor: Visitor = { target: '/', isTrusted: false, crossOrigin: null, isOwnOrigin: false, ticketProtocol: null }
const sender = { address: '127.0.0.1', port: 8001 }
const host = ['Host', 'localhost:8001']

const sent = (raw: readonly string[], more: Partial<Visitor> = {}, from = sender): string[] =>
  requestHeaders(raw, { ...visitor, ...more }, from, backend, () => 'made')
const valuesOf = (list: readonly string[], name: string): string[] =>
  list.flatMap((each, at) => (at % 2 === 0 && each.toLowerCase() === name ? [list[at + 1] ?? ''] : []))
const namesOf = (list: readonly string[]): string[] => list.filter((_each, at) => at % 2 === 0).map((name) => name.toLowerCase())

const ours = ['host', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'forwarded', 'x-request-id']

describe('what the backend is told', () => {
  it('of where it is, and of who asks, is what we know', () => {
    expect(sent([...host, 'Accept', '*/*'])).toEqual([
      ...['host', '127.0.0.1:5000', 'Accept', '*/*'],
      ...['x-forwarded-for', '127.0.0.1', 'x-forwarded-proto', 'http', 'x-forwarded-host', 'localhost:8001', 'x-forwarded-port', '8001'],
      ...['forwarded', 'for=127.0.0.1;host="localhost:8001";proto=http', 'x-request-id', 'made'],
    ])
  })

  it('of a client on IPv6 is quoted', () => {
    expect(valuesOf(sent(host, {}, { ...sender, address: '::1' }), 'forwarded')).toEqual(['for="[::1]";host="localhost:8001";proto=http'])
  })

  it.each([
    ...['Connection', 'Keep-Alive', 'Proxy-Connection', 'Proxy-Authorization', 'TE', 'Transfer-Encoding', 'Upgrade', 'Expect', 'Trailer'],
    ...[
      'HTTP2-Settings',
      'Forwarded',
      'Via',
      'X-Real-IP',
      'X-Forwarded-For',
      'X-Forwarded-Proto',
      'X-Forwarded-Host',
      'X-Forwarded-Prefix',
    ],
    ...['X-Jarvis-Token', 'X-JARVIS-Anything', 'X_Forwarded_For', 'X-Forwarded_For', 'X_Real_IP', 'x_jarvis_token', 'Content_Length'],
    ...['Transfer_Encoding', 'proxy_authorization'],
  ])('does not have the %s of the client', (name) => {
    const list = sent([...host, name, 'spoofed', name.toUpperCase(), 'spoofed'])
    expect(list).not.toContain('spoofed')
  })

  it.each([
    ['Authorization', 'Bearer x'],
    ['Content-Length', '12'],
    ['Content-Type', 'text/plain'],
    ['Accept-Encoding', 'gzip'],
    ['X-Custom_Name', 'x'],
    ['Sec-Fetch-Site', 'same-origin'],
    ['Idempotency-Key', 'k'],
  ])('has %s as it was', (name, value) => expect(valuesOf(sent([...host, name, value]), name.toLowerCase())).toEqual([value]))

  it('keeps what comes twice', () => {
    expect(valuesOf(sent([...host, 'X-A', '1', 'Cookie', 'a=1', 'X-A', '2', 'Cookie', 'b=2']), 'x-a')).toEqual(['1', '2'])
    expect(valuesOf(sent([...host, 'Cookie', 'a=1', 'Cookie', 'b=2']), 'cookie')).toEqual(['a=1', 'b=2'])
  })

  it('has nothing that Connection names, but what frames the message', () => {
    const list = sent([
      ...[...host, 'X-Hop', '1', 'Connection', 'close, x-HOP,Cookie', 'Cookie', 'a=1', 'Connection', 'X-Two, Content-Length, Host'],
      ...['X-Two', '2', 'Content-Length', '5', 'X-Forwarded-For', '6.6.6.6'],
    ])
    expect(namesOf(list)).toEqual(['host', 'content-length', ...ours.slice(1)])
  })

  it('cannot be kept from what we say by naming it in Connection', () => {
    expect(namesOf(sent([...host, 'Connection', ours.join(', ')]))).toEqual(ours)
  })

  it.each([
    ['http://localhost:8001', true, 'http://127.0.0.1:5000'],
    ['http://localhost:5173', false, 'http://localhost:5173'],
    ['null', false, 'null'],
  ])('of the origin %s, the own one: %s, is %s', (origin, isOwnOrigin, seen) =>
    expect(valuesOf(sent([...host, 'Origin', origin], { isOwnOrigin }), 'origin')).toEqual([seen]),
  )

  it.each([
    ['http://localhost:8001/a/b?c', '', 'http://127.0.0.1:5000/a/b?c'],
    ['http://localhost:8001', '', 'http://127.0.0.1:5000'],
    ['https://localhost:8001/a', '', 'https://localhost:8001/a'.replace('https://localhost:8001', 'http://127.0.0.1:5000')],
    ['http://localhost:80011/a', '', 'http://localhost:80011/a'],
    ['http://localhost:8001.evil.test/', '', 'http://localhost:8001.evil.test/'],
    ['http://127.0.0.1:8001/a', 'http://127.0.0.1:8001', 'http://127.0.0.1:5000/a'],
    ['http://localhost:5173/a', '', 'http://localhost:5173/a'],
  ])('of the page %s is', (referer, origin, seen) => {
    const raw = [...host, 'Referer', referer, ...(origin === '' ? [] : ['Origin', origin])]
    expect(valuesOf(sent(raw, { isOwnOrigin: origin !== '' }), 'referer')).toEqual([seen])
  })

  it.each([
    ['jarvis_8001=secret', []],
    ['a=1; jarvis_8001=secret; b=2', ['a=1;  b=2'.replace('  ', ' ')]],
    ['jarvis_8001=secret;b=2', ['b=2']],
    ['a=1; jarvis_9001=of another door', ['a=1']],
    ['a=1; jarvis_theme=x', ['a=1; jarvis_theme=x']],
    ['a="jarvis_8001=x"', ['a="jarvis_8001=x"']],
    ['jarvis_8001', []],
  ])('of the cookies %s is %j', (cookies, seen) => expect(valuesOf(sent([...host, 'Cookie', cookies]), 'cookie')).toEqual(seen))

  it.each([
    ['abc-123_4.5:6/7', 'abc-123_4.5:6/7'],
    ['a b', 'made'],
    ['', 'made'],
    ['x'.repeat(129), 'made'],
    ['<script>', 'made'],
  ])('calls the request %s', (id, seen) => expect(valuesOf(sent([...host, 'X-Request-ID', id]), 'x-request-id')).toEqual([seen]))

  it.each([
    ['a, ticket.x', 'ticket.x', ['a']],
    ['ticket.x', 'ticket.x', []],
    ['a,b', null, ['a,b']],
    ['a, ticket.xy', 'ticket.x', ['a, ticket.xy']],
  ])('of the subprotocols %s, with the ticket in %s, is %j', (offered, ticketProtocol, seen) =>
    expect(valuesOf(sent([...host, 'Sec-WebSocket-Protocol', offered], { ticketProtocol }), 'sec-websocket-protocol')).toEqual(seen),
  )

  it('never has anything twice that we say ourselves, whatever the client sends', () => {
    const name = fc.constantFrom(...ours, 'X-Forwarded-For', 'HOST', 'Connection', 'x_forwarded_for', 'accept', 'x-jarvis-a', 'te')
    const value = fc.constantFrom('close', 'x-request-id, forwarded', 'keep-alive', '6.6.6.6', 'evil.test', 'ok')
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
        const list = sent([...host, ...pairs.flat()])
        for (const own of ours) expect(valuesOf(list, own)).toHaveLength(1)
        expect(valuesOf(list, 'host')).toEqual([backend.host])
        expect(valuesOf(list, 'x-forwarded-for')).toEqual(['127.0.0.1'])
        expect(valuesOf(list, 'x-forwarded-host')).toEqual(['localhost:8001'])
      }),
    )
  })
})

const told = (raw: readonly string[], crossOrigin: string | null = null, variesByOrigin = false) =>
  responseHeaders(
    raw.map((text) => Buffer.from(text, 'latin1')),
    { crossOrigin, variesByOrigin, host: 'localhost:8001' },
    backend,
  )

describe('what the client is told', () => {
  it('has the headers of the backend as they are, in their order and spelling', () => {
    const raw = ['X-B', '1', 'Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'Date', 'now', 'X-Latin', 'caf\u00e9', 'Content-Length', '3']
    expect(told(raw)).toEqual({ list: raw, trailer: null, type: '', hasLength: true })
    expect(responseHeaders(raw, { crossOrigin: null, variesByOrigin: false, host: '' }, backend).list).toEqual(raw)
  })

  it.each(['Connection', 'Keep-Alive', 'Proxy-Authenticate', 'Proxy-Connection', 'TE', 'Transfer-Encoding', 'Upgrade'])(
    'does not have %s, nor what it names',
    (name) => expect(told([name, 'x-hop', 'X-A', '1']).list).toEqual(['X-A', '1']),
  )

  it('has nothing that Connection names', () => {
    expect(told(['X-Hop', '1', 'Connection', 'close, X-HOP', 'X-A', '1', 'Content-Length', '1']).list).toEqual([
      'X-A',
      '1',
      'Content-Length',
      '1',
    ])
  })

  it.each([
    ['http://127.0.0.1:5000/a?b', '/a?b'],
    ['http://localhost:5000/a', '/a'],
    ['http://[::1]:5000', '/'],
    ['http://127.0.0.1:5000?b', '/?b'],
    ['http://127.0.0.1:5000//evil.test/', 'http://localhost:8001//evil.test/'],
    ['http://127.0.0.1:5000/\\evil.test/', 'http://localhost:8001/\\evil.test/'],
    ['http://127.0.0.1:50001/a', 'http://127.0.0.1:50001/a'],
    ['http://127.0.0.1:5000.evil.test/', 'http://127.0.0.1:5000.evil.test/'],
    ['http://127.0.0.1:5000@evil.test/', 'http://127.0.0.1:5000@evil.test/'],
    ['https://elsewhere.test/', 'https://elsewhere.test/'],
    ['/login', '/login'],
  ])('of the place %s is %s', (location, seen) => {
    expect(told(['Location', location]).list).toEqual(['Location', seen])
    expect(told(['content-location', location]).list).toEqual(['content-location', seen])
  })

  it('is not that every page of the world may read it', () => {
    expect(told(['Access-Control-Allow-Origin', '*', 'Access-Control-Max-Age', '5']).list).toEqual(['Access-Control-Max-Age', '5'])
    expect(told(['access-control-allow-origin', 'http://a.test']).list).toEqual(['access-control-allow-origin', 'http://a.test'])
  })

  it('is what an allowed page needs to read it, in the place of what the backend says', () => {
    const { list } = told(
      ['X-A', '1', 'Access-Control-Allow-Origin', '*', 'Access-Control-Allow-Credentials', 'false', 'Vary', 'accept'],
      'http://p.test',
    )
    expect(valuesOf(list, 'access-control-allow-origin')).toEqual(['http://p.test'])
    expect(valuesOf(list, 'access-control-allow-credentials')).toEqual(['true'])
    expect(valuesOf(list, 'access-control-expose-headers')).toEqual(['x-a, vary'])
    expect(valuesOf(list, 'vary').map((value) => value.toLowerCase())).toEqual(['accept', 'origin'])
  })

  it('is that the answer depends on who asks, wherever pages of other origins may ask', () => {
    expect(told(['X-A', '1'], null, true).list).toEqual(['X-A', '1', 'vary', 'Origin'])
    expect(valuesOf(told(['X-A', '1'], 'http://p.test', true).list, 'vary')).toEqual(['Origin'])
    for (const vary of ['Origin', 'accept, origin', '*']) expect(told(['Vary', vary], null, true).list).toEqual(['Vary', vary])
    expect(valuesOf(told(['Vary', 'X-Origin'], null, true).list, 'vary')).toEqual(['X-Origin', 'Origin'])
  })

  it.each([
    ['text/event-stream', 'text/event-stream'],
    ['Text/Event-Stream; charset=utf-8', 'text/event-stream'],
    [' application/x-ndjson ;x', 'application/x-ndjson'],
  ])('of type %s is known as %s', (value, type) =>
    expect(told(['Content-Type', value])).toMatchObject({ type, list: ['Content-Type', value] }),
  )

  it('has what Trailer names apart, for where trailers can follow', () => {
    expect(told(['Trailer', 'X-Sum', 'X-A', '1'])).toMatchObject({ list: ['X-A', '1'], trailer: 'X-Sum' })
    expect(told(['X-A', '1']).trailer).toBeNull()
  })
})

describe('a backend', () => {
  it.each([
    [{ host: '127.0.0.1', port: 5000 }, '127.0.0.1:5000', 'http://127.0.0.1:5000'],
    [{ host: '0.0.0.0', port: 5000 }, '127.0.0.1:5000', 'http://127.0.0.1:5000'],
    [{ host: '::1', port: 5000 }, '[::1]:5000', 'http://[::1]:5000'],
    [{ host: '::', port: 5000 }, '[::1]:5000', 'http://[::1]:5000'],
    [{ host: '192.0.2.1', port: 5000 }, '192.0.2.1:5000', 'http://192.0.2.1:5000'],
    [{ path: '/run/x.sock' }, 'localhost', 'http://localhost'],
  ])('at %j is called %s', (address, name, origin) => expect(backendSide(address)).toMatchObject({ host: name, origin }))
})
