import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { controlClient, shakeHands } from '../../src/control/client.ts'
import { isSupervisorError, SupervisorError } from '../../src/errors.ts'
import type { LogLine } from '../../src/logs/tail.ts'
import type { ServiceStatus, StopReport } from '../../src/supervisor/controller.ts'
import { until } from '../helpers/processes.ts'
import { createLog, createWorld, hello, line, serviceOf, stands, status, type World } from './world.ts'

let world: World
const servers: Server[] = []
beforeEach(() => {
  world = createWorld()
})
afterEach(async () => {
  for (const server of servers.splice(0)) if (server.listening) await new Promise((resolve) => server.close(resolve))
  await world[Symbol.asyncDispose]()
})

/** Somebody else on the socket. Connections that the client leaves open keep the test from ending. */
const listen = async (onConnection: (socket: Socket) => void): Promise<Server> => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    onConnection(socket)
  })
  servers.push(server)
  server.listen(world.path)
  await once(server, 'listening')
  return server
}
/** Answers whatever it is asked. */
const saying = (text: string) => listen((socket) => socket.once('data', () => socket.end(text)))
const http = (body: string, head = '200 OK'): string =>
  `HTTP/1.1 ${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`

const failureOf = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}
const read = async (lines: AsyncIterable<LogLine>): Promise<string[]> => {
  const texts: string[] = []
  for await (const { line: text } of lines) texts.push(text)
  return texts
}

