import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { askedOf } from '../../src/gateway/asked.ts'
import { isOwnPath, pathOf, targetProblem, withoutTickets } from '../../src/gateway/target.ts'

const statusOf = (url: string, method = 'GET') => targetProblem(askedOf({ method, url, rawHeaders: [] }))?.status ?? 200

describe('a target', () => {
  it.each([
    ['/', 200],
    ['/a//b', 200],
    ['/a?b=//c', 200],
    ['/?x', 200],
    ['/%2F/x', 200],
    ['/%5Cevil.test', 200],
    ['//evil.test', 400],
    ['///', 400],
    ['/\\evil.test', 400],
    ['\\', 400],
    ['http://evil.test/', 400],
    ['http://localhost:8001/', 400],
    ['HTTP://localhost:8001/', 400],
    ['evil.test:443', 400],
    ['*', 400],
    ['?x', 400],
    ['', 400],
  ])('%j: %i', (url, status) => expect(statusOf(url)).toBe(status))

  it('of a tunnel or an echo is not taken', () => {
    expect(statusOf('evil.test:443', 'CONNECT')).toBe(405)
    expect(statusOf('/', 'TRACE')).toBe(405)
    expect(targetProblem(askedOf({ method: 'TRACE', url: '/', rawHeaders: [] }))?.headers).toEqual({
      allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    })
    expect(statusOf('*', 'OPTIONS')).toBe(400)
  })

  it.each([
    ['/_supervise', true],
    ['/_supervise/', true],
    ['/_supervise/health', true],
    ['/_supervise//health', true],
    ['/_supervise?x=1', true],
    ['/_supervised', false],
    ['/_supervise%2fhealth', false],
    ['/_SUPERVISE/health', false],
    ['/%5fsupervise/health', false],
    ['/x/../_supervise/health', false],
    ['/./_supervise/health', false],
    ['/x?/_supervise/health', false],
  ])('%s is one of the door itself: %s', (target, isOwn) => expect(isOwnPath(pathOf(target))).toBe(isOwn))
})

describe('a ticket in a query', () => {
  const ticket = `jt-${'a-_9'.repeat(8)}`

  it.each([
    [`/ws?ticket=${ticket}`, '/ws', 1],
    [`/ws?ticket=${ticket}&a=1`, '/ws?a=1', 1],
    [`/ws?a=1&ticket=${ticket}`, '/ws?a=1', 1],
    [`/ws?a=%20+&ticket=${ticket}&&b=&c`, '/ws?a=%20+&&b=&c', 1],
    [`/ws?ticket=${ticket}&ticket=${ticket}`, '/ws', 2],
    [`/ws?ticket=${ticket}&ticket=42`, '/ws?ticket=42', 1],
    ['/ws?ticket=42', '/ws?ticket=42', 0],
    [`/ws?ticket=${ticket}x`, `/ws?ticket=${ticket}x`, 0],
    [`/ws?Ticket=${ticket}`, `/ws?Ticket=${ticket}`, 0],
    [`/ws?my-ticket=${ticket}`, `/ws?my-ticket=${ticket}`, 0],
    [`/ticket=${ticket}?a`, `/ticket=${ticket}?a`, 0],
    [`/ws?a?ticket=${ticket}`, `/ws?a?ticket=${ticket}`, 0],
  ])('%s becomes %s', (target, rest, count) => {
    expect(withoutTickets(target)).toEqual({ target: rest, tickets: Array(count).fill(ticket) })
  })

  it('is all that is taken out, wherever it stands', () => {
    const part = fc.stringMatching(/^[\w%=+?/-]*$/).filter((text) => !text.startsWith('ticket='))
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), fc.nat(), (parts, where) => {
        const at = where % (parts.length + 1)
        const shown = [...parts.slice(0, at), `ticket=${ticket}`, ...parts.slice(at)]
        expect(withoutTickets(`/p?${shown.join('&')}`)).toEqual({ target: `/p?${parts.join('&')}`, tickets: [ticket] })
      }),
    )
  })
})
