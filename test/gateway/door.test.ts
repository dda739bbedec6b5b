import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { isSupervisorError } from '../../src/errors.ts'
import { unsafePorts } from '../../src/ports/unsafe.ts'
import { until } from '../helpers/processes.ts'
import { createDoorScene, portOf } from './door-scene.ts'

const holding = async (host: string, port = 0): Promise<Server & AsyncDisposable> => {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  return Object.assign(server, { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())) })
}

const opening = (options: Parameters<typeof createDoorScene>[0], more?: Parameters<typeof createDoorScene>[1]): Promise<unknown> =>
  createDoorScene(options, more).then(
    async (scene) => {
      await scene[Symbol.asyncDispose]()
      return undefined
    },
    (error: unknown) => error,
  )

const statusOf = (url: string): Promise<number> => fetch(url, { method: 'HEAD' }).then(({ status }) => status)

describe('a door', () => {
  it('listens on both of loopback, on one port that browsers open', async () => {
    await using scene = await createDoorScene()
    scene.upstream.ready(await scene.http((_request, response) => response.end('ok')))
    expect(scene.door.url).toBe(`http://127.0.0.1:${scene.port}`)
    expect(unsafePorts.has(scene.port)).toBe(false)
    for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
      const response = await fetch(`http://${host}:${scene.port}/`, { headers: { connection: 'close' } })
      expect(await response.text()).toBe('ok')
    }
  })

  it.each([
    ['127.0.0.2', 'http://127.0.0.2'],
    ['::1', 'http://[::1]'],
    ['0.0.0.0', 'http://127.0.0.1'],
    ['localhost', 'http://localhost'],
  ])('listens on %s where that is asked for', async (host, url) => {
    await using scene = await createDoorScene({ host })
    expect(scene.door.url).toBe(`${url}:${scene.port}`)
    expect(await statusOf(`${scene.door.url}/_supervise/livez`)).toBe(200)
  })

  it.each(['127.0.0.1', '::1', '0.0.0.0', '::'])('is not opened on a port that somebody has on %s, who is named', async (host) => {
    await using holder = await holding(host)
    const port = portOf(holder)
    const asked: number[] = []
    const error = await opening(
      { port },
      {
        holderOf: async (of) => {
          asked.push(of)
          return { pid: 4711, row: {} as never, command: 'node server.js', likeness: '' }
        },
      },
    )
    expect(isSupervisorError(error, 'ERR_PORT_TAKEN')).toBe(true)
    expect(error).toMatchObject({
      reason: 'PORT_TAKEN',
      message: expect.stringMatching(new RegExp(`:${port} is taken by pid 4711 \\(node server\\.js\\)\\.$`)),
      hint: expect.stringContaining('--gateway'),
    })
    expect(asked).toEqual([port])
  })

  it('says that a port is taken, even if nobody can tell by whom', async () => {
    await using holder = await holding('127.0.0.1')
    const error = await opening({ port: portOf(holder) }, { holderOf: () => Promise.reject(new Error('no table')) })
    expect(error).toMatchObject({ code: 'ERR_PORT_TAKEN', message: `127.0.0.1:${portOf(holder)} is taken.` })
  })

  it('leaves nothing open on the one address where it was taken on the other', async () => {
    await using holder = await holding('::1')
    expect(await opening({ port: portOf(holder) })).toMatchObject({ code: 'ERR_PORT_TAKEN' })
    await using _free = await holding('127.0.0.1', portOf(holder))
  })

  it.each(['192.0.2.1', 'no-such-host.invalid'])('is not opened on %s, which is of another machine', async (host) => {
    const error = await opening({ host })
    expect(error).toMatchObject({ code: 'ERR_INVALID_OPTIONS', reason: 'ADDRESS_NOT_AVAILABLE', message: expect.stringContaining(host) })
  })
})

