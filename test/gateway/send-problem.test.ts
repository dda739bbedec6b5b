import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Problem } from '../../src/gateway/problem.ts'
import { problemMessage, sendProblem } from '../../src/gateway/send-problem.ts'
import type { Visitor } from '../../src/gateway/visitor.ts'
import { waitingPage } from '../../src/gateway/waiting-page.ts'
import { until } from '../helpers/processes.ts'

const problem: Problem = {
  ...{ status: 503, reason: 'backend-starting', title: 'The backend is <starting>', detail: 'It is not ready yet: see `x & y`.' },
  more: { state: 'starting', lastExit: { pid: 1, code: null, signal: 'SIGKILL', reason: null, uptimeMs: 5 } },
  ...{ tail: ['<script>alert(1)</script>'], headers: { 'retry-after': '2' } },
}
const stranger: Visitor = { target: '/', isTrusted: false, crossOrigin: null, isOwnOrigin: false, ticketProtocol: null }
const trusted = { ...stranger, isTrusted: true }
const opened = 'Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n'

let server: Server
let sent: Problem
let visitor: Visitor | undefined
const sockets = new Set<Socket>()

beforeEach(async () => {
  sent = problem
  visitor = stranger
  server = createServer((request, response) => sendProblem(request, response, sent, visitor))
  server.on('checkContinue', (request, response) => sendProblem(request, response, sent, visitor))
  await once(server.listen(0, '127.0.0.1'), 'listening')
})

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  server.closeAllConnections()
  await once(server.close(), 'close')
})

const talk = () => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  sockets.add(socket)
  const heard = { socket, text: '', isClosed: false }
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => (heard.text += chunk))
  socket.on('error', () => {})
  socket.on('close', () => (heard.isClosed = true))
  return heard
}

const ask = async (head: string, first = 'GET / HTTP/1.1') => {
  const heard = talk()
  heard.socket.write(`${first}\r\nHost: x\r\nConnection: close\r\n${head}\r\n`)
  await until('it is answered', () => heard.isClosed)
  const [top = '', body = ''] = heard.text.split('\r\n\r\n')
  return { top, body, status: Number(top.slice(9, 12)) }
}

describe('a program', () => {
  it.each([
    '',
    'Accept: */*\r\n',
    'Accept: application/json\r\nSec-Fetch-Mode: cors\r\n',
    'Accept: text/html\r\nSec-Fetch-Mode: cors\r\n',
    'Accept: */*\r\nSec-Fetch-Mode: navigate\r\n',
    'Accept: application/json, text/html\r\n',
  ])('is told by a document: %j', async (head) => {
    const { top, body } = await ask(head)
    expect(top).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/)
    expect(top).toContain('content-type: application/problem+json')
    expect(top).toContain('cache-control: no-store')
    expect(top).toContain('x-content-type-options: nosniff')
    expect(top).toContain('retry-after: 2')
    expect(top.toLowerCase()).not.toContain('\r\nserver:')
    expect(JSON.parse(body)).toEqual({
      ...{ type: 'urn:jarvis-supervise:backend-starting', title: problem.title, status: 503, detail: problem.detail },
      ...{ reason: 'backend-starting', ...problem.more },
    })
  })

  it('that is trusted sees the last lines of output', async () => {
    visitor = trusted
    expect(JSON.parse((await ask('')).body)).toHaveProperty('tail', problem.tail)
  })

  it('that asks for the head gets no body', async () => {
    const { top, body } = await ask('', 'HEAD / HTTP/1.1')
    expect(body).toBe('')
    expect(top).toMatch(/content-length: [1-9]/)
  })

  it('on an allowed page may read it', async () => {
    visitor = { ...stranger, crossOrigin: 'http://localhost:5173' }
    const { top } = await ask('')
    expect(top).toContain('access-control-allow-origin: http://localhost:5173')
    expect(top).toContain('access-control-expose-headers: retry-after')
    expect(top).toContain('vary: Origin')
  })
})

