import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ask, createDoorScene, type DoorScene } from '../gateway/door-scene.ts'
import { killPid, until } from '../helpers/processes.ts'
import { createScene, fixture } from '../helpers/supervised.ts'

const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n'
const answers = {
  'with a length': `${head}Content-Length: 11\r\n\r\nhello world`,
  'in chunks': `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`,
  'in chunks with trailers': `${head}Trailer: X-A\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX-A: b\r\n\r\n`,
  'that ends with its connection': `${head}\r\nhello world`,
  'that ends with its connection, and says so': `${head}Connection: close\r\n\r\nhello world`,
} as const
const ends = {
  FIN: (socket: Socket) => socket.end(),
  RST: (socket: Socket) => socket.resetAndDestroy(),
} as const

/** Asked all at once: every offset on a connection of its own. */
const cutEverywhere = async (scene: DoorScene, bytes: string, end: (socket: Socket) => void, method = 'POST') => {
  const server = await scene.tcp((socket) =>
    socket.once('data', (request) => {
      const offset = Number(/^\S+ \/(\d+)/.exec(request.toString('latin1'))?.[1])
      if (offset === 0) end(socket)
      else socket.write(bytes.slice(0, offset), () => end(socket))
    }),
  )
  scene.upstream.ready(server)
  return Promise.all(Array.from({ length: bytes.length + 1 }, (_, offset) => scene.ask(`/${offset}`, { method })))
}

describe.each(Object.keys(ends) as (keyof typeof ends)[])('a connection that is ended by %s', (kind) => {
  it.each(Object.keys(answers) as (keyof typeof answers)[])('at every byte of an answer %s', async (name) => {
    await using scene = await createDoorScene()
    const bytes = answers[name]
    const bodyAt = bytes.indexOf('\r\n\r\n') + 4
    const isOpenEnded = name.startsWith('that ends')
    for (const [offset, answer] of (await cutEverywhere(scene, bytes, ends[kind])).entries()) {
      const at = `${kind} at ${offset} of ${bytes.length}`
      if (offset < bodyAt) expect(answer, at).toMatchObject({ status: 502, isWhole: true })
      else {
        const isWhole = isOpenEnded ? kind === 'FIN' : offset === bytes.length
        expect(answer, at).toMatchObject({ status: 200, isWhole })
        if (isOpenEnded) expect(answer.body, at).toBe(bytes.slice(bodyAt, offset))
        else expect('hello world'.startsWith(answer.body), at).toBe(true)
      }
    }
    expect(scene.door.counters).toMatchObject({ active: 0, lost: bodyAt, repeated: 0 })
  })
})

