import { expect, test } from 'vitest'
import type { Supervisor } from '../../src/index.ts'
import { ask, freePort, isListenedOn, type Occupant, occupy } from '../helpers/ports.ts'
import { until } from '../helpers/processes.ts'
import { createScene } from '../helpers/supervised.ts'

/** Takes the port before the supervisor hears of the exit's consequences: its next look finds a stranger. */
const occupiedAtExit = (supervisor: Supervisor, port: number): Promise<Occupant> =>
  new Promise((resolve) => {
    const off = supervisor.on('exit', () => {
      off()
      resolve(occupy(port))
    })
  })

test('a port by number is had', async () => {
  await using scene = createScene()
  const port = await freePort()
  expect(await scene.supervise('listens', { port }).supervisor.start()).toMatchObject({ port, url: `http://127.0.0.1:${port}` })
})

test('a preferred port is had when it is free', async () => {
  await using scene = createScene()
  const port = await freePort()
  expect(await scene.supervise('listens', { port: { prefer: port } }).supervisor.start()).toMatchObject({ port })
})

test('a preferred port that is taken moves', async () => {
  await using scene = createScene()
  const taken = await freePort()
  await using _stranger = await occupy(taken)
  const { port, url } = await scene.supervise('listens', { port: { prefer: taken } }).supervisor.start()
  expect(port).not.toBe(taken)
  expect(await ask(`${url}/`)).toMatchObject({ status: 200 })
  expect(await ask(`http://127.0.0.1:${taken}/`)).toEqual({ status: 200, body: 'stranger' })
})

test('port 0 is any', async () => {
  await using scene = createScene()
  expect((await scene.supervise('listens', { port: 0 }).supervisor.start()).port).toBeGreaterThan(1023)
})

test('an automatic port is kept over restarts', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('listens')
  const { pid, port } = await supervisor.start()
  await next('ready')
  process.kill(pid!, 'SIGKILL')
  expect(await next('ready')).toMatchObject({ port })
  expect(await supervisor.restart()).toMatchObject({ port })
})

test('an automatic port that a stranger takes in the moment of a restart moves', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('listens')
  const { pid, port } = await supervisor.start()
  await next('ready')
  const taken = occupiedAtExit(supervisor, port!)
  process.kill(pid!, 'SIGKILL')
  await using _stranger = await taken
  const ready = await next('ready')
  expect(ready.port).not.toBe(port)
  expect(await ask(`${ready.url}/`)).toMatchObject({ body: String(ready.pid) })
  expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ body: 'stranger' })
})

test('a port by number that a stranger takes in the moment of a restart is ERR_PORT_TAKEN', async () => {
  await using scene = createScene()
  const port = await freePort()
  const { supervisor, next } = scene.supervise('listens', { port })
  const { pid } = await supervisor.start()
  const taken = occupiedAtExit(supervisor, port)
  process.kill(pid!, 'SIGKILL')
  await using _stranger = await taken
  expect(await next('failed')).toMatchObject({ code: 'ERR_PORT_TAKEN', message: expect.stringContaining(String(process.pid)) })
  expect(scene.pids()).toEqual([])
  expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ body: 'stranger' })
})

test('an automatic port that is lost between choice and bind is chosen again', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('listens-on-sigusr2')
  const starting = supervisor.start()
  const first = await next('log')
  const lost = Number(first.line.split(' ')[1])
  await using _stranger = await occupy(lost)
  process.kill(first.pid, 'SIGUSR2')
  expect(await next('exit')).toMatchObject({ pid: first.pid, reason: 'PORT_TAKEN', code: 1 })
  expect(await next('state', ({ to }) => to === 'backoff')).toMatchObject({ cause: 'port lost', delayMs: 0 })
  const second = await next('log', ({ line }) => line.startsWith('wants'))
  expect(Number(second.line.split(' ')[1])).not.toBe(lost)
  process.kill(second.pid, 'SIGUSR2')
  expect(await starting).toMatchObject({ pid: second.pid })
})

test('a port by number that is lost between choice and bind is ERR_PORT_TAKEN', async () => {
  await using scene = createScene()
  const port = await freePort()
  const { supervisor, next } = scene.supervise('listens-on-sigusr2', { port })
  const starting = supervisor.start().catch((error: unknown) => error)
  const { pid } = await next('log')
  await using _stranger = await occupy(port)
  process.kill(pid, 'SIGUSR2')
  expect(await starting).toMatchObject({ code: 'ERR_PORT_TAKEN', reason: 'PORT_TAKEN', message: expect.stringContaining(String(port)) })
})

