import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpServer, request } from 'node:http'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../helpers/ports.ts'
import type { Row } from './row.ts'

const cleanUps: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

interface Run {
  readonly code: number
  readonly rows: readonly Row[]
  readonly said: string
}

const kit = async (...args: string[]): Promise<Run> => {
  const child = spawn(process.execPath, [resolve('conformance/run.mjs'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, said, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit') as Promise<[number]>])
  const rows = out.startsWith('{') ? (JSON.parse(out) as { results: Row[] }).results : []
  return { code, rows, said: out.startsWith('{') ? said : `${out}${said}` }
}

const listen = async (server: Server): Promise<string> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(async () => {
    server.close()
    await once(server, 'close')
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Bytes as they come, both ways: no proxy at all. */
const pipe = (port: number): Server =>
  createServer((client) => {
    const backend = connect(port, '127.0.0.1')
    client.pipe(backend).pipe(client)
    client.on('error', () => backend.destroy()).on('close', () => backend.destroy())
    backend.on('error', () => client.resetAndDestroy()).on('close', () => client.destroySoon())
  })

/** Takes every end of the backend for a good one. */
const believer = (port: number): Server =>
  createHttpServer((asked, answer) => {
    const { method, url, headers } = asked
    const passed = request({ host: '127.0.0.1', port, method, path: url, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 500, { 'content-type': given.headers['content-type'] ?? 'text/plain' })
      given.on('data', (part) => answer.write(part)).on('close', () => answer.end())
      given.on('error', () => {})
    })
    passed.on('error', () => answer.end('sorry'))
    asked.pipe(passed)
  })

/** Knows what it passes on when all of it is there. */
const collector = (port: number): Server =>
  createHttpServer((asked, answer) => {
    const passed = request({ host: '127.0.0.1', port, method: asked.method, path: asked.url }, async (given) => {
      const whole = await text(given)
      answer.writeHead(given.statusCode ?? 500).end(whole)
    })
    passed.end()
  })

const namesOf = (rows: readonly Row[], which: Row['result']): string[] =>
  rows.filter(({ result }) => result === which).map(({ row }) => row)

describe('the conformance kit', () => {
  it('finds what a pipe lets through, and nothing else', { timeout: 60_000 }, async () => {
    const port = await freePort()
    const url = await listen(pipe(port))
    const { code, rows } = await kit('--proxy', url, '--backend-port', `${port}`, '--only', 'headers', '--only', 'upgrades', '--json', '-')
    expect(code).toBe(1)
    expect(namesOf(rows, 'fail')).toEqual([
      ...['headers/hop-by-hop-request', 'headers/hop-by-hop-answer', 'headers/upgrade-field', 'headers/upgrade-h2c'],
      ...[
        'headers/forwarded-believed',
        'headers/forwarded-told',
        'headers/endless-answer',
        'upgrades/forwarded',
        'upgrades/refused-smuggling',
        'upgrades/no-answer',
      ],
    ])
  })

  it('finds every request that a pipe lets smuggle, and every Host and Origin', { timeout: 60_000 }, async () => {
    const port = await freePort()
    const url = await listen(pipe(port))
    const { rows } = await kit('--proxy', url, '--backend-port', `${port}`, '--only', 'smuggling', '--only', 'hosts', '--json', '-')
    // a pipe changes nothing: what is right stays right
    const right = ['chunked-delete', 'chunked-options', 'chunked-get', 'chunked-post', 'chunked-propfind', 'length-delete']
    const harmless = ['length-options', 'length-get', 'gzip-chunked', 'identity-chunked', 'trailing-length', 'chunk-overflow']
    expect(namesOf(rows, 'pass')).toEqual([
      ...[...right, ...harmless].map((name) => `smuggling/${name}`),
      ...['hosts/two-slashes', 'hosts/upgrade-two-slashes', 'hosts/no-cors'],
    ])
  })

  it('finds a proxy that keeps an answer until it is whole', async () => {
    const port = await freePort()
    const url = await listen(collector(port))
    const only = ['streams/ndjson', 'streams/sse', 'streams/head-first', 'streams/pause'].flatMap((row) => ['--only', row])
    const { rows } = await kit('--proxy', url, '--backend-port', `${port}`, '--json', '-', ...only)
    expect(namesOf(rows, 'fail')).toEqual(['streams/ndjson', 'streams/sse', 'streams/head-first'])
  })

  it('finds a proxy that takes every end for a good one', { timeout: 60_000 }, async () => {
    const port = await freePort()
    const url = await listen(believer(port))
    const { code, rows } = await kit(
      '--proxy',
      url,
      '--backend-port',
      `${port}`,
      '--only',
      'streams',
      '--only',
      'aborts',
      '--only',
      'pressure/down',
      '--json',
      '-',
    )
    expect(code).toBe(1)
    expect(namesOf(rows, 'fail')).toEqual(
      expect.arrayContaining([
        ...['aborts/mid-stream', 'aborts/before-head', 'aborts/upload', 'aborts/upload-chunked', 'pressure/down'],
        ...['streams/fin', 'streams/rst', 'streams/rst-close-delimited', 'streams/fin-everywhere-chunked'],
        ...['streams/fin-everywhere-content-length', 'streams/rst-everywhere-chunked', 'streams/rst-everywhere-content-length'],
      ]),
    )
    expect(namesOf(rows, 'pass')).toEqual(expect.arrayContaining(['streams/ndjson', 'streams/sse', 'streams/large']))
  })

  it('asks a backend that somebody else has started', async () => {
    const port = await freePort()
    const backend = fork(resolve('conformance/backend.mjs'), { env: { ...process.env, PORT: `${port}` } })
    cleanUps.push(async () => {
      backend.kill('SIGKILL')
      await once(backend, 'exit')
    })
    await once(backend, 'message')
    const url = await listen(pipe(port))
    const one = ['--proxy', url, '--backend-port', `${port}`, '--only', 'streams/fin', '--only', 'down']
    expect((await kit(...one)).code).toBe(2)
    const { code, rows } = await kit(...one, '--backend-is-running', '--json', '-')
    expect(namesOf(rows, 'pass')).toEqual(['streams/fin'])
    expect(namesOf(rows, 'skip')).toEqual(['down/http', 'down/upgrade', 'down/back'])
    expect(code).toBe(0)
  })

  it('says 2 where nobody listens, and where requests go elsewhere', async () => {
    const [port, other] = [await freePort(), await freePort()]
    const nobody = await kit('--proxy', `http://127.0.0.1:${other}`, '--backend-port', `${port}`)
    expect(nobody.code).toBe(2)
    expect(nobody.said).toContain('nobody listens')
    const url = await listen(createHttpServer((_, answer) => answer.end('elsewhere')))
    const elsewhere = await kit('--proxy', url, '--backend-port', `${port}`)
    expect(elsewhere.code).toBe(2)
    expect(elsewhere.said).toContain('did not arrive')
  })

  it('names its rows, and refuses a name that is none', async () => {
    const { code, said } = await kit('--list', '--only', 'aborts')
    expect(code).toBe(0)
    expect(said).toMatch(/^aborts\/mid-stream +a client closes/)
    expect((await kit('--list', '--only', 'nonsense')).code).toBe(2)
  })
})
