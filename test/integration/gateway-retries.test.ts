import { once } from 'node:events'
import { connect, type Server, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { createDoorScene, type DoorScene, portOf } from '../gateway/door-scene.ts'
import { until } from '../helpers/processes.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

interface Scripted {
  readonly server: Server
  /** Methods and paths, as they came. */
  readonly seen: string[]
  readonly sockets: Socket[]
}

/** `answer` is called for each request; a request is what comes in one piece. */
const scripted = async (scene: DoorScene, answer: (socket: Socket, count: number) => void): Promise<Scripted> => {
  const seen: string[] = []
  const sockets: Socket[] = []
  const server = await scene.tcp((socket) => {
    sockets.push(socket)
    socket.on('data', (chunk) => {
      const line = /^([A-Z]+ \/\S*) HTTP/.exec(chunk.toString('latin1'))?.[1]
      if (line === undefined) return
      seen.push(line)
      answer(socket, seen.length)
    })
  })
  return { server, seen, sockets }
}

const answers = (socket: Socket): void => void socket.write(ok)
const closes = (socket: Socket): void => void socket.end()
const keepsSilent = (): void => {}

/** Nobody listens there. */
const deadPort = async (scene: DoorScene): Promise<number> => {
  const server = await scene.tcp(() => {})
  const port = portOf(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

const bodies: Record<string, string> = { POST: 'some', PUT: 'some', PATCH: 'some' }
const bodyOf = (method: string) => (bodies[method] === undefined ? {} : { body: bodies[method] })

describe('a request of which nothing was sent', () => {
  it.each(['GET', 'POST', 'DELETE', 'PUT'])('%s waits for the next process, and is sent to it once', async (method) => {
    await using scene = await createDoorScene()
    scene.upstream.ready(await deadPort(scene))
    const asked = scene.ask('/x', { method, ...bodyOf(method) })
    await until('it waits', () => scene.door.counters.waiting === 1)
    expect(scene.upstream.probes).toBe(1)
    const next = await scripted(scene, answers)
    scene.upstream.crashed()
    scene.upstream.starting()
    scene.upstream.ready(next.server)
    expect(await asked).toMatchObject({ status: 200, body: 'ok' })
    expect(next.seen).toEqual([`${method} /x`])
    expect(scene.door.counters).toMatchObject({ lost: 0, repeated: 1, held: 1 })
  })

  it('goes to the same process when that takes connections again', async () => {
    await using scene = await createDoorScene()
    const port = await deadPort(scene)
    scene.upstream.ready(port)
    const asked = scene.ask('/x', { method: 'POST', body: 'x'.repeat(100_000) })
    await until('it waits', () => scene.door.counters.waiting === 1)
    await scene.http((request, response) => void request.resume().on('end', () => response.end('ok')), port)
    expect(await asked).toMatchObject({ status: 200, body: 'ok' })
  })

  it('is 503 when it takes too long, and tells how it stands', async () => {
    await using scene = await createDoorScene({ hold: { timeoutMs: 300 } })
    scene.upstream.ready(await deadPort(scene))
    const answer = await scene.ask('/x', { method: 'POST', body: 'some' })
    expect(answer).toMatchObject({ status: 503, headers: { 'content-type': 'application/problem+json' } })
    expect(answer.ms).toBeGreaterThan(250)
    expect(answer.ms).toBeLessThan(2000)
    expect(scene.door.counters).toMatchObject({ unavailable: 1, lost: 0, waiting: 0, active: 0 })
  })
})

describe('a request that was lost on a connection which had been idle for too long', () => {
  /** Takes one request on each connection, as if the second had crossed the end of it. */
  const impatient = (scene: DoorScene): Promise<Scripted> => {
    const used = new WeakSet<Socket>()
    return scripted(scene, (socket) => {
      if (used.has(socket)) return socket.end()
      used.add(socket)
      socket.write(ok)
    })
  }

  it.each(['GET', 'HEAD', 'OPTIONS'])('%s is sent once more, on a connection of its own', async (method) => {
    await using scene = await createDoorScene()
    const { server, seen } = await impatient(scene)
    scene.upstream.ready(server)
    await scene.ask('/first')
    expect(await scene.ask('/second', { method })).toMatchObject({ status: 200, isWhole: true })
    expect(seen).toEqual(['GET /first', `${method} /second`, `${method} /second`])
    expect(scene.door.counters).toMatchObject({ repeated: 1, lost: 0, wouldHaveDuplicated: 0, active: 0 })
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s is not, and is 502', async (method) => {
    await using scene = await createDoorScene()
    const { server, seen } = await impatient(scene)
    scene.upstream.ready(server)
    await scene.ask('/first')
    const answer = await scene.ask('/second', { method, ...bodyOf(method) })
    expect(answer).toMatchObject({ status: 502, isWhole: true })
    expect(JSON.parse(answer.body)).toMatchObject({
      reason: 'backend-lost',
      method,
      path: '/second',
      detail: expect.stringContaining('was not repeated'),
    })
    expect(seen).toEqual(['GET /first', `${method} /second`])
    expect(scene.door.counters).toMatchObject({ repeated: 0, lost: 1, wouldHaveDuplicated: 1, active: 0 })
  })
})

describe('a request that was being answered when its process died', () => {
  const dies = (scene: DoorScene, { server, sockets }: Scripted): void => {
    server.close()
    for (const socket of sockets) socket.resetAndDestroy()
    scene.upstream.crashed()
  }

  it.each(['GET', 'HEAD', 'OPTIONS'])('%s is sent to the next one', async (method) => {
    await using scene = await createDoorScene()
    const first = await scripted(scene, keepsSilent)
    scene.upstream.ready(first.server)
    const asked = scene.ask('/x', { method })
    await until('it is there', () => first.seen.length === 1)
    dies(scene, first)
    scene.upstream.starting()
    await until('it waits', () => scene.door.counters.waiting === 1)
    const next = await scripted(scene, answers)
    scene.upstream.ready(next.server)
    expect(await asked).toMatchObject({ status: 200, isWhole: true })
    expect(next.seen).toEqual([`${method} /x`])
    expect(scene.door.counters).toMatchObject({ repeated: 1, lost: 0, held: 1, active: 0 })
  })

  it('is sent to the next one when the death is told after the loss', async () => {
    await using scene = await createDoorScene()
    const first = await scripted(scene, keepsSilent)
    scene.upstream.ready(first.server)
    const asked = scene.ask('/x')
    await until('it is there', () => first.seen.length === 1)
    first.server.close()
    for (const socket of first.sockets) socket.destroy()
    await until('it waits', () => scene.door.counters.waiting === 1)
    scene.upstream.crashed()
    const next = await scripted(scene, answers)
    scene.upstream.starting()
    scene.upstream.ready(next.server)
    expect(await asked).toMatchObject({ status: 200, body: 'ok' })
    expect(next.seen).toHaveLength(1)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s is 502 at once, and is not sent again', async (method) => {
    await using scene = await createDoorScene()
    const first = await scripted(scene, keepsSilent)
    scene.upstream.ready(first.server)
    const asked = scene.ask('/x', { method, ...bodyOf(method) })
    await until('it is there', () => first.seen.length === 1)
    dies(scene, first)
    expect(await asked).toMatchObject({ status: 502, isWhole: true, headers: { 'content-type': 'application/problem+json' } })
    expect(scene.door.counters).toMatchObject({ lost: 1, wouldHaveDuplicated: 1, repeated: 0, active: 0, waiting: 0 })
  })

  it.each([
    [true, 200],
    [false, 502],
  ])('a POST with a key, where the backend honours keys (%s), is %i', async (idempotencyKey, status) => {
    await using scene = await createDoorScene({ idempotencyKey })
    const first = await scripted(scene, keepsSilent)
    scene.upstream.ready(first.server)
    const asked = scene.ask('/x', { method: 'POST', body: 'some', headers: { 'Idempotency-Key': 'k1' } })
    await until('it is there', () => first.seen.length === 1)
    dies(scene, first)
    const next = await scripted(scene, answers)
    scene.upstream.starting()
    scene.upstream.ready(next.server)
    expect((await asked).status).toBe(status)
    expect(next.seen).toEqual(status === 200 ? ['POST /x'] : [])
  })

  it('is 502 where its body was too large to be kept', async () => {
    await using scene = await createDoorScene({ idempotencyKey: true })
    const first = await scripted(scene, keepsSilent)
    scene.upstream.ready(first.server)
    const asked = scene.ask('/x', { method: 'POST', body: 'x'.repeat(100_000), headers: { 'Idempotency-Key': 'k1' } })
    await until('it is there', () => first.seen.length === 1)
    dies(scene, first)
    const answer = await asked
    expect(answer.status).toBe(502)
    expect(JSON.parse(answer.body).detail).toContain('too large to be kept')
  })

  it('at two deaths is the suspect, and is named', async () => {
    await using scene = await createDoorScene()
    const first = await scripted(scene, keepsSilent)
    const second = await scripted(scene, keepsSilent)
    scene.upstream.ready(first.server)
    const asked = scene.ask('/kill?me=1')
    await until('it is there', () => first.seen.length === 1)
    dies(scene, first)
    scene.upstream.starting()
    scene.upstream.ready(second.server)
    await until('it is there again', () => second.seen.length === 1)
    second.server.close()
    for (const socket of second.sockets) socket.destroy()
    // told after the loss
    setTimeout(() => scene.upstream.crashed(), 30)
    const answer = await asked
    expect(answer.status).toBe(502)
    expect(JSON.parse(answer.body)).toMatchObject({
      reason: 'suspect',
      title: expect.stringContaining('GET /kill?me=1'),
      suspect: { method: 'GET', path: '/kill?me=1' },
    })
    expect(scene.door.counters).toMatchObject({ repeated: 1, lost: 1, wouldHaveDuplicated: 0 })
  })

  it('is told the answer that the process had given before, however slowly it takes it', async () => {
    await using scene = await createDoorScene()
    const size = 64 * 1024 * 1024
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`
    const first = await scripted(scene, (socket) => socket.write(Buffer.concat([Buffer.from(head), Buffer.alloc(size, 'x')])))
    scene.upstream.ready(first.server)
    const client = connect(scene.port, '127.0.0.1')
    client.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\nConnection: close\r\n\r\n`)
    // it is asked, and does not read
    await once(client, 'readable')
    scene.upstream.crashed()
    await new Promise((resolve) => setTimeout(resolve, 500))
    let bytes = 0
    client.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    await once(client, 'end')
    expect(bytes).toBeGreaterThan(size)
    expect(scene.door.counters).toMatchObject({ cut: 0, active: 0 })
  })

  it('is not sent to it again while it takes connections with its last breath', async () => {
    await using scene = await createDoorScene()
    const first = await scripted(scene, keepsSilent)
    scene.upstream.ready(first.server)
    const asked = scene.ask('/x')
    await until('it is there', () => first.seen.length === 1)
    for (const socket of first.sockets) socket.destroy()
    setTimeout(() => scene.upstream.crashed(), 3)
    await until('it waits', () => scene.door.counters.waiting === 1)
    expect(first.seen).toHaveLength(1)
    const next = await scripted(scene, answers)
    scene.upstream.starting()
    scene.upstream.ready(next.server)
    expect(await asked).toMatchObject({ status: 200 })
  })

  it('is no suspect after one death, even if that took two connections', async () => {
    await using scene = await createDoorScene()
    const first = await scripted(scene, (socket, count) => {
      socket.destroy()
      if (count === 2) scene.upstream.crashed()
    })
    scene.upstream.ready(first.server)
    const answer = await scene.ask('/x')
    expect(answer.status).toBe(502)
    expect(JSON.parse(answer.body)).toMatchObject({ reason: 'backend-lost' })
    expect(first.seen).toHaveLength(2)
  })

  it('is not kept waiting by a process that it has left behind', async () => {
    await using scene = await createDoorScene()
    const first = await scripted(scene, (socket, count) => {
      if (count === 2) socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n')
    })
    scene.upstream.ready(first.server)
    const silent = scene.ask('/silent', { method: 'POST' })
    await until('it is there', () => first.seen.length === 1)
    const stream = scene.ask('/stream')
    await until('it is there, too', () => first.seen.length === 2)
    await until('it is answered', () => scene.door.counters.active === 2)
    scene.upstream.crashed()
    expect(await silent).toMatchObject({ status: 502 })
    expect(await stream).toMatchObject({ status: 200, isWhole: false, body: 'data: 1\n\n' })
    expect(scene.door.counters).toMatchObject({ active: 0, cut: 1, lost: 1 })
  })
})

describe('a process that has just lost a connection', () => {
  /** However busy this machine is, the loss is not long ago. */
  const justNow = { clock: { ...systemClock, now: () => 0 } }

  it.each(['POST', 'DELETE'])('is sent no %s before it is known to live', async (method) => {
    await using scene = await createDoorScene({}, justNow)
    const first = await scripted(scene, (socket) => socket.destroy())
    scene.upstream.ready(first.server)
    expect(await scene.ask('/lost', { method })).toMatchObject({ status: 502 })
    const asked = scene.ask('/next', { method, ...bodyOf(method) })
    // it takes connections still, and its death is told later
    setTimeout(() => scene.upstream.crashed(), 20)
    await until('it waits', () => scene.door.counters.waiting === 1)
    const next = await scripted(scene, answers)
    scene.upstream.starting()
    scene.upstream.ready(next.server)
    expect(await asked).toMatchObject({ status: 200, body: 'ok' })
    expect([first.seen, next.seen]).toEqual([[`${method} /lost`], [`${method} /next`]])
    expect(scene.door.counters).toMatchObject({ lost: 1, repeated: 0, held: 1 })
  })

  it('is sent it when it turns out to live, and a GET at once', async () => {
    await using scene = await createDoorScene({}, justNow)
    const { server, seen } = await scripted(scene, (socket, count) => (count === 1 ? socket.destroy() : answers(socket)))
    scene.upstream.ready(server)
    expect(await scene.ask('/', { method: 'POST' })).toMatchObject({ status: 502 })
    const posted = scene.ask('/posted', { method: 'POST', body: 'some' })
    expect(await scene.ask('/got')).toMatchObject({ status: 200 })
    expect(await posted).toMatchObject({ status: 200 })
    expect(seen).toEqual(['POST /', 'GET /got', 'POST /posted'])
    expect(scene.door.counters).toMatchObject({ waiting: 0, held: 0, repeated: 0, active: 0 })
  })

  it('is not sent what nobody wants any more', async () => {
    await using scene = await createDoorScene({}, justNow)
    const { server, seen } = await scripted(scene, (socket, count) => (count === 1 ? socket.destroy() : answers(socket)))
    scene.upstream.ready(server)
    expect(await scene.ask('/', { method: 'POST' })).toMatchObject({ status: 502 })
    const client = connect(scene.port, '127.0.0.1')
    client.write(`DELETE /left HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\n\r\n`)
    await until('it has come', () => scene.door.counters.requests === 2)
    client.destroy()
    expect(await scene.ask('/after', { method: 'POST' })).toMatchObject({ status: 200 })
    expect(seen).toEqual(['POST /', 'POST /after'])
  })
})

describe('a request that is lost twice', () => {
  it('without a death is 502, and nobody is the suspect', async () => {
    await using scene = await createDoorScene()
    const { server, seen } = await scripted(scene, closes)
    scene.upstream.ready(server)
    const answer = await scene.ask('/x')
    expect(answer.status).toBe(502)
    expect(JSON.parse(answer.body)).toMatchObject({ reason: 'backend-lost', detail: expect.stringContaining('lost again') })
    expect(JSON.parse(answer.body).suspect).toBeUndefined()
    expect(seen).toEqual(['GET /x', 'GET /x'])
  })

  it('after the first byte of an answer is not sent again', async () => {
    await using scene = await createDoorScene()
    const { server, seen } = await scripted(scene, (socket) => socket.end('H'))
    scene.upstream.ready(server)
    const answer = await scene.ask('/x')
    expect(answer.status).toBe(502)
    expect(JSON.parse(answer.body)).toMatchObject({ reason: 'backend-lost' })
    expect(seen).toEqual(['GET /x'])
  })
})

describe('a client that leaves', () => {
  it('before the answer takes its request with it', async () => {
    await using scene = await createDoorScene()
    const { server, seen, sockets } = await scripted(scene, keepsSilent)
    scene.upstream.ready(server)
    const client = scene.dial(`POST /x HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\nContent-Length: 2\r\n\r\nhi`)
    await until('it is there', () => seen.length === 1)
    client.socket.destroy()
    await until('the backend is told', () => sockets[0]?.destroyed === true)
    expect(scene.door.counters).toMatchObject({ active: 0, lost: 0, cut: 0 })
  })

  it('in the middle of a stream takes it with it', async () => {
    await using scene = await createDoorScene()
    const { server, sockets } = await scripted(scene, (socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n'),
    )
    scene.upstream.ready(server)
    const client = scene.dial(`GET /x HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\n\r\n`)
    await client.has('data: 1')
    client.socket.resetAndDestroy()
    await until('the backend is told', () => sockets[0]?.destroyed === true)
    expect(scene.door.counters).toMatchObject({ active: 0, lost: 0, cut: 0 })
  })

  it('in the middle of its upload does not look like one that has finished it', async () => {
    await using scene = await createDoorScene()
    let got = ''
    let closed = false
    const server = await scene.tcp((socket) => {
      socket.on('data', (chunk) => {
        got += chunk.toString('latin1')
      })
      socket.on('close', () => {
        closed = true
      })
    })
    scene.upstream.ready(server)
    const client = scene.dial(`POST /x HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`)
    await until('the first chunk is there', () => got.includes('hello'))
    client.socket.destroy()
    await until('the backend is told', () => closed)
    expect(got).not.toContain('0\r\n\r\n')
  })

  it('while it waits frees its place, and nothing is sent', async () => {
    await using scene = await createDoorScene({ hold: { maxPending: 2 } })
    const clients = ['', 'Content-Length: 100000\r\n'].map((more) =>
      scene.dial(`POST /x HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\n${more}\r\n${more && 'x'.repeat(100_000)}`),
    )
    await until('both wait', () => scene.door.counters.waiting === 2)
    for (const { socket } of clients) socket.destroy()
    await until('none waits', () => scene.door.counters.waiting === 0, 2000)
    const { server, seen } = await scripted(scene, answers)
    scene.upstream.ready(server)
    expect(await scene.ask('/mine')).toMatchObject({ status: 200 })
    expect(seen).toEqual(['GET /mine'])
  })

  it('of many pipelined requests takes all of them with it', async () => {
    await using scene = await createDoorScene()
    const { server, seen, sockets } = await scripted(scene, keepsSilent)
    scene.upstream.ready(server)
    const client = scene.dial(`GET /x HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\n\r\n`.repeat(5))
    await until('all are there', () => seen.length === 5)
    client.socket.destroy()
    await until('the backend is told', () => sockets.every((socket) => socket.destroyed))
    expect(scene.door.counters).toMatchObject({ active: 0, lost: 0, repeated: 0 })
  })
})
