import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isTicket, Tickets, ticketBytes, ticketIn, ticketMs, ticketOf, ticketProtocols } from '../../src/gateway/tickets.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

const page = ['http://localhost:8001']

describe('a ticket', () => {
  it('lets in once', () => {
    const tickets = new Tickets(new FakeClock())
    tickets.issue('a', { path: null, origins: [] })
    expect(tickets.use('a', '/ws', [])).toBe(true)
    expect(tickets.use('a', '/ws', [])).toBe(false)
    expect(tickets.use('b', '/ws', [])).toBe(false)
  })

  it('lets in for half a minute', () => {
    const clock = new FakeClock(1e6)
    const tickets = new Tickets(clock)
    tickets.issue('a', { path: null, origins: [] })
    tickets.issue('b', { path: null, origins: [] })
    clock.oversleep(ticketMs - 1)
    expect(tickets.use('a', '/', [])).toBe(true)
    clock.oversleep(1)
    expect(tickets.use('b', '/', [])).toBe(false)
  })

  it.each([
    ['/ws', page, '/ws', page, true],
    [null, page, '/anything', page, true],
    ['/ws', page, '/other', page, false],
    ['/ws', page, '/ws/', page, false],
    ['/ws', page, '/ws', ['http://127.0.0.1:8001'], false],
    ['/ws', page, '/ws', [], false],
    ['/ws', [], '/ws', page, false],
    ['/ws', [], '/ws', [], true],
    // a GET of the own page does not say its scheme
    ['/ws', page, '/ws', ['http://localhost:8001', 'https://localhost:8001'], true],
  ])('for %s of %j, used on %s of %j: %s', (path, origins, at, asks, isValid) => {
    const tickets = new Tickets(new FakeClock())
    tickets.issue('a', { path, origins })
    expect(tickets.use('a', at, asks)).toBe(isValid)
    // shown in the wrong place, somebody else may have it
    expect(tickets.use('a', path ?? at, origins)).toBe(false)
  })

  it('is one of a thousand at most: the oldest gives way', () => {
    const clock = new FakeClock()
    const tickets = new Tickets(clock)
    for (let n = 0; n <= 1000; n += 1) tickets.issue(`${n}`, { path: null, origins: [] })
    expect(tickets.unused).toBe(1000)
    expect(tickets.use('0', '/', [])).toBe(false)
    expect(tickets.use('1', '/', [])).toBe(true)
    clock.oversleep(ticketMs)
    tickets.issue('last', { path: null, origins: [] })
    expect(tickets.unused).toBe(1)
    expect(clock.pending).toBe(0)
  })

  it('is known by its form, in a subprotocol as well', () => {
    const ticket = ticketOf(randomBytes(ticketBytes))
    expect(isTicket(ticket)).toBe(true)
    expect(ticketBytes * 8).toBeGreaterThanOrEqual(128)
    expect(ticketProtocols(['jarvis.v1', `chat , ticket.${ticket}`]).map(ticketIn)).toEqual([ticket])
    expect([ticket.slice(1), `${ticket}=`, '', 'jt-'].some(isTicket)).toBe(false)
  })
})
