import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { closeFrame } from '../../src/gateway/frame-boundary.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { killPid, until } from '../helpers/processes.ts'
import { createTemp } from '../helpers/temp.ts'
import { closing, createUpgradeScene, message, switching } from './upgrade-scene.ts'

/** A text of five bytes, and half of it. */
const hello = Buffer.from([0x81, 5, ...Buffer.from('hello')])
const half = hello.subarray(0, 4)

/** A backend that opens every WebSocket and says this; gives the connections. */
const opens = async (scene: Awaited<ReturnType<typeof createUpgradeScene>>, says: Buffer): Promise<Socket[]> => {
  const sockets: Socket[] = []
  await scene.rawBackend((socket) => {
    socket.once('data', (head: Buffer) => {
      sockets.push(socket)
      socket.write(switching(head))
      if (says.length > 0) socket.write(says)
    })
  })
  return sockets
}

describe('a backend whose process ends', () => {
  test.each([
    ['before its first frame', Buffer.alloc(0)],
    ['after a whole frame', hello],
    ['between the fragments of a message', Buffer.concat([Buffer.from([0x01, 5]), Buffer.from('hello')])],
  ])('%s closes with 1012', async (_what, says) => {
    await using scene = await createUpgradeScene()
    const backend = await opens(scene, says)
    const client = scene.client()
    await once(client, 'open')
    const closed = closing(client)
    backend[0]?.end()
    scene.upstream.crashed()
    expect(await closed).toEqual([1012, 'service restart'])
    expect(scene.counters).toMatchObject({ cut: 1 })
  })

  test.each(['end', 'reset'] as const)('in the middle of a frame closes with 1006, and never cleanly (%s)', async (how) => {
    await using scene = await createUpgradeScene()
    const backend = await opens(scene, Buffer.concat([hello, half]))
    const client = scene.client()
    const raw = scene.raw()
    expect((await message(client)).data.toString()).toBe('hello')
    await until('half a frame has come', () => raw.bytes().subarray(-4).equals(half))
    const closed = closing(client)
    for (const socket of backend) how === 'end' ? socket.end() : socket.resetAndDestroy()
    scene.upstream.crashed()
    expect(await closed).toEqual([1006, ''])
    await raw.ended()
    expect(raw.ending()).toBe('reset')
    await until('both are counted', () => scene.counters.cut === 2)
  })

  test.each(Array.from({ length: 12 }, (_nothing, at) => at))('after %i bytes of two frames is never told as a whole one', async (at) => {
    await using scene = await createUpgradeScene()
    const bytes = Buffer.concat([hello, hello]).subarray(0, at)
    const backend = await opens(scene, bytes)
    const raw = scene.raw()
    await until('they have come', () => backend.length === 1 && raw.text().includes('\r\n\r\n') && bodyOf(raw.bytes()).length === at)
    backend[0]?.end()
    scene.upstream.crashed()
    await raw.ended()
    const isBetween = at % hello.length === 0
    expect(bodyOf(raw.bytes()).subarray(at).length > 0).toBe(isBetween)
    expect(raw.ending()).toBe(isBetween ? 'end' : 'reset')
  })

  test('that is to come, and waits for its connections, is told to the client, and has them closed', async () => {
    await using scene = await createUpgradeScene()
    const backend = await opens(scene, hello)
    const client = scene.client()
    await once(client, 'open')
    const closed = closing(client)
    const { pid } = scene.upstream.state as { pid: number }
    scene.upstream.restarting()
    await scene.upstream.drain(pid)
    expect(await closed).toEqual([1012, 'service restart'])
    await until('its connections are closed', () => backend.every(({ readableEnded, destroyed }) => readableEnded || destroyed))
    await until('it is counted', () => scene.upgrades.count === 0)
  })

  test('is waited for a moment: its connections end before it', async () => {
    await using scene = await createUpgradeScene()
    const backend = await opens(scene, hello)
    const client = scene.client()
    await once(client, 'open')
    const closed = closing(client)
    const [socket] = backend
    socket?.end()
    await once(socket as Socket, 'close')
    scene.upstream.crashed()
    expect(await closed).toEqual([1012, 'service restart'])
  })

  test('and leaves its connection to another process is not waited for', async () => {
    const clock = new FakeClock()
    await using scene = await createUpgradeScene({ clock })
    await opens(scene, hello)
    const client = scene.client()
    await once(client, 'open')
    const closed = closing(client)
    scene.upstream.crashed()
    await clock.advance(1000)
    await until('it is judged', async () => {
      await clock.advance(0)
      return client.readyState === client.CLOSED
    })
    expect(await closed).toEqual([1012, 'service restart'])
    await until('both are closed', () => scene.upgrades.count === 0)
  })

  test('by SIGKILL in the middle of a message is noticed within moments', async () => {
    using temp = createTemp()
    await using scene = await createUpgradeScene()
    const script = temp.file(
      'backend.mjs',
      `import { createServer } from 'node:http'
       import { WebSocketServer } from '${import.meta.resolve('ws')}'
       const server = createServer().listen(0, '127.0.0.1', () => console.log(server.address().port))
       new WebSocketServer({ server }).on('connection', ({ _socket: socket }) => {
         socket.write(Buffer.from([0x82, 127, 0, 0, 0, 0, 0x10, 0, 0, 0]))
         const pump = () => { while (socket.write(Buffer.alloc(65536))); socket.once('drain', pump) }
         pump()
       })`,
    )
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
    scene.atEnd(() => child.kill('SIGKILL'))
    const [port] = (await once(createInterface(child.stdout), 'line')) as [string]
    scene.upstream.ready(Number(port), child.pid)
    const client = scene.client()
    const [{ socket }] = (await once(client, 'upgrade')) as [IncomingMessage]
    await until('a part of the message has come', () => socket.bytesRead > 100_000)
    const closed = closing(client)
    await killPid(child.pid ?? 0)
    const since = performance.now()
    scene.upstream.crashed()
    expect(await closed).toEqual([1006, ''])
    expect(performance.now() - since).toBeLessThan(2000)
  })
})

