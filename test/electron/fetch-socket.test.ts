import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { fetchOverSocket, isUnsent } from '../../src/electron/fetch-socket.ts'
import { until } from '../helpers/processes.ts'
import { createTemp, type Temp } from '../helpers/temp.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const newPath = (): string => {
  const temp: Temp = createTemp()
  cleanUps.push(() => temp[Symbol.dispose]())
  return join(temp.dir, 'a.sock')
}

interface Served {
  readonly socketPath: string
  readonly connections: Set<Socket>
}

const listening = async (server: Server | ReturnType<typeof createServer>): Promise<Served> => {
  const socketPath = newPath()
  const connections = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => connections.delete(socket))
  })
  server.listen(socketPath)
  await once(server, 'listening')
  cleanUps.push(async () => {
    server.close()
    for (const socket of connections) socket.destroy()
    await once(server, 'close')
  })
  return { socketPath, connections }
}
const serve = (listener: RequestListener): Promise<Served> => listening(createHttpServer(listener))
/** Answers with these bytes, and hangs up. */
const serveBytes = (bytes: string): Promise<Served> => listening(createServer((socket) => socket.once('data', () => socket.end(bytes))))

const ask = (path: string, init: RequestInit = {}): Request => new Request(`app://api${path}`, init)
const closed = ({ connections }: Served): Promise<void> => until('the connection is closed', () => connections.size === 0)

describe('a request over a socket', () => {
  it('has its method, path and query, and headers, but for those of a connection', async () => {
    let seen: unknown
    const { socketPath } = await serve(({ method, url, headers }, response) => {
      seen = { method, url, headers }
      response.end()
    })
    const headers = {
      'x-own': 'yes',
      cookie: 'a=1',
      host: 'evil.example',
      te: 'trailers',
      connection: 'x-mine',
      'x-mine': '1',
      upgrade: 'h2c',
    }
    await fetchOverSocket(ask('/a%20b?c=d&e', { method: 'DELETE', headers }), { socketPath })
    expect(seen).toEqual({
      method: 'DELETE',
      url: '/a%20b?c=d&e',
      headers: {
        'x-own': 'yes',
        cookie: 'a=1',
        host: 'localhost',
        connection: 'close',
        'accept-encoding': 'identity',
      },
    })
  })

  it('asks for the root where there is no path', async () => {
    const { socketPath } = await serve(({ url }, response) => response.end(url))
    const response = await fetchOverSocket(new Request('app://api?a=b'), { socketPath })
    expect(await response.text()).toBe('/?a=b')
  })

  it('has headers laid over its own, and never asks for a coding', async () => {
    const { socketPath } = await serve(({ headers }, response) => response.end(JSON.stringify(headers)))
    const request = ask('/', { headers: { origin: 'app://api', referer: 'app://api/', 'accept-encoding': 'gzip, br' } })
    const response = await fetchOverSocket(request, { socketPath, headers: { origin: 'http://localhost', referer: null } })
    expect(await response.json()).toEqual({
      origin: 'http://localhost',
      host: 'localhost',
      connection: 'close',
      'accept-encoding': 'identity',
    })
  })

  it('streams its body, no faster than it is taken', async () => {
    let pulled = 0
    const piece = new Uint8Array(64 * 1024)
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1
        if (pulled > 1000) controller.close()
        else controller.enqueue(piece)
      },
    })
    let goOn = (): void => {}
    let bytes = 0
    const { socketPath } = await serve((request, response) => {
      // not read until it is told to
      goOn = () =>
        request
          .on('data', (chunk: Buffer) => {
            bytes += chunk.length
          })
          .once('end', () => response.end('done'))
    })
    const answer = fetchOverSocket(ask('/', { method: 'POST', body, duplex: 'half' } as RequestInit), { socketPath })
    await until('it has stopped', async () => {
      const before = pulled
      await new Promise((resolve) => setTimeout(resolve, 50))
      return pulled > 0 && pulled === before
    })
    expect(pulled).toBeLessThan(100)
    goOn()
    expect(await (await answer).text()).toBe('done')
    expect(bytes).toBe(1000 * piece.length)
  })

  it('sends what was there when it was read, though its memory is used again', async () => {
    const memory = Buffer.alloc(4)
    let count = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          count += 1
          if (count > 200) return controller.close()
          memory.write(String(count).padStart(4, '0'))
          controller.enqueue(memory)
        },
      },
      { highWaterMark: 0 },
    )
    const { socketPath } = await serve((request, response) => request.pipe(response))
    const response = await fetchOverSocket(ask('/', { method: 'POST', body, duplex: 'half' } as RequestInit), { socketPath })
    const text = await response.text()
    expect(text).toBe(Array.from({ length: 200 }, (_, at) => String(at + 1).padStart(4, '0')).join(''))
  })

  it('whose body fails ends its connection, and is refused', async () => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error('no more of it')),
    })
    const served = await serve((request) => request.resume())
    await expect(fetchOverSocket(ask('/', { method: 'POST', body, duplex: 'half' } as RequestInit), served)).rejects.toThrow(
      'no more of it',
    )
    await closed(served)
  })

  it('whose body nobody wants to hear is answered all the same', async () => {
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1024)),
      cancel: () => {
        cancelled = true
      },
    })
    const served = await serve((_request, response) => response.writeHead(413, { connection: 'close' }).end('too long'))
    const response = await fetchOverSocket(ask('/', { method: 'POST', body, duplex: 'half' } as RequestInit), served)
    expect({ status: response.status, text: await response.text() }).toEqual({ status: 413, text: 'too long' })
    await until('the body is given up', () => cancelled)
    await closed(served)
  })
})

