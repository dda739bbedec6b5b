import { describe, expect, it } from 'vitest'
import type { GatewaySpec } from '../../src/config/gateway.ts'
import { createDoorkeeper, type Doorkeeper, type Entrance } from '../../src/gateway/doorkeeper.ts'
import { sessionValue } from '../../src/gateway/session.ts'
import type { Admission, Visitor } from '../../src/gateway/visitor.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

const token = 'dG9rZW4gb2YgdGhpcyBsYXVuY2ggYW5kIG5vIG90aGVy'
const vite = 'http://localhost:5173'
const own = 'http://localhost:8001'
const clock = new FakeClock()

const keep = (options: Partial<GatewaySpec> = {}, withToken = false): Doorkeeper =>
  createDoorkeeper({
    spec: { host: undefined, allowedHosts: [], allowedOrigins: [vite], ...options },
    ...{ port: 8001, token: withToken ? token : null, clock },
  })

type Headers = Readonly<Record<string, string | readonly string[]>>

const requestOf = (url: string, headers: Headers = {}, method = 'GET') => ({
  ...{ method, url },
  rawHeaders: Object.entries({ Host: 'localhost:8001', ...headers }).flatMap(([name, value]) =>
    [value].flat().flatMap((each) => [name, each]),
  ),
})

const told = (admission: Admission): string =>
  admission.is === 'refused' ? `${admission.problem.status} ${admission.problem.reason}` : admission.is

const visitorOf = (admission: Admission): Visitor => {
  if (admission.is === 'refused') throw new Error(told(admission))
  return admission.visitor
}

const ticketFor = (keeper: Doorkeeper, path: string | null, headers: Headers = {}): string =>
  keeper.issueTicket(requestOf('/_supervise/ticket', headers, 'POST'), path)?.ticket ?? ''