describe('a backend that lives on', () => {
  test('and drops a client is not said to restart', async () => {
    await using scene = await createUpgradeScene()
    await scene.backend((socket) => socket.on('message', () => socket.terminate()))
    const client = scene.client()
    await once(client, 'open')
    client.send('drop me')
    expect(await closing(client)).toEqual([1006, ''])
  })

  test('and closes properly before its process ends is taken at its word', async () => {
    await using scene = await createUpgradeScene()
    await scene.backend((socket) => {
      socket.close(1001, 'going away')
      scene.upstream.crashed()
    })
    expect(await closing(scene.client())).toEqual([1001, 'going away'])
    expect(scene.counters.cut).toBe(0)
  })
})

test('nothing is said after a close frame', async () => {
  await using scene = await createUpgradeScene()
  const bye = closeFrame(1001, 'bye')
  const backend = await opens(scene, bye)
  const raw = scene.raw()
  await until('it has come', () => raw.bytes().subarray(-bye.length).equals(bye))
  scene.upstream.crashed()
  backend[0]?.end()
  await raw.ended()
  expect(bodyOf(raw.bytes())).toEqual(bye)
  expect(raw.ending()).toBe('end')
})

test('a close frame is heard by a client that still talks, though the backend takes nothing any more', async () => {
  await using scene = await createUpgradeScene()
  const bye = closeFrame(4001, 'bye')
  await scene.rawBackend((socket) => {
    socket.once('data', (head: Buffer) => {
      socket.write(switching(head))
      socket.on('data', () => {
        if (socket.bytesRead < 300_000) return
        socket.pause()
        socket.write(bye, () => socket.destroy())
      })
    })
  })
  const codes: number[] = []
  for (let round = 0; round < 60; round += 1) {
    const client = scene.client()
    await once(client, 'open')
    const talk = setInterval(() => {
      for (let piece = 0; piece < 10; piece += 1) client.send(Buffer.alloc(10_000))
    })
    const [code] = await closing(client)
    clearInterval(talk)
    codes.push(code)
  }
  expect([...new Set(codes)]).toEqual([4001])
})

