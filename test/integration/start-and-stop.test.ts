import { once } from 'node:events'
import { expect, test } from 'vitest'
import { ask, isListenedOn } from '../helpers/ports.ts'
import { isAlive, killPid } from '../helpers/processes.ts'
import { createScene, isSupervisorError } from '../helpers/supervised.ts'

test('start() resolves with the whole status row when the backend is ready', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens')
  const status = await supervisor.start()
  const { pid, port, url } = status
  expect(status).toStrictEqual({
    name: 'listens',
    state: 'ready',
    pid: expect.any(Number),
    port: expect.any(Number),
    url: `http://127.0.0.1:${port}`,
    uptimeMs: expect.any(Number),
    restarts: 0,
    lastExit: null,
    health: { ok: true, latencyMs: expect.any(Number), failures: 0 },
    memoryBytes: expect.any(Number),
    cpuPercent: expect.any(Number),
    supervisor: { pid: process.pid, version: expect.stringMatching(/^\d+\.\d+\.\d+/), startedAt: expect.stringMatching(/^\d{4}-.*Z$/) },
  })
  expect(status.memoryBytes).toBeGreaterThan(10_000_000)
  expect(status.uptimeMs).toBeGreaterThan(0)
  expect(supervisor.url).toBe(url)
  expect(await ask(`${url}/`)).toEqual({ status: 200, body: String(pid) })
})

test('the status of a service that was not started yet has nothing of a process', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens')
  expect(await supervisor.status()).toMatchObject({
    state: 'stopped',
    pid: null,
    port: null,
    url: null,
    uptimeMs: null,
    restarts: 0,
    lastExit: null,
    health: { ok: null, latencyMs: null, failures: 0 },
    memoryBytes: null,
    cpuPercent: null,
  })
  expect(supervisor.url).toBeUndefined()
})

test('the events of a good life are those of the contract, in order', async () => {
  await using scene = createScene()
  const { supervisor, order, all } = scene.supervise('listens')
  const { pid, port, url } = await supervisor.start()
  await supervisor.stop()
  expect(order('state', 'ready', 'exit', 'failed')).toEqual(['starting', 'ready', 'ready', 'stopping', 'exit', 'stopped'])
  const [starting, ready, stopping, stopped] = all('state')
  expect(starting).toMatchObject({ from: 'stopped', to: 'starting', cause: 'requested', attempt: 1 })
  expect(ready).toMatchObject({ from: 'starting', to: 'ready', pid, port, url })
  expect(stopping).toMatchObject({ from: 'ready', to: 'stopping', cause: 'requested', pid })
  expect(stopped).toMatchObject({ from: 'stopping', to: 'stopped' })
  expect(all('ready')).toEqual([{ pid, port, url, startupMs: expect.any(Number), identity: 'ours' }])
  expect(all('exit')).toEqual([
    { pid, code: null, signal: 'SIGTERM', uptimeMs: expect.any(Number), reason: null, tail: [], requested: true },
  ])
})

test('start() twice is the same promise, and one process', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens')
  const first = supervisor.start()
  expect(supervisor.start()).toBe(first)
  const { pid } = await first
  expect(await supervisor.start()).toMatchObject({ state: 'ready', pid, restarts: 0 })
  expect(scene.pids()).toEqual([pid])
})

test('stop() resolves when everything is gone, and says what was', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens')
  const { pid, port } = await supervisor.start()
  expect(await supervisor.stop()).toEqual({ reaped: [pid], survivors: [] })
  expect(scene.pids()).toEqual([])
  expect(isListenedOn(port!)).toBe(false)
  expect(await supervisor.status()).toMatchObject({ state: 'stopped', pid: null, lastExit: { pid, code: null, signal: 'SIGTERM' } })
})

test('stop() twice is the same promise', async () => {
  await using scene = createScene()
  const { supervisor, all } = scene.supervise('listens')
  await supervisor.start()
  const first = supervisor.stop()
  expect(supervisor.stop()).toBe(first)
  await first
  expect(all('exit')).toHaveLength(1)
})

test('stop() of what was never started is no error', async () => {
  await using scene = createScene()
  expect(await scene.supervise('listens').supervisor.stop()).toEqual({ reaped: [], survivors: [] })
})