describe('without a token', () => {
  const keeper = keep()
  const visit = (url: string, headers: Headers = {}, method = 'GET', kind: Entrance = 'request') =>
    keeper.admit(requestOf(url, headers, method), kind)

  it.each<[string, string, Headers, string, string]>([
    ['a program', '/api', {}, 'GET', 'admitted'],
    ['a program', '/api', {}, 'DELETE', 'admitted'],
    ['the own page', '/api', { Origin: own, 'Sec-Fetch-Site': 'same-origin' }, 'POST', 'admitted'],
    ['an allowed page', '/api', { Origin: vite, 'Sec-Fetch-Site': 'same-site' }, 'POST', 'admitted'],
    ['a page from elsewhere', '/api', { Origin: 'http://evil.test' }, 'POST', '403 origin-not-allowed'],
    ['a form from elsewhere', '/api', { Origin: 'null', 'Content-Type': 'text/plain' }, 'POST', '403 origin-not-allowed'],
    ['a name that was looked up again', '/api', { Host: 'evil.test:8001', Origin: 'http://evil.test:8001' }, 'GET', '403 host-not-allowed'],
    ['somebody with two names', '/api', { Host: ['localhost:8001', 'evil.test'] }, 'GET', '400 host-ambiguous'],
    ['somebody with two names, spelled otherwise', '/api', { Host: 'localhost:8001', HOST: 'evil.test' }, 'GET', '400 host-ambiguous'],
    ['somebody without a name', '/api', { Host: [] }, 'GET', '400 host-missing'],
    ['who takes it for a proxy', 'http://evil.test/', {}, 'GET', '400 target-not-a-path'],
    ['who takes it for a proxy', 'evil.test:443', {}, 'CONNECT', '405 method-not-allowed'],
    ['who asks for an echo', '/', {}, 'TRACE', '405 method-not-allowed'],
    ['who means another host', '//evil.test/', {}, 'GET', '400 target-not-a-path'],
    ['who asks how it is', '/_supervise/health', {}, 'GET', 'own'],
    ['who asks for nothing of ours', '/_supervise/x', {}, 'GET', 'own'],
    ['a page from elsewhere that asks how it is', '/_supervise/health', { Origin: 'http://evil.test' }, 'GET', '403 origin-not-allowed'],
    ['another path', '/_supervise%2fhealth', {}, 'GET', 'admitted'],
    ['an allowed page that asks whether it may', '/api', { Origin: vite, 'Access-Control-Request-Method': 'PUT' }, 'OPTIONS', 'own'],
    ['an own page that asks whether it may', '/api', { Origin: own, 'Access-Control-Request-Method': 'PUT' }, 'OPTIONS', 'admitted'],
    [
      'a page from elsewhere that asks whether it may',
      '/api',
      { Origin: 'http://evil.test', 'Access-Control-Request-Method': 'PUT' },
      'OPTIONS',
      '403 origin-not-allowed',
    ],
    ['a question that is none', '/api', { Origin: vite }, 'OPTIONS', 'admitted'],
  ])('%s: %s %j by %s: %s', (_, url, headers, method, is) => expect(told(visit(url, headers, method))).toBe(is))

  it.each<[Headers, string]>([
    [{}, 'admitted'],
    [{ Origin: own }, 'admitted'],
    [{ Origin: vite }, 'admitted'],
    [{ Origin: 'http://evil.test' }, '403 origin-not-allowed'],
    [{ Origin: 'null' }, '403 origin-not-allowed'],
    [{ Origin: [own, own] }, '403 origin-not-allowed'],
    [{ 'Sec-Fetch-Site': 'cross-site' }, '403 origin-not-allowed'],
    [{ Host: 'evil.test:8001', Origin: own }, '403 host-not-allowed'],
  ])('a WebSocket with %j: %s', (headers, is) => expect(told(visit('/ws', headers, 'GET', 'upgrade'))).toBe(is))

  it('there is no WebSocket of the door itself', () => {
    expect(told(visit('/_supervise/state', {}, 'GET', 'upgrade'))).toBe('404 not-found')
  })

  it.each<[Headers, Partial<Visitor>]>([
    [{}, { isTrusted: false, isOwnOrigin: false, crossOrigin: null }],
    [{ Origin: own }, { isTrusted: true, isOwnOrigin: true, crossOrigin: null }],
    [{ 'Sec-Fetch-Site': 'same-origin' }, { isTrusted: true, isOwnOrigin: true, crossOrigin: null }],
    [
      { 'Sec-Fetch-Site': 'none', 'Sec-Fetch-Mode': 'navigate' },
      { isTrusted: true, isOwnOrigin: false },
    ],
    [{ 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }, { isTrusted: false }],
    [{ Origin: vite }, { isTrusted: false, isOwnOrigin: false, crossOrigin: vite }],
    [{ Origin: 'HTTP://LOCALHOST:5173' }, { crossOrigin: 'HTTP://LOCALHOST:5173' }],
  ])('a visitor with %j is %j', (headers, visitor) => expect(visitorOf(visit('/', headers))).toMatchObject(visitor))

  it('tickets are not known: what looks like one is passed on', () => {
    const target = `/x?ticket=jt-${'a'.repeat(32)}&a=1`
    expect(visitorOf(visit(target)).target).toBe(target)
    expect(keeper.issueTicket(requestOf('/_supervise/ticket', {}, 'POST'), null)).toBeUndefined()
    expect(keeper.sessionCookie).toBeUndefined()
  })
})

