import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createDoorScene, type DoorScene } from '../gateway/door-scene.ts'
import { until } from '../helpers/processes.ts'

const MiB = 1024 * 1024

/** Answers as soon as the headers are there, and closes with most of the body unread. */
const refusing = async (scene: DoorScene, path?: string): Promise<void> => {
  const server = await scene.tcp((socket) => {
    socket.once('data', () => {
      socket.pause()
      socket.write('HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 9\r\n\r\ntoo large', () => socket.destroy())
    })
  }, path)
  scene.upstream.ready(server)
}

/** Uploads as fast as it can, and reads what it is answered. */
const upload = (port: number, bytes: number, framing: 'length' | 'chunks', more = ''): Promise<{ text: string; sent: number }> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    let sent = 0
    let isOver = false
    const piece = Buffer.alloc(64 * 1024, 'x')
    const chunk = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
    const write = (): void => {
      while (!isOver && sent < bytes) {
        sent += piece.length
        if (!socket.write(framing === 'length' ? piece : chunk)) return void socket.once('drain', write)
      }
      if (!isOver && framing === 'chunks') socket.write('0\r\n\r\n')
    }
    socket.setEncoding('latin1')
    socket.on('data', (data: string) => {
      text += data
    })
    socket.on('end', () => {
      isOver = true
      socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      isOver = true
      resolve({ text, sent })
    })
    const frame = framing === 'length' ? `Content-Length: ${bytes}` : 'Transfer-Encoding: chunked'
    socket.write(`POST /upload HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${frame}\r\n${more}\r\n`, write)
  })

describe('an answer that comes before the body has', () => {
  it.each(['length', 'chunks'] as const)('reaches the client each of 200 times, with a body of 8 MiB framed by its %s', async (framing) => {
    await using scene = await createDoorScene()
    await refusing(scene)
    const odd: string[] = []
    for (let round = 0; round < 40; round += 1) {
      const all = await Promise.all(Array.from({ length: 5 }, () => upload(scene.port, 8 * MiB, framing)))
      odd.push(...all.filter(({ text }) => !/^HTTP\/1\.1 413 Too Large\r\n.*\r\n\r\ntoo large$/s.test(text)).map(({ text }) => text))
    }
    expect(odd).toEqual([])
    expect(scene.door.counters).toMatchObject({ requests: 200, lost: 0, cut: 0, active: 0 })
  })

  it('reaches the client from a backend on a Unix socket', async () => {
    await using scene = await createDoorScene()
    const folder = mkdtempSync(join(tmpdir(), 'door-'))
    scene.atEnd(() => rmSync(folder, { recursive: true }))
    await refusing(scene, join(folder, 'backend.sock'))
    for (let round = 0; round < 10; round += 1) {
      for (const { text } of await Promise.all(Array.from({ length: 5 }, () => upload(scene.port, 8 * MiB, 'length')))) {
        expect(text).toMatch(/^HTTP\/1\.1 413 Too Large\r\n.*\r\n\r\ntoo large$/s)
      }
    }
  })

  it('is there at once, and the rest of the upload is thrown away for five seconds at most', async () => {
    await using scene = await createDoorScene()
    await refusing(scene)
    const client = scene.dial(`POST /upload HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\nContent-Length: ${1000 * MiB}\r\n\r\n`)
    // it goes on sending, whatever it is told
    client.socket.removeAllListeners('end')
    const closed = new Promise((resolve) => client.socket.on('close', resolve))
    const startedAt = performance.now()
    const drip = setInterval(() => client.socket.write('x'.repeat(1000)), 50)
    client.socket.on('close', () => clearInterval(drip))
    await client.has('too large')
    expect(performance.now() - startedAt).toBeLessThan(1000)
    expect(client.text()).toContain('\r\nConnection: close\r\n')
    await closed
    expect(performance.now() - startedAt).toBeGreaterThan(4000)
    expect(performance.now() - startedAt).toBeLessThan(8000)
  })

  it('ends a client that says nothing more after a second', async () => {
    await using scene = await createDoorScene()
    await refusing(scene)
    const client = scene.dial(`POST /upload HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\nContent-Length: ${MiB}\r\n\r\nsome`)
    client.socket.removeAllListeners('end')
    await once(client.socket, 'end')
    expect(client.text()).toContain('413 Too Large')
    // that nobody is there any more is told only to who sends something
    await new Promise((resolve) => setTimeout(resolve, 2000))
    await until(
      'it is told',
      () => {
        client.socket.write('more')
        return client.socket.destroyed
      },
      1000,
    )
  })

  it('may go on while the upload does', async () => {
    await using scene = await createDoorScene()
    scene.upstream.ready(
      await scene.http((asked, response) => {
        response.writeHead(200).flushHeaders()
        asked.on('data', (chunk: Buffer) => response.write(chunk.toString().toUpperCase()))
        asked.on('end', () => response.end('.'))
      }),
    )
    const client = scene.dial(`POST / HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\nTransfer-Encoding: chunked\r\n\r\n`)
    for (const word of ['one', 'two', 'six']) {
      client.socket.write(`3\r\n${word}\r\n`)
      await client.has(word.toUpperCase())
    }
    client.socket.write('0\r\n\r\n')
    expect(await client.ended()).toBe('end')
    expect(client.text()).toMatch(/1\r\n\.\r\n0\r\n\r\n$/)
  })
})