test('stop() in the same moment as start() leaves nothing, and start() says that it was stopped', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens')
  const starting = supervisor.start().catch((error: unknown) => error)
  const { survivors } = await supervisor.stop()
  expect(survivors).toEqual([])
  expect(await starting).toMatchObject({ code: 'ERR_STOPPED', service: 'listens' })
  expect(supervisor.state.state).toBe('stopped')
  expect(scene.pids()).toEqual([])
})

test('stop() while it is starting ends it, and start() says that it was stopped', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('never-listens')
  const starting = supervisor.start().catch((error: unknown) => error)
  const { pid } = await next('log')
  expect(await supervisor.stop()).toEqual({ reaped: [pid], survivors: [] })
  const error = await starting
  expect(isSupervisorError(error, 'ERR_STOPPED')).toBe(true)
  expect(scene.pids()).toEqual([])
})

test('stop() in backoff does not wait for its end', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('exits-at-once', { restart: { backoff: { initialMs: 60_000, maxMs: 60_000 } } })
  const starting = supervisor.start().catch((error: unknown) => error)
  await next('state', ({ to, delayMs }) => to === 'backoff' && delayMs! > 0)
  expect(await supervisor.stop()).toMatchObject({ survivors: [] })
  expect(supervisor.state.state).toBe('stopped')
  expect(await starting).toMatchObject({ code: 'ERR_STOPPED' })
})

test('stop({ force: true }) does not wait for the grace', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('ignores-sigterm', { stop: { graceMs: 60_000 } })
  const { pid } = await supervisor.start()
  const graceful = supervisor.stop()
  await next('log', ({ line }) => line === 'ignores SIGTERM')
  await supervisor.stop({ force: true })
  expect(await graceful).toEqual({ reaped: [pid], survivors: [] })
  expect(await next('exit')).toMatchObject({ pid, signal: 'SIGKILL', requested: true })
})

test('restart() gives another process at the same address', async () => {
  await using scene = createScene()
  const { supervisor, order } = scene.supervise('listens')
  const before = await supervisor.start()
  const after = await supervisor.restart()
  expect(after).toMatchObject({ state: 'ready', port: before.port, url: before.url, restarts: 1, lastExit: { pid: before.pid } })
  expect(after.pid).not.toBe(before.pid)
  expect(scene.pids()).toEqual([after.pid])
  expect(order('state').slice(2)).toEqual(['stopping', 'starting', 'ready'])
})

test('restart() of what is stopped starts it', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens')
  expect(await supervisor.restart()).toMatchObject({ state: 'ready', restarts: 0 })
})

test('restart() in backoff starts at once', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('exits-at-once', { restart: { backoff: { initialMs: 60_000, maxMs: 60_000 } } })
  supervisor.start().catch(() => {})
  await next('state', ({ to, delayMs }) => to === 'backoff' && delayMs! > 0)
  const again = supervisor.restart().catch((error: unknown) => error)
  expect(await next('state', ({ to }) => to === 'starting')).toMatchObject({ from: 'backoff', cause: 'requested', attempt: 1 })
  await next('exit')
  await supervisor.stop()
  expect(await again).toMatchObject({ code: 'ERR_STOPPED' })
})

test('a stopped service can be started again', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens')
  const { pid } = await supervisor.start()
  await supervisor.stop()
  const again = await supervisor.start()
  expect(again).toMatchObject({ state: 'ready' })
  expect(again.pid).not.toBe(pid)
})

test('start() from a listener is heard', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('listens')
  const { pid } = await supervisor.start()
  await next('ready')
  let again: Promise<{ pid: number | null }> | undefined
  const off = supervisor.on('state', ({ to }) => {
    if (to === 'stopped') again ??= supervisor.start()
  })
  await supervisor.stop()
  const { pid: other } = await next('ready')
  expect(other).not.toBe(pid)
  expect(await again).toMatchObject({ pid: other })
  off()
})

test('stop() from a listener is heard', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('listens')
  supervisor.on('ready', () => void supervisor.stop())
  await supervisor.start().catch(() => {})
  await next('state', ({ to }) => to === 'stopped')
  expect(scene.pids()).toEqual([])
})

test('a listener that throws harms nobody', async () => {
  await using scene = createScene()
  const { supervisor, order } = scene.supervise('listens')
  const warned = once(process, 'warning')
  for (const event of ['state', 'ready', 'exit', 'log', 'probe'] as const) {
    supervisor.on(event, () => {
      throw new Error('from a listener')
    })
  }
  const { pid } = await supervisor.start()
  await supervisor.stop()
  expect(order('state')).toEqual(['starting', 'ready', 'stopping', 'stopped'])
  expect(isAlive(pid!)).toBe(false)
  expect(await warned).toMatchObject([{ message: 'from a listener' }])
})