describe('an answer that ends with its connection', () => {
  it.each([1, 5])('is not complete if its process has died with it, told after %i ms', async (afterMs) => {
    await using scene = await createDoorScene()
    await scene.saying(`${head}\r\nhello`, (socket) => {
      socket.end()
      setTimeout(() => scene.upstream.crashed(), afterMs)
    })
    expect(await scene.ask('/')).toMatchObject({ status: 200, isWhole: false, body: 'hello' })
    expect(scene.door.counters).toMatchObject({ cut: 1, active: 0 })
  })

  /** One process, that serves itself. */
  const signs = (sign: () => 'there' | 'ending' = () => 'there') => ({ signs: { sign, servers: async (pid: number) => [pid] } })

  it('is not complete where its process has begun to end, whenever that is told', async () => {
    let isEnding = false
    await using scene = await createDoorScene(
      {},
      signs(() => (isEnding ? 'ending' : 'there')),
    )
    await scene.saying(`${head}\r\nhello`, (socket) => {
      isEnding = true
      socket.end()
    })
    expect(await scene.ask('/')).toMatchObject({ status: 200, isWhole: false, body: 'hello' })
    expect(scene.door.counters).toMatchObject({ cut: 1, active: 0 })
  })

  it.each([
    ['complete', 'was killed', true, { code: null, signal: 'SIGKILL' }],
    ['not complete', 'has ended by itself, and may have closed it before', false, { code: 1, signal: null }],
    ['not complete', 'was told to end', false, { code: null, signal: 'SIGTERM' }],
  ])('is %s if its process closed it, and then %s', async (_is, _how, isWhole, exit) => {
    // it ends as soon as somebody has looked whether it is there
    let die = (): void => {}
    const look = (): 'there' => {
      setImmediate(die)
      return 'there'
    }
    await using scene = await createDoorScene({}, signs(look))
    await scene.saying(`${head}\r\nhello`, (socket) => {
      die = () => scene.upstream.gone(undefined, exit)
      socket.end()
    })
    expect(await scene.ask('/')).toMatchObject({ status: 200, isWhole, body: 'hello' })
  })

  it.each([
    ['complete at once', true, 0],
    ['waited for if it took more than a second', false, 1100],
  ])('of a process that closes by habit is %s', async (_is, isWhole, tookMs) => {
    await using scene = await createDoorScene({}, signs())
    let count = 0
    const server = await scene.tcp((socket) =>
      socket.once('data', () => {
        socket.write(`${head}\r\nhello`)
        count += 1
        if (count <= 3) socket.end()
        else
          setTimeout(() => {
            socket.end()
            // as one that has failed in good order
            setTimeout(() => scene.upstream.gone(undefined, { code: 1, signal: null }), 5)
          }, tookMs)
      }),
    )
    scene.upstream.ready(server)
    for (let i = 0; i < 3; i += 1) expect(await scene.ask('/')).toMatchObject({ isWhole: true })
    expect(await scene.ask('/')).toMatchObject({ isWhole, body: 'hello' })
  })

  it('is not complete if its process has died with it, though how is told much later', async () => {
    await using scene = await createDoorScene()
    await scene.saying(`${head}\r\nhello`, (socket) => {
      socket.end()
      scene.upstream.gone()
    })
    expect(await scene.ask('/')).toMatchObject({ status: 200, isWhole: false, body: 'hello' })
    expect(scene.upstream.state.state).toBe('ready')
    scene.upstream.crashed()
  })
})

describe('a process of which something is left that holds its output', () => {
  it('leaves no answer that looks complete where it is killed', async () => {
    await using scene = createScene()
    const { supervisor, next } = scene.supervise('answers-open-ended-with-a-grandchild', { gateway: { port: 'auto' } })
    await supervisor.start()
    const { line: said } = await next('log', ({ line }) => line.startsWith('grandchild '))
    // of a session of its own, it outlives a crash
    scene.atEnd(() => killPid(Number(said.split(' ')[1])))
    const [{ port }, pid] = [new URL(supervisor.gatewayUrl!), supervisor.pids[0]!]
    const answers = Array.from({ length: 4 }, () => ask(Number(port), '/open'))
    await next('log', ({ line }) => line === 'answers 4')
    process.kill(pid, 'SIGKILL')
    for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ status: 200, isWhole: false, body: 'part one\n' })
    await next('exit', (exit) => exit.pid === pid)
    await supervisor.stop()
  })
})

describe.runIf(process.platform === 'linux')('a process that closes its connections', () => {
  /** Who serves has been found, and does so by habit. */
  const untilQuick = (port: number): Promise<void> => until('an answer is not waited for', async () => (await ask(port, '/')).ms < 40)

  it('is not waited for any more after a while', async () => {
    await using scene = createScene()
    const { supervisor } = scene.supervise('answers-open-ended', { gateway: { port: 'auto' } })
    await supervisor.start()
    await untilQuick(Number(new URL(supervisor.gatewayUrl!).port))
    await supervisor.stop()
  })

  it('and is killed while it answers has not answered, though a shell above it takes its time', async () => {
    await using scene = createScene()
    const args = ['-c', '"$0" "$1"; sleep 0.5; exit 1', process.execPath, fixture('answers-open-ended')]
    const { supervisor, next } = scene.supervise({ name: 'wrapped', command: 'sh', args, gateway: { port: 'auto' } })
    await supervisor.start()
    const { port } = new URL(supervisor.gatewayUrl!)
    await untilQuick(Number(port))
    const asked = ask(Number(port), '/open')
    const { line } = await next('log', ({ line: said }) => said.startsWith('/open'))
    process.kill(Number(line.split(' ')[1]), 'SIGKILL')
    expect(await asked).toMatchObject({ status: 200, isWhole: false, body: 'a part' })
    await supervisor.stop()
  })
})