describe('a body', () => {
  const counting = async (scene: DoorScene): Promise<{ server: Server; bytes: () => number; asked: () => number }> => {
    let bytes = 0
    let asked = 0
    const server = await scene.http((incoming, response) => {
      asked += 1
      let own = 0
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        own += chunk.length
      })
      incoming.on('end', () => response.end(String(own)))
    })
    return { server, bytes: () => bytes, asked: () => asked }
  }

  it.each([
    ['with a length', 'length'],
    ['in chunks', 'chunks'],
  ] as const)('that is larger than it may be, %s, is 413', async (_how, framing) => {
    await using scene = await createDoorScene({ maxBodyBytes: 2 * MiB })
    const { server, bytes, asked } = await counting(scene)
    scene.upstream.ready(server)
    const { text } = await upload(scene.port, 8 * MiB, framing, 'Connection: close\r\n')
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
    expect(text).toContain('"reason":"body-too-large"')
    expect(bytes()).toBeLessThanOrEqual(2 * MiB)
    if (framing === 'length') expect(asked()).toBe(0)
    await until('nobody is being answered', () => scene.door.counters.active === 0)
  })

  it('that is as large as it may be passes', async () => {
    await using scene = await createDoorScene({ maxBodyBytes: 2 * MiB })
    const { server } = await counting(scene)
    scene.upstream.ready(server)
    expect(await scene.ask('/', { method: 'POST', body: Buffer.alloc(2 * MiB) })).toMatchObject({ status: 200, body: String(2 * MiB) })
  })

  it('that comes slowly does not take a place at the backend before it is there, if it is small', async () => {
    await using scene = await createDoorScene()
    const { server, asked } = await counting(scene)
    scene.upstream.ready(server)
    const client = scene.dial(`POST / HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\nContent-Length: 4\r\n\r\nab`)
    await until('it is let in', () => scene.door.counters.requests === 1)
    expect(asked()).toBe(0)
    client.socket.write('cd')
    await client.has('\r\n\r\n4')
    client.socket.destroy()
  })

  it('of a client that waits is kept within the room for bodies', async () => {
    await using scene = await createDoorScene({ hold: { maxBytes: 300_000 } })
    const asked = [scene.ask('/', { method: 'POST', body: Buffer.alloc(200_000) })]
    await until('it waits', () => scene.door.counters.waiting === 1)
    expect(await scene.ask('/', { method: 'POST', body: Buffer.alloc(200_000) })).toMatchObject({ status: 503 })
    asked.push(scene.ask('/', { method: 'POST', body: Buffer.alloc(90_000) }))
    await until('it waits as well', () => scene.door.counters.waiting === 2)
    const { server } = await counting(scene)
    scene.upstream.ready(server)
    expect((await Promise.all(asked)).map(({ body }) => body)).toEqual(['200000', '90000'])
  })

  it('is not read on while the backend does not take it', async () => {
    await using scene = await createDoorScene()
    let backend: Socket | undefined
    const server = await scene.tcp((socket) => {
      backend = socket
      socket.once('data', () => socket.pause())
    })
    scene.upstream.ready(server)
    const client = scene.dial(`POST / HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\nContent-Length: ${256 * MiB}\r\n\r\n`)
    let sent = 0
    const piece = Buffer.alloc(64 * 1024)
    const write = (): void => {
      while (sent < 256 * MiB) {
        sent += piece.length
        if (!client.socket.write(piece)) return void client.socket.once('drain', write)
      }
    }
    write()
    let last = -1
    await until('nothing moves any more', async () => {
      const before = last
      last = sent
      await new Promise((resolve) => setTimeout(resolve, 200))
      return before === sent
    })
    expect(sent).toBeLessThan(24 * MiB)
    backend?.resume()
    await until('it goes on', () => sent > 100 * MiB)
    client.socket.destroy()
  })
})

