import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { elf, placeholder } from '../detect/installed.ts'
import { ask, freePort, isListenedOn } from '../helpers/ports.ts'
import { until } from '../helpers/processes.ts'
import { createScene, createSupervisor, fixture, isSupervisorError } from '../helpers/supervised.ts'

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'was resolved',
    (error: unknown) => error,
  )

test('three runs in a row that never became ready are given up with ERR_NEVER_READY and the last lines', async () => {
  await using scene = createScene()
  const { supervisor, all, order } = scene.supervise('exits-at-once', { restart: { backoff: { initialMs: 20 } } })
  const error = await rejection(supervisor.start())
  expect(isSupervisorError(error, 'ERR_NEVER_READY')).toBe(true)
  expect(error).toMatchObject({
    service: 'exits-at-once',
    message: expect.stringMatching(/exits-at-once .*3 runs.*code 3/),
    hint: expect.any(String),
  })
  expect([...(error as { tail: string[] }).tail].sort()).toEqual(['connecting', 'no database'])
  expect(order('state', 'exit', 'failed', 'ready')).toEqual([
    ...['starting', 'exit', 'backoff', 'starting', 'exit', 'backoff', 'starting', 'exit', 'failed', 'failed'],
  ])
  expect(all('state').flatMap(({ to, attempt }) => (to === 'starting' ? attempt : []))).toEqual([1, 2, 3])
  const waits = all('state').flatMap(({ delayMs }) => delayMs ?? [])
  expect(waits).toEqual([0, expect.any(Number)])
  expect(waits[1]).toBeGreaterThanOrEqual(16)
  expect(waits[1]).toBeLessThanOrEqual(24)
  expect(all('failed')).toEqual([
    { code: 'ERR_NEVER_READY', reason: null, message: (error as Error).message, hint: (error as { hint: string }).hint },
  ])
  for (const exit of all('exit')) expect(exit).toMatchObject({ code: 3, signal: null, requested: false })
})

test.each([
  ['an executable for another processor', elf(process.arch === 'arm64' ? 'x64' : 'arm64'), 'WRONG_ARCHITECTURE'],
  ['the placeholder of npm', placeholder, 'CLAUDE_UNUSABLE'],
])('%s gets a pid all the same; its exit says what it is', async (_, { bytes }, reason) => {
  await using scene = createScene()
  const command = join(scene.dir, 'tool')
  writeFileSync(command, bytes ?? '', { mode: 0o755 })
  const { supervisor, all } = scene.supervise({ command, restart: { when: 'never' } })
  await expect(supervisor.start()).rejects.toMatchObject({ code: 'ERR_NEVER_READY', reason })
  expect(all('exit')).toMatchObject([{ reason }])
})

test('a failed service can be started again', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('exits-at-once', { restart: { when: 'never' } })
  await expect(supervisor.start()).rejects.toMatchObject({ code: 'ERR_NEVER_READY' })
  expect(await supervisor.status()).toMatchObject({ state: 'failed', pid: null, url: null, lastExit: { code: 3, signal: null } })
  await expect(supervisor.start()).rejects.toMatchObject({ code: 'ERR_NEVER_READY' })
  expect(await supervisor.stop()).toMatchObject({ survivors: [] })
})

test('a run that takes longer than the readiness timeout is ended and counted', async () => {
  await using scene = createScene()
  const { supervisor, all } = scene.supervise('never-listens', {
    readiness: { kind: 'http', timeoutMs: 300 },
    restart: { backoff: { initialMs: 10 } },
  })
  await expect(supervisor.start()).rejects.toMatchObject({
    code: 'ERR_NEVER_READY',
    message: expect.stringMatching(/not ready within \d+ ms/),
  })
  expect(all('exit')).toHaveLength(3)
  expect(scene.pids()).toEqual([])
})

test('with restarts off one run that never became ready is enough', async () => {
  await using scene = createScene()
  const { supervisor, all } = scene.supervise('exits-at-once', { restart: { when: 'never' } })
  await expect(supervisor.start()).rejects.toMatchObject({ code: 'ERR_NEVER_READY' })
  expect(all('exit')).toHaveLength(1)
})

test('more crashes than allowed are a crash loop', async () => {
  await using scene = createScene()
  const { supervisor, next, all } = scene.supervise('exits-when-asked', { restart: { intensity: { maxRestarts: 2 } } })
  const { url } = await supervisor.start()
  for (let crash = 0; crash < 3; crash += 1) {
    await next('ready')
    await ask(`${url}/exit/4`)
    await next('exit')
  }
  expect(await next('failed')).toMatchObject({ code: 'ERR_CRASH_LOOP', message: expect.stringContaining('3 times') })
  expect(all('ready')).toHaveLength(3)
  expect(supervisor.state.state).toBe('failed')
})

