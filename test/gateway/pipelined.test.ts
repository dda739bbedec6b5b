import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { until } from '../helpers/processes.ts'
import { createDoorScene, type DoorScene } from './door-scene.ts'
import { createUpgradeScene, upgradeText } from './upgrade-scene.ts'

const post = (port: number, path = '/'): string => `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 2\r\n\r\nab`

/** A backend that answers each POST when it is told to. */
const slow = async (scene: DoorScene, begins = false): Promise<{ readonly ran: string[]; finish(): void }> => {
  const ran: string[] = []
  const finishes: (() => void)[] = []
  const answer: RequestListener = (request, response) => {
    request.resume().on('end', () => {
      ran.push(request.url ?? '')
      if (begins) response.write('begun, ')
      finishes.push(() => response.end(`done ${request.url}`))
    })
  }
  scene.upstream.ready(await scene.http(answer))
  return {
    ran,
    finish: () => {
      for (const finish of finishes.splice(0)) finish()
    },
  }
}

const statuses = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status = '']) => status)

describe('what cannot be read after a request', () => {
  it.each([false, true])('does not take the place of its answer, which has begun: %s', async (begins) => {
    await using scene = await createDoorScene()
    const backend = await slow(scene, begins)
    const client = scene.dial(post(scene.port))
    await until('it runs', () => backend.ran.length === 1)
    if (begins) await client.has('begun')
    client.socket.write('GARBAGE\r\n\r\n')
    client.socket.write('MORE GARBAGE\r\n\r\n')
    await scene.ask('/_supervise/livez')
    backend.finish()
    expect(await client.ended()).toBe('end')
    expect(client.text()).toContain('done /')
    expect(statuses(client.text())).toEqual(['200', '400'])
    expect(scene.door.counters).toMatchObject({ refused: 1, active: 0 })
  })

  it('is told when those before it are answered, in their order', async () => {
    await using scene = await createDoorScene()
    const backend = await slow(scene)
    const client = scene.dial(`${post(scene.port, '/1')}${post(scene.port, '/2')}GARBAGE\r\n\r\n`)
    await until('both run', () => backend.ran.length === 2)
    backend.finish()
    expect(await client.ended()).toBe('end')
    expect(statuses(client.text())).toEqual(['200', '200', '400'])
  })

  it('as its body is its own fault, and not that of the one before it', async () => {
    await using scene = await createDoorScene()
    const backend = await slow(scene)
    const broken = `POST /2 HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`
    const client = scene.dial(`${post(scene.port, '/1')}${broken}`)
    await until('it runs', () => backend.ran.includes('/1'))
    await scene.ask('/_supervise/livez')
    backend.finish()
    expect(await client.ended()).toBe('end')
    expect(statuses(client.text())).toEqual(['200', '400'])
    expect(client.text()).toContain('done /1')
  })
})

it('a tunnel that is asked for after a request is refused after its answer', async () => {
  await using scene = await createDoorScene()
  const backend = await slow(scene)
  const client = scene.dial(`${post(scene.port)}CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n`)
  await until('it runs', () => backend.ran.length === 1)
  backend.finish()
  expect(await client.ended()).toBe('end')
  expect(client.text()).toContain('done /')
  expect(statuses(client.text())).toHaveLength(2)
})

describe('an upgrade that is asked for after a request', () => {
  it('waits until that is answered', async () => {
    await using scene = await createUpgradeScene()
    await scene.backend((socket) => socket.on('message', (data) => socket.send(String(data))))
    // a masked text of two letters, which comes early
    const frame = '\x81\x82\0\0\0\0hi'
    const client = scene.raw(`${post(scene.port)}${upgradeText(scene.port)}${frame}`)
    await until('it is echoed', () => client.text().endsWith('\x81\x02hi'))
    expect(statuses(client.text())).toEqual(['200', '101'])
    expect(scene.plain).toHaveLength(1)
  })

  it('does not hold up an answer that is larger than the connection takes at once', async () => {
    await using scene = await createDoorScene()
    const size = 8 * 1024 * 1024
    scene.upstream.ready(await scene.http((_request, response) => response.end(Buffer.alloc(size, 'x'))))
    const client = scene.dial(`${post(scene.port)}${upgradeText(scene.port)}`)
    await until('both are answered', () => statuses(client.text()).length === 2, 5000)
    expect(client.text().length).toBeGreaterThan(size)
    client.socket.destroy()
  })

  it('to something else is read as a plain request then', async () => {
    await using scene = await createDoorScene()
    const backend = await slow(scene)
    const plain = `POST /2 HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n`
    const client = scene.dial(`${post(scene.port, '/1')}${plain}`)
    await until('the first runs', () => backend.ran.length === 1)
    backend.finish()
    await client.has('done /1')
    client.socket.write('cd')
    await until('the second runs', () => backend.ran.length === 2)
    backend.finish()
    await client.has('done /2')
    client.socket.destroy()
  })

  it('is dropped with a connection that is closed by that', async () => {
    await using scene = await createDoorScene()
    const backend = await slow(scene)
    const text = post(scene.port).replace('\r\n', '\r\nConnection: close\r\n')
    const client = scene.dial(`${text}${upgradeText(scene.port)}`)
    await until('it runs', () => backend.ran.length === 1)
    backend.finish()
    expect(await client.ended()).toBe('end')
    expect(statuses(client.text())).toEqual(['200'])
  })
})

it('an event stream that waits for its turn has no place when its connection is gone', async () => {
  await using scene = await createDoorScene()
  const backend = await slow(scene)
  const ask = `GET /_supervise/state HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\n\r\n`
  const clients = Array.from({ length: 70 }, () => scene.dial(`${post(scene.port)}${ask}`))
  await until('all are there', () => backend.ran.length === clients.length)
  for (const { socket } of clients) socket.destroy()
  await until('all have gone', () => scene.door.counters.active === 0)
  const late = scene.dial(ask)
  await late.has('event: snapshot')
  late.socket.destroy()
})
