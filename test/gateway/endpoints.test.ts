import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BackendFacts, BackendView } from '../../src/gateway/backend-facts.ts'
import { noCounts } from '../../src/gateway/counters.ts'
import { createEndpoints, type Endpoints } from '../../src/gateway/endpoints.ts'
import type { Visitor } from '../../src/gateway/visitor.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { holdings, surplus, until } from '../helpers/processes.ts'

const starting: BackendFacts = {
  ...{ state: 'starting', restarting: false, pid: 7, restarts: 2, nextStartInMs: null, attempt: 1, tail: ['a line of output'] },
  lastExit: { pid: 6, code: 1, signal: null, reason: null, uptimeMs: 20 },
  failure: null,
}
const failure = { code: 'ERR_CRASH_LOOP', reason: null, message: 'It crashed. First: a line of output', hint: 'Look.' }
const stranger: Visitor = { target: '/', isTrusted: false, crossOrigin: null, isOwnOrigin: false, ticketProtocol: null }

let before: string[]
let facts: BackendFacts
let visitor: Visitor
let clock: FakeClock
let server: Server
let endpoints: Endpoints
let listeners: Set<() => void>
let asked: (string | null)[]
let last: ServerResponse | undefined

const become = (more: Partial<BackendFacts>): void => {
  facts = { ...facts, ...more }
  for (const listener of listeners) listener()
}