describe('a handshake', () => {
  it('with a supervisor gives who it is', async () => {
    await world.serve()
    expect(await shakeHands(world.path)).toEqual(hello)
  })

  it('where there is no socket, no folder, or nobody behind a file: nobody', async () => {
    expect(await shakeHands(world.path)).toBe('nobody')
    expect(await shakeHands(join(world.dir, 'no', 'socket'))).toBe('nobody')
    expect(await shakeHands(world.file('plain', ''))).toBe('nobody')
    expect(await shakeHands(join(world.file('plain', ''), 'socket'))).toBe('nobody')
  })

  it('with somebody who accepts and says nothing, or not all: silent, in time', async () => {
    for (const said of ['', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{']) {
      const server = await listen((socket) => void socket.resume().write(said))
      const since = performance.now()
      expect(await shakeHands(world.path, 100)).toBe('silent')
      expect(performance.now() - since).toBeLessThan(1000)
      await new Promise((resolve) => server.close(resolve))
    }
  })

  it('with somebody who hangs up: silent', async () => {
    for (const hangUp of [(socket: Socket) => socket.destroy(), (socket: Socket) => socket.resume().end()]) {
      const server = await listen(hangUp)
      expect(await shakeHands(world.path)).toBe('silent')
      await new Promise((resolve) => server.close(resolve))
    }
  })

  it('with somebody who hangs up in the middle of the answer: silent', async () => {
    await listen((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{')))
    expect(await shakeHands(world.path)).toBe('silent')
  })

  it('with somebody who hangs up because it is just ending: nobody', async () => {
    const server = await listen((socket) => {
      server.close()
      socket.destroy()
    })
    expect(await shakeHands(world.path)).toBe('nobody')
  })

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n'],
    ['no JSON', http('<html>')],
    ['no greeting', http('{"hello":"world"}')],
    ['a greeting of another protocol', http(JSON.stringify({ ...hello, protocol: 2 }))],
    ['an error', http(JSON.stringify(hello), '404 Not Found')],
    ['no end', `HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n${' '.repeat(5_000_000)}`],
    ['endless headers', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(200_000)}`],
  ])('with somebody who says something else (%s): stranger', async (_what, text) => {
    await saying(text)
    expect(await shakeHands(world.path)).toBe('stranger')
  })

  it('with a path that would be cut fails in one sentence', async () => {
    expect(await failureOf(shakeHands(`/${'x'.repeat(103)}`))).toMatchObject({
      code: 'ERR_STATE_DIR',
      reason: 'SOCKET_PATH_TOO_LONG',
      message: expect.stringMatching(/^The path of the control socket is 104 bytes long, of 103 at most: .*\.$/),
    })
  })
})

describe('a service from elsewhere', () => {
  it('does what it is asked', async () => {
    const asked: unknown[] = []
    await world.serve(
      serviceOf({
        start: async () => {
          asked.push('start')
          return status
        },
        restart: async () => {
          asked.push('restart')
          return status
        },
        stop: async (options) => {
          asked.push(options)
          return { reaped: [1], survivors: [2] }
        },
      }),
    )
    const client = controlClient(world.path)
    expect([await client.status(), await client.start(), await client.restart()]).toEqual([status, status, status])
    expect([await client.stop(), await client.stop({ force: true })]).toEqual(Array(2).fill({ reaped: [1], survivors: [2] }))
    expect(asked).toEqual(['start', 'restart', {}, { force: true }])
  })

  it('is asked once while the answer is awaited; force is asked at once', async () => {
    const asked: unknown[] = []
    let end = (_report: StopReport): void => {}
    const ended = new Promise<StopReport>((resolve) => (end = resolve))
    await world.serve(
      serviceOf({
        stop: (options) => {
          asked.push(options)
          return ended
        },
      }),
    )
    const client = controlClient(world.path)
    const stopping = client.stop()
    expect(client.stop()).toBe(stopping)
    expect(client.start()).toBe(client.start())
    await until('it is asked', () => asked.length === 1)
    const forced = client.stop({ force: true })
    await until('it is asked again', () => asked.length === 2)
    end({ reaped: [1], survivors: [] })
    expect(await Promise.all([stopping, forced])).toEqual(Array(2).fill({ reaped: [1], survivors: [] }))
    expect(asked).toEqual([{}, { force: true }])
    expect(await client.stop()).toEqual({ reaped: [1], survivors: [] })
    expect(asked).toHaveLength(3)
  })

  it('serves two at once', async () => {
    let ready = (_status: ServiceStatus): void => {}
    const promise = new Promise<ServiceStatus>((resolve) => (ready = resolve))
    await world.serve(serviceOf({ start: () => promise }))
    const one = controlClient(world.path)
    const other = controlClient(world.path)
    const starting = [one.start(), other.start()]
    expect(await other.status()).toEqual(status)
    ready(status)
    expect(await Promise.all(starting)).toEqual([status, status])
  })

  it('fails with the error that it failed with there', async () => {
    let thrown: unknown
    await world.serve(serviceOf({ start: () => Promise.reject(thrown) }))
    const client = controlClient(world.path)
    const text = fc.string({ unit: 'binary', maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(text, text, fc.array(text, { maxLength: 20 }), async (message, hint, tail) => {
        const error = new SupervisorError('ERR_NEVER_READY', message, { hint, tail, service: 'api', reason: 'PORT_TAKEN' })
        thrown = error
        const heard = await failureOf(client.start())
        expect(isSupervisorError(heard, 'ERR_NEVER_READY')).toBe(true)
        expect(heard).toMatchObject({ message, hint, tail, service: 'api', reason: 'PORT_TAKEN' })
      }),
      { numRuns: 25 },
    )
  })

  it('whose error brings a lot of output still tells it', async () => {
    const tail = Array.from({ length: 20 }, () => '\u0000'.repeat(10_000))
    await world.serve(serviceOf({ start: () => Promise.reject(new SupervisorError('ERR_CRASHED', 'm', { tail })) }))
    expect(await failureOf(controlClient(world.path).start())).toMatchObject({ code: 'ERR_CRASHED', tail })
  })

  it('that breaks over there breaks here, without a code', async () => {
    await world.serve(serviceOf({ status: () => Promise.reject(new TypeError('broken')) }))
    const error = await failureOf(controlClient(world.path).status())
    expect([isSupervisorError(error), (error as Error).message]).toEqual([false, 'broken'])
  })

  it.each(['status', 'start', 'stop', 'restart', 'logs'] as const)('that is gone, asked for %s: it does not run', async (method) => {
    const client = controlClient(world.path, 'api')
    const asked = method === 'logs' ? read(client.logs()) : client[method]()
    expect(await failureOf(asked)).toMatchObject({
      code: 'ERR_NOT_RUNNING',
      service: 'api',
      message: expect.stringContaining('The supervisor of api does not run'),
      hint: expect.stringContaining('start'),
    })
  })

  it.each(['status', 'start', 'logs'] as const)('that hangs up, asked for %s, is silent', async (method) => {
    await listen((socket) => socket.once('data', () => socket.destroy()))
    const client = controlClient(world.path)
    const asked = method === 'logs' ? read(client.logs()) : client[method]()
    expect(await failureOf(asked)).toMatchObject({ code: 'ERR_NOT_RUNNING', message: expect.stringContaining('silent') })
  })

  it('that never answers is silent after 5 s, when it is asked what takes no time', async () => {
    await listen((socket) => socket.resume())
    const client = controlClient(world.path)
    const since = performance.now()
    const failures = await Promise.all([failureOf(client.status()), failureOf(read(client.logs({ follow: true })))])
    expect(performance.now() - since).toBeGreaterThan(4900)
    for (const failure of failures) expect(failure).toMatchObject({ code: 'ERR_NOT_RUNNING', message: expect.stringContaining('silent') })
  })

  it.each([
    ['status', http('<html>')],
    ['status', http('null')],
    ['status', http('{}', '404 Not Found')],
    ['logs', http('{}', '404 Not Found')],
  ] as const)('that is another program, asked for %s (%j)', async (method, text) => {
    await saying(text)
    const client = controlClient(world.path)
    const asked = method === 'logs' ? read(client.logs()) : client[method]()
    expect(await failureOf(asked)).toMatchObject({ code: 'ERR_NOT_RUNNING', message: expect.stringContaining('no supervisor') })
  })
})

describe('lines from elsewhere', () => {
  it('are the same lines: all, the last ones, none', async () => {
    const log = createLog()
    log.write('one', 'zwei €\u2028', '\u0000"\r')
    await world.serve(serviceOf({ logs: log.logs }))
    const { logs } = controlClient(world.path)
    const all: LogLine[] = []
    for await (const each of logs()) all.push(each)
    expect(all).toEqual([line('one'), line('zwei €\u2028'), line('\u0000"\r')])
    expect(await read(logs({ tail: 2 }))).toEqual(['zwei €\u2028', '\u0000"\r'])
    expect(await read(logs({ tail: 0 }))).toEqual([])
    expect(await read(logs({ tail: Number.POSITIVE_INFINITY }))).toHaveLength(3)
  })

  it('are as long as lines may be', async () => {
    const longest = '\u0000'.repeat(10_000)
    const log = createLog()
    log.write(longest, 'next')
    await world.serve(serviceOf({ logs: log.logs }))
    expect(await read(controlClient(world.path).logs())).toEqual([longest, 'next'])
  })

  it('come as they are written, to all who follow; who stops reading is gone', async () => {
    const log = createLog()
    log.write('one')
    await world.serve(serviceOf({ logs: log.logs }))
    const client = controlClient(world.path)
    const follow = async (): Promise<string[]> => {
      const texts: string[] = []
      for await (const { line: text } of client.logs({ follow: true })) if (texts.push(text) === 3) break
      return texts
    }
    const followers = [follow(), follow()]
    await until('both follow', () => log.seen.readers === 2)
    log.write('two')
    await until('it has been given', () => log.seen.given === 4)
    log.write('three')
    expect(await Promise.all(followers)).toEqual(Array(2).fill(['one', 'two', 'three']))
    await until('nobody reads any more', () => log.seen.readers === 0)
  })

  it('end with the signal, in the middle of the wait for one', async () => {
    const log = createLog()
    await world.serve(serviceOf({ logs: log.logs }))
    const controller = new AbortController()
    const reading = read(controlClient(world.path).logs({ follow: true, signal: controller.signal }))
    await until('it is followed', () => log.seen.readers === 1)
    controller.abort()
    expect(await reading).toEqual([])
    await until('nobody reads any more', () => log.seen.readers === 0)
  })

  it('are not asked for with a signal that is aborted', async () => {
    expect(await read(controlClient(world.path).logs({ signal: AbortSignal.abort() }))).toEqual([])
  })

  it('end when the reader returns while it waits for one', async () => {
    const log = createLog()
    await world.serve(serviceOf({ logs: log.logs }))
    const lines = controlClient(world.path).logs({ follow: true })[Symbol.asyncIterator]()
    const waiting = lines.next()
    await until('it is followed', () => log.seen.readers === 1)
    expect(await lines.return?.()).toEqual({ done: true, value: undefined })
    expect(await waiting).toEqual({ done: true, value: undefined })
    await until('nobody reads any more', () => log.seen.readers === 0)
  })

  it('end with the supervisor, whether it closes or dies', async () => {
    const log = createLog()
    log.write('one')
    const server = await world.serve(serviceOf({ logs: log.logs }))
    const reading = read(controlClient(world.path).logs({ follow: true }))
    await until('it has been given', () => log.seen.given === 1)
    await server.close()
    expect(await reading).toEqual(['one'])

    const text = `${JSON.stringify(line('last'))}\n{"time":1,"li`
    await saying(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n`)
    expect(await read(controlClient(world.path).logs({ follow: true }))).toEqual(['last'])
  })

  it('that are none are passed over, however long', async () => {
    const text = `null\n{"line":1}\nx\n${'y'.repeat(1_000_000)}\n${JSON.stringify(line('good'))}\n`
    await saying(http(text))
    expect(await read(controlClient(world.path).logs())).toEqual(['good'])
  })

  it('are not fetched faster than they are read', async () => {
    const log = createLog()
    log.write(...Array.from({ length: 2000 }, () => 'x'.repeat(10_000)))
    await world.serve(serviceOf({ logs: log.logs }))
    const lines = controlClient(world.path).logs()[Symbol.asyncIterator]()
    await lines.next()
    await stands(() => log.seen.given)
    // what fits into the buffers of both sides and the kernel
    expect(log.seen.given).toBeLessThan(200)
    let read = 1
    while (!(await lines.next()).done) read += 1
    expect(read).toBe(2000)
  })
})
