import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createConnection } from 'node:net'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createControlServer } from '../../src/control/server.ts'
import { SupervisorError } from '../../src/errors.ts'
import type { ServiceController, ServiceStatus } from '../../src/supervisor/controller.ts'
import { until } from '../helpers/processes.ts'
import { createLog, createWorld, hello, line, serviceOf, stands, status, type World } from './world.ts'

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

const get = (target: string, { method = 'GET', body = '' } = {}): Promise<Answer> =>
  new Promise((settle, reject) => {
    const asking = request({ socketPath: world.path, path: target, method, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => settle({ status: response.statusCode ?? 0, headers: response.headers, text }))
      response.on('error', reject)
    })
    asking.on('error', reject)
    asking.end(body)
  })
const post = (target: string, body = ''): Promise<Answer> => get(target, { method: 'POST', body })
const json = ({ text }: Answer): unknown => JSON.parse(text)

/** Something that is decided later. */
const later = <T>() => {
  let settle = (_value: T): void => {}
  const promise = new Promise<T>((resolve) => (settle = resolve))
  return { promise, settle: (value: T) => settle(value) }
}

describe('the control socket', () => {
  it('is there when listening has begun, for this user only, and gone as soon as it is closed', async () => {
    const server = await world.serve()
    const stats = lstatSync(world.path)
    expect([stats.isSocket(), stats.mode & 0o777]).toEqual([true, 0o600])
    const closing = server.close()
    expect(readdirSync(world.dir)).toEqual([])
    await closing
    expect(server.close()).toBe(server.close())
  })

  it('does not take a path that is taken, and leaves alone what is there', async () => {
    await world.serve()
    const second = createControlServer(hello, serviceOf())
    await expect(second.listen(world.path)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await second.close()
    expect((await get('/hello')).status).toBe(200)

    const file = join(world.dir, 'file')
    writeFileSync(file, 'mine', { mode: 0o644 })
    await expect(createControlServer(hello, serviceOf()).listen(file)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect([readFileSync(file, 'utf8'), lstatSync(file).mode & 0o777]).toEqual(['mine', 0o644])
  })

  it('of another one that was made at its path is left alone when it is closed', async () => {
    const first = await world.serve()
    rmSync(world.path)
    const second = await world.serve()
    await first.close()
    expect((await get('/hello')).status).toBe(200)
    expect(readdirSync(world.dir)).toEqual([basename(world.path)])
    await second.close()
    expect(readdirSync(world.dir)).toEqual([])
  })

  it('is not made where there is no folder, or where the path would be cut', async () => {
    await expect(createControlServer(hello, serviceOf()).listen(join(world.dir, 'no', 'socket'))).rejects.toThrow(/EACCES|ENOENT/)
    const long = join(world.dir, 'x'.repeat(110))
    await expect(createControlServer(hello, serviceOf()).listen(long)).rejects.toMatchObject({
      code: 'ERR_STATE_DIR',
      reason: 'SOCKET_PATH_TOO_LONG',
    })
    expect(readdirSync(world.dir)).toEqual([])
  })

  it('can be closed though it was never opened', async () => {
    await createControlServer(hello, serviceOf()).close()
  })

  it('loads no HTTP before it is asked, and does not keep its process alive; nor does whoever has asked nothing, nor whoever follows the log', async () => {
    const script = world.file(
      'idle.mjs',
      `const { createControlServer } = await import(${JSON.stringify(resolve('src/control/server.ts'))})
       const never = { async *logs() { await new Promise(() => {}) } }
       const server = createControlServer({}, never)
       await server.listen(${JSON.stringify(world.path)})
       console.log(process.moduleLoadList.includes('NativeModule _http_server') ? 'with HTTP' : 'without HTTP')
       process.stdin.once('data', () => process.stdin.destroy())`,
    )
    const ended = promisify(execFile)(process.execPath, ['--import', 'tsx', script], { timeout: 10_000 })
    // the file is there a moment before it can be connected to
    await once(ended.child.stdout!, 'data')
    const silent = await world.raw()
    const follower = await world.raw('GET /logs?follow=1 HTTP/1.1\r\nhost: x\r\n\r\n')
    await until('the log is followed', () => follower.text().includes('200 OK'))
    const since = performance.now()
    ended.child.stdin?.write('go')
    expect((await ended).stdout).toBe('without HTTP\n')
    await Promise.all([silent.closed, follower.closed])
    // not only when the silent one is hung up on
    expect(performance.now() - since).toBeLessThan(3000)
  })
})

describe('what is asked', () => {
  it('who is there, and how it is', async () => {
    await world.serve()
    const answer = await get('/hello')
    expect([answer.status, answer.headers['content-type'], answer.headers.connection, json(answer)]).toEqual([
      200,
      'application/json',
      'close',
      hello,
    ])
    expect(json(await get('/status?verbose=1'))).toEqual(status)
  })

  it.each([
    ['', {}],
    ['{}', {}],
    ['{"force":true}', { force: true }],
    ['{"force":false,"more":1}', { force: false }],
  ])('to stop, with the body %j', async (body, expected) => {
    const seen: unknown[] = []
    const stop: ServiceController['stop'] = async (options) => {
      seen.push(options)
      return { reaped: [1], survivors: [2] }
    }
    await world.serve(serviceOf({ stop }))
    expect(json(await post('/stop', body))).toEqual({ reaped: [1], survivors: [2] })
    expect(seen).toEqual([expected])
  })

  it.each(['start', 'restart'] as const)('to %s, which is answered when it is done', async (route) => {
    const ready = later<ServiceStatus>()
    await world.serve(serviceOf({ [route]: () => ready.promise }))
    const answers: Answer[] = []
    const asked = post(`/${route}`).then((answer) => answers.push(answer))
    expect((await get('/status')).status).toBe(200)
    expect(answers).toEqual([])
    ready.settle({ ...status, pid: 5 })
    await asked
    expect(json(answers[0]!)).toEqual({ ...status, pid: 5 })
  })

  it('and fails: the answer tells the error, its lines redacted', async () => {
    const error = new SupervisorError('ERR_NEVER_READY', 'api never became ready', {
      reason: 'DEPENDENCY_MISSING',
      hint: 'npm ci',
      service: 'api',
      tail: ['key sk-1'],
    })
    await world.serve(serviceOf({ start: async () => Promise.reject(error) }), { redact: (text) => text.replace('sk-1', '***') })
    const answer = await post('/start')
    expect([answer.status, json(answer)]).toEqual([
      409,
      {
        error: {
          code: 'ERR_NEVER_READY',
          message: 'api never became ready',
          reason: 'DEPENDENCY_MISSING',
          hint: 'npm ci',
          service: 'api',
          tail: ['key ***'],
        },
      },
    ])
  })

  it('and breaks: the answer tells what, without a code', async () => {
    await world.serve(
      serviceOf({
        status: () => {
          throw new TypeError('no such thing')
        },
      }),
    )
    const answer = await get('/status')
    expect([answer.status, json(answer)]).toEqual([500, { error: { message: 'no such thing' } }])
  })

  it('goes on when whoever asked goes away', async () => {
    const ready = later<ServiceStatus>()
    let calls = 0
    const start = (): Promise<ServiceStatus> => {
      calls += 1
      return ready.promise
    }
    await world.serve(serviceOf({ start }))
    const { socket, closed } = await world.raw('POST /start HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n')
    await until('it is asked to start', () => calls === 1)
    socket.destroy()
    await closed
    ready.settle(status)
    expect((await get('/status')).status).toBe(200)
  })
})

describe('nonsense', () => {
  it.each([
    ['GET', '/', '', 404],
    ['GET', '/nothing', '', 404],
    ['GET', '/__proto__', '', 404],
    ['GET', '/toString', '', 404],
    ['GET', '/hello/', '', 404],
    ['GET', '/stop', '', 405],
    ['POST', '/status', '', 405],
    ['DELETE', '/logs', '', 405],
    ['POST', '/stop', '{', 400],
    ['POST', '/stop', 'null', 400],
    ['POST', '/stop', '[]', 400],
    ['POST', '/stop', '{"force":1}', 400],
    ['POST', '/stop', `{"x":"${'x'.repeat(70_000)}"}`, 413],
    ['GET', '/logs?tail=-1', '', 400],
    ['GET', '/logs?tail=x', '', 400],
  ])('%s %s %.10s is answered with %4$i', async (method, target, body, expected) => {
    const stops: unknown[] = []
    await world.serve(serviceOf({ stop: async (options) => ({ reaped: [stops.push(options)], survivors: [] }) }))
    const answer = await get(target, { method, body })
    expect(answer.status).toBe(expected)
    expect(json(answer)).toMatchObject({ error: { code: 'ERR_INVALID_OPTIONS', message: expect.any(String) } })
    expect(stops).toEqual([])
  })

  it.each([
    ['bytes', Buffer.from([0, 255, 1, 254, 10, 13, 10]), /^HTTP\/1.1 400 /],
    ['a TLS hello', Buffer.from('16030100f8010000f40303', 'hex'), /^HTTP\/1.1 400 /],
    ['another protocol', 'HELO mail\r\n', /^HTTP\/1.1 400 /],
    ['no path', 'GET x HTTP/1.1\r\nhost: x\r\n\r\n', /^HTTP\/1.1 400 /],
    ['two lengths', 'POST /stop HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', /^HTTP\/1.1 400 /],
    ['no host', 'GET /hello HTTP/1.1\r\n\r\n', /^HTTP\/1.1 400 /],
    ['a tunnel', 'CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n', /^$/],
    ['headers without end', `GET /hello HTTP/1.1\r\nx: ${'x'.repeat(1024 * 1024)}`, /^HTTP\/1.1 431 /],
  ])('that is no question: %s', async (_what, bytes, expected) => {
    await world.serve()
    const { closed } = await world.raw(bytes)
    expect(await closed).toMatch(expected)
    expect((await get('/hello')).status).toBe(200)
  })

  it('whatever is sent, and whenever one leaves, it goes on', async () => {
    await world.serve()
    const piece = fc.oneof(
      fc.constantFrom(
        'GET ',
        '/hello',
        '/logs?follow=1',
        ' HTTP/1.1\r\n',
        'POST /stop',
        'content-length: 5\r\n',
        'host: x\r\n',
        '\r\n',
        '{}',
      ),
      fc.constantFrom('transfer-encoding: chunked\r\n', 'connection: upgrade\r\nupgrade: x\r\n', 'expect: 100-continue\r\n', 'ffff\r\n'),
      fc.string({ unit: 'binary', maxLength: 20 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), fc.constantFrom('at once', 'half', 'later'), async (pieces, leaves) => {
        const { socket, closed } = await world.raw(pieces.join(''))
        if (leaves === 'at once') socket.destroy()
        if (leaves === 'half') socket.end()
        expect((await get('/hello')).status).toBe(200)
        socket.destroy()
        await closed
      }),
    )
  })

  it('a second question before the first has its answer is not heard', async () => {
    const asked: string[] = []
    const start = (): Promise<ServiceStatus> => {
      asked.push('start')
      return new Promise(() => {})
    }
    await world.serve(serviceOf({ start, stop: async () => ({ reaped: [asked.push('stop')], survivors: [] }) }))
    const post = (route: string): string => `POST /${route} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`
    const { closed } = await world.raw(`${post('start')}${post('stop')}`)
    expect([await closed, asked]).toEqual(['', ['start']])
  })

  it('whoever says nothing, or never ends, is hung up on after 2 s; whoever waits for an answer is not', async () => {
    const ready = later<ServiceStatus>()
    await world.serve(serviceOf({ start: () => ready.promise }))
    const waiting = post('/start')
    const clients = [
      await world.raw(),
      await world.raw('GET /hel'),
      await world.raw('POST /stop HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{'),
      await world.raw('GET /logs?follow=1 HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{'),
    ]
    const drip = setInterval(() => clients[1]!.socket.write('l'), 500)
    const since = performance.now()
    for (const { closed } of clients) await closed
    clearInterval(drip)
    expect(performance.now() - since).toBeGreaterThan(1500)
    ready.settle(status)
    expect((await waiting).status).toBe(200)
  })

  it('of more than 64 at a time whoever came first and has asked nothing makes room', async () => {
    await world.serve()
    const idlers = await Promise.all(Array.from({ length: 64 }, () => world.raw()))
    expect((await get('/hello')).status).toBe(200)
    await Promise.race(idlers.map(({ closed }) => closed))
    for (const { socket } of idlers) socket.destroy()
  })

  it('of more than 64 at a time that are being answered the newcomer is turned away, until one leaves', async () => {
    let asked = 0
    const start = (): Promise<never> => {
      asked += 1
      return new Promise(() => {})
    }
    await world.serve(serviceOf({ start }))
    const waiting = await Promise.all(
      Array.from({ length: 64 }, () => world.raw('POST /start HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n')),
    )
    await until('all are being answered', () => asked === 64)
    await expect(get('/hello')).rejects.toThrow()
    waiting[0]!.socket.destroy()
    await until('there is room again', () =>
      get('/hello').then(
        (answer) => answer.status === 200,
        () => false,
      ),
    )
    for (const { socket } of waiting) socket.destroy()
  })
})

describe('the log', () => {
  it('is sent as lines of JSON, redacted', async () => {
    const log = createLog()
    log.write('one', 'token sk-2', 'drei €')
    await world.serve(serviceOf({ logs: log.logs }), { redact: (text) => text.replace('sk-2', '***') })
    const answer = await get('/logs')
    expect(answer.headers['content-type']).toBe('application/x-ndjson')
    expect(
      answer.text
        .trimEnd()
        .split('\n')
        .map((text) => JSON.parse(text)),
    ).toEqual([line('one'), line('token ***'), line('drei €')])
    expect((await get('/logs?tail=1')).text).toBe(`${JSON.stringify(line('drei €'))}\n`)
    expect((await get('/logs?tail=0')).text).toBe('')
  })

  it('is answered before there is a line, and goes on while it is followed', async () => {
    const log = createLog()
    await world.serve(serviceOf({ logs: log.logs }))
    const { socket, text } = await world.raw('GET /logs?follow=1 HTTP/1.1\r\nhost: x\r\n\r\n')
    await until('it is answered', () => text().startsWith('HTTP/1.1 200 OK'))
    log.write('later')
    await until('the line has come', () => text().includes('"later"'))
    expect(log.seen.readers).toBe(1)
    socket.destroy()
    await until('nobody reads it any more', () => log.seen.readers === 0)
  })

  it('that breaks ends the stream without an end, and nothing else', async () => {
    await world.serve(
      serviceOf({
        async *logs() {
          yield line('one')
          throw new Error('gone')
        },
      }),
    )
    await expect(get('/logs')).rejects.toThrow('aborted')
    expect((await get('/hello')).status).toBe(200)
  })

  it('waits for a reader who does not read', async () => {
    let given = 0
    let isOver = false
    const long = 'x'.repeat(10_000)
    await world.serve(
      serviceOf({
        async *logs({ signal } = {}) {
          try {
            while (signal?.aborted !== true) {
              given += 1
              yield line(long)
            }
          } finally {
            isOver = true
          }
        },
      }),
    )
    const socket = createConnection({ path: world.path })
    socket.pause()
    socket.write('GET /logs?follow=1 HTTP/1.1\r\nhost: x\r\n\r\n')
    await until('something is sent', () => given > 0)
    await stands(() => given)
    // what fits into the buffers of both sides and the kernel
    expect(given * long.length).toBeLessThan(2 * 1024 * 1024)
    expect((await get('/hello')).status).toBe(200)
    socket.destroy()
    await until('its iteration is over', () => isOver)
  })

  it('has 48 readers at most, so that there is room for other questions', async () => {
    const log = createLog()
    await world.serve(serviceOf({ logs: log.logs }))
    const readers = await Promise.all(Array.from({ length: 48 }, () => world.raw('GET /logs?follow=1 HTTP/1.1\r\nhost: x\r\n\r\n')))
    await until('all read', () => log.seen.readers === 48)
    expect((await get('/logs')).status).toBe(503)
    expect((await get('/status')).status).toBe(200)
    readers[0]!.socket.destroy()
    await until('one has left', () => log.seen.readers === 47)
    expect((await get('/logs')).status).toBe(200)
  })
})

describe('closing', () => {
  it('hangs up on who has asked nothing, and ends the streams of those who follow', async () => {
    const log = createLog()
    const server = await world.serve(serviceOf({ logs: log.logs }))
    const idle = await world.raw()
    const half = await world.raw('GET /hel')
    const follower = await world.raw('GET /logs?follow=1 HTTP/1.1\r\nhost: x\r\n\r\n')
    log.write('one')
    await until('the line has come', () => follower.text().includes('"one"'))
    const since = performance.now()
    await server.close()
    expect(performance.now() - since).toBeLessThan(200)
    expect([await idle.closed, await half.closed]).toEqual(['', ''])
    expect(await follower.closed).toMatch(/\r\n0\r\n\r\n$/)
    expect(log.seen.readers).toBe(0)
  })

  it('waits for the answers that are under way', async () => {
    const ready = later<ServiceStatus>()
    let isAsked = false
    const start = (): Promise<ServiceStatus> => {
      isAsked = true
      return ready.promise
    }
    const server = await world.serve(serviceOf({ start }))
    const answer = post('/start')
    await until('it is asked', () => isAsked)
    const closing = server.close()
    ready.settle(status)
    expect(json(await answer)).toEqual(status)
    await closing
  })

  it('does not wait for ever: neither for an answer nor for a reader', async () => {
    let asked = 0
    const never = (): Promise<ServiceStatus> => {
      asked += 1
      return new Promise(() => {})
    }
    const flood = async function* () {
      for (;;) yield line('x'.repeat(10_000))
    }
    const server = await world.serve(serviceOf({ start: never, logs: flood }))
    const waiting = await world.raw('POST /start HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n')
    const stuck = await world.raw('GET /logs?follow=1 HTTP/1.1\r\nhost: x\r\n\r\n')
    await until('something is sent', () => stuck.text() !== '')
    stuck.socket.pause()
    await until('it is asked', () => asked === 1)
    const since = performance.now()
    await server.close()
    expect(performance.now() - since).toBeGreaterThan(250)
    expect(performance.now() - since).toBeLessThan(1500)
    expect(await waiting.closed).toBe('')
  })

  it('right after a connection, before there is a word of HTTP, leaves nothing behind', async () => {
    const server = await world.serve()
    const clients = [world.raw('GET /hello HTTP/1.1\r\nhost: x\r\n\r\n'), world.raw()].map((client) =>
      client.then(
        ({ closed }) => closed,
        () => 'refused',
      ),
    )
    await server.close()
    await Promise.all(clients)
    expect(readdirSync(world.dir)).toEqual([])
  })
})