test('a stranger who answers well is never taken for a backend that swallows EADDRINUSE', async () => {
  await using scene = createScene()
  const port = await freePort()
  const { supervisor, next, all } = scene.supervise('swallows-eaddrinuse', { port })
  const starting = supervisor.start().catch((error: unknown) => error)
  const { pid } = await next('log')
  await using _stranger = await occupy(port)
  process.kill(pid, 'SIGUSR2')
  expect(await next('log')).toMatchObject({ line: 'never mind: listen' })
  expect(await starting).toMatchObject({
    code: 'ERR_PORT_TAKEN',
    reason: 'PORT_TAKEN',
    message: expect.stringContaining(String(process.pid)),
  })
  expect(all('ready')).toEqual([])
  expect(all('state').map(({ to }) => to)).not.toContain('ready')
  expect(scene.pids()).toEqual([])
  expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ body: 'stranger' })
})

test('a backend that swallows EADDRINUSE gets another port where the port may move', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('swallows-eaddrinuse')
  const starting = supervisor.start().catch((error: unknown) => error)
  const first = await next('log')
  const lost = Number(first.line.split(' ')[1])
  await using _stranger = await occupy(lost)
  process.kill(first.pid, 'SIGUSR2')
  const second = await next('log', ({ line, pid }) => pid !== first.pid && line.startsWith('wants'))
  expect(Number(second.line.split(' ')[1])).not.toBe(lost)
  const stopped = supervisor.stop()
  expect(await starting).toMatchObject({ code: 'ERR_STOPPED' })
  await stopped
})

test('a stranger who takes the port that a ready backend has closed is found out, and the backend moves', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('closes-its-server', { liveness: { periodMs: 200 } })
  const { url, port } = await supervisor.start()
  await next('ready')
  await ask(`${url}/close`)
  await until('nobody listens', () => !isListenedOn(port!))
  await using _stranger = await occupy(port!)
  expect(await next('exit')).toMatchObject({ reason: 'FOREIGN_SERVER_ANSWERS', requested: true })
  const ready = await next('ready')
  expect(ready.port).not.toBe(port)
})

test('a listener of ours on another port is not adopted: LISTENS_ON_OTHER_PORT', async () => {
  await using scene = createScene()
  const { supervisor, next, all } = scene.supervise('listens-elsewhere', {
    readiness: { kind: 'http', timeoutMs: 1500 },
    restart: { when: 'never' },
  })
  const starting = supervisor.start().catch((error: unknown) => error)
  const other = (await next('log')).line.split(' ')[1]
  expect(await starting).toMatchObject({
    code: 'ERR_NEVER_READY',
    reason: 'LISTENS_ON_OTHER_PORT',
    message: expect.stringContaining(`127.0.0.1:${other}`),
  })
  expect(all('exit')).toEqual([expect.objectContaining({ reason: 'LISTENS_ON_OTHER_PORT' })])
  expect(all('failed')).toEqual([expect.objectContaining({ reason: 'LISTENS_ON_OTHER_PORT' })])
  expect(isListenedOn(Number(other))).toBe(false)
})

test('a listener on ::1 only does not serve 127.0.0.1: ADDRESS_FAMILY_MISMATCH', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens-on-ipv6-only', {
    readiness: { kind: 'http', timeoutMs: 1500 },
    restart: { when: 'never' },
  })
  await expect(supervisor.start()).rejects.toMatchObject({ code: 'ERR_NEVER_READY', reason: 'ADDRESS_FAMILY_MISMATCH' })
})

test.each([
  ['::1', '[::1]'],
  ['0.0.0.0', '127.0.0.1'],
  ['::', '[::1]'],
  ['localhost', 'localhost'],
])('a backend on %s is reached at %s', async (host, name) => {
  await using scene = createScene()
  const { supervisor, all } = scene.supervise('listens', { host })
  const { port, url, pid } = await supervisor.start()
  expect(url).toBe(`http://${name}:${port}`)
  expect(await ask(`${url}/`)).toMatchObject({ body: String(pid) })
  expect(all('ready')).toMatchObject([{ identity: 'ours' }])
})

test('without a port there is no address, and readiness is the launch', async () => {
  await using scene = createScene()
  const { supervisor, next, all } = scene.supervise('never-listens', { port: false })
  expect(await supervisor.start()).toMatchObject({ state: 'ready', port: null, url: null })
  expect(supervisor.url).toBeUndefined()
  await next('log')
  expect(all('ready')).toMatchObject([{ port: null, url: null, identity: 'unknown' }])
})
