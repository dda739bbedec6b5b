import { once } from 'node:events'
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { GatewayOptions } from '../../src/config/gateway.ts'
import type { SupervisorEvents } from '../../src/supervisor/events.ts'
import { holdings, surplus, until } from '../helpers/processes.ts'
import { createScene } from '../helpers/supervised.ts'
import { Upstream } from '../helpers/upstream.ts'

const built: typeof import('../../src/gateway.ts') = await import(pathToFileURL(resolve('dist/gateway.mjs')).href)

interface House extends AsyncDisposable {
  readonly port: number
  readonly token: string
  readonly tokenFile: string
  /** What has reached the backend: method, target and header lines. */
  readonly reached: { readonly what: string; readonly headers: readonly string[] }[]
}

/** A door with a backend behind it that counts. */
const openHouse = async (options: Partial<GatewayOptions> = {}): Promise<House> => {
  const before = holdings()
  const reached: { what: string; headers: string[] }[] = []
  const backend = createServer((request, response) => {
    reached.push({ what: `${request.method} ${request.url}`, headers: request.rawHeaders })
    request.on('error', () => {}).resume()
    request.on('end', () => response.end('from the backend'))
  })
  backend.on('upgrade', (request, socket) => {
    reached.push({ what: `upgrade ${request.url}`, headers: request.rawHeaders })
    socket.on('error', () => {})
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  })
  await once(backend.listen(0, '127.0.0.1'), 'listening')
  const upstream = new Upstream()
  upstream.starting()
  upstream.ready((backend.address() as AddressInfo).port)
  const gateway = built.createGateway({ port: 'auto', ...options, upstream })
  const { port, tokenFile = '' } = await gateway.listen()
  return {
    ...{ port, tokenFile, reached },
    token: tokenFile === '' ? '' : readFileSync(tokenFile, 'utf8'),
    [Symbol.asyncDispose]: async () => {
      await gateway.close()
      backend.closeAllConnections()
      await once(backend.close(), 'close')
      await until('nothing is left open', () => surplus(before, holdings()).length === 0, 2000).catch(() => {})
      expect(surplus(before, holdings()), 'descriptors and handles left open').toEqual([])
    },
  }
}

/** Bytes as they are, on a connection of their own; the whole answer. `$` is the port of the door. */
const say = async (port: number, bytes: string): Promise<{ readonly status: number; readonly text: string }> => {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  socket.on('error', () => {})
  socket.write(bytes.replaceAll('$', String(port)), 'latin1')
  // what follows a request that the door has answered and closed cannot be sent
  await once(socket, 'close')
  return { status: Number(text.slice(9, 12)), text }
}

const lines = (...all: string[]): string => `${[...all, 'Connection: close'].join('\r\n')}\r\n\r\n`
const upgrade = (...all: string[]): string =>
  `${[...all, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='].join('\r\n')}\r\n\r\n`

const host = 'Host: localhost:$'
const evil = 'Origin: http://evil.test'
const browser = (site: string, mode: string, dest: string): string[] => [
  `Sec-Fetch-Site: ${site}`,
  `Sec-Fetch-Mode: ${mode}`,
  `Sec-Fetch-Dest: ${dest}`,
]
const form = 'Content-Type: application/x-www-form-urlencoded'

