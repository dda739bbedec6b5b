import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { ask, open } from '../helpers/ports.ts'
import { isAlive, until } from '../helpers/processes.ts'
import { createScene } from '../helpers/supervised.ts'

/** Counts what a stream brings. */
const counting = (stream: IncomingMessage): { bytes: number; over: boolean } => {
  const count = { bytes: 0, over: false }
  stream.on('data', (chunk: Buffer) => {
    count.bytes += chunk.length
  })
  stream.on('close', () => {
    count.over = true
  })
  stream.on('error', () => {})
  return count
}

test('a backend that is busy for 3 s is said to be unresponsive and responsive again, and nothing is lost', async () => {
  await using scene = createScene()
  const { supervisor, next, all } = scene.supervise('blocks-event-loop', {
    liveness: { periodMs: 300, timeoutMs: 300, failureThreshold: 20 },
  })
  const { url, pid } = await supervisor.start()
  const stream = await open(`${url}/stream`)
  const count = counting(stream)
  await until('the stream streams', () => count.bytes > 0)
  await ask(`${url}/block/3000`)
  const unresponsive = await next('unresponsive')
  expect(unresponsive).toEqual({ pid, misses: 2, reason: 'EVENT_LOOP_BLOCKED', silentMs: expect.any(Number) })
  expect(unresponsive.silentMs).toBeGreaterThan(300)
  expect((await supervisor.status()).health).toMatchObject({ ok: false, failures: expect.any(Number) })
  const before = count.bytes
  const responsive = await next('responsive')
  expect(responsive).toEqual({ pid, misses: expect.any(Number), reason: null, silentMs: expect.any(Number) })
  expect(responsive.misses).toBeGreaterThan(2)
  expect(responsive.silentMs).toBeGreaterThan(2000)
  expect(responsive.silentMs).toBeLessThan(4500)
  await until('the stream goes on', () => count.bytes > before + 50)
  expect(count.over).toBe(false)
  expect(await supervisor.status()).toMatchObject({ state: 'ready', pid, restarts: 0, health: { ok: true, failures: 0 } })
  expect(all('unresponsive')).toHaveLength(1)
  expect(all('exit')).toEqual([])
  stream.destroy()
})

test('a backend that hangs for good is restarted, with the evidence told before', async () => {
  await using scene = createScene()
  const { supervisor, next, order } = scene.supervise('blocks-event-loop', {
    liveness: { periodMs: 200, timeoutMs: 200, failureThreshold: 3 },
  })
  const { url, pid } = await supervisor.start()
  await next('ready')
  await ask(`${url}/block/1000000`)
  expect(await next('unresponsive')).toMatchObject({ pid, misses: 2 })
  expect(await next('state')).toMatchObject({ from: 'ready', to: 'stopping', cause: 'unresponsive', pid })
  expect(await next('exit')).toMatchObject({ pid, signal: 'SIGKILL', reason: 'EVENT_LOOP_BLOCKED', requested: true })
  const ready = await next('ready')
  expect(await ask(`${ready.url}/`)).toEqual({ status: 200, body: 'ok' })
  expect(ready.url).toBe(url)
  expect(order('state', 'unresponsive').slice(2)).toEqual(['unresponsive', 'stopping', 'backoff', 'starting', 'ready'])
})

test('a suspended backend is restarted without waiting for the threshold: PROCESS_SUSPENDED', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('listens', { liveness: { periodMs: 300, timeoutMs: 300, failureThreshold: 1000 } })
  const { url, pid } = await supervisor.start()
  await next('ready')
  process.kill(pid!, 'SIGSTOP')
  const began = performance.now()
  expect(await next('exit')).toMatchObject({ pid, reason: 'PROCESS_SUSPENDED', requested: true })
  expect(performance.now() - began).toBeLessThan(4000)
  const ready = await next('ready')
  expect(await ask(`${ready.url}/`)).toMatchObject({ body: String(ready.pid) })
  expect(ready.url).toBe(url)
  expect(isAlive(pid!)).toBe(false)
})

test('a backend that is suspended can be stopped, and gets its signal', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('ends-on-message', { launch: 'spawn', liveness: false, stop: { graceMs: 500 } })
  const { pid } = await supervisor.start()
  process.kill(pid!, 'SIGSTOP')
  await supervisor.stop()
  expect(await next('log')).toMatchObject({ line: 'signalled' })
  expect(isAlive(pid!)).toBe(false)
})

test('a backend that lives but no longer listens is restarted without waiting for the threshold: NOTHING_LISTENS', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('closes-its-server', { liveness: { periodMs: 300, failureThreshold: 1000 } })
  const { url, pid } = await supervisor.start()
  await next('ready')
  await ask(`${url}/close`)
  expect(await next('exit')).toMatchObject({ pid, reason: 'NOTHING_LISTENS', requested: true })
  expect(await next('ready')).toMatchObject({ url })
})

test('a late tick of the supervising process is never a miss', async () => {
  await using scene = createScene()
  const { supervisor, all } = scene.supervise('answers-after', { liveness: { periodMs: 150, timeoutMs: 300, failureThreshold: 3 } })
  const { url, pid } = await supervisor.start()
  for (let block = 0; block < 2; block += 1) {
    await ask(`${url}/`)
    await ask(`${url}/`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500)
  }
  await ask(`${url}/`)
  await ask(`${url}/`)
  expect(all('unresponsive')).toEqual([])
  expect(all('exit')).toEqual([])
  expect(await supervisor.status()).toMatchObject({ state: 'ready', pid, restarts: 0, health: { ok: true, failures: 0 } })
})

test('any HTTP answer shows that it lives, 500 too', async () => {
  await using scene = createScene()
  const { supervisor, all } = scene.supervise('answers-with-status', {
    env: { STATUS: '500' },
    readiness: { kind: 'tcp' },
    liveness: { kind: 'http', path: '/', periodMs: 50, failureThreshold: 1 },
  })
  const { health } = await supervisor.start()
  await until('it was asked again', async () => (await supervisor.status()).health.latencyMs !== health.latencyMs)
  expect(all('exit')).toEqual([])
  expect((await supervisor.status()).health.ok).toBe(true)
})

test('the latency of the last probe is in the status', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('answers-after', { liveness: { periodMs: 50 } })
  const { health } = await supervisor.start()
  await until('it was asked again', async () => (await supervisor.status()).health.latencyMs !== health.latencyMs)
  expect((await supervisor.status()).health.latencyMs).toBeGreaterThanOrEqual(99)
})

test('liveness of its own kind: a function', async () => {
  await using scene = createScene()
  let well = true
  const { supervisor, next } = scene.supervise('never-listens', {
    port: false,
    liveness: {
      kind: 'custom',
      periodMs: 30,
      failureThreshold: 3,
      probe: async () => (well ? { ok: true } : { ok: false, reason: 'it is tired' }),
    },
  })
  const { pid } = await supervisor.start()
  await next('ready')
  await until('it was asked', async () => (await supervisor.status()).health.latencyMs !== null)
  well = false
  await next('unresponsive')
  expect(await next('exit')).toMatchObject({ pid, requested: true })
  well = true
  await next('ready')
})

test('liveness false asks nothing', async () => {
  await using scene = createScene()
  const { supervisor, all } = scene.supervise('closes-its-server', { liveness: false })
  const { url, pid } = await supervisor.start()
  await ask(`${url}/close`)
  await supervisor.stop()
  expect(all('probe').filter(({ probe }) => probe === 'liveness')).toEqual([])
  expect(all('exit')).toMatchObject([{ pid, requested: true }])
})
