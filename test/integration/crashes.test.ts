import { expect, test } from 'vitest'
import { ask } from '../helpers/ports.ts'
import { holdings, surplus, until } from '../helpers/processes.ts'
import { createScene } from '../helpers/supervised.ts'

/** `KILLS=200` for the long version. */
const kills = Number(process.env.KILLS ?? 20)

test('a backend that is killed is there again: another process, the same address, and everything told', async () => {
  await using scene = createScene()
  const { supervisor, next, order } = scene.supervise('listens')
  const { pid, port, url } = await supervisor.start()
  await next('ready')
  process.kill(pid!, 'SIGKILL')
  expect(await next('exit')).toEqual({
    pid,
    code: null,
    signal: 'SIGKILL',
    uptimeMs: expect.any(Number),
    reason: null,
    tail: [],
    requested: false,
  })
  expect(await next('state')).toMatchObject({ from: 'ready', to: 'backoff', cause: 'exited', attempt: 1, delayMs: 0 })
  expect(await next('state')).toMatchObject({ from: 'backoff', to: 'starting', cause: 'backoff elapsed', attempt: 1 })
  const state = await next('state')
  const ready = await next('ready')
  expect(ready).toEqual({ pid: expect.any(Number), port, url, startupMs: expect.any(Number), identity: 'ours' })
  expect(state).toMatchObject({ from: 'starting', to: 'ready', pid: ready.pid, port, url })
  expect(ready.pid).not.toBe(pid)
  expect(await ask(`${url}/`)).toMatchObject({ body: String(ready.pid) })
  expect(scene.pids()).toEqual([ready.pid])
  expect(order('state', 'exit', 'ready')).toEqual([...['starting', 'ready', 'ready', 'exit', 'backoff', 'starting', 'ready', 'ready']])
  expect(await supervisor.status()).toMatchObject({
    state: 'ready',
    pid: ready.pid,
    restarts: 1,
    lastExit: { pid, code: null, signal: 'SIGKILL', reason: null, uptimeMs: expect.any(Number) },
  })
})

test('the exit of a crash tells its code and its last lines', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('exits-when-asked')
  const { url } = await supervisor.start()
  await ask(`${url}/exit/7`)
  expect(await next('exit')).toMatchObject({ code: 7, signal: null, requested: false })
  await next('state', ({ to }) => to === 'ready')
})

test('a backend that ends with 0 is restarted by default', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('exits-when-asked')
  const { pid, url } = await supervisor.start()
  await ask(`${url}/exit/0`)
  expect(await next('ready', (ready) => ready.pid !== pid)).toMatchObject({ url })
})

test(`${kills} kills in a row are ${kills} recoveries at the same address, and nothing leaks`, {
  timeout: 1000 * (60 + kills),
}, async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('listens', { restart: { intensity: { maxRestarts: 1000 } } })
  const { url } = await supervisor.start()
  const first = await next('ready')
  // the first run loads what every run needs
  process.kill(first.pid, 'SIGKILL')
  let { pid } = await next('ready')
  const after = holdings()
  const pids = new Set([first.pid, pid])
  for (let kill = 1; kill < kills; kill += 1) {
    process.kill(pid, 'SIGKILL')
    expect(await next('exit', (exit) => exit.pid === pid)).toMatchObject({ signal: 'SIGKILL' })
    const ready = await next('ready')
    expect(ready.url).toBe(url)
    pid = ready.pid
    pids.add(pid)
    expect(scene.pids()).toEqual([pid])
  }
  expect(pids.size).toBe(kills + 1)
  expect(await ask(`${url}/`)).toEqual({ status: 200, body: String(pid) })
  expect(await supervisor.status()).toMatchObject({ state: 'ready', restarts: kills })
  await until('what past runs held is closed', () => surplus(after, holdings()).length === 0).catch(() => {})
  expect(surplus(after, holdings())).toEqual([])
})

test('a kill in the middle of starting counts as a run that never became ready, and the next one serves', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('listens-on-sigusr2')
  const starting = supervisor.start()
  const { pid } = await next('log')
  process.kill(pid, 'SIGKILL')
  expect(await next('state', ({ to }) => to === 'backoff')).toMatchObject({ from: 'starting', attempt: 2, delayMs: 0 })
  const again = await next('log')
  process.kill(again.pid, 'SIGUSR2')
  expect(await starting).toMatchObject({ pid: again.pid, restarts: 1 })
})

test('Node with an option that it does not know is BAD_NODE_OPTION', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens', { node: { execArgv: ['--no-such-option'] }, restart: { when: 'never' } })
  await expect(supervisor.start()).rejects.toMatchObject({ code: 'ERR_NEVER_READY', reason: 'BAD_NODE_OPTION' })
})

test('code 9 says nothing about the options of a Node that had been serving, nor of what is no Node', async () => {
  await using scene = createScene()
  const served = scene.supervise('exits-when-asked', { restart: { when: 'never' } })
  const { url } = await served.supervisor.start()
  await ask(`${url}/exit/9`)
  const shell = scene.supervise({ command: 'sh', args: ['-c', 'exit 9'], restart: { when: 'never' } })
  await shell.supervisor.start().catch(() => {})
  expect([(await served.next('exit')).reason, (await shell.next('exit')).reason]).toEqual([null, null])
})
