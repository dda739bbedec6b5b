import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { until } from '../helpers/processes.ts'
import { createUpgradeScene, message, upgradeText } from './upgrade-scene.ts'

/** What a backend writes to a request for an upgrade, whatever it is, before it ends the connection (or does not). */
const says =
  (text: string, then: 'end' | 'reset' | 'stay' = 'end') =>
  (socket: Socket): void => {
    socket.once('data', () => {
      if (then === 'end') socket.end(text)
      else socket.write(text, () => then === 'reset' && socket.resetAndDestroy())
    })
  }

const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4)
const statusOf = (text: string): number => Number(text.slice(9, 12))

describe('an upgrade that the backend refuses', () => {
  test('is answered with its status, headers and body', async () => {
    await using scene = await createUpgradeScene()
    await scene.rawBackend(
      says('HTTP/1.1 401 Not You\r\nWWW-Authenticate: Basic realm="x"\r\nX-Why: because\r\nContent-Length: 5\r\n\r\nnever'),
    )
    const client = scene.client()
    const [, response] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage]
    expect(response).toMatchObject({ statusCode: 401, statusMessage: 'Not You' })
    expect(response.headers).toMatchObject({ 'www-authenticate': 'Basic realm="x"', 'x-why': 'because', connection: 'close' })
    expect(Buffer.concat(await response.toArray()).toString()).toBe('never')
    expect(scene.counters).toMatchObject({ upgrades: 1, cut: 0, refused: 0 })
  })

  test('is sent elsewhere, on the door', async () => {
    await using scene = await createUpgradeScene()
    await scene.rawBackend((socket) => {
      socket.once('data', () => {
        socket.end(`HTTP/1.1 302 Found\r\nLocation: ${scene.upstream.url}/login\r\nContent-Length: 0\r\n\r\n`)
      })
    })
    const text = await scene.raw().ended()
    expect(text).toMatch(/^HTTP\/1\.1 302 Found\r\n/)
    expect(text).toContain('Location: /login\r\n')
  })

  test('is not answered whole where its process dies with its last connection', async () => {
    await using scene = await createUpgradeScene()
    await scene.rawBackend((socket) => {
      socket.once('data', () => {
        socket.end('HTTP/1.1 403 No\r\n\r\nabc')
        setTimeout(() => scene.upstream.crashed(), 5)
      })
    })
    const raw = scene.raw()
    await raw.ended()
    expect(raw.ending()).toBe('reset')
    await until('it is counted', () => scene.counters.cut === 1)
  })

  test.each([
    ['of a known length', 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef', 'abcdef'],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n', '6\r\nabcdef\r\n0\r\n\r\n'],
    ['until its end', 'HTTP/1.1 403 No\r\n\r\nabcdef', '6\r\nabcdef\r\n0\r\n\r\n'],
    ['without a body', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
    ['after an early hint', 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno', 'no'],
  ])('is answered whole: a body %s', async (_what, answer, body) => {
    await using scene = await createUpgradeScene()
    await scene.rawBackend(says(answer))
    const raw = scene.raw()
    const text = bodyOf(await raw.ended())
    // a chunk may come in two
    expect(text.replace('3\r\nabc\r\n3\r\ndef', '6\r\nabcdef')).toBe(body)
    expect(raw.ending()).toBe('end')
  })

  test('is answered with 8 MiB, as fast as they are read', async () => {
    await using scene = await createUpgradeScene()
    const size = 8 * 1024 * 1024
    await scene.rawBackend(says(`HTTP/1.1 500 Oops\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`))
    expect(bodyOf(await scene.raw().ended()).length).toBe(size)
  })

  test.each(['end', 'reset'] as const)('has no end where the backend dies in the middle of its answer (%s)', async (how) => {
    await using scene = await createUpgradeScene()
    await scene.rawBackend(says('HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', how))
    expect(bodyOf(await scene.raw().ended())).toBe('3\r\nabc\r\n')
    expect(scene.counters.cut).toBe(1)
  })

  test.each([
    ['what is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['101 without a switch', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['101 to something else', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx'],
  ])('is 502 where the backend answers %s', async (_what, answer) => {
    await using scene = await createUpgradeScene()
    await scene.rawBackend(says(answer, 'stay'))
    const text = await scene.raw().ended()
    expect(statusOf(text)).toBe(502)
    expect(JSON.parse(bodyOf(text))).toMatchObject({ status: 502, reason: 'backend-answer-invalid' })
  })
})

describe('an upgrade that the door refuses', () => {
  test('has an answer, and the backend hears nothing of it', async () => {
    await using scene = await createUpgradeScene()
    let connections = 0
    await scene.rawBackend(() => {
      connections += 1
    })
    const client = scene.client('/', [], { origin: 'http://evil.test' })
    const [, response] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage]
    expect(response).toMatchObject({ statusCode: 403 })
    expect(response.headers).toMatchObject({ 'content-type': 'application/problem+json', connection: 'close', 'cache-control': 'no-store' })
    const body = Buffer.concat(await response.toArray())
    expect(response.headers['content-length']).toBe(String(body.length))
    expect(JSON.parse(body.toString())).toMatchObject({ status: 403 })
    expect(connections).toBe(0)
    expect(scene.counters).toMatchObject({ upgrades: 0, refused: 1 })
  })

  test('is read to its end, so that the answer arrives', async () => {
    await using scene = await createUpgradeScene()
    const raw = scene.raw(upgradeText(scene.port, '/', 'Origin: http://evil.test\r\n') + 'x'.repeat(32 * 1024 * 1024))
    expect(statusOf(await raw.ended())).toBe(403)
    expect(raw.ending()).toBe('end')
    await until('all that it said was taken', () => raw.socket.writableFinished)
  })

  test.each(['Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n'])('has announced a body (%s)', async (header) => {
    await using scene = await createUpgradeScene()
    await scene.backend(() => {})
    const text = await scene.raw(`${upgradeText(scene.port, '/', header)}5\r\nhello`).ended()
    expect(statusOf(text)).toBe(400)
    expect(JSON.parse(bodyOf(text))).toMatchObject({ reason: 'body-with-upgrade' })
  })
})