describe('with a token', () => {
  const visit = (keeper: Doorkeeper, url: string, headers: Headers = {}, method = 'GET', kind: Entrance = 'request') =>
    keeper.admit(requestOf(url, headers, method), kind)

  it.each<[string, Headers, string]>([
    ['nothing', {}, '401 token-missing'],
    ['the token', { 'X-Jarvis-Token': token }, 'admitted'],
    ['the token', { 'x-jarvis-token': token }, 'admitted'],
    ['another one', { 'X-Jarvis-Token': `${token}x` }, '401 token-wrong'],
    ['a piece of it', { 'X-Jarvis-Token': token.slice(0, -1) }, '401 token-wrong'],
    ['an empty one', { 'X-Jarvis-Token': '' }, '401 token-wrong'],
    ['two', { 'X-Jarvis-Token': [token, token] }, '401 token-wrong'],
    ['what belongs to the backend', { Authorization: `Bearer ${token}` }, '401 token-missing'],
    ['the session', { Cookie: `a=1; jarvis_8001=${sessionValue(token)}` }, 'admitted'],
    [
      'the session, and one that is left of an earlier launch',
      { Cookie: [`jarvis_8001=old; jarvis_8001=${sessionValue(token)}`] },
      'admitted',
    ],
    ['the session of another launch', { Cookie: `jarvis_8001=${sessionValue('other')}` }, '401 token-missing'],
    ['the session of another door', { Cookie: `jarvis_8002=${sessionValue(token)}` }, '401 token-missing'],
    ['the token as a cookie', { Cookie: `jarvis_8001=${token}` }, '401 token-missing'],
    ['the token, on a page from elsewhere', { 'X-Jarvis-Token': token, Origin: 'http://evil.test' }, '403 origin-not-allowed'],
    [
      'the session, on a page of another port',
      { Cookie: `jarvis_8001=${sessionValue(token)}`, 'Sec-Fetch-Site': 'same-site' },
      '403 origin-not-allowed',
    ],
    ['the session, under another name', { Cookie: `jarvis_8001=${sessionValue(token)}`, Host: 'evil.test:8001' }, '403 host-not-allowed'],
  ])('%s lets in, or not: %j: %s', (_, headers, is) => {
    const keeper = keep({}, true)
    expect(told(visit(keeper, '/', headers))).toBe(is)
    expect(told(visit(keeper, '/', headers, 'POST'))).toBe(is)
    expect(told(visit(keeper, '/', headers, 'GET', 'upgrade'))).toBe(is)
  })

  it.each([
    ['/_supervise/health', 'own'],
    ['/_supervise/livez', 'own'],
    ['/_supervise/readyz', 'own'],
    ['/_supervise/readyz?x', 'own'],
    ['/_supervise/state', '401 token-missing'],
    ['/_supervise/ticket', '401 token-missing'],
    ['/_supervise/session', '401 token-missing'],
    ['/_supervise/health/', '401 token-missing'],
    ['/_supervise/x', '401 token-missing'],
  ])('%s without it: %s', (url, is) => expect(told(visit(keep({}, true), url))).toBe(is))

  it('whoever has it is trusted, from wherever; whoever has not is not, even the own page', () => {
    const keeper = keep({}, true)
    expect(visitorOf(visit(keeper, '/', { 'X-Jarvis-Token': token, Origin: vite }))).toMatchObject({ isTrusted: true, crossOrigin: vite })
    expect(visitorOf(visit(keeper, '/_supervise/health', { Origin: own })).isTrusted).toBe(false)
    expect(visit(keeper, '/', { Origin: own })).toMatchObject({ is: 'refused', visitor: { isTrusted: false } })
  })

  it('an allowed page may ask whether it may without one, and may read why it may not', () => {
    const keeper = keep({}, true)
    expect(told(visit(keeper, '/', { Origin: vite, 'Access-Control-Request-Method': 'GET' }, 'OPTIONS'))).toBe('own')
    expect(told(visit(keeper, '/', { Origin: own, 'Access-Control-Request-Method': 'GET' }, 'OPTIONS'))).toBe('401 token-missing')
    expect(visit(keeper, '/', { Origin: vite })).toMatchObject({ is: 'refused', visitor: { crossOrigin: vite, isTrusted: false } })
  })

  it('a ticket lets in once, and is not passed on', () => {
    const keeper = keep({}, true)
    const ticket = ticketFor(keeper, '/ws')
    const admission = visit(keeper, `/ws?a=%20&ticket=${ticket}&b`, {}, 'GET', 'upgrade')
    expect(visitorOf(admission)).toMatchObject({ target: '/ws?a=%20&b', isTrusted: true, ticketProtocol: null })
    expect(told(visit(keeper, `/ws?ticket=${ticket}`, {}, 'GET', 'upgrade'))).toBe('401 ticket-refused')
  })

  it('a ticket may be a subprotocol of a WebSocket', () => {
    const keeper = keep({}, true)
    const protocol = `ticket.${ticketFor(keeper, null, { Origin: vite })}`
    const headers = { 'Sec-WebSocket-Protocol': `jarvis.v1, ${protocol}`, Origin: vite }
    expect(told(visit(keeper, '/ws', headers))).toBe('401 token-missing')
    expect(visitorOf(visit(keeper, '/ws', headers, 'GET', 'upgrade'))).toMatchObject({ ticketProtocol: protocol, target: '/ws' })
    expect(told(visit(keeper, '/ws', headers, 'GET', 'upgrade'))).toBe('401 ticket-refused')
  })

  it('a GET of the own page says its origin in other words', () => {
    const keeper = keep({}, true)
    const ticket = ticketFor(keeper, null, { Origin: own, 'Sec-Fetch-Site': 'same-origin' })
    expect(told(visit(keeper, `/events?ticket=${ticket}`, { 'Sec-Fetch-Site': 'same-origin' }))).toBe('admitted')
  })

  it('whatever is wrong with a ticket, the answer is the same', () => {
    const keeper = keep({}, true)
    const refused = { is: 'refused', problem: { status: 401, reason: 'ticket-refused' } }
    const late = ticketFor(keeper, null)
    clock.oversleep(30_000)
    const tries: [string, Headers?, string?][] = [
      [`/ws?ticket=${late}`],
      [`/other?ticket=${ticketFor(keeper, '/ws')}`],
      [`/ws?ticket=${ticketFor(keeper, '/ws')}`, { Origin: own }],
      [`/ws?ticket=${ticketFor(keeper, '/ws', { Origin: own })}`, { Origin: vite }],
      [`/ws?ticket=${ticketFor(keeper, '/ws', { Origin: own })}`],
      [`/ws?ticket=jt-${'a'.repeat(32)}`],
      ['/ws?ticket=x'],
      ['/ws?ticket='],
      [`/ws?ticket=${ticketFor(keeper, null)}&ticket=${ticketFor(keeper, null)}`],
    ]
    const answers = tries.map(([url, headers]) => visit(keeper, url, headers, 'GET', 'upgrade'))
    for (const answer of answers) expect(answer).toMatchObject(refused)
    const problems = answers.map((answer) => answer.is === 'refused' && answer.problem)
    expect(new Set(problems.map((problem) => JSON.stringify(problem))).size).toBe(1)
  })

  it('a ticket that was shown does not let in again, even with the token', () => {
    const keeper = keep({}, true)
    const ticket = ticketFor(keeper, null)
    expect(told(visit(keeper, `/?ticket=${ticket}`, { 'X-Jarvis-Token': token }))).toBe('admitted')
    expect(told(visit(keeper, `/?ticket=${ticket}`, { 'X-Jarvis-Token': token }))).toBe('401 ticket-refused')
  })

  it('a ticket is for what cannot have a header: nothing else comes in with one, and it goes no further', () => {
    const keeper = keep({}, true)
    const shown = () => `/x?ticket=${ticketFor(keeper, null)}&a`
    expect(told(visit(keeper, shown(), {}, 'POST'))).toBe('401 token-missing')
    expect(told(visit(keeper, shown(), {}, 'HEAD'))).toBe('401 token-missing')
    expect(told(visit(keeper, shown()))).toBe('admitted')
    expect(visitorOf(visit(keeper, shown(), { 'X-Jarvis-Token': token }, 'POST')).target).toBe('/x?a')
  })

  it('what else is called a ticket is not ours', () => {
    expect(visitorOf(visit(keep({}, true), '/issues?ticket=42', { 'X-Jarvis-Token': token })).target).toBe('/issues?ticket=42')
  })

  it('no secret is in what is said of a refusal', () => {
    const keeper = keep({}, true)
    const ticket = ticketFor(keeper, '/ws')
    const refusals = [
      visit(keeper, `/x?ticket=${ticket}`, { 'X-Jarvis-Token': `${token}x` }),
      visit(keeper, `http://x/?ticket=${ticket}`, { 'X-Jarvis-Token': token }),
      visit(keeper, '/', { 'X-Jarvis-Token': token, Host: 'evil.test' }),
      visit(keeper, '/', { 'X-Jarvis-Token': token, Origin: 'http://evil.test' }),
      visit(keeper, '/', { 'X-Jarvis-Token': [token, token] }),
    ]
    for (const refusal of refusals) {
      expect(refusal.is).toBe('refused')
      const said = JSON.stringify(refusal.is === 'refused' && refusal.problem)
      expect(said).not.toContain(token)
      expect(said).not.toContain(ticket)
    }
  })
})
