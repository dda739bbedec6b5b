import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createDoorScene } from '../gateway/door-scene.ts'
import { until } from '../helpers/processes.ts'

const hostLine = (port: number): string => `Host: 127.0.0.1:${port}\r\n`

/** Everything that a backend has seen, as JSON. */
const mirror: Parameters<Awaited<ReturnType<typeof createDoorScene>>['http']>[0] = (request, response) => {
  let body = ''
  request.setEncoding('latin1')
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body })))
}

describe('a request', () => {
  it('reaches the backend as it is, and the answer the client', async () => {
    await using scene = await createDoorScene()
    scene.upstream.ready(
      await scene.http((request, response) => {
        response.setHeader('x-two', ['1', '2'])
        response.setHeader('set-cookie', ['a=1', 'b=2'])
        mirror(request, response)
      }),
    )
    const answer = await scene.ask('/a//b?c=%2F&c', { method: 'PATCH', headers: { 'x-mine': 'yes' }, body: 'hello' })
    expect(answer).toMatchObject({ status: 200, isWhole: true, headers: { 'set-cookie': ['a=1', 'b=2'], 'x-two': '1, 2' } })
    expect(JSON.parse(answer.body)).toMatchObject({
      method: 'PATCH',
      url: '/a//b?c=%2F&c',
      body: 'hello',
      headers: { 'x-mine': 'yes', 'content-length': '5' },
    })
  })

  it('waits for a backend that is starting', async () => {
    await using scene = await createDoorScene()
    const server = await scene.http(mirror)
    const answers = [
      scene.ask('/'),
      scene.ask('/', { method: 'POST', body: 'small' }),
      scene.ask('/', { method: 'PUT', body: 'x'.repeat(200_000) }),
    ]
    await until('they wait', () => scene.door.counters.waiting === 3)
    scene.upstream.ready(server)
    expect((await Promise.all(answers)).map(({ status, body }) => [status, JSON.parse(body).body.length])).toEqual([
      [200, 0],
      [200, 5],
      [200, 200_000],
    ])
    expect(scene.door.counters).toMatchObject({ requests: 3, held: 3, waiting: 0, active: 0 })
  })

  it('goes over a Unix socket as well', async () => {
    await using scene = await createDoorScene()
    const folder = mkdtempSync(join(tmpdir(), 'door-'))
    scene.atEnd(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'backend.sock')
    await scene.http(mirror, path)
    scene.upstream.ready(path)
    const answer = await scene.ask('/x', { method: 'POST', body: 'hello' })
    expect(JSON.parse(answer.body)).toMatchObject({ url: '/x', body: 'hello', headers: { host: 'localhost' } })
  })

  it.each(['GET', 'DELETE', 'OPTIONS', 'POST'])('%s with a body in chunks is framed as such', async (method) => {
    await using scene = await createDoorScene()
    let seen = ''
    const server = await scene.tcp((socket) =>
      socket.on('data', (chunk) => {
        seen += chunk.toString('latin1')
        if (seen.endsWith('0\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      }),
    )
    scene.upstream.ready(server)
    const inner = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n'
    const client = scene.dial(
      `${method} /x HTTP/1.1\r\n${hostLine(scene.port)}Transfer-Encoding: chunked\r\n\r\n${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`,
    )
    await client.has('ok')
    expect(seen.toLowerCase()).toContain('\r\ntransfer-encoding: chunked\r\n')
    expect(seen.toLowerCase()).not.toContain('content-length')
    expect(seen).toContain(`\r\n\r\n${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`)
    client.socket.destroy()
  })

  it.each([
    ['two lengths', 'Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd', 400],
    ['a length and chunks', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['a coding that ends in no chunks', 'Transfer-Encoding: chunked, gzip\r\n\r\n', 400],
    ['a coding besides chunks', 'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 501],
    ['chunks twice', 'Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n', 400],
    ['chunks twice, in two headers', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['a folded header', 'X-A: b\r\n c\r\n\r\n', 400],
    ['a space before the colon', 'X-A : b\r\n\r\n', 400],
    ['a length that is no number', 'Content-Length: 1e1\r\n\r\n', 400],
    ['a length with a sign', 'Content-Length: +1\r\n\r\na', 400],
    ['an expectation nobody knows', 'Expect: tea\r\n\r\n', 417],
    ['headers of more than 32 KiB', `X-A: ${'a'.repeat(33 * 1024)}\r\n\r\n`, 431],
  ])('with %s is refused, and does not reach the backend', async (_what, rest, status) => {
    await using scene = await createDoorScene()
    let reached = 0
    scene.upstream.ready(await scene.tcp(() => (reached += 1)))
    const client = scene.dial(`POST / HTTP/1.1\r\n${hostLine(scene.port)}${rest}`)
    await client.has(`HTTP/1.1 ${status} `)
    await client.has('"type":"urn:jarvis-supervise:')
    expect(client.text()).toContain('application/problem+json')
    expect(reached).toBe(0)
    client.socket.destroy()
  })

  it.each([
    ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\n'],
    ['TRACE', 'TRACE / HTTP/1.1\r\n'],
  ])('%s is refused', async (_method, line) => {
    await using scene = await createDoorScene()
    scene.upstream.ready(await scene.http(mirror))
    const client = scene.dial(`${line}${hostLine(scene.port)}\r\n`)
    await client.has('HTTP/1.1 405 ')
    expect(client.text().toLowerCase()).toContain('\r\nallow: get')
    client.socket.destroy()
  })

  it('whose chunks turn out to be none is 400, and the backend does not take it for a whole one', async () => {
    await using scene = await createDoorScene()
    let seen = ''
    let isClosed = false
    scene.upstream.ready(
      await scene.tcp((socket) => {
        socket.on('data', (chunk) => {
          seen += chunk.toString('latin1')
        })
        socket.on('close', () => {
          isClosed = true
        })
      }),
    )
    const client = scene.dial(`POST / HTTP/1.1\r\n${hostLine(scene.port)}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`)
    await until('the first is there', () => seen.includes('hello'))
    client.socket.write('zz\r\n')
    expect(await client.ended()).toBe('end')
    expect(client.text()).toMatch(/^HTTP\/1\.1 400 /)
    await until('the backend is told', () => isClosed)
    expect(seen).not.toContain('0\r\n\r\n')
    expect(scene.door.counters).toMatchObject({ active: 0, refused: 1 })
  })

  it('that is garbage is answered with 400 and the connection closed', async () => {
    await using scene = await createDoorScene()
    const client = scene.dial('\x16\x03\x01 no HTTP\r\n\r\n')
    expect(await client.ended()).toBe('end')
    expect(client.text()).toMatch(/^HTTP\/1\.1 400 /)
  })
})

describe('an answer', () => {
  it.each([204, 304])('%i has no body, whatever its headers say', async (status) => {
    await using scene = await createDoorScene()
    await scene.saying(`HTTP/1.1 ${status} Fine\r\nContent-Length: 5\r\nETag: "x"\r\n\r\n`)
    const client = scene.dial(`GET / HTTP/1.1\r\n${hostLine(scene.port)}Connection: close\r\n\r\n`)
    expect(await client.ended()).toBe('end')
    expect(client.text()).toMatch(new RegExp(`^HTTP/1.1 ${status} Fine\r\n`))
    expect(client.text().endsWith('\r\n\r\n')).toBe(true)
    expect(scene.door.counters).toMatchObject({ active: 0, cut: 0 })
  })

  it('to HEAD has the headers alone', async () => {
    await using scene = await createDoorScene()
    scene.upstream.ready(await scene.http((_request, response) => response.writeHead(200, { 'content-length': 1000 }).end()))
    const client = scene.dial(`HEAD / HTTP/1.1\r\n${hostLine(scene.port)}Connection: close\r\n\r\n`)
    expect(await client.ended()).toBe('end')
    expect(client.text()).toContain('content-length: 1000\r\n')
    expect(client.text().endsWith('\r\n\r\n')).toBe(true)
  })

  it('has its trailers', async () => {
    await using scene = await createDoorScene()
    await scene.saying('HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 42\r\n\r\n')
    expect(await scene.ask('/')).toMatchObject({ body: 'hi', trailers: { 'x-sum': '42' }, headers: { trailer: 'X-Sum' }, isWhole: true })
  })

  it('comes after its early hints', async () => {
    await using scene = await createDoorScene()
    await scene.saying(
      'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload; as=style\r\nX-A: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi',
    )
    const client = scene.dial(`GET / HTTP/1.1\r\n${hostLine(scene.port)}Connection: close\r\n\r\n`)
    expect(await client.ended()).toBe('end')
    expect(client.text()).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload; as=style\r\nX-A: b\r\n\r\nHTTP\/1\.1 200 OK\r\n/,
    )
    expect(client.text()).toMatch(/\r\n\r\nhi$/)
  })

  it('is written chunk by chunk, its headers at once', async () => {
    await using scene = await createDoorScene()
    let write: (text: string) => void = () => {}
    scene.upstream.ready(
      await scene.http((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/x-ndjson' }).flushHeaders()
        write = (text) => response.write(text)
      }),
    )
    const client = scene.dial(`GET / HTTP/1.1\r\n${hostLine(scene.port)}\r\n`)
    await client.has('\r\n\r\n')
    for (const line of ['{"a":1}\n', '{"a":2}\n', '{"a":3}\n']) {
      write(line)
      await client.has(line)
    }
    client.socket.destroy()
    await until('the backend is left', () => scene.door.counters.active === 0)
  })

  it.each([
    ['text/event-stream', true],
    ['Text/Event-Stream; charset=utf-8', true],
    ['text/plain', false],
  ])('of type %s, while it goes on, is not waited for when its process is replaced: %s', async (type, isStream) => {
    await using scene = await createDoorScene()
    let finish = (): void => {}
    scene.upstream.ready(
      await scene.http((_request, response) => {
        response.writeHead(200, { 'content-type': type }).write('data: 1\n\n')
        finish = () => response.end()
      }),
    )
    const client = scene.dial(`GET / HTTP/1.1\r\n${hostLine(scene.port)}\r\n`)
    await client.has('data: 1')
    let isDrained = false
    scene.upstream.restarting()
    const drained = scene.upstream.drain(1001).then(() => {
      isDrained = true
    })
    if (!isStream) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(isDrained).toBe(false)
      finish()
    }
    const startedAt = performance.now()
    await drained
    expect(performance.now() - startedAt).toBeLessThan(1000)
    expect(scene.door.counters.active).toBe(isStream ? 1 : 0)
    client.socket.destroy()
  })

  it('of many to pipelined requests come in their order', async () => {
    await using scene = await createDoorScene()
    const waiting: (() => void)[] = []
    scene.upstream.ready(
      await scene.http((request, response) => {
        if (request.url === '/0') waiting.push(() => response.end('answer 0;'))
        else response.end(`answer ${request.url?.slice(1)};`)
      }),
    )
    const client = scene.dial(Array.from({ length: 12 }, (_, n) => `GET /${n} HTTP/1.1\r\n${hostLine(scene.port)}\r\n`).join(''))
    await until('the first has come', () => waiting.length === 1)
    await until('the others are answered', () => scene.door.counters.active === 1)
    expect(client.text()).toBe('')
    waiting[0]?.()
    await client.has('answer 11;')
    expect(client.text().match(/answer \d+/g)).toEqual(Array.from({ length: 12 }, (_, n) => `answer ${n}`))
    client.socket.destroy()
  })
})