test('start() of a service that crashes before its promise was looked at still resolves with the first ready', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('exits-when-asked', { restart: { when: 'never' } })
  const { url } = await supervisor.start()
  await ask(`${url}/exit/4`)
  expect(await next('failed')).toMatchObject({ code: 'ERR_CRASHED', message: expect.stringContaining('code 4') })
})

test('restarts on failure only: code 0 after ready is the end, and no failure', async () => {
  await using scene = createScene()
  const { supervisor, next, all } = scene.supervise('exits-when-asked', { restart: { when: 'on-failure' } })
  const { url } = await supervisor.start()
  await ask(`${url}/exit/0`)
  expect(await next('state', ({ to }) => to === 'stopped')).toMatchObject({ cause: 'completed' })
  expect(all('failed')).toEqual([])
})

test('a taken port is ERR_PORT_TAKEN that names who has it, and leaves him alone', async () => {
  await using scene = createScene()
  const port = await freePort()
  const stranger = await scene.stranger('listens', { PORT: String(port), HOST: '127.0.0.1' })
  await until('the stranger listens', () => isListenedOn(port))
  const { supervisor, all } = scene.supervise('listens', { port })
  await expect(supervisor.start()).rejects.toMatchObject({
    code: 'ERR_PORT_TAKEN',
    reason: 'PORT_TAKEN',
    message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${port}.*${stranger.pid}`)),
  })
  expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ body: String(stranger.pid) })
  expect(all('exit'), 'nothing was launched').toEqual([])
})

test.each([
  ['a missing script', { script: 'no-such-script.mjs' }, 'ERR_SCRIPT_MISSING', 'no-such-script.mjs'],
  ['a folder for a script', { script: 'test' }, 'ERR_SCRIPT_MISSING', 'test'],
  ['a command that is not there', { command: 'no-such-command' }, 'ERR_EXECUTABLE_NOT_FOUND', 'no-such-command'],
  ['a command by path that is not there', { command: './no/such/command' }, 'ERR_EXECUTABLE_NOT_FOUND', 'no/such/command'],
  ['a command that is no program', { command: './package.json' }, 'ERR_EXECUTABLE_NOT_FOUND', 'package.json'],
  ['a missing working directory', { script: fixture('listens'), cwd: 'no-such-folder' }, 'ERR_INVALID_OPTIONS', 'no-such-folder'],
  ['a missing envFile', { script: fixture('listens'), envFile: 'no-such.env' }, 'ERR_INVALID_OPTIONS', 'no-such.env'],
  [
    'a Node that is not there',
    { script: fixture('listens'), node: { path: '/no/such/node' } },
    'ERR_EXECUTABLE_NOT_FOUND',
    '/no/such/node',
  ],
  ['an address of another machine', { script: fixture('listens'), host: '192.0.2.1' }, 'ERR_INVALID_OPTIONS', '192.0.2.1'],
])('%s is refused at once and by name', async (_what, options, code, name) => {
  await using scene = createScene()
  const { supervisor, all } = scene.supervise(options)
  const error = await rejection(supervisor.start())
  expect(error).toMatchObject({ code, message: expect.stringContaining(name), hint: expect.any(String) })
  expect(all('failed')).toEqual([expect.objectContaining({ code, message: (error as Error).message })])
  expect(all('state').map(({ to }) => to)).toEqual(['starting', 'failed'])
})

test('a script without the right to be executed runs all the same, a command does not', async () => {
  await using scene = createScene()
  const command = join(scene.dir, 'server')
  writeFileSync(command, '#!/bin/sh\nexec sleep 100\n', { mode: 0o644 })
  await expect(scene.supervise({ command, port: false }).supervisor.start()).rejects.toMatchObject({
    code: 'ERR_EXECUTABLE_NOT_FOUND',
    reason: 'NOT_EXECUTABLE',
    message: expect.stringContaining(command),
  })
})

test('every wrong option is named, with its path, before anything happens', () => {
  const wrong = { script: 'a.js', command: 'b', port: 70_000, readiness: { kind: 'http', periodMs: 3 }, restrat: {} }
  const make = (): unknown => createSupervisor(wrong as never)
  for (const name of ['`script`', '`command`', '`port`', '`readiness.periodMs`', '`restrat`; did you mean `restart`?'])
    expect(make).toThrow(name)
  expect(make).toThrow(expect.objectContaining({ code: 'ERR_INVALID_OPTIONS' }))
})