describe('a client of HTTP/1.0', () => {
  it.each(['FIN', 'RST'] as const)('is not told that an answer is complete which ends by %s', async (kind) => {
    await using scene = await createDoorScene()
    await scene.saying(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, ends[kind])
    const client = scene.dial(`GET / HTTP/1.0\r\nHost: 127.0.0.1:${scene.port}\r\n\r\n`)
    expect(await client.ended()).toBe('reset')
    expect(client.text()).toMatch(/\r\n\r\nhello$/)
  })
})

describe('an answer in lines', () => {
  const lines = 'HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n'

  it('that breaks off between two is given a last one, and is not complete', async () => {
    await using scene = await createDoorScene()
    await scene.saying(`${lines}8\r\n{"a":1}\n\r\n`, (socket) => socket.end())
    const answer = await scene.ask('/')
    expect(answer).toMatchObject({ status: 200, isWhole: false })
    const [first, last] = answer.body.trimEnd().split('\n')
    expect(first).toBe('{"a":1}')
    expect(JSON.parse(last ?? '')).toMatchObject({ type: 'gateway_error', code: 'BACKEND_LOST', message: expect.any(String) })
  })

  it('that breaks off within one is left as it is', async () => {
    await using scene = await createDoorScene()
    await scene.saying(`${lines}5\r\n{"a":\r\n`, (socket) => socket.end())
    expect(await scene.ask('/')).toMatchObject({ status: 200, isWhole: false, body: '{"a":' })
  })

  it('that has a length is not made longer', async () => {
    await using scene = await createDoorScene()
    await scene.saying(`HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100\r\n\r\n{"a":1}\n`, (socket) =>
      socket.end(),
    )
    expect(await scene.ask('/')).toMatchObject({ status: 200, isWhole: false, body: '{"a":1}\n' })
  })
})

describe('an answer that is none', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['a length and chunks', `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`],
    ['an upgrade that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', 'backend-lost'],
    ['a header that cannot be passed on', `${head}X-A: a\x01b\r\nContent-Length: 0\r\n\r\n`],
    ['headers of more than 64 KiB', `${head}X-A: ${'a'.repeat(70_000)}\r\n\r\n`],
  ])('%s is 502, and is not asked for again', async (_what, bytes, reason = 'bad-answer') => {
    await using scene = await createDoorScene()
    let asked = 0
    scene.upstream.ready(
      await scene.tcp((socket) =>
        socket.once('data', () => {
          asked += 1
          socket.write(bytes)
        }),
      ),
    )
    const answer = await scene.ask('/')
    expect(answer).toMatchObject({ status: 502, isWhole: true })
    expect([JSON.parse(answer.body).reason, asked]).toEqual([reason, 1])
  })
})

describe('an odd answer', () => {
  it.each(['O\x01K', 'caf\u00e9', ''])('with the message %j reaches the client', async (message) => {
    await using scene = await createDoorScene()
    await scene.saying(Buffer.from(`HTTP/1.1 299 ${message}\r\nContent-Length: 2\r\n\r\nok`, 'latin1'))
    expect(await scene.ask('/')).toMatchObject({ status: 299, body: 'ok', isWhole: true })
  })

  it.each([
    ['204 No Content', 'GET', '1.1'],
    ['304 Not Modified', 'GET', '1.1'],
    ['200 OK', 'HEAD', '1.1'],
    ['200 OK', 'GET', '1.0'],
  ])('that announces trailers where there can be none, %s to %s of HTTP/%s, reaches the client', async (status, method, version) => {
    await using scene = await createDoorScene()
    await scene.saying(`HTTP/1.1 ${status}\r\nTrailer: X-A\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: b\r\n\r\n`)
    const client = scene.dial(`${method} / HTTP/${version}\r\nHost: 127.0.0.1:${scene.port}\r\nConnection: close\r\n\r\n`)
    expect(await client.ended()).toBe('end')
    expect(client.text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status}\r\n`))
    expect(client.text()).toMatch(/\r\n\r\n$/)
  })
})
