import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Backend, startBackend } from '../helpers/claude-backend.ts'
import { allLines, ask, askRaw, postJson, type Question } from '../helpers/claude-http.ts'
import { createWorld, type World } from '../helpers/claude-world.ts'

const json = { 'content-type': 'application/json' }
const chat = JSON.stringify({ message: 'run', requestId: 'guarded' })
const large = JSON.stringify({ message: 'x'.repeat(1_200_000), requestId: 'guarded' })

const paths: [method: string, path: string][] = [
  ['GET', '/'],
  ['GET', '/api/health'],
  ['GET', '/api/projects'],
  ['POST', '/api/chat'],
  ['POST', '/api/abort/guarded'],
  ['GET', '/nothing'],
  ['POST', '/nothing'],
]

describe('the guard of the backend', () => {
  let world: World
  let backend: Backend

  beforeAll(async () => {
    world = await createWorld()
    // Each run adds a line, so that one that nobody waited for still shows at the end.
    const path = await world.claude(`import { appendFileSync } from 'node:fs'; appendFileSync(process.env.HOME + '/runs', 'run\\n')`)
    backend = await startBackend(world, ['--claude-path', path, '--allow-origin', 'http://localhost:5173'])
  })

  afterAll(async () => {
    await backend[Symbol.asyncDispose]()
    await world[Symbol.asyncDispose]()
  })

  const runs = () => readFile(join(world.home, 'runs'), 'utf8').catch(() => '')
  const headersOf = (method: string, headers: Record<string, string>) => (method === 'POST' ? { ...json, ...headers } : headers)

  test.each<[string, (port: number) => Record<string, string>]>([
    ['a foreign Origin', () => ({ origin: 'https://evil.example' })],
    ['a foreign Origin on loopback', () => ({ origin: 'http://localhost:9999' })],
    ['its own Origin over https', (port) => ({ origin: `https://127.0.0.1:${port}` })],
    ['an Origin that begins like its own', (port) => ({ origin: `http://127.0.0.1:${port}.evil.example` })],
    ['Origin null', () => ({ origin: 'null' })],
    ['a rebound Host', (port) => ({ host: `evil.example:${port}` })],
    ['a rebound Host with a matching Origin', (port) => ({ host: `evil.example:${port}`, origin: `http://evil.example:${port}` })],
    ['a Host with a trailing dot', (port) => ({ host: `localhost.:${port}` })],
    ['a Host with another port', () => ({ host: '127.0.0.1:1' })],
    ['a Host without a port', () => ({ host: '127.0.0.1' })],
    ['a cross-site fetch', () => ({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })],
    ['a same-site fetch from another port', () => ({ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' })],
    ['a cross-site frame', () => ({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' })],
    ['its own Origin from a cross-site page', (port) => ({ origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'cross-site' })],
  ])('refuses %s on every path', async (_, headers) => {
    for (const [method, path] of paths) {
      const question = { method, headers: headersOf(method, headers(backend.port)), body: method === 'POST' ? chat : undefined }
      const { status, headers: answered, text } = await ask(backend.url + path, question)
      expect({ method, path, status, type: answered['content-type'] }).toEqual({
        method,
        path,
        status: 403,
        type: 'application/problem+json',
      })
      expect(JSON.parse(text).error).toMatch(/Host|Origin|Sec-Fetch-Site/)
      expect(answered).not.toHaveProperty('access-control-allow-origin')
    }
    expect(await runs()).toBe('')
  })

  test.each<[string, number, Question]>([
    ['of type text/plain', 415, { headers: { 'content-type': 'text/plain' }, body: chat }],
    ['of a form', 415, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: chat }],
    ['of a type that begins like JSON', 415, { headers: { 'content-type': 'application/jsonp' }, body: chat }],
    ['without a type', 415, { body: chat }],
    ['that is compressed', 415, { headers: { ...json, 'content-encoding': 'gzip' }, body: chat }],
    ['above 1 MiB', 413, { headers: json, body: large }],
    ['above 1 MiB in chunks', 413, { headers: json, body: large, chunked: true }],
    ['that is not JSON', 400, { headers: json, body: '{' }],
  ])('refuses a body %s on every path', async (_, status, question) => {
    for (const [, path] of paths) {
      const answer = await ask(backend.url + path, { method: 'POST', ...question })
      expect({ path, status: answer.status }, answer.text).toEqual({ path, status })
      expect(JSON.parse(answer.text).error).toBeTruthy()
    }
    expect(await runs()).toBe('')
  })

  test.each<[string, number, (host: string) => string]>([
    ['two Hosts', 403, (host) => `GET /api/projects HTTP/1.1\r\n${host}\r\nHost: evil.example\r\n`],
    ['no Host', 403, () => 'GET /api/projects HTTP/1.0\r\n'],
    ['a target that names a host', 400, (host) => `GET http://evil.example/ HTTP/1.1\r\n${host}\r\n`],
    ['a target of two slashes', 400, (host) => `GET //evil.example/ HTTP/1.1\r\n${host}\r\n`],
    ['TRACE', 405, (host) => `TRACE / HTTP/1.1\r\n${host}\r\n`],
  ])('refuses %s', async (_, status, text) => {
    const statusLine = await askRaw(backend.port, `${text(`Host: 127.0.0.1:${backend.port}`)}Connection: close\r\n\r\n`)
    expect(statusLine).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })

  test('lets in its own page, a tool without an Origin, and a link that opens the page in a tab', async () => {
    for (const name of ['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]']) {
      const host = `${name}:${backend.port}`
      expect((await ask(`${backend.url}/api/health`, { headers: { host } })).status).toBe(200)
    }
    const own = { origin: `http://127.0.0.1:${backend.port}`, 'sec-fetch-site': 'same-origin' }
    expect((await ask(`${backend.url}/api/projects`, { headers: own })).status).toBe(200)
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    const page = await ask(backend.url, { headers: link })
    expect(page).toMatchObject({ status: 200, headers: { 'content-type': expect.stringContaining('text/html') } })
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'")
  })

  test('lets an invited page in, and no other', async () => {
    const invited = { origin: 'http://localhost:5173', 'sec-fetch-site': 'cross-site' }
    const answer = await ask(`${backend.url}/api/projects`, { headers: invited })
    expect(answer).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': 'http://localhost:5173', vary: 'origin' } })
    expect((await ask(`${backend.url}/api/chat`, { method: 'OPTIONS', headers: invited })).status).toBe(204)
    expect((await ask(`${backend.url}/api/chat`, { method: 'OPTIONS', headers: { origin: 'http://localhost:5174' } })).status).toBe(403)
  })

  test('has let nothing run, and lets the same body run when it comes as it should', async () => {
    expect(await runs()).toBe('')
    const lines = await allLines(await postJson(`${backend.url}/api/chat`, JSON.parse(chat)))
    expect(lines).toEqual([{ type: 'done' }])
    expect(await runs()).toBe('run\n')
  })
})
