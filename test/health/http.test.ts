import { once } from 'node:events'
import { createServer, Server as HttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { ask } from '../../src/health/ask.ts'
import { type HttpProbeOptions, httpProbe } from '../../src/health/http.ts'
import type { ProbeResult, ProbeTarget } from '../../src/health/probe.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { createTemp } from '../helpers/temp.ts'

interface Tiny {
  readonly target: ProbeTarget
  readonly connections: () => number
  /** Settles when all connections of now are closed, by both sides. */
  readonly quiet: () => Promise<void>
}

const servers: Server[] = []
/** Settles when all connections that a server has had are closed, by both sides. */
const quiets = new Map<Server, () => Promise<unknown>>()
afterEach(async ({ task }) => {
  for (const server of servers.splice(0)) {
    const closed = new Promise((resolve) => server.close(resolve))
    // what a failed test left behind; from all others the probe itself must have hung up
    if (task.result?.state === 'fail' && server instanceof HttpServer) server.closeAllConnections()
    else await quiets.get(server)?.()
    await closed
  }
  quiets.clear()
})

const watch = async (server: Server): Promise<Tiny> => {
  const sockets = new Set<Promise<unknown>>()
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => {})
    // a server that reads nothing would not see the other side leave
    if (!(server instanceof HttpServer)) socket.resume()
    sockets.add(new Promise((resolve) => socket.once('close', resolve)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  quiets.set(server, () => Promise.all(sockets))
  const { port } = server.address() as AddressInfo
  return {
    target: { host: '127.0.0.1', port },
    connections: () => sockets.size,
    quiet: async () => void (await Promise.all(sockets)),
  }
}
const serve = (listener: RequestListener): Promise<Tiny> => watch(createServer(listener))
const serveBytes = (onConnection: (socket: Socket) => void): Promise<Tiny> => watch(createTcpServer(onConnection))

const lasting = new AbortController().signal
const probe = (target: ProbeTarget, options: HttpProbeOptions = {}): Promise<ProbeResult> =>
  httpProbe(options)(target, new AbortController().signal)

/** Asks with a deadline that comes when `reached` says how far it must have come. */
const untilDeadline = async (target: ProbeTarget, reached: Promise<unknown>, options: HttpProbeOptions = {}): Promise<ProbeResult> => {
  const clock = new FakeClock()
  const answer = ask(httpProbe(options), target, { timeoutMs: 2000, clock, signal: lasting })
  await reached
  await clock.advance(2000)
  return (await answer).result
}

describe('an HTTP answer on a socket', () => {
  it('passes, asked for by the name of localhost; refused is told by the path', async () => {
    using temp = createTemp()
    const socketPath = join(temp.dir, 'a.sock')
    const target = { host: 'localhost', port: 0, socketPath }
    expect(await probe(target)).toEqual({ ok: false, stage: 'refused', reason: `connection to ${socketPath} refused` })
    const hosts: unknown[] = []
    const server = createServer((request, response) => {
      hosts.push(request.headers.host)
      response.end()
    }).listen(socketPath)
    servers.push(server)
    await once(server, 'listening')
    expect(await probe(target)).toEqual({ ok: true })
    expect(hosts).toEqual(['localhost'])
  })

  it('that does not come is told by the path', async () => {
    using temp = createTemp()
    const socketPath = join(temp.dir, 'a.sock')
    let arrived = (): void => {}
    const reached = new Promise<void>((resolve) => (arrived = resolve))
    const server = createServer(() => arrived()).listen(socketPath)
    servers.push(server)
    await once(server, 'listening')
    const result = await untilDeadline({ host: 'localhost', port: 0, socketPath }, reached)
    expect(result).toEqual({ ok: false, stage: 'no-answer', reason: `${socketPath} accepts connections but does not answer` })
  })
})

describe('an HTTP answer', () => {
  it.each([
    [200, true],
    [204, true],
    [302, true],
    [401, true],
    [404, true],
    [499, true],
    [500, false],
    [503, false],
  ])('%i: %s', async (status, ok) => {
    const { target, quiet } = await serve((_request, response) => response.writeHead(status, { location: '/elsewhere' }).end())
    expect((await probe(target)).ok).toBe(ok)
    await quiet()
  })

  it('of the wrong status is told with the status', async () => {
    const { target } = await serve((_request, response) => response.writeHead(503).end('not yet'))
    expect(await probe(target)).toEqual({
      ok: false,
      stage: 'answered',
      cause: 'SERVER_ERROR',
      reason: 'GET / answered 503; expected 100 to 499',
    })
    expect(await probe(target, { status: [100, 599] })).toEqual({ ok: true })
  })

  it('that is not good enough is no error of the server', async () => {
    const { target } = await serve((_request, response) => response.writeHead(404).end())
    const result = await probe(target, { path: '/health?deep=1', status: [200, 299] })
    expect(result).toEqual({ ok: false, stage: 'answered', reason: 'GET /health?deep=1 answered 404; expected 200 to 299' })
  })

  it('that redirects is not followed', async () => {
    const asked: (string | undefined)[] = []
    const { target } = await serve((request, response) => {
      asked.push(request.url)
      response.writeHead(302, { location: '/login' }).end()
    })
    await probe(target)
    expect(asked).toEqual(['/'])
  })

  it('is asked for by GET, with the headers, on a connection of its own', async () => {
    const asked: unknown[] = []
    const { target, connections } = await serve((request, response) => {
      asked.push([request.method, request.url, request.headers['x-probe'], request.headers.connection])
      response.end()
    })
    await probe(target, { path: '/a?b=c', headers: { 'x-probe': 'yes' } })
    await probe(target, { path: '/a?b=c', headers: { 'x-probe': 'yes' } })
    expect(asked).toEqual(Array(2).fill(['GET', '/a?b=c', 'yes', 'close']))
    expect(connections()).toBe(2)
  })
})

describe('no answer', () => {
  it('a refused connection', async () => {
    const { target } = await serve(() => {})
    const server = servers.pop()!
    server.close()
    await once(server, 'close')
    expect(await probe(target)).toEqual({ ok: false, stage: 'refused', reason: `connection to 127.0.0.1:${target.port} refused` })
  })

  it('a server that accepts and says nothing', async () => {
    let arrived = (): void => {}
    const reached = new Promise<void>((resolve) => (arrived = resolve))
    const { target, quiet } = await serve(() => arrived())
    expect(await untilDeadline(target, reached)).toEqual({
      ok: false,
      stage: 'no-answer',
      reason: `127.0.0.1:${target.port} accepts connections but does not answer`,
    })
    await quiet()
  })

  it('headers that drip', async () => {
    let drop = (): void => {}
    let dripped = (): void => {}
    const reached = new Promise<void>((resolve) => (dripped = resolve))
    const { target, quiet } = await serveBytes((socket) => {
      socket.once('data', () => {
        drop = () => void socket.write('X-Drip: drop\r\n')
        socket.write('HTTP/1.1 200 OK\r\n', () => dripped())
      })
    })
    const answer = untilDeadline(target, reached)
    await reached
    drop()
    expect(await answer).toMatchObject({ ok: false, stage: 'no-answer' })
    await quiet()
  })

  it('a connection that is cut off', async () => {
    const { target, quiet } = await serve((request) => request.socket.destroy())
    expect(await probe(target)).toMatchObject({ ok: false, stage: 'died' })
    await quiet()
  })

  it.each(['SSH-2.0-OpenSSH_9.6\r\n', '\x16\x03\x01', '220 mail ready\r\n'])('something that is not HTTP: %j', async (banner) => {
    const { target, quiet } = await serveBytes((socket) => socket.end(banner))
    expect(await probe(target)).toMatchObject({
      ok: false,
      stage: 'answered',
      cause: 'NOT_HTTP',
      reason: expect.stringContaining(`answered something that is not HTTP: ${JSON.stringify(banner)}`),
    })
    await quiet()
  })
})

describe('a body that must say something', () => {
  const json = (text: string): Promise<Tiny> => serve((_request, response) => response.end(text))

  it.each([
    ['{"ok":true}', '"ok":true', true],
    ['{"ok":false}', '"ok":true', false],
    ['status: UP', /up/i, true],
    ['status: DOWN', /up/i, false],
    ['', 'x', false],
  ])('%s, wanted %s: %s', async (text, body, ok) => {
    const { target, quiet } = await json(text)
    expect((await probe(target, { body })).ok).toBe(ok)
    await quiet()
  })

  it('is quoted when it does not', async () => {
    const { target } = await json('nope')
    expect(await probe(target, { body: /yes/ })).toEqual({
      ok: false,
      stage: 'answered',
      reason: 'GET / answered 200, but its body does not contain /yes/',
    })
  })

  it.each([/up/g, /up/y])('is matched by a regular expression with a memory each time: %s', async (body) => {
    const { target } = await json('all is up')
    const ask = httpProbe({ body })
    for (let time = 0; time < 3; time += 1) expect(await ask(target, lasting)).toEqual({ ok: true })
  })

  it('is read across chunks, and a character may be torn', async () => {
    const { target } = await serve((_request, response) => {
      const bytes = Buffer.from('läuft')
      response.write(bytes.subarray(0, 2), () => response.end(bytes.subarray(2)))
    })
    expect(await probe(target, { body: 'läuft' })).toEqual({ ok: true })
  })

  it('is read no further than 1 MiB', async () => {
    const { target, quiet } = await serve((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024, 'x')
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      }
      response.on('drain', more)
      more()
    })
    expect(await probe(target, { body: 'y' })).toMatchObject({ ok: false, stage: 'answered' })
    await quiet()
  })

  it('and never ends is waited for until the deadline', async () => {
    let begun = (): void => {}
    const reached = new Promise<void>((resolve) => (begun = resolve))
    const { target, quiet } = await serve((_request, response) => void response.write('no end', () => begun()))
    expect(await untilDeadline(target, reached, { body: 'never said' })).toMatchObject({ ok: false })
    await quiet()
  })

  it('and breaks off is no body', async () => {
    const { target, quiet } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('ok, but', () => response.destroy())
    })
    expect((await probe(target, { body: 'ok' })).ok).toBe(false)
    await quiet()
  })

  it.each([
    ['short', Buffer.from('starting')],
    ['long', Buffer.alloc(4 * 1024 * 1024, 'x')],
  ])(
    'is not looked at behind the wrong status, and leaves no connection open: a %s one',
    async (_what, page) => {
      const { target, quiet } = await serve((_request, response) => response.writeHead(503).end(page))
      expect(await probe(target, { body: 'up' })).toMatchObject({ ok: false, reason: expect.stringContaining('503') })
      await quiet()
    },
    3000,
  )
})

describe('a body that nobody asked for', () => {
  it('may be a stream without end: the answer counts, and its connection is closed', async () => {
    const { target, quiet } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: hello\n\n')
    })
    expect(await probe(target)).toEqual({ ok: true })
    await quiet()
  })

  it('may be large', async () => {
    const { target, quiet } = await serve((_request, response) => response.end(Buffer.alloc(4 * 1024 * 1024)))
    expect(await probe(target)).toEqual({ ok: true })
    await quiet()
  })

  it('may break off', async () => {
    const { target, quiet } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('x', () => response.destroy())
    })
    expect(await probe(target)).toEqual({ ok: true })
    await quiet()
  })
})