describe('Expect: 100-continue', () => {
  const head = (port: number, length: number): string =>
    `POST /x HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`

  it.each([4, 100_000])('is answered when somebody takes the body, of %i bytes', async (length) => {
    await using scene = await createDoorScene()
    const client = scene.dial(head(scene.port, length))
    await until('it waits', () => scene.door.counters.waiting === 1)
    expect(client.text()).toBe('')
    let seen: string | undefined
    scene.upstream.ready(
      await scene.http((asked, response) => {
        seen = asked.headers.expect
        let bytes = 0
        asked.on('data', (chunk: Buffer) => {
          bytes += chunk.length
        })
        asked.on('end', () => response.end(`got ${bytes}`))
      }),
    )
    await client.has('HTTP/1.1 100 Continue\r\n\r\n')
    client.socket.write('x'.repeat(length))
    await client.has(`got ${length}`)
    expect(seen).toBeUndefined()
    client.socket.destroy()
  })

  it('gets the last word at once where nobody will take it', async () => {
    await using scene = await createDoorScene()
    scene.upstream.gaveUp()
    const client = scene.dial(head(scene.port, 100_000))
    expect(await client.ended()).toBe('end')
    expect(client.text()).toMatch(/^HTTP\/1\.1 503 /)
    expect(client.text().toLowerCase()).toContain('\r\nconnection: close\r\n')
  })

  it('is not asked for by who is refused', async () => {
    await using scene = await createDoorScene({ maxBodyBytes: 1000 })
    const { server } = { server: await scene.http((_asked, response) => response.end()) }
    scene.upstream.ready(server)
    const client = scene.dial(head(scene.port, 100_000))
    expect(await client.ended()).toBe('end')
    expect(client.text()).toMatch(/^HTTP\/1\.1 413 /)
  })
})

describe('a client that reads slowly', () => {
  it('of 256 MiB has the backend wait, and takes no memory', async () => {
    await using scene = await createDoorScene()
    const total = 256 * MiB
    let sent = 0
    scene.upstream.ready(
      await scene.http((_asked, response) => {
        response.writeHead(200, { 'content-length': total })
        // one piece for all: it is the memory of the door that is looked at
        const piece = Buffer.alloc(64 * 1024, 'x')
        const write = (): void => {
          while (sent < total) {
            sent += piece.length
            if (!response.write(piece)) return void response.once('drain', write)
          }
          response.end()
        }
        write()
      }),
    )
    const asking = request({ host: '127.0.0.1', port: scene.port, agent: false })
    asking.end()
    const [response] = await once(asking, 'response')
    let last = -1
    await until('nothing moves any more', async () => {
      const before = last
      last = sent
      await new Promise((resolve) => setTimeout(resolve, 200))
      return before === sent
    })
    expect(sent).toBeLessThan(24 * MiB)
    const startedAt = process.memoryUsage().rss
    let most = 0
    let got = 0
    response.on('data', (chunk: Buffer) => {
      got += chunk.length
      most = Math.max(most, process.memoryUsage.rss() - startedAt)
    })
    await once(response, 'end')
    expect(got).toBe(total)
    expect(most).toBeLessThan(64 * MiB)
  })
})