describe('a door that is closed', () => {
  it('ends idle connections at once, on both sides', async () => {
    await using scene = await createDoorScene()
    const server = await scene.http((_request, response) => response.end('ok'))
    scene.upstream.ready(server)
    const agent = new Agent({ keepAlive: true })
    await new Promise<void>((resolve) =>
      request({ agent, port: scene.port, host: '127.0.0.1' }, (response) => response.resume().on('end', resolve)).end(),
    )
    const startedAt = performance.now()
    await scene.door.close()
    expect(performance.now() - startedAt).toBeLessThan(200)
    await until(
      'the backend has none either',
      () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count === 0))),
      500,
    )
    agent.destroy()
  })

  it('gives answers under way a moment', async () => {
    await using scene = await createDoorScene()
    let finish = (): void => {}
    scene.upstream.ready(
      await scene.http((_request, response) => {
        response.write('half')
        finish = () => response.end(' whole')
      }),
    )
    const client = scene.dial(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\n\r\n`)
    await client.has('half')
    const startedAt = performance.now()
    const closed = scene.door.close()
    finish()
    expect(await client.ended()).toBe('end')
    expect(client.text()).toMatch(/ whole\r\n0\r\n\r\n$/)
    await closed
    expect(performance.now() - startedAt).toBeLessThan(250)
  })

  it('cuts off what goes on for longer, and tells the backend', async () => {
    await using scene = await createDoorScene()
    let gone = false
    scene.upstream.ready(
      await scene.http((_request, response) => {
        response.write('data')
        response.on('close', () => {
          gone = true
        })
      }),
    )
    const answer = scene.ask('/')
    await until('it is answered', () => scene.door.counters.active === 1)
    const startedAt = performance.now()
    await Promise.all([scene.door.close(), scene.door.close()])
    expect(performance.now() - startedAt).toBeGreaterThan(250)
    expect(performance.now() - startedAt).toBeLessThan(1000)
    expect((await answer).isWhole).toBe(false)
    await until('the backend is told', () => gone)
  })

  it('does not end an answer of HTTP/1.0 as if it were whole', async () => {
    await using scene = await createDoorScene()
    scene.upstream.ready(await scene.http((_request, response) => response.write('half')))
    const client = scene.dial(`GET / HTTP/1.0\r\nHost: 127.0.0.1:${scene.port}\r\n\r\n`)
    await client.has('half')
    await scene.door.close()
    expect(await client.ended()).toBe('reset')
  })

  it('says so in an answer in lines', async () => {
    await using scene = await createDoorScene()
    const type = { 'content-type': 'application/x-ndjson' }
    scene.upstream.ready(await scene.http((_request, response) => response.writeHead(200, type).write('{"a":1}\n')))
    const client = scene.dial(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\n\r\n`)
    await client.has('{"a":1}')
    await scene.door.close()
    await client.ended()
    expect(client.text()).toContain('"type":"gateway_error"')
    expect(client.text()).not.toMatch(/0\r\n\r\n$/)
  })

  it('resets who takes nothing', async () => {
    await using scene = await createDoorScene()
    scene.upstream.ready(await scene.http((_request, response) => response.end(Buffer.alloc(32 * 1024 * 1024))))
    const client = scene.dial(`GET / HTTP/1.0\r\nHost: 127.0.0.1:${scene.port}\r\n\r\n`)
    client.socket.pause()
    await until('it is answered', () => client.socket.bytesRead > 0)
    const startedAt = performance.now()
    await scene.door.close()
    expect(performance.now() - startedAt).toBeLessThan(800)
    client.socket.resume()
    expect(await client.ended()).toBe('reset')
  })

  it('tells WebSockets that it goes away', async () => {
    await using scene = await createDoorScene()
    const server = await scene.http(() => {})
    new WebSocketServer({ server }).on('connection', (socket) => socket.on('error', () => {}))
    scene.upstream.ready(server)
    const socket = new WebSocket(`ws://127.0.0.1:${scene.port}/chat`)
    await new Promise((resolve) => socket.once('open', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await scene.door.close()
    expect(await closed).toBe(1001)
  })

  it('sends away who waits', async () => {
    await using scene = await createDoorScene()
    const answer = scene.ask('/')
    await until('it waits', () => scene.door.counters.waiting === 1)
    await scene.door.close()
    expect(await answer).toMatchObject({ status: 503, body: expect.stringContaining('gateway-closing') })
  })

  it('is not there any more, and its port is free', async () => {
    const scene = await createDoorScene()
    const client = scene.dial()
    await scene.door.close()
    await client.ended()
    expect((await scene.ask('/')).status).toBe(0)
    const free = await holding('127.0.0.1', scene.port)
    await free[Symbol.asyncDispose]()
    await scene[Symbol.asyncDispose]()
  })
})