describe('an answer over a socket', () => {
  it('has status, headers and body; every cookie is one', async () => {
    const { socketPath } = await serve((_request, response) => {
      response.writeHead(418, 'Short And Stout', [
        ...['Set-Cookie', 'a=1; Path=/', 'Set-Cookie', 'b=2, with a comma', 'X-Own', 'yes', 'Keep-Alive', 'timeout=5'],
      ])
      response.end('tea')
    })
    const response = await fetchOverSocket(ask('/'), { socketPath })
    expect({ status: response.status, words: response.statusText }).toEqual({ status: 418, words: 'Short And Stout' })
    expect(response.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2, with a comma'])
    expect(response.headers.get('x-own')).toBe('yes')
    for (const name of ['keep-alive', 'connection', 'transfer-encoding']) expect(response.headers.has(name), name).toBe(false)
    expect(await response.text()).toBe('tea')
  })

  it.each([301, 302, 303, 307, 308])('passes the redirect %d on', async (status) => {
    const { socketPath } = await serve((_request, response) => response.writeHead(status, { location: '/elsewhere' }).end())
    const response = await fetchOverSocket(ask('/'), { socketPath })
    expect({ status: response.status, location: response.headers.get('location') }).toEqual({ status, location: '/elsewhere' })
  })

  it.each([
    ['GET', 204],
    ['GET', 304],
    ['HEAD', 200],
  ])('to %s with %d has no body, and leaves no connection', async (method, status) => {
    const served = await serve((_request, response) => response.writeHead(status, { etag: '"1"' }).end())
    const response = await fetchOverSocket(ask('/', { method }), served)
    expect({ status: response.status, body: response.body, etag: response.headers.get('etag') }).toEqual({
      status,
      body: null,
      etag: '"1"',
    })
    await closed(served)
  })

  it('comes piece by piece, as it is sent', async () => {
    let next = (): void => {}
    const { socketPath } = await serve((_request, response) => {
      let count = 0
      next = () => {
        count += 1
        response.write(`${count}\n`)
      }
      response.flushHeaders()
    })
    const response = await fetchOverSocket(ask('/'), { socketPath })
    const reader = response.body!.getReader()
    for (const expected of ['1\n', '2\n', '3\n']) {
      next()
      expect(Buffer.from((await reader.read()).value!).toString()).toBe(expected)
    }
    await reader.cancel()
  })

  it('holds the backend back while nobody reads', async () => {
    const total = 64 * 1024 * 1024
    let written = 0
    const { socketPath } = await serve((_request, response) => {
      const piece = Buffer.alloc(64 * 1024)
      const write = (): void => {
        while (written < total) {
          written += piece.length
          if (!response.write(piece)) return void response.once('drain', write)
        }
        response.end()
      }
      write()
    })
    const response = await fetchOverSocket(ask('/'), { socketPath })
    await until('it has stopped', async () => {
      const before = written
      await new Promise((resolve) => setTimeout(resolve, 50))
      return written === before
    })
    expect(written).toBeLessThan(8 * 1024 * 1024)
    let read = 0
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) read += piece.length
    expect(read).toBe(total)
  })

  it('that is cancelled ends the connection', async () => {
    const served = await serve((_request, response) => response.write('more to come'))
    const response = await fetchOverSocket(ask('/'), served)
    const reader = response.body!.getReader()
    await reader.read()
    await reader.cancel('enough')
    await closed(served)
  })
})

