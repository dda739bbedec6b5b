import { existsSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fetchOverSocket } from '../../src/electron/fetch-socket.ts'
import { stateFiles } from '../helpers/abandoned.ts'
import { customerOf } from '../helpers/customer.ts'
import { ask, freePort, isListenedOn } from '../helpers/ports.ts'
import { holdings, isAlive, killPid, surplus, until } from '../helpers/processes.ts'
import { createScene, type Scene, type Supervised } from '../helpers/supervised.ts'

/** `RESTARTS=200` for the long version. */
const restarts = Number(process.env.RESTARTS ?? 20)

/** A service that begins as a file says. */
const versioned = (scene: Scene, options: object = {}): Supervised & { readonly write: (version: string) => void } => {
  const file = scene.file('version', '1')
  const more = { overlap: true, env: { VERSION_FILE: file }, ...options }
  return Object.assign(scene.supervise('answers-as-written', more), { write: (version: string) => writeFileSync(file, version) })
}

describe('a restart with overlap', () => {
  test('serves by the next process before it ends the old one: no request finds nobody', async () => {
    await using scene = createScene()
    const { supervisor, order, next } = scene.supervise('listens', { overlap: true })
    const first = await supervisor.start()
    const customer = customerOf(supervisor)
    await until('it is asked', () => customer.count > 10)
    const second = await supervisor.restart()
    expect(await next('state', ({ cause }) => cause === 'replaced')).toEqual({
      ...{ from: 'ready', to: 'ready', cause: 'replaced', attempt: 1 },
      ...{ pid: second.pid, port: second.port, url: second.url },
    })
    await next('exit', ({ pid, requested }) => pid === first.pid && requested)
    await until('the next one is asked', () => customer.answered.length > 1)
    await customer.leave()
    expect(customer).toMatchObject({ failures: [], answered: [String(first.pid), String(second.pid)] })
    expect(order('state', 'ready', 'exit', 'failed')).toEqual(['starting', 'ready', 'ready', 'ready', 'ready', 'exit'])
    expect(second).toMatchObject({ state: 'ready', restarts: 1 })
    expect(second.port).not.toBe(first.port)
    expect([isAlive(first.pid!), isListenedOn(first.port!), scene.pids()]).toEqual([false, false, [second.pid]])
  })

  test(`is the same ${restarts} times in a row, between two addresses, and nothing leaks`, {
    timeout: 1000 * (60 + 2 * restarts),
  }, async () => {
    await using scene = createScene()
    const { supervisor, next } = scene.supervise('listens', { overlap: true, restart: { when: 'never' } })
    await supervisor.start()
    const ports = new Set<number | null>()
    const pids = new Set<number | null>()
    const again = async (): Promise<void> => {
      const old = supervisor.pids
      const { pid, port } = await supervisor.restart()
      ports.add(port)
      pids.add(pid)
      await next('exit', (exit) => old.includes(exit.pid))
    }
    // the first two load what all need
    await again()
    await again()
    const after = holdings()
    const customer = customerOf(supervisor)
    for (let restart = 2; restart < restarts; restart += 1) await again()
    await customer.leave()
    expect(customer.failures).toEqual([])
    expect([ports.size, pids.size]).toEqual([2, restarts])
    expect(scene.pids()).toEqual([...supervisor.pids])
    expect(await supervisor.status()).toMatchObject({ state: 'ready', restarts })
    await until('what past processes held is closed', () => surplus(after, holdings()).length === 0).catch(() => {})
    expect(surplus(after, holdings())).toEqual([])
  })

  test('that cannot become ready leaves the old process as it is, says why, and may be tried again', async () => {
    await using scene = createScene()
    const { supervisor, all, order, write } = versioned(scene)
    const { pid, url } = await supervisor.start()
    const customer = customerOf(supervisor)
    write('broken')
    await expect(supervisor.restart()).rejects.toMatchObject({ code: 'ERR_NEVER_READY', service: 'answers-as-written' })
    expect(all('standby').at(-1)).toEqual({ state: 'failed', replaces: pid, detail: expect.stringContaining('never became ready') })
    expect(await supervisor.status()).toMatchObject({ state: 'ready', pid, url, restarts: 0, lastExit: null })
    expect(order('state', 'ready', 'failed')).toEqual(['starting', 'ready', 'ready'])
    expect(scene.pids()).toEqual([pid])
    write('2')
    await supervisor.restart()
    await until('it is asked', () => customer.answered.includes('2'))
    await customer.leave()
    expect(customer).toMatchObject({ failures: [], answered: ['1', '2'] })
  })

  test('whose old process dies meanwhile goes on with the next one, and is told in order', async () => {
    await using scene = createScene()
    const { supervisor, next, order, all } = scene.supervise('listens-on-sigusr2', { overlap: true })
    const starting = supervisor.start()
    const first = await next('log')
    process.kill(first.pid, 'SIGUSR2')
    await starting
    const restarting = supervisor.restart()
    const second = await next('log')
    await killPid(first.pid)
    expect(await next('state')).toMatchObject({ from: 'ready', to: 'starting', cause: 'exited', pid: second.pid })
    await next('exit', ({ pid, requested }) => pid === first.pid && !requested)
    process.kill(second.pid, 'SIGUSR2')
    expect(await restarting).toMatchObject({
      state: 'ready',
      pid: second.pid,
      restarts: 1,
      lastExit: { pid: first.pid, signal: 'SIGKILL' },
    })
    expect(order('state', 'failed')).toEqual(['starting', 'ready', 'starting', 'ready'])
    expect(all('log')).toHaveLength(2)
    expect(scene.pids()).toEqual([second.pid])
  })

  test('that is asked for again starts the next one again', async () => {
    await using scene = createScene()
    const { supervisor, next, all } = scene.supervise('listens-on-sigusr2', { overlap: true })
    const starting = supervisor.start()
    process.kill((await next('log')).pid, 'SIGUSR2')
    const { pid } = await starting
    const first = supervisor.restart()
    const outdated = await next('log')
    const second = supervisor.restart()
    const { pid: wanted } = await next('log')
    expect(isAlive(outdated.pid)).toBe(false)
    process.kill(wanted, 'SIGUSR2')
    expect([(await first).pid, (await second).pid]).toEqual([wanted, wanted])
    await next('exit', (exit) => exit.pid === pid)
    expect(all('state').map(({ to }) => to)).toEqual(['starting', 'ready', 'ready'])
  })

  test('that is stopped meanwhile ends both processes, and reports both', async () => {
    await using scene = createScene()
    const { supervisor, next, order } = scene.supervise('listens-on-sigusr2', { overlap: true })
    const starting = supervisor.start()
    const first = await next('log')
    process.kill(first.pid, 'SIGUSR2')
    await starting
    const refused = expect(supervisor.restart()).rejects.toMatchObject({ code: 'ERR_STOPPED' })
    const second = await next('log')
    const { reaped, survivors } = await supervisor.stop()
    await refused
    expect([[...reaped].sort(), survivors]).toEqual([[first.pid, second.pid].sort(), []])
    expect(order('state', 'failed')).toEqual(['starting', 'ready', 'stopping', 'stopped'])
    expect([scene.pids(), supervisor.pids, stateFiles(scene)]).toEqual([[], [], []])
  })

  test('of a backend that ignores SIGTERM is as quick: only the old one takes its grace', async () => {
    await using scene = createScene()
    const { supervisor, next } = scene.supervise('ignores-sigterm', { overlap: true, stop: { graceMs: 1000 } })
    const first = await supervisor.start()
    const second = await supervisor.restart()
    expect([isAlive(first.pid!), isAlive(second.pid!)]).toEqual([true, true])
    expect(await next('exit')).toMatchObject({ pid: first.pid, signal: 'SIGKILL', requested: true })
    await supervisor.stop({ force: true })
  })

  test('has a preferred port only for one of them, and says nothing about the other', async () => {
    await using scene = createScene()
    const port = scene.watchPort(await freePort())
    const { supervisor, all, next } = scene.supervise('listens', { overlap: true, port: { prefer: port } })
    expect(await supervisor.start()).toMatchObject({ port })
    const { port: other } = await supervisor.restart()
    await next('exit')
    expect(await supervisor.restart()).toMatchObject({ port })
    await next('exit')
    expect(await supervisor.restart()).toMatchObject({ port: other })
    expect(all('reclaim')).toEqual([])
  })

  test('of a service on a socket has another path, and leaves none', async () => {
    await using scene = createScene()
    const { supervisor, next } = scene.supervise('listens-on-its-socket', { overlap: true, transport: 'socket' })
    const get = async (): Promise<string> =>
      (await fetchOverSocket(new Request('app://api/'), { socketPath: supervisor.socketPath ?? '' })).text()
    const first = await supervisor.start()
    const second = await supervisor.restart()
    expect(second.socket).not.toBe(first.socket)
    expect([supervisor.socketPath, await get()]).toEqual([second.socket, String(second.pid)])
    await next('exit')
    expect(existsSync(first.socket!)).toBe(false)
    const third = await supervisor.restart()
    expect([third.socket, await get()]).toEqual([first.socket, String(third.pid)])
    await supervisor.stop()
    expect(stateFiles(scene)).toEqual([])
  })

  test('before it was ready is one of that process', async () => {
    await using scene = createScene()
    const { supervisor, next, order } = scene.supervise('listens-on-sigusr2', { overlap: true })
    const starting = supervisor.start().catch(() => {})
    const first = await next('log')
    const restarting = supervisor.restart()
    const second = await next('log')
    expect(isAlive(first.pid)).toBe(false)
    process.kill(second.pid, 'SIGUSR2')
    expect(await restarting).toMatchObject({ pid: second.pid })
    await starting
    expect(order('state')).toEqual(['starting', 'stopping', 'starting', 'ready'])
  })
})

test('a backend that takes more memory than it may is replaced while it serves', async () => {
  await using scene = createScene()
  const { supervisor, next, order } = scene.supervise('grows', { overlap: true, limits: { maxMemoryMb: 200 } })
  const { url, pid } = await supervisor.start()
  await ask(`${url}/grow/250`)
  const why = expect.stringMatching(/^uses \d+ MB of memory, limits.maxMemoryMb is 200$/)
  expect(await next('standby')).toMatchObject({ state: 'starting', replaces: pid, detail: why })
  expect(await next('state', ({ cause }) => cause === 'replaced')).toMatchObject({ from: 'ready', to: 'ready', detail: why })
  expect(await next('exit')).toMatchObject({ pid, signal: 'SIGTERM', requested: true })
  expect(order('state')).toEqual(['starting', 'ready', 'ready'])
})
