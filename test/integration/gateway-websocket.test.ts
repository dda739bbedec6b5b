import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Supervisor } from '../../src/index.ts'
import { killPid, until } from '../helpers/processes.ts'
import { createScene, type Scene } from '../helpers/supervised.ts'

/** Tells its pid to each that comes in, and echoes; `/half` is the path on which it never finishes what it says. */
const backend = (scene: Scene): string =>
  scene.file(
    'backend.mjs',
    `import { createServer } from 'node:http'
     import { WebSocketServer } from '${import.meta.resolve('ws')}'
     const server = createServer((request, response) => response.end('ok'))
     new WebSocketServer({ server }).on('connection', (socket, { url }) => {
       // together: who knows the pid has the half frame, too
       socket._socket.cork()
       socket.send(String(process.pid))
       if (url === '/half') socket._socket.write(Buffer.from([0x82, 100, 1, 2, 3]))
       socket._socket.uncork()
       socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
     })
     server.listen(process.env.JARVIS_SOCKET ?? process.env.PORT, process.env.HOST)
     process.on('SIGTERM', () => process.exit(0))`,
  )

const gateway = { port: 'auto' } as const

const doorOf = (supervisor: Supervisor): string => (supervisor.gatewayUrl ?? '').replace('http:', 'ws:')

interface Client {
  readonly socket: WebSocket
  /** Of the process that it reached. */
  readonly pid: Promise<number>
  readonly closed: Promise<[number, string]>
}

const connectTo = (scene: Scene, url: string): Client => {
  const socket = new WebSocket(url)
  socket.on('error', () => {})
  scene.atEnd(() => socket.terminate())
  return {
    socket,
    pid: new Promise((resolve) => socket.once('message', (data) => resolve(Number(String(data))))),
    closed: new Promise((resolve) => socket.once('close', (code, reason) => resolve([code, String(reason)]))),
  }
}

test.each(['tcp', 'socket'] as const)(
  'a WebSocket hears of a crash, and the next one waits until the backend is back (%s)',
  async (transport) => {
    await using scene = createScene()
    const { supervisor } = scene.supervise({ script: backend(scene), name: 'api', transport, gateway })
    const { pid } = await supervisor.start()
    const url = doorOf(supervisor)
    scene.watchPort(Number(new URL(url).port))
    const [first, half] = [connectTo(scene, url), connectTo(scene, `${url}/half`)]
    expect([await first.pid, await half.pid]).toEqual([pid, pid])
    await killPid(pid ?? 0)
    expect(await first.closed).toEqual([1012, 'service restart'])
    expect(await half.closed).toEqual([1006, ''])
    const second = connectTo(scene, url)
    const next = await second.pid
    expect(next).not.toBe(pid)
    second.socket.send(Buffer.from([1, 2, 3]))
    const [data] = (await once(second.socket, 'message')) as [Buffer]
    expect([...data]).toEqual([1, 2, 3])
    second.socket.close(4001, 'enough')
    expect(await second.closed).toEqual([4001, 'enough'])
  },
)

test('those that come back at once are all let in, whatever is killed or restarted', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise({
    ...{ script: backend(scene), name: 'api', gateway },
    restart: { intensity: { maxRestarts: 100 } },
  })
  await supervisor.start()
  await next('ready')
  const url = doorOf(supervisor)
  const failed: string[] = []
  const seen = new Set<number>()
  let isOver = false
  const comesBack = async (): Promise<void> => {
    while (!isOver) {
      const { socket, pid, closed } = connectTo(scene, url)
      socket.on('error', ({ message }) => isOver || failed.push(message))
      void pid.then((number) => seen.add(number))
      await closed
    }
  }
  const clients = Array.from({ length: 10 }, comesBack)
  for (let round = 0; round < 4; round += 1) {
    const pid = (await supervisor.status()).pid ?? 0
    await until('somebody is there', () => seen.has(pid))
    if (round % 2 === 0) await killPid(pid)
    else void supervisor.restart()
    await next('ready')
  }
  const { pid } = await supervisor.status()
  await until('somebody is there', () => seen.has(pid ?? 0))
  expect(failed).toEqual([])
  expect(seen.size).toBe(5)
  isOver = true
  await supervisor.stop()
  await Promise.all(clients)
})

test('a WebSocket to a backend that was given up is told why', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('exits-at-once', { gateway })
  const waiting = supervisor.start().catch(() => {})
  await until('the door is open', () => supervisor.gatewayUrl !== undefined)
  const { socket } = connectTo(scene, `${doorOf(supervisor)}/chat`)
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  expect(response.statusCode).toBe(503)
  expect(response.headers['content-type']).toBe('application/problem+json')
  expect(JSON.parse(Buffer.concat(await response.toArray()).toString())).toMatchObject({ reason: 'backend-failed', state: 'failed' })
  await waiting
})