describe('somebody at a browser', () => {
  it.each([opened, 'Accept: text/html\r\n'])('gets a page that waits with them: %j', async (head) => {
    visitor = trusted
    const { top, body, status } = await ask(head)
    expect(status).toBe(503)
    expect(top).toContain('content-type: text/html; charset=utf-8')
    expect(top).toContain('retry-after: 2')
    const [, nonce = ''] = /script-src 'nonce-([\w-]+)'/.exec(top) ?? []
    expect(top).toContain(
      `content-security-policy: default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'`,
    )
    expect(top).toContain("frame-ancestors 'none'")
    expect(body).toContain(`<script nonce="${nonce}">`)
    expect(body).toContain('The backend is &#60;starting&#62;')
    expect(body).toContain('&#60;script&#62;alert(1)&#60;/script&#62;')
    expect(body).not.toContain('<script>alert')
    expect(body).toContain('SIGKILL')
    expect(body).not.toMatch(/src=|https?:/)
  })

  it('sees no lines of output where they may not', async () => {
    const { body } = await ask(opened)
    expect(body).not.toContain('alert(1)')
  })

  it('gets another nonce each time', async () => {
    const nonces = await Promise.all([1, 2, 3].map(async () => /nonce-([\w-]+)/.exec((await ask(opened)).top)?.[1]))
    expect(new Set(nonces).size).toBe(3)
  })

  it('opens by itself only what may be opened again', async () => {
    const opens = async (first: string) => (await ask(opened, first)).body.includes('&#34;opens&#34;:true')
    expect(await opens('GET / HTTP/1.1')).toBe(true)
    expect(await opens('POST / HTTP/1.1')).toBe(false)
    sent = { ...problem, status: 502, reason: 'suspect' }
    expect(await opens('GET / HTTP/1.1')).toBe(false)
    sent = { ...problem, more: { state: 'failed' } }
    expect(await opens('GET / HTTP/1.1')).toBe(false)
  })

  it('is asked for the token on a page', async () => {
    sent = { status: 401, reason: 'token-missing', title: '', detail: '' }
    const { top, body, status } = await ask(opened)
    expect(status).toBe(401)
    expect(top).toContain('content-type: text/html')
    expect(body).toContain('/_supervise/session')
  })

  it('is refused by a document all the same', async () => {
    sent = { status: 403, reason: 'host-not-allowed', title: '', detail: '' }
    expect((await ask(opened)).top).toContain('application/problem+json')
  })

  it('sees what others wrote as text, whatever it is', () => {
    const evil = fc
      .array(fc.constantFrom('<', '>', '"', "'", '&', '`', '</script>', '</pre>', '<!--', 'a', '\u2028'), { maxLength: 12 })
      .map((parts) => parts.join(''))
    const shape = waitingPage({
      problem: { ...problem, title: '', detail: '', tail: [''], more: { state: '' } },
      isTrusted: true,
      reloads: true,
      nonce: 'n',
    })
    const tags = (html: string) =>
      html
        .replace(/<code>|<\/code>/g, '')
        .match(/<[^>]*>/g)
        ?.map((tag) => tag.replace(/"[^"]*"/g, '""'))
    fc.assert(
      fc.property(evil, evil, evil, evil, (title, detail, line, state) => {
        const page = waitingPage({
          problem: { ...problem, title, detail, tail: [line], more: { state } },
          isTrusted: true,
          reloads: true,
          nonce: 'n',
        })
        expect(tags(page)).toEqual(tags(shape))
      }),
    )
  })
})

describe('the rest of a request', () => {
  it('is read and thrown away, and the connection serves on', async () => {
    const heard = talk()
    heard.socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n')
    await until('it is answered before all was sent', () => heard.text.includes('"reason"'))
    heard.socket.write(`${'x'.repeat(3_000_000)}GET /next HTTP/1.1\r\nHost: x\r\n\r\n`)
    await until('the next one is answered, too', () => heard.text.split('HTTP/1.1 503').length === 3)
    expect(heard.isClosed).toBe(false)
  })

  it('is not read for ever', async () => {
    const heard = talk()
    heard.socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    const piece = `100000\r\n${'x'.repeat(0x100000)}\r\n`
    let pieces = 0
    const go = (): void => {
      while (!heard.isClosed && heard.socket.write(piece)) pieces += 1
    }
    heard.socket.on('drain', go)
    go()
    await until('it is cut off', () => heard.isClosed)
    expect(heard.text).toContain('HTTP/1.1 503')
    expect(pieces).toBeLessThan(100)
  })

  it('that was not asked for may not come: then the connection is of no more use', async () => {
    const heard = talk()
    heard.socket.write('POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n')
    await until('it is answered and closed', () => heard.isClosed)
    expect(heard.text).toMatch(/^HTTP\/1\.1 503/)
    expect(heard.text.toLowerCase()).toContain('connection: close')
  })
})

it('an upgrade is refused by the same answer, as bytes', () => {
  const request = { method: 'GET', headers: {} } as IncomingMessage
  const [head = '', body = ''] = problemMessage(request, { ...problem, title: 'Lädt' }, trusted).split('\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/)
  expect(head).toContain('\r\nconnection: close')
  const bytes = Buffer.from(body, 'latin1')
  expect(head).toContain(`content-length: ${bytes.length}`)
  expect(JSON.parse(bytes.toString())).toMatchObject({ title: 'Lädt', tail: problem.tail })
})
