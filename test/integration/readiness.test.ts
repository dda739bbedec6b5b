import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CreateOptions, ProbeTarget } from '../../src/index.ts'
import { ask } from '../helpers/ports.ts'
import { createScene } from '../helpers/supervised.ts'

test('http: any status below 500 is ready, 503 is not yet', async () => {
  await using scene = createScene()
  const { supervisor, all } = scene.supervise('answers-503-then-200')
  const { url } = await supervisor.start()
  expect(await ask(`${url}/`)).toEqual({ status: 200, body: 'request 5' })
  const probes = all('probe').filter(({ probe }) => probe === 'readiness')
  expect(probes.some(({ ok, reason }) => !ok && reason!.includes('503'))).toBe(true)
  expect(probes.at(-1)).toEqual({ probe: 'readiness', ok: true, latencyMs: expect.any(Number) })
})

test.each([301, 302, 401, 403, 404, 204])('http: %d counts as ready', async (status) => {
  await using scene = createScene()
  const { supervisor, all } = scene.supervise('answers-with-status', { env: { STATUS: String(status) } })
  await supervisor.start()
  expect(all('ready')).toMatchObject([{ identity: 'ours' }])
})

test('http: a lasting 500 is never ready, with reason SERVER_ERROR', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('answers-with-status', {
    env: { STATUS: '500' },
    readiness: { kind: 'http', path: '/health', timeoutMs: 1500 },
    restart: { when: 'never' },
  })
  await expect(supervisor.start()).rejects.toMatchObject({
    code: 'ERR_NEVER_READY',
    reason: 'SERVER_ERROR',
    message: expect.stringMatching(/\/health answered 500/),
  })
})

test('http: status and body can be asked for', async () => {
  await using scene = createScene()
  const readiness = { kind: 'http', path: '/x', status: [400, 499], body: /^bod[y]$/, timeoutMs: 2000 } as const
  const options: CreateOptions = { env: { STATUS: '404' }, readiness: { ...readiness, status: [400, 499] } }
  expect(await scene.supervise('answers-with-status', options).supervisor.start()).toMatchObject({ state: 'ready' })
  const other: CreateOptions = {
    ...options,
    name: 'other',
    readiness: { ...readiness, status: [400, 499], body: 'other', timeoutMs: 1500 },
    restart: { when: 'never' },
  }
  await expect(scene.supervise('answers-with-status', other).supervisor.start()).rejects.toMatchObject({
    code: 'ERR_NEVER_READY',
    message: expect.stringContaining('other'),
  })
})

test('a backend that listens late is ready soon after it listens', async () => {
  await using scene = createScene()
  const { supervisor, all } = scene.supervise('ready-after', { env: { READY_AFTER_MS: '400' } })
  await supervisor.start()
  const [{ startupMs } = { startupMs: 0 }] = all('ready')
  expect(startupMs).toBeGreaterThan(400)
  expect(startupMs).toBeLessThan(1400)
})

test('tcp: a port that accepts is enough', async () => {
  await using scene = createScene()
  const { supervisor, all } = scene.supervise('answers-with-status', { env: { STATUS: '500' }, readiness: { kind: 'tcp' } })
  await supervisor.start()
  expect(all('ready')).toMatchObject([{ identity: 'ours' }])
})

test.each([['backend is ready'], [/is rea(dy)$/g]])('log: a line of output that matches %s', async (pattern) => {
  await using scene = createScene()
  const { supervisor, all } = scene.supervise('prints-ready', { port: false, readiness: { kind: 'log', pattern } })
  await supervisor.start()
  expect(all('log').map(({ line }) => line)).toEqual(['warming up', 'backend is ready'])
})