describe('a ticket', () => {
  const secret = 's'.repeat(43)
  const ticketOf = (scene: Awaited<ReturnType<typeof createUpgradeScene>>): string => {
    const request = { method: 'POST', url: '/_supervise/ticket', rawHeaders: ['Host', `127.0.0.1:${scene.port}`, 'X-Jarvis-Token', secret] }
    return scene.keeper.issueTicket(request, null)?.ticket ?? ''
  }

  test('as the only subprotocol is not passed on, and is named as the one that was selected', async () => {
    await using scene = await createUpgradeScene({ secret })
    let offered: string | undefined = 'nothing yet'
    await scene.backend((socket, { headers }) => {
      offered = headers['sec-websocket-protocol']
      socket.send('welcome')
    })
    const protocol = `ticket.${ticketOf(scene)}`
    const client = scene.client('/', [protocol])
    const { data } = await message(client)
    expect(data.toString()).toBe('welcome')
    expect(client.protocol).toBe(protocol)
    expect(offered).toBeUndefined()
  })

  test('beside another subprotocol leaves the choice to the backend', async () => {
    await using scene = await createUpgradeScene({ secret })
    let offered: string | undefined
    await scene.backend((_socket, { headers }) => {
      offered = headers['sec-websocket-protocol']
    })
    const client = scene.client('/', ['jarvis.v1', `ticket.${ticketOf(scene)}`])
    await once(client, 'open')
    expect(client.protocol).toBe('jarvis.v1')
    expect(offered).toBe('jarvis.v1')
  })

  test('beside another subprotocol is not named where the backend picks none', async () => {
    await using scene = await createUpgradeScene({ secret })
    await scene.backend(() => {}, { choose: () => false })
    const raw = scene.raw(upgradeText(scene.port, '/', `Sec-WebSocket-Protocol: jarvis.v1, ticket.${ticketOf(scene)}\r\n`))
    await until('it is open', () => raw.text().endsWith('\r\n\r\n'))
    expect(raw.text()).toMatch(/^HTTP\/1\.1 101 /)
    expect(raw.text()).not.toMatch(/sec-websocket-protocol/i)
    raw.socket.destroy()
  })

  test('in the query is not passed on, and lets in once', async () => {
    await using scene = await createUpgradeScene({ secret })
    const urls: (string | undefined)[] = []
    await scene.backend((_socket, { url }) => {
      urls.push(url)
    })
    const path = `/chat?a=1&ticket=${ticketOf(scene)}&b=2`
    const clients = Array.from({ length: 20 }, () => scene.client(path))
    const results = await Promise.all(
      clients.map((client) =>
        Promise.race([once(client, 'open').then(() => 101), once(client, 'unexpected-response').then(([, { statusCode }]) => statusCode)]),
      ),
    )
    expect(results.sort()).toEqual([101, ...Array.from({ length: 19 }, () => 401)])
    expect(urls).toEqual(['/chat?a=1&b=2'])
  })
})

describe('an upgrade to something else than a WebSocket', () => {
  const h2c = (scene: { port: number }, line: string, more = ''): string =>
    `${line} HTTP/1.1\r\nHost: 127.0.0.1:${scene.port}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n${more}\r\n`

  test.each([
    ['GET /page', '', ''],
    ['POST /form', 'Content-Length: 5\r\n', 'hello'],
    ['POST /form', 'Transfer-Encoding: chunked\r\n', '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'],
  ])('is a plain request: %s %s', async (line, headers, body) => {
    await using scene = await createUpgradeScene()
    const raw = scene.raw(h2c(scene, line, headers) + body)
    const text = await raw.ended()
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(text).toMatch(/Connection: close\r\n/i)
    expect(text).toMatch(/plain/)
    const [plain] = scene.plain
    expect(plain?.request).toMatchObject({ method: line.split(' ')[0], url: line.split(' ')[1] })
    expect(plain?.request.headers.host).toBe(`127.0.0.1:${scene.port}`)
    expect(plain?.body).toBe(body === '' ? '' : 'hello')
    expect(scene.counters.upgrades).toBe(0)
  })

  test('is a plain request, as is a POST for a WebSocket', async () => {
    await using scene = await createUpgradeScene()
    const raw = scene.raw(upgradeText(scene.port).replace('GET', 'POST').replace('\r\n\r\n', '\r\nContent-Length: 2\r\n\r\nhi'))
    expect(await raw.ended()).toContain('plain')
    expect(scene.plain[0]).toMatchObject({ body: 'hi' })
  })

  test('whose body comes slowly is closed with the door', async () => {
    await using scene = await createUpgradeScene()
    const raw = scene.raw(h2c(scene, 'POST /form', 'Content-Length: 500\r\n'))
    await once(raw.socket, 'connect')
  })
})