describe('a client that vanishes', () => {
  test.each(['end', 'reset', 'destroy'] as const)('takes the connection to the backend with it (%s)', async (how) => {
    await using scene = await createUpgradeScene()
    let closedAt = 0
    let code = 0
    await scene.backend((socket) => {
      socket.on('close', (given) => {
        closedAt = performance.now()
        code = given
      })
    })
    const raw = scene.raw()
    await until('it is open', () => raw.text().includes('101 Switching'))
    const since = performance.now()
    if (how === 'end') raw.socket.end()
    else if (how === 'reset') raw.socket.resetAndDestroy()
    else raw.socket.destroy()
    await until('the backend has noticed', () => closedAt > 0)
    expect(closedAt - since).toBeLessThan(500)
    expect(code).toBe(1006)
    await until('nothing is left of it', () => scene.upgrades.count === 0 && scene.counters.active === 0)
  })

  test('has what it said last delivered', async () => {
    await using scene = await createUpgradeScene()
    const last = Buffer.alloc(4 * 1024 * 1024, 'x')
    let come = 0
    let isOver = false
    await scene.rawBackend((socket) => {
      socket.once('data', (head: Buffer) => {
        socket.write(switching(head))
        socket.on('data', (chunk: Buffer) => {
          come += chunk.length
        })
        socket.on('end', () => {
          isOver = true
          socket.end()
        })
      })
    })
    const raw = scene.raw()
    await until('it is open', () => raw.text().includes('101 Switching'))
    raw.socket.end(last)
    await until('the backend has the end of it', () => isOver)
    expect(come).toBe(last.length)
  })

  test('is followed by the backend within 30 s', async () => {
    const clock = new FakeClock()
    await using scene = await createUpgradeScene({ clock })
    let ended = false
    await scene.rawBackend((socket) => {
      socket.once('data', (head: Buffer) => {
        socket.write(switching(head))
        socket
          .on('data', () => {})
          .on('end', () => {
            ended = true
          })
      })
    })
    const raw = scene.raw()
    await until('it is open', () => raw.text().includes('101 Switching'))
    raw.socket.end()
    await until('the backend has its end, and stays', () => ended)
    await clock.advance(30_000)
    await until('somebody judges', () => scene.upgrades.count === 0 || clock.pending > 0)
    await clock.advance(250)
    await until('nothing is left of it', () => scene.upgrades.count === 0 && scene.counters.active === 0)
  })
})

test('500 WebSockets that were opened and closed leave nothing, and nobody is warned', async () => {
  await using scene = await createUpgradeScene()
  const warnings: Error[] = []
  const onWarning = (warning: Error): number => warnings.push(warning)
  process.on('warning', onWarning)
  const welcome = (socket: WebSocket): void => socket.send('welcome')
  await scene.backend(welcome)
  const clients = Array.from({ length: 500 }, () => scene.client())
  await Promise.all(clients.map((client) => message(client)))
  expect(scene.counters.active).toBe(500)
  const closed = Promise.all(clients.map((client) => closing(client)))
  for (const [at, client] of clients.entries()) at % 2 === 0 ? client.close() : client.terminate()
  await closed
  await until('nobody is left', () => scene.upgrades.count === 0 && scene.counters.active === 0)
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
})

test('all are closed with the door', async () => {
  await using scene = await createUpgradeScene()
  const backend = await opens(scene, hello)
  const client = scene.client()
  await once(client, 'open')
  const closed = closing(client)
  scene.upgrades.close()
  expect(await closed).toEqual([1001, 'going away'])
  await until('the backend has noticed', () => backend.every(({ readableEnded, destroyed }) => readableEnded || destroyed))
})

test('in the middle of a frame they are cut off, and never cleanly', async () => {
  await using scene = await createUpgradeScene()
  await opens(scene, half)
  const raw = scene.raw()
  await until('half a frame has come', () => raw.bytes().subarray(-4).equals(half))
  scene.upgrades.close()
  await raw.ended()
  expect(raw.ending()).toBe('reset')
  expect(bodyOf(raw.bytes())).toEqual(half)
})

const bodyOf = (bytes: Buffer): Buffer => bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)
