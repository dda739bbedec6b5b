import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Attempt } from '../../src/gateway/attempt.ts'
import { cutOff, hangUp } from '../../src/gateway/hang-up.ts'
import { Life, noSigns } from '../../src/gateway/life.ts'
import { createPools } from '../../src/gateway/pools.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { until } from '../helpers/processes.ts'
import { createUpgradeScene, switching } from './upgrade-scene.ts'

const much = Buffer.alloc(32 * 1024 * 1024, 'x')

/** A server that says what it likes to everybody, with its connections. */
const listening = async (onConnection: (socket: Socket) => void) => {
  const sockets: Socket[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket.on('error', () => {}))
    onConnection(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    sockets,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await once(server.close(), 'close')
    },
  }
}

/** Nothing of what was written is taken any more. */
const isStuck = async (socket: Socket | undefined): Promise<void> => {
  let before = -1
  await until('nobody takes any more', async () => {
    const left = socket?.writableLength ?? 0
    await new Promise((resolve) => setTimeout(resolve, 20))
    const stays = left > 0 && left === before
    before = left
    return stays
  })
}

describe('a client that takes nothing of what a process has left behind', () => {
  it.each([true, false])('is given up in the end, but not if it takes a little (stalls: %s)', async (stalls) => {
    await using server = await listening((socket) =>
      socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${much.length}\r\n\r\n`) && socket.write(much)),
    )
    const ended = new AbortController()
    const retired = new AbortController()
    const pools = createPools(1000)
    const generation = {
      ...{ number: 1, pid: 1, address: { host: '127.0.0.1', port: server.port } },
      ...{ retired: retired.signal, ended: ended.signal, life: new Life(1, 1, noSigns, () => 0) },
    }
    let bytes = 0
    let lost: Error | undefined
    let isWhole = false
    let resume = (): void => {}
    const attempt = new Attempt(
      {
        onInformation: () => {},
        onHead: () => {},
        onData: (chunk, goOn) => {
          bytes += chunk.length
          resume = goOn
          // once in 8 MiB
          return Math.floor(bytes / 2 ** 23) === Math.floor((bytes - chunk.length) / 2 ** 23)
        },
        onEnd: () => {
          isWhole = true
        },
        onLost: (error) => {
          lost = error
        },
      },
      { isHead: false, isStreamed: false },
    )
    pools.of(generation).send({ path: '/', method: 'GET', headers: [], body: null }, attempt)
    await until('it does not go on', () => attempt.isPaused)
    retired.abort()
    ended.abort()
    const timer = stalls ? undefined : setInterval(() => attempt.isPaused && resume(), 500)
    await until('it is over', () => attempt.isOver, 5000)
    clearInterval(timer)
    expect([isWhole, lost?.message]).toEqual(stalls ? [false, 'Its process has ended.'] : [true, undefined])
    await pools.close()
  })

  it.each(['a WebSocket', 'a refused one'])('of %s is reset after 30 s', async (what) => {
    const clock = new FakeClock()
    await using scene = await createUpgradeScene({ clock })
    const backends: Socket[] = []
    await scene.rawBackend((socket) => {
      socket.once('data', (head: Buffer) => {
        backends.push(socket)
        if (what === 'a WebSocket') socket.write(switching(head))
        else socket.write(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${much.length}\r\n\r\n`)
        socket.write(much)
      })
    })
    const client = scene.raw()
    client.socket.pause()
    await until('it is asked', () => backends.length === 1)
    await isStuck(backends[0])
    scene.upstream.crashed()
    await clock.advance(29_000)
    expect(scene.counters).toMatchObject({ active: 1, cut: 0 })
    await clock.advance(2000)
    await until('nothing is left of it', () => scene.upgrades.count === 0 && scene.counters.active === 0)
    expect(scene.counters.cut).toBe(1)
    expect(clock.pending).toBe(0)
  })
})

describe('a connection whose other side takes nothing', () => {
  it.each([
    ['ended', 30_000, hangUp],
    ['cut off', 1000, cutOff],
  ] as const)('is %s after %i ms', async (_what, ms, close) => {
    await using server = await listening((socket) => socket.write(much))
    const client = connect(server.port, '127.0.0.1')
    client.on('error', () => {}).pause()
    await until('it is there', () => server.sockets.length === 1)
    const [socket] = server.sockets
    await isStuck(socket)
    const clock = new FakeClock()
    close(socket as Socket, clock)
    await clock.advance(ms - 1)
    expect(socket?.destroyed).toBe(false)
    await clock.advance(1)
    expect(socket?.destroyed).toBe(true)
    await until('nothing waits any more', () => clock.pending === 0)
    client.destroy()
  })
})