describe('a request that is aborted', () => {
  it('before it was sent is refused with the reason, and asks nobody', async () => {
    const served = await serve(() => expect.unreachable('it was asked'))
    const reason = new Error('changed my mind')
    await expect(fetchOverSocket(ask('/', { signal: AbortSignal.abort(reason) }), served)).rejects.toBe(reason)
  })

  it('while it waits for its answer ends the connection', async () => {
    let arrived = (): void => {}
    const asked = new Promise<void>((resolve) => (arrived = resolve))
    const served = await serve(() => arrived())
    const stop = new AbortController()
    const answer = fetchOverSocket(ask('/', { signal: stop.signal }), served)
    const refused = expect(answer).rejects.toThrow('enough')
    await asked
    stop.abort(new Error('enough'))
    await refused
    await closed(served)
  })

  it('in the middle of its answer ends the connection, and the stream with the reason', async () => {
    const served = await serve((_request, response) => response.write('more to come'))
    const stop = new AbortController()
    const response = await fetchOverSocket(ask('/', { signal: stop.signal }), served)
    const reader = response.body!.getReader()
    await reader.read()
    const next = expect(reader.read()).rejects.toThrow('enough')
    stop.abort(new Error('enough'))
    await next
    await closed(served)
  })
})

describe('a backend', () => {
  it('that is not there is an error that says so: nothing was sent', async () => {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(1)) })
    const request = ask('/', { method: 'POST', body, duplex: 'half' } as RequestInit)
    const error: unknown = await fetchOverSocket(request, { socketPath: newPath() }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'ENOENT' })
    expect({ unsent: isUnsent(error), used: request.bodyUsed }).toEqual({ unsent: true, used: false })
  })

  it('that hangs up without an answer is an error', async () => {
    const served = await serve((request) => request.socket.destroy())
    const error: unknown = await fetchOverSocket(ask('/'), served).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'ECONNRESET' })
    expect(isUnsent(error)).toBe(false)
  })

  it.each([
    ['that speaks no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['whose status means nothing', 'HTTP/1.1 999 What\r\ncontent-length: 0\r\n\r\n'],
    ['that changes the protocol', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'],
  ])('%s is an error', async (_what, bytes) => {
    const served = await serveBytes(bytes)
    await expect(fetchOverSocket(ask('/'), served)).rejects.toThrow()
    await closed(served)
  })

  it.each([
    ['of a known length', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'],
    ['in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('that breaks off an answer %s makes the stream fail', async (_what, bytes) => {
    const response = await fetchOverSocket(ask('/'), await serveBytes(bytes))
    await expect(response.text()).rejects.toThrow('broken off')
  })

  it('that is killed in the middle of a stream makes the stream fail, after what it has said', async () => {
    const socketPath = newPath()
    const source = `require('node:http').createServer((_, response) => response.write('half')).listen(${JSON.stringify(socketPath)}, () => console.log('up'))`
    const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    cleanUps.push(() => child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    const response = await fetchOverSocket(ask('/'), { socketPath })
    const reader = response.body!.getReader()
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('half')
    child.kill('SIGKILL')
    await expect(reader.read()).rejects.toThrow('broken off')
    await exited
  })

  it('that ends an answer without a length by hanging up has ended it, unless somebody knows better', async () => {
    const bytes = 'HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\nall'
    expect(await (await fetchOverSocket(ask('/'), await serveBytes(bytes))).text()).toBe('all')
    const whole = await fetchOverSocket(ask('/'), { ...(await serveBytes(bytes)), isWhole: async () => true })
    expect(await whole.text()).toBe('all')
    const cut = await fetchOverSocket(ask('/'), { ...(await serveBytes(bytes)), isWhole: async () => false })
    await expect(cut.text()).rejects.toThrow('broken off')
  })
})