test('log: without the line it is never ready, and the error says which', async () => {
  await using scene = createScene()
  const readiness = { kind: 'log', pattern: 'all systems go', timeoutMs: 1500 } as const
  const { supervisor } = scene.supervise('prints-ready', { port: false, readiness, restart: { when: 'never' } })
  await expect(supervisor.start()).rejects.toMatchObject({
    code: 'ERR_NEVER_READY',
    message: expect.stringContaining('all systems go'),
    tail: ['warming up', 'backend is ready'],
  })
})

test("ipc: the message 'ready', after others", async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('sends-ready-message', { port: false, readiness: { kind: 'ipc' } })
  expect(await supervisor.start()).toMatchObject({ state: 'ready' })
})

test("ipc: a message of type 'ready'", async () => {
  await using scene = createScene()
  const env = { READY_MESSAGE: JSON.stringify({ type: 'ready', at: 3 }) }
  const { supervisor } = scene.supervise('sends-ready-message', { port: false, readiness: { kind: 'ipc' }, env })
  expect(await supervisor.start()).toMatchObject({ state: 'ready' })
})

test('ipc: a message of its own, and no other', async () => {
  await using scene = createScene()
  const message = { server: ['up'] }
  const env = { READY_MESSAGE: JSON.stringify(message) }
  expect(
    await scene.supervise('sends-ready-message', { port: false, readiness: { kind: 'ipc', message }, env }).supervisor.start(),
  ).toMatchObject({ state: 'ready' })
  const readiness = { kind: 'ipc', message, timeoutMs: 1000 } as const
  const other: CreateOptions = { name: 'other', port: false, readiness, restart: { when: 'never' } }
  await expect(scene.supervise('sends-ready-message', other).supervisor.start()).rejects.toMatchObject({ code: 'ERR_NEVER_READY' })
})

test('command: ready when it ends with 0, in the surroundings of the backend', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('writes-ready-file', {
    env: { READY_FILE: join(scene.dir, 'ready') },
    readiness: { kind: 'command', command: 'sh', args: ['-c', 'test -e "$READY_FILE" && test -n "$PORT"'] },
  })
  expect(await supervisor.start()).toMatchObject({ state: 'ready' })
})

test('command: one that is not there is never ready, and the error names it', async () => {
  await using scene = createScene()
  const readiness = { kind: 'command', command: 'no-such-check', timeoutMs: 300 } as const
  const { supervisor } = scene.supervise('listens', { readiness, restart: { when: 'never' } })
  await expect(supervisor.start()).rejects.toMatchObject({ code: 'ERR_NEVER_READY', message: expect.stringContaining('no-such-check') })
})

test('custom: a function that is asked for the address until it is content', async () => {
  await using scene = createScene()
  const asked: ProbeTarget[] = []
  const probe = async (target: ProbeTarget): Promise<{ ok: true } | { ok: false; reason: string }> => {
    asked.push(target)
    if (asked.length === 1) throw new Error('not now')
    return asked.length < 4 ? { ok: false, reason: 'not yet' } : { ok: true }
  }
  const { supervisor, all } = scene.supervise('listens', { readiness: { kind: 'custom', probe } })
  const { port } = await supervisor.start()
  expect(asked).toHaveLength(4)
  expect(asked[0]).toMatchObject({ host: '127.0.0.1', port })
  expect(all('probe').map(({ reason }) => reason)).toEqual(['not now', 'not yet', undefined])
})

test('custom: a function that throws, or never settles, hurts nobody', async () => {
  await using scene = createScene()
  const probes = [
    () => {
      throw new Error('thrown')
    },
    () => new Promise<never>(() => {}),
  ]
  for (const probe of probes) {
    const { supervisor } = scene.supervise('listens', { readiness: { kind: 'custom', probe, timeoutMs: 300 }, restart: { when: 'never' } })
    await expect(supervisor.start()).rejects.toMatchObject({ code: 'ERR_NEVER_READY' })
  }
})

test('false: ready when launched', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('never-listens', { readiness: false })
  expect(await supervisor.start()).toMatchObject({ state: 'ready', port: expect.any(Number), health: { failures: 0 } })
  await next('log')
})