beforeEach(async () => {
  before = holdings()
  facts = starting
  visitor = stranger
  clock = new FakeClock()
  listeners = new Set()
  asked = []
  const view: BackendView = {
    facts: () => facts,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const keeper = {
    sessionCookie: 'jarvis_1=x; HttpOnly',
    issueTicket: (_request: unknown, path: string | null) => {
      asked.push(path)
      return { ticket: 'the-ticket', expiresInMs: 30_000 }
    },
  }
  endpoints = createEndpoints({ view, counters: noCounts(), keeper, clock })
  server = createServer((question, answer) => {
    last = answer
    endpoints.answer(question, answer, { ...visitor, target: question.url ?? '' })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
})

afterEach(async () => {
  endpoints.close()
  server.closeAllConnections()
  await once(server.close(), 'close')
  expect(clock.pending).toBe(0)
  expect(listeners.size).toBe(0)
  await until('nothing is left open', () => surplus(before, holdings()).length === 0, 2000).catch(() => {})
  expect(surplus(before, holdings())).toEqual([])
})

const open = async (path: string, method = 'GET', body = '', headers = {}): Promise<IncomingMessage> => {
  const { port } = server.address() as AddressInfo
  const question = request({ port, host: '127.0.0.1', path, method, headers, agent: false })
  question.on('error', () => {}).end(body)
  const [answer] = (await once(question, 'response')) as [IncomingMessage]
  return answer
}

const ask = async (path: string, method = 'GET', body = '', headers = {}) => {
  const answer = await open(path, method, body, headers)
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(await answer.toArray()).toString() }
}

/** Events as they come, one by one. */
const listen = async (answer: Promise<IncomingMessage>) => {
  const stream = await answer
  let text = ''
  stream.on('error', () => {}).on('data', (chunk: Buffer) => (text += chunk))
  return {
    stream,
    next: async (): Promise<{ event?: string; data?: BackendFacts; comment?: true }> => {
      await until('an event has come', () => text.includes('\n\n'))
      const [block = ''] = text.split('\n\n', 1)
      text = text.slice(block.length + 2)
      if (block.startsWith(':')) return { comment: true }
      const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? []
      return { event, data: JSON.parse(data) as BackendFacts }
    },
  }
}

describe('health', () => {
  it('says how the backend is, and no more', async () => {
    const answer = await ask('/_supervise/health?x=1')
    expect(answer.status).toBe(503)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    expect(JSON.parse(answer.body)).toEqual({
      gateway: 'ok',
      backend: { state: 'starting', pid: 7, restarts: 2, lastExit: starting.lastExit, nextStartInMs: null },
      requests: noCounts(),
    })
    facts = { ...facts, state: 'ready' }
    expect(await ask('/_supervise/health')).toMatchObject({ status: 200 })
  })

  it('livez is about the door, readyz about what is behind it', async () => {
    expect(await ask('/_supervise/livez')).toMatchObject({ status: 200, body: 'ok\n' })
    expect(await ask('/_supervise/readyz')).toMatchObject({ status: 503, body: 'starting\n' })
    facts = { ...facts, state: 'ready' }
    expect(await ask('/_supervise/readyz')).toMatchObject({ status: 200, body: 'ready\n' })
  })

  it.each(['health', 'livez', 'readyz', 'state'])('HEAD of %s has the headers only', async (name) => {
    const { status, body, headers } = await ask(`/_supervise/${name}`, 'HEAD')
    const { body: whole } = name === 'state' ? { body: '' } : await ask(`/_supervise/${name}`)
    expect([status === 200 || status === 503, body]).toEqual([true, ''])
    if (name !== 'state') expect(headers['content-length']).toBe(String(Buffer.byteLength(whole)))
  })
})

describe('what is not there', () => {
  it.each(['/_supervise', '/_supervise/', '/_supervise/x', '/_supervise/health/', '/_supervise//health', '/_supervise/toString'])(
    '%s: 404',
    async (path) => {
      const { status, headers } = await ask(path)
      expect([status, headers['content-type']]).toEqual([404, 'application/problem+json'])
    },
  )

  it.each([
    ['/_supervise/health', 'POST', 'GET, HEAD'],
    ['/_supervise/state', 'DELETE', 'GET, HEAD'],
    ['/_supervise/livez', 'OPTIONS', 'GET, HEAD'],
    ['/_supervise/ticket', 'GET', 'POST'],
    ['/_supervise/session', 'HEAD', 'POST'],
  ])('%s by %s: 405, and which it would be', async (path, method, allow) => {
    const { status, headers } = await ask(path, method)
    expect([status, headers.allow]).toEqual([405, allow])
  })
})

describe('the state as events', () => {
  it('is told at once and at every change, without lines of output', async () => {
    const { stream, next } = await listen(open('/_supervise/state'))
    expect(stream.headers).toMatchObject({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no', 'cache-control': 'no-store' })
    const first = await next()
    expect(first).toMatchObject({ event: 'snapshot', data: { state: 'starting', pid: 7, lastExit: starting.lastExit } })
    expect(first.data).not.toHaveProperty('tail')
    become({ state: 'ready' })
    expect(await next()).toMatchObject({ event: 'state', data: { state: 'ready' } })
    become({ state: 'failed', failure })
    const last = await next()
    expect(last.data?.failure).toEqual({ code: 'ERR_CRASH_LOOP', reason: null, hint: 'Look.' })
    expect(JSON.stringify(last)).not.toContain('a line of output')
    stream.destroy()
    await until('nobody listens any more', () => listeners.size === 0)
  })

  it('has the lines of output for who may see them', async () => {
    visitor = { ...stranger, isTrusted: true }
    const { stream, next } = await listen(open('/_supervise/state'))
    expect((await next()).data?.tail).toEqual(['a line of output'])
    become({ state: 'failed', failure })
    expect((await next()).data?.failure).toEqual(failure)
    stream.destroy()
    await until('nobody listens any more', () => listeners.size === 0)
  })

  it('is alive while nothing happens', async () => {
    const { stream, next } = await listen(open('/_supervise/state'))
    await next()
    await clock.advance(15_000)
    expect(await next()).toEqual({ comment: true })
    await clock.advance(15_000)
    expect(await next()).toEqual({ comment: true })
    stream.destroy()
    await until('nobody listens any more', () => listeners.size === 0)
  })

  it('has room for 64', async () => {
    const streams = await Promise.all(Array.from({ length: 64 }, () => open('/_supervise/state')))
    expect(await ask('/_supervise/state')).toMatchObject({ status: 503 })
    for (const stream of streams) stream.on('error', () => {}).destroy()
    await until('their places are free', () => listeners.size === 0)
    const late = await open('/_supervise/state')
    expect(late.statusCode).toBe(200)
    late.on('error', () => {}).destroy()
    await until('nobody listens any more', () => listeners.size === 0)
  })

  it('is told to who reads slowly as it is then, and nothing is heaped up meanwhile', async () => {
    visitor = { ...stranger, isTrusted: true }
    const stream = await open('/_supervise/state')
    const tail = Array.from({ length: 20 }, () => 'x'.repeat(10_000))
    // 400 MB, for somebody who reads none of them
    for (let pid = 1; pid <= 2000; pid += 1) become({ pid, tail })
    expect(last?.writableLength).toBeLessThan(1024 * 1024)
    become({ state: 'ready', tail: ['the end'] })
    let text = ''
    stream.on('error', () => {}).on('data', (chunk: Buffer) => (text += chunk))
    await until('the newest has come', () => text.includes('the end'))
    expect(text.split('\n\n').length).toBeLessThan(100)
    stream.destroy()
    await until('nobody listens any more', () => listeners.size === 0)
  })

  it('ends when the door is closed', async () => {
    const { stream } = await listen(open('/_supervise/state'))
    const ended = once(stream, 'end')
    endpoints.close()
    await ended
    await until('nobody listens any more', () => listeners.size === 0)
  })
})

describe('tickets and sessions', () => {
  it('are given out on demand', async () => {
    expect(JSON.parse((await ask('/_supervise/ticket', 'POST')).body)).toEqual({ ticket: 'the-ticket', expiresInMs: 30_000 })
    await ask('/_supervise/ticket', 'POST', '{"path":"/ws"}', { 'content-type': 'application/json' })
    await ask('/_supervise/ticket?path=%2Fchat', 'POST')
    expect(asked).toEqual([null, '/ws', '/chat'])
    const session = await ask('/_supervise/session', 'POST')
    expect([session.status, session.headers['set-cookie']]).toEqual([204, ['jarvis_1=x; HttpOnly']])
  })

  it.each(['no json', '{"path":7}', '{"path":"ws"}', `{"path":"/${'x'.repeat(9000)}"}`])('none for %.20s', async (body) => {
    expect((await ask('/_supervise/ticket', 'POST', body)).status).toBe(400)
    expect(asked).toEqual([])
  })

  it('are not there without a token', async () => {
    const view = { facts: () => facts, onChange: () => () => {} }
    endpoints = createEndpoints({ view, counters: noCounts(), keeper: { sessionCookie: undefined, issueTicket: () => undefined }, clock })
    expect((await ask('/_supervise/ticket', 'POST')).status).toBe(404)
    expect((await ask('/_supervise/session', 'POST')).status).toBe(404)
  })
})

it('an allowed page may ask, and read everything', async () => {
  const origin = 'http://localhost:5173'
  visitor = { ...stranger, crossOrigin: origin }
  const question = await ask('/any/path', 'OPTIONS', '', { origin, 'access-control-request-method': 'PATCH' })
  expect(question.status).toBe(204)
  expect(question.headers).toMatchObject({ 'access-control-allow-origin': origin, 'access-control-allow-methods': 'PATCH' })
  for (const path of ['/_supervise/health', '/_supervise/x'])
    expect((await ask(path)).headers).toMatchObject({ 'access-control-allow-origin': origin, vary: 'Origin' })
  const stream = await open('/_supervise/state')
  expect(stream.headers).toMatchObject({ 'access-control-allow-origin': origin })
  stream.on('error', () => {}).destroy()
  await until('nobody listens any more', () => listeners.size === 0)
})