describe('what is refused has no effect', () => {
  test.each<[string, number, string]>([
    ['a name that was looked up again', 403, lines('GET /api HTTP/1.1', 'Host: evil.test:$')],
    [
      'the same, for whom all of it is of one origin',
      403,
      lines(
        'POST /api HTTP/1.1',
        'Host: evil.test:$',
        'Origin: http://evil.test:$',
        ...browser('same-origin', 'cors', 'empty'),
        'Content-Length: 0',
      ),
    ],
    ['a name with a dot at its end', 403, lines('GET /api HTTP/1.1', 'Host: localhost.:$')],
    ['a name that begins like ours', 403, lines('GET /api HTTP/1.1', 'Host: localhost.evil.test:$')],
    ['our name without its port', 403, lines('GET /api HTTP/1.1', 'Host: localhost')],
    ['our name with another port', 403, lines('GET /api HTTP/1.1', 'Host: localhost:1')],
    ['our name after a name of a user', 403, lines('GET /api HTTP/1.1', 'Host: localhost:$@evil.test')],
    ['an address that is none of ours', 403, lines('GET /api HTTP/1.1', 'Host: [::2]:$')],
    ['two names', 400, lines('GET /api HTTP/1.1', host, 'Host: evil.test')],
    ['two names alike', 400, lines('GET /api HTTP/1.1', host, host)],
    ['no name', 400, lines('GET /api HTTP/1.1')],
    ['no name, as of old', 400, lines('GET /api HTTP/1.0')],
    ['a proxy that is asked', 400, lines('GET http://evil.test/ HTTP/1.1', host)],
    ['a proxy that is asked for ourselves', 400, lines('GET http://localhost:$/api HTTP/1.1', host)],
    ['another host in the target', 400, lines('GET //evil.test/api HTTP/1.1', host)],
    ['another host in the target, from the other side', 400, lines('GET /\\evil.test/api HTTP/1.1', host)],
    ['nothing in particular', 400, lines('OPTIONS * HTTP/1.1', host)],
    ['a tunnel', 405, lines('CONNECT evil.test:443 HTTP/1.1', host)],
    ['an echo', 405, lines('TRACE /api HTTP/1.1', host)],
    [
      'a simple POST of another site',
      403,
      `${lines('POST /api HTTP/1.1', host, evil, ...browser('cross-site', 'no-cors', 'empty'), 'Content-Type: text/plain', 'Content-Length: 2')}{}`,
    ],
    [
      'the same of a browser that says less',
      403,
      `${lines('POST /api HTTP/1.1', host, evil, 'Content-Type: text/plain', 'Content-Length: 2')}{}`,
    ],
    [
      'a form of another site',
      403,
      `${lines('POST /api HTTP/1.1', host, evil, ...browser('cross-site', 'navigate', 'document'), form, 'Content-Length: 3')}a=1`,
    ],
    [
      'a form of a page on another port',
      403,
      `${lines('POST /api HTTP/1.1', host, 'Origin: http://localhost:1', ...browser('same-site', 'navigate', 'document'), form, 'Content-Length: 3')}a=1`,
    ],
    [
      'a form in a sandbox',
      403,
      `${lines('POST /api HTTP/1.1', host, 'Origin: null', ...browser('cross-site', 'navigate', 'iframe'), form, 'Content-Length: 3')}a=1`,
    ],
    [
      'an image of another site',
      403,
      lines('GET /api HTTP/1.1', host, ...browser('cross-site', 'no-cors', 'image'), 'Referer: http://evil.test/'),
    ],
    ['a fetch of a page on another port', 403, lines('GET /api HTTP/1.1', host, ...browser('same-site', 'no-cors', 'empty'))],
    ['a frame in another site', 403, lines('GET /api HTTP/1.1', host, ...browser('cross-site', 'navigate', 'iframe'))],
    ['a question of another site, whether it may', 403, lines('OPTIONS /api HTTP/1.1', host, evil, 'Access-Control-Request-Method: PUT')],
    ['two origins', 403, lines('GET /api HTTP/1.1', host, 'Origin: http://localhost:$', evil)],
    ['a WebSocket of another site', 403, upgrade('GET /ws HTTP/1.1', host, evil)],
    ['a WebSocket of nobody', 403, upgrade('GET /ws HTTP/1.1', host, 'Origin: null')],
    ['a WebSocket under another name', 403, upgrade('GET /ws HTTP/1.1', 'Host: evil.test:$', 'Origin: http://evil.test:$')],
    ['a WebSocket to another host', 400, upgrade('GET //evil.test/ws HTTP/1.1', host)],
    ['a WebSocket with two names', 400, upgrade('GET /ws HTTP/1.1', host, 'Host: evil.test')],
    ['two lengths', 400, `${lines('POST /api HTTP/1.1', host, 'Content-Length: 3', 'Content-Length: 4')}abcd`],
    ['a length and pieces', 400, `${lines('POST /api HTTP/1.1', host, 'Content-Length: 3', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
    ['pieces of an unknown kind', 400, `${lines('POST /api HTTP/1.1', host, 'Transfer-Encoding: chunked, x')}0\r\n\r\n`],
    ['a folded header', 400, lines('GET /api HTTP/1.1', host, 'X: a', ' Transfer-Encoding: chunked')],
    ['a space before the colon', 400, lines('GET /api HTTP/1.1', host, 'Content-Length : 3')],
    ['too many headers', 431, lines('GET /api HTTP/1.1', host, `X: ${'x'.repeat(100_000)}`)],
    ['a body that is too long', 413, lines('POST /api HTTP/1.1', host, 'Content-Length: 2000')],
  ])('%s: %i', async (_, status, bytes) => {
    await using house = await openHouse({ maxBodyBytes: 1000 })
    const answer = await say(house.port, bytes)
    expect(answer.status, answer.text).toBe(status)
    expect(house.reached).toEqual([])
    expect(answer.text).not.toMatch(/access-control-allow|\r\nserver:/i)
    // and it is still there for everybody else
    expect((await say(house.port, lines('GET /next HTTP/1.1', host))).status).toBe(200)
    expect(house.reached.map(({ what }) => what)).toEqual(['GET /next'])
  })

  test('a body in pieces, with a request within it, is one request', async () => {
    await using house = await openHouse()
    const inner = 'GET /inner HTTP/1.1\r\nHost: localhost\r\n\r\n'
    const body = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`
    for (const method of ['DELETE', 'OPTIONS', 'GET', 'PATCH'])
      expect((await say(house.port, `${lines(`${method} /api HTTP/1.1`, host, 'Transfer-Encoding: chunked')}${body}`)).status).toBe(200)
    expect(house.reached.map(({ what }) => what)).toEqual(['DELETE /api', 'OPTIONS /api', 'GET /api', 'PATCH /api'])
  })
})

describe('what is let in', () => {
  test.each<[string, string]>([
    ['curl', lines('GET /api HTTP/1.1', host)],
    ['curl, by its address', lines('GET /api HTTP/1.1', 'Host: 127.0.0.1:$')],
    ['curl, by its other address', lines('GET /api HTTP/1.1', 'Host: [::1]:$')],
    ['curl, loudly', lines('GET /api HTTP/1.1', 'HOST: LOCALHOST:$')],
    ['the own page', lines('GET /api HTTP/1.1', host, 'Origin: http://localhost:$', ...browser('same-origin', 'cors', 'empty'))],
    [
      'the own page, under its other name',
      lines('GET /api HTTP/1.1', host, 'Origin: http://127.0.0.1:$', ...browser('cross-site', 'cors', 'empty')),
    ],
    ['a link on another site', lines('GET /api HTTP/1.1', host, ...browser('cross-site', 'navigate', 'document'))],
    ['an address typed', lines('GET /api HTTP/1.1', host, ...browser('none', 'navigate', 'document'))],
  ])('%s', async (_, bytes) => {
    await using house = await openHouse()
    const answer = await say(house.port, bytes)
    expect([answer.status, house.reached.length]).toEqual([200, 1])
    expect(answer.text.toLowerCase()).not.toContain('access-control')
  })

  test('an allowed page, and it may read what it gets', async () => {
    await using house = await openHouse({ allowedOrigins: ['http://localhost:5173'] })
    const vite = ['Origin: http://localhost:5173', ...browser('same-site', 'cors', 'empty')]
    const question = await say(house.port, lines('OPTIONS /api HTTP/1.1', host, ...vite, 'Access-Control-Request-Method: PUT'))
    expect([question.status, house.reached.length]).toEqual([204, 0])
    expect(question.text).toContain('access-control-allow-origin: http://localhost:5173\r\n')
    const answer = await say(house.port, lines('PUT /api HTTP/1.1', host, ...vite, 'Content-Length: 0'))
    expect(answer.status).toBe(200)
    expect(answer.text.toLowerCase()).toContain('access-control-allow-origin: http://localhost:5173\r\n')
    // a cache keeps no answer for another page that may not read it
    expect((await say(house.port, lines('GET /api HTTP/1.1', host))).text.toLowerCase()).toContain('vary: origin\r\n')
    expect((await say(house.port, upgrade('GET /ws HTTP/1.1', host, vite[0] ?? ''))).status).toBe(101)
    expect((await say(house.port, lines('GET /api HTTP/1.1', host, 'Origin: http://localhost:5174'))).status).toBe(403)
    expect(house.reached.map(({ what }) => what)).toEqual(['PUT /api', 'GET /api', 'upgrade /ws'])
  })
})

describe('with a token', () => {
  const ticketOf = async ({ port, token }: House, ...more: string[]): Promise<string> => {
    const { status, text } = await say(
      port,
      lines('POST /_supervise/ticket HTTP/1.1', host, `X-Jarvis-Token: ${token}`, 'Content-Length: 0', ...more),
    )
    expect(status).toBe(200)
    const { ticket, expiresInMs } = JSON.parse(text.split('\r\n\r\n')[1] ?? '') as { ticket: string; expiresInMs: number }
    expect(expiresInMs).toBe(30_000)
    return ticket
  }

  test('nobody comes in without it, and whoever has it does', async () => {
    await using house = await openHouse({ token: true })
    const { port, token, reached } = house
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    if (process.platform !== 'win32') expect(lstatSync(house.tokenFile).mode & 0o777).toBe(0o600)
    for (const head of [[], ['X-Jarvis-Token: x'], [`Authorization: Bearer ${token}`], [`Cookie: jarvis_${port}=${token}`]]) {
      expect((await say(port, lines('POST /api HTTP/1.1', host, ...head, 'Content-Length: 0'))).status).toBe(401)
      expect((await say(port, upgrade('GET /ws HTTP/1.1', host, ...head))).status).toBe(401)
    }
    expect((await say(port, lines('GET /api HTTP/1.1', host, `X-Jarvis-Token: ${token}`, evil))).status).toBe(403)
    expect(reached).toEqual([])
    expect((await say(port, lines('GET /api HTTP/1.1', host, `X-Jarvis-Token: ${token}`, 'Authorization: Bearer mine'))).status).toBe(200)
    expect((await say(port, lines('GET /_supervise/health HTTP/1.1', host))).status).toBe(200)
    expect(reached.map(({ what }) => what)).toEqual(['GET /api'])
    expect(reached[0]?.headers).toContain('Bearer mine')
  })

  test('a browser has a session in its place', async () => {
    await using house = await openHouse({ token: true })
    const { port, token, reached } = house
    const { status, text } = await say(
      port,
      lines('POST /_supervise/session HTTP/1.1', host, `X-Jarvis-Token: ${token}`, 'Origin: http://localhost:$', 'Content-Length: 0'),
    )
    const [, cookie = ''] = /set-cookie: ([^;]+); HttpOnly; SameSite=Strict; Path=\/\r\n/.exec(text) ?? []
    expect([status, cookie.startsWith(`jarvis_${port}=`)]).toEqual([204, true])
    expect((await say(port, lines('GET /api HTTP/1.1', host, `Cookie: a=1; ${cookie}; b=2`))).status).toBe(200)
    expect((await say(port, upgrade('GET /ws HTTP/1.1', host, `Cookie: ${cookie}`, 'Origin: http://localhost:$'))).status).toBe(101)
    expect(
      (await say(port, lines('GET /api HTTP/1.1', host, `Cookie: ${cookie}`, ...browser('same-site', 'no-cors', 'image')))).status,
    ).toBe(403)
    expect(reached.map(({ what }) => what)).toEqual(['GET /api', 'upgrade /ws'])
    expect(JSON.stringify(reached)).not.toContain(cookie.split('=')[1])
  })

  test.each(['?ticket=', 'subprotocol'])('of a hundred with the same ticket one comes in (%s)', async (how) => {
    await using house = await openHouse({ token: true })
    const ticket = await ticketOf(house)
    const bytes =
      how === 'subprotocol'
        ? upgrade('GET /ws?a=1 HTTP/1.1', host, `Sec-WebSocket-Protocol: chat, ticket.${ticket}`)
        : upgrade(`GET /ws?ticket=${ticket}&a=1 HTTP/1.1`, host)
    const answers = await Promise.all(Array.from({ length: 100 }, () => say(house.port, bytes)))
    expect(answers.filter(({ status }) => status === 101)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(99)
    expect(house.reached.map(({ what }) => what)).toEqual(['upgrade /ws?a=1'])
    expect(JSON.stringify(house.reached)).not.toContain(ticket)
    expect((await say(house.port, bytes)).status).toBe(401)
  })

  test('a ticket is good for its path and its origin, and a GET', async () => {
    await using house = await openHouse({ token: true, allowedOrigins: ['http://localhost:5173'] })
    const own = 'Origin: http://localhost:$'
    const elsewhere = await ticketOf(house, own)
    expect((await say(house.port, upgrade(`GET /ws?ticket=${elsewhere} HTTP/1.1`, host, 'Origin: http://localhost:5173'))).status).toBe(401)
    const { text } = await say(
      house.port,
      `${lines('POST /_supervise/ticket HTTP/1.1', host, `X-Jarvis-Token: ${house.token}`, 'Content-Length: 14')}{"path":"/ws"} `,
    )
    const [bound = ''] = /jt-[\w-]+/.exec(text) ?? []
    expect((await say(house.port, upgrade(`GET /other?ticket=${bound} HTTP/1.1`, host))).status).toBe(401)
    const posted = await ticketOf(house)
    expect((await say(house.port, lines(`POST /api?ticket=${posted} HTTP/1.1`, host, 'Content-Length: 0'))).status).toBe(401)
    expect(house.reached).toEqual([])
    const good = await ticketOf(house)
    expect((await say(house.port, lines(`GET /events?x=%20&ticket=${good} HTTP/1.1`, host))).status).toBe(200)
    expect(house.reached.map(({ what }) => what)).toEqual(['GET /events?x=%20'])
  })

  test('no secret is to be found anywhere but where it belongs', async () => {
    await using scene = createScene()
    const { supervisor, all } = scene.supervise('tells-all-it-gets', { gateway: { port: 'auto', token: true } })
    const opened = new Promise<SupervisorEvents['gateway']>((resolve) => supervisor.on('gateway', resolve))
    await supervisor.start()
    const { port, tokenFile = '' } = await opened
    scene.watchPort(port)
    const token = readFileSync(tokenFile, 'utf8')
    const house = { port, token } as House
    const tickets = [await ticketOf(house), await ticketOf(house), await ticketOf(house)]
    const session = await say(port, lines('POST /_supervise/session HTTP/1.1', host, `X-Jarvis-Token: ${token}`, 'Content-Length: 0'))
    const [, cookie = ''] = /set-cookie: jarvis_\d+=([^;]+);/.exec(session.text) ?? []
    const answers = [
      await say(port, lines('GET /seen HTTP/1.1', host, `X-Jarvis-Token: ${token}`)),
      await say(port, lines('GET /seen HTTP/1.1', host, `Cookie: jarvis_${port}=${cookie}`)),
      await say(port, lines(`GET /seen?ticket=${tickets[0]} HTTP/1.1`, host)),
      await say(port, lines(`GET /seen?ticket=${tickets[0]} HTTP/1.1`, host)),
      await say(port, upgrade(`GET /seen?ticket=${tickets[1]} HTTP/1.1`, host)),
      await say(port, upgrade('GET /seen HTTP/1.1', host, `Sec-WebSocket-Protocol: chat, ticket.${tickets[2]}`)),
      await say(port, lines('GET /seen HTTP/1.1', 'Host: evil.test', `X-Jarvis-Token: ${token}`)),
      await say(port, lines(`GET //seen?ticket=${tickets[0]} HTTP/1.1`, host, `X-Jarvis-Token: ${token}x`)),
      await say(port, lines('GET /_supervise/health HTTP/1.1', host, `X-Jarvis-Token: ${token}`)),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 401, 101, 101, 403, 400, 200])
    const { pid } = supervisor.state as { pid: number }
    const status = await supervisor.status()
    await until('all of it has been written down', () => kept(scene.dir, tokenFile).split('/seen').length > 5)
    const told = [
      ...[kept(scene.dir, tokenFile), JSON.stringify([all('log'), all('state'), all('ready'), status]), ...answers.map(({ text }) => text)],
      ...[readFileSync(`/proc/${pid}/environ`, 'latin1'), readFileSync(`/proc/${pid}/cmdline`, 'latin1')],
    ].join('\n')
    for (const secret of [token, cookie, ...tickets]) {
      expect(secret.length).toBeGreaterThan(20)
      expect(told.includes(secret), secret).toBe(false)
    }
    await supervisor.stop()
    expect(existsSync(tokenFile)).toBe(false)
  })
})

/** All that lies in a folder, but for one file. */
const kept = (dir: string, but: string): string =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && join(entry.parentPath, entry.name) !== but)
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
