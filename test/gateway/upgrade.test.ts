import { once } from 'node:events'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { until } from '../helpers/processes.ts'
import { createTemp } from '../helpers/temp.ts'
import { closing, createUpgradeScene, message, switching } from './upgrade-scene.ts'

const echo = (socket: WebSocket): void => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
}

describe('an open WebSocket', () => {
  test('passes text, bytes, fragments and large messages both ways', async () => {
    await using scene = await createUpgradeScene()
    await scene.backend(echo)
    const client = scene.client('/chat?room=1')
    await once(client, 'open')
    client.send('hello')
    expect(await message(client)).toEqual({ data: Buffer.from('hello'), isBinary: false })
    client.send(Buffer.from([0, 255, 128]))
    expect(await message(client)).toEqual({ data: Buffer.from([0, 255, 128]), isBinary: true })
    const large = Buffer.alloc(1024 * 1024, 'xyz')
    client.send(large)
    expect((await message(client)).data.equals(large)).toBe(true)
    client.send('frag', { fin: false })
    client.send('ment', { fin: true })
    expect((await message(client)).data.toString()).toBe('fragment')
    client.ping('are you there')
    expect(String((await once(client, 'pong'))[0])).toBe('are you there')
    expect(scene.counters).toMatchObject({ upgrades: 1, active: 1, waiting: 0 })
    expect(scene.upgrades.count).toBe(1)
  })

  test('is compressed where both sides agree on it', async () => {
    await using scene = await createUpgradeScene()
    const backend = await scene.backend(echo, { deflate: true })
    const client = scene.client('/', [], { perMessageDeflate: true })
    await once(client, 'open')
    expect(client.extensions).toBe('permessage-deflate')
    expect([...backend.clients][0]?.extensions).toBe('permessage-deflate')
    client.send('a'.repeat(5000))
    expect((await message(client)).data.toString()).toBe('a'.repeat(5000))
  })

  test('has the subprotocol that the backend picks of all that are offered', async () => {
    await using scene = await createUpgradeScene()
    let offered: string[] = []
    await scene.backend(echo, {
      choose: (protocols) => {
        offered = [...protocols]
        return 'b'
      },
    })
    const client = scene.client('/', ['a', 'b'])
    await once(client, 'open')
    expect(client.protocol).toBe('b')
    expect(offered).toEqual(['a', 'b'])
  })

  test('reaches the backend under its own name, with what the client said', async () => {
    await using scene = await createUpgradeScene()
    const backend = await scene.backend(echo)
    const client = scene.client('/chat?room=1', [], { origin: `http://127.0.0.1:${scene.port}`, headers: { 'x-mine': '1' } })
    const [[, request]] = (await Promise.all([once(backend, 'connection'), once(client, 'open')])) as [
      [WebSocket, { url: string; headers: object }],
      unknown,
    ]
    const own = `127.0.0.1:${new URL(scene.upstream.url ?? '').port}`
    expect(request.url).toBe('/chat?room=1')
    expect(request.headers).toMatchObject({
      ...{ host: own, origin: `http://${own}`, 'x-mine': '1', upgrade: 'websocket', connection: 'Upgrade' },
      ...{ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': `127.0.0.1:${scene.port}` },
    })
  })

  test.each([
    [4001, 'not yours'],
    [1000, ''],
    [1011, 'ä'],
  ])('is closed with code %i by either side, and the other one hears it', async (code, reason) => {
    await using scene = await createUpgradeScene()
    const heard: Promise<[number, string]>[] = []
    await scene.backend((socket) => {
      heard.push(closing(socket))
      socket.on('message', () => socket.close(code, reason))
    })
    const [first, second] = [scene.client(), scene.client()]
    await Promise.all([once(first, 'open'), once(second, 'open')])
    first.send('close me')
    second.close(code, reason)
    expect(await closing(first)).toEqual([code, reason])
    expect((await Promise.all(heard)).sort()).toEqual([
      [code, reason],
      [code, reason],
    ])
    expect(scene.counters.cut).toBe(0)
  })

  test('lives on while its process is being replaced', async () => {
    await using scene = await createUpgradeScene()
    await scene.backend(echo)
    const client = scene.client()
    await once(client, 'open')
    scene.upstream.restarting()
    client.send('still here')
    expect((await message(client)).data.toString()).toBe('still here')
  })

  test('leads to a backend on a socket', async () => {
    using temp = createTemp()
    await using scene = await createUpgradeScene()
    let host: string | undefined
    await scene.backend(
      (socket, request) => {
        host = request.headers.host
        echo(socket)
      },
      { path: join(temp.dir, 'b.sock') },
    )
    const client = scene.client()
    await once(client, 'open')
    client.send('over a path')
    expect((await message(client)).data.toString()).toBe('over a path')
    expect(host).toBe('localhost')
  })

  test('is as slow as its slower side, and nothing piles up in between', async () => {
    await using scene = await createUpgradeScene()
    const total = 64 * 1024 * 1024
    let flood: Socket | undefined
    await scene.rawBackend((socket) => {
      flood = socket
      socket.once('data', (head: Buffer) => {
        socket.write(switching(head))
        const frame = Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 0, 0, 0])
        frame.writeBigUInt64BE(BigInt(total), 2)
        socket.write(frame)
        const piece = Buffer.alloc(64 * 1024)
        let left = total
        const pump = (): void => {
          while (left > 0) {
            left -= piece.length
            if (!socket.write(piece)) return void socket.once('drain', pump)
          }
        }
        pump()
      })
    })
    const raw = scene.raw()
    raw.socket.pause()
    // it stands still at what the system keeps for both connections
    let last = -1
    let still = 0
    await until('it stands still', () => {
      const { bytesWritten = 0 } = flood ?? {}
      still = bytesWritten > 0 && bytesWritten === last ? still + 1 : 0
      last = bytesWritten
      return still > 30
    })
    expect(last - (flood?.writableLength ?? 0)).toBeLessThan(24 * 1024 * 1024)
    raw.socket.resume()
    await until('all of it has come', () => raw.length() >= total, 20_000)
    raw.socket.destroy()
  })
})