describe('pages of other origins', () => {
  it('that are allowed may read what the backend answers, and no other', async () => {
    const page = 'http://localhost:5173'
    await using scene = await createDoorScene({ allowedOrigins: [page] })
    let reached = 0
    scene.upstream.ready(
      await scene.http((_request, response) => {
        reached += 1
        response.writeHead(200, { 'access-control-allow-origin': '*', 'x-mine': '1', vary: 'accept' }).end('ok')
      }),
    )
    const allowed = await scene.ask('/', { headers: { origin: page } })
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': expect.stringContaining('x-mine'),
      vary: expect.stringMatching(/accept.*origin/i),
    })
    expect((await scene.ask('/')).headers['access-control-allow-origin']).toBeUndefined()
    expect(await scene.ask('/', { method: 'POST', body: 'x', headers: { origin: 'http://evil.test' } })).toMatchObject({ status: 403 })
    expect(reached).toBe(2)
    expect(scene.door.counters.refused).toBe(1)
  })
})

describe('a door that asks for a token', () => {
  it('keeps it in a private file as long as it is open, and from the backend', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'door-'))
    const tokenFile = join(folder, 'gateway.token')
    await using scene = await createDoorScene({ token: true }, { tokenFile })
    scene.atEnd(() => rmSync(folder, { recursive: true }))
    const seen: unknown[] = []
    scene.upstream.ready(
      await scene.http((asked, response) => {
        seen.push(asked.headers)
        response.end('ok')
      }),
    )
    expect(scene.door.tokenFile).toBe(tokenFile)
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600)
    const token = readFileSync(tokenFile, 'utf8')
    expect(await scene.ask('/')).toMatchObject({ status: 401 })
    expect(await scene.ask('/', { headers: { 'X-Jarvis-Token': token } })).toMatchObject({ status: 200 })
    const session = await scene.ask('/_supervise/session', { method: 'POST', headers: { 'X-Jarvis-Token': token } })
    const [cookie = ''] = session.headers['set-cookie'] ?? []
    expect(await scene.ask('/', { headers: { cookie: `a=1; ${cookie.split(';', 1)[0]}` } })).toMatchObject({ status: 200 })
    const issued = JSON.parse((await scene.ask('/_supervise/ticket', { method: 'POST', headers: { 'X-Jarvis-Token': token } })).body)
    expect(await scene.ask(`/?a=1&ticket=${issued.ticket}`)).toMatchObject({ status: 200 })
    expect(seen).toHaveLength(3)
    expect(JSON.stringify(seen)).not.toContain(token)
    expect(seen[1]).toMatchObject({ cookie: 'a=1' })
    await scene.door.close()
    expect(existsSync(tokenFile)).toBe(false)
  })

  it('leaves no file where it cannot be opened', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'door-'))
    await using holder = await holding('127.0.0.1')
    expect(await opening({ token: true, port: portOf(holder) }, { tokenFile: join(folder, 'gateway.token') })).toMatchObject({
      code: 'ERR_PORT_TAKEN',
    })
    expect(readdirSync(folder)).toEqual([])
    rmSync(folder, { recursive: true })
  })

  it('listens nowhere if it cannot keep it', async () => {
    expect(await opening({ token: true }, { tokenFile: '/proc/no/gateway.token' })).toMatchObject({ code: 'ERR_STATE_DIR' })
  })
})

describe('connections that are to change their protocol', () => {
  it('to that of WebSockets are passed on', async () => {
    await using scene = await createDoorScene()
    const server = await scene.http(() => {})
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })))
    scene.upstream.ready(server)
    const socket = new WebSocket(`ws://127.0.0.1:${scene.port}/chat`)
    const echoed = new Promise((resolve) => socket.once('message', (data) => resolve(String(data))))
    socket.once('open', () => socket.send('hello'))
    expect(await echoed).toBe('hello')
    expect(scene.door.counters).toMatchObject({ upgrades: 1, active: 1 })
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.close(1000)
    expect(await closed).toBe(1000)
  })

  it('to another one go on as plain requests, with their bodies', async () => {
    await using scene = await createDoorScene()
    let seen: unknown
    scene.upstream.ready(
      await scene.http((asked, response) => {
        let body = ''
        asked.on('data', (chunk) => {
          body += chunk
        })
        asked.on('end', () => {
          seen = { ...asked.headers, body }
          response.end('plain')
        })
      }),
    )
    const client = scene.dial(
      `POST / HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\nContent-Length: 5\r\n\r\nhello`,
    )
    await client.has('plain')
    expect(seen).toMatchObject({ body: 'hello' })
    expect(seen).not.toHaveProperty('upgrade')
    expect(seen).not.toHaveProperty('http2-settings')
    client.socket.destroy()
  })
})