test('on() returns the unsubscribe', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens')
  let heard = 0
  const off = supervisor.on('state', () => {
    heard += 1
  })
  off()
  await supervisor.start()
  expect(heard).toBe(0)
})

test('await using stops it', async () => {
  await using scene = createScene()
  {
    await using supervisor = scene.supervise('listens').supervisor
    await supervisor.start()
  }
  expect(scene.pids()).toEqual([])
})

test('the library changes neither the environment nor the handlers of its process', async () => {
  await using scene = createScene()
  const environment = { ...process.env }
  const handlers = (): Record<string, number> =>
    Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)]))
  const before = handlers()
  const { supervisor } = scene.supervise('listens')
  await supervisor.start()
  expect(process.env).toEqual(environment)
  expect(handlers()).toEqual(before)
  await supervisor.stop()
})

test('what the backend left in its group goes with it when it is killed', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('leaves-a-grandchild')
  const { pid } = await supervisor.start()
  const { line } = await next('log', (log) => log.line.startsWith('grandchild'))
  const grandchild = Number(line.split(' ')[1])
  expect(isAlive(grandchild)).toBe(true)
  process.kill(pid!, 'SIGKILL')
  await next('exit')
  expect(isAlive(grandchild)).toBe(false)
  await next('ready', (ready) => ready.pid !== pid)
})

test('a backend that ignores SIGTERM, with a grandchild that holds the port, is all gone within the grace and a second', async () => {
  await using scene = createScene()
  const graceMs = 500
  const { supervisor, next } = scene.supervise('ignores-sigterm-with-grandchild-on-port', { stop: { graceMs } })
  const { pid, port } = await supervisor.start()
  const { line } = await next('log', (log) => log.line.startsWith('grandchild'))
  const grandchild = Number(line.split(' ')[1])
  const began = performance.now()
  const { reaped, survivors } = await supervisor.stop()
  expect(performance.now() - began).toBeLessThan(graceMs + 1000)
  expect([...reaped].sort()).toEqual([pid, grandchild].sort())
  expect(survivors).toEqual([])
  expect(scene.pids()).toEqual([])
  expect(isListenedOn(port!)).toBe(false)
})

test('a grandchild in a session of its own is left alive and named', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('survives-setsid-grandchild')
  const { pid } = await supervisor.start()
  const { line } = await next('log', (log) => log.line.startsWith('grandchild'))
  const grandchild = Number(line.split(' ')[1])
  expect(await supervisor.stop()).toEqual({ reaped: [pid], survivors: [grandchild] })
  expect(scene.pids()).toEqual([grandchild])
  await killPid(grandchild)
})

test('a daemon that carries nothing of ours but the environment is left alive and named', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('leaves-a-daemon')
  const { pid } = await supervisor.start()
  const { line } = await next('log', (log) => log.line.startsWith('grandchild'))
  const daemon = Number(line.split(' ')[1])
  const { reaped, survivors } = await supervisor.stop()
  const alive = isAlive(daemon)
  await killPid(daemon)
  expect({ alive, reaped, survivors }).toEqual({ alive: true, reaped: [pid], survivors: [daemon] })
})

test('the stop message comes over the channel before any signal', async () => {
  await using scene = createScene()
  const { supervisor, next, all } = scene.supervise('ends-on-message', { stop: { message: { type: 'shutdown' } } })
  await supervisor.start()
  await supervisor.stop()
  expect(await next('exit')).toMatchObject({ code: 0, signal: null, requested: true })
  expect(all('log').map(({ line }) => line)).toEqual(['told {"type":"shutdown"}'])
})

test('the signal follows a stop message that is not obeyed, within the grace', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('listens', { stop: { message: 'please', graceMs: 1000 } })
  await supervisor.start()
  const began = performance.now()
  await supervisor.stop()
  expect(performance.now() - began).toBeLessThan(1000)
  expect(await next('exit')).toMatchObject({ signal: 'SIGTERM' })
})

test('the stop signal can be another', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('listens', { stop: { signal: 'SIGINT' } })
  await supervisor.start()
  await supervisor.stop()
  expect(await next('exit')).toMatchObject({ signal: 'SIGINT' })
})
