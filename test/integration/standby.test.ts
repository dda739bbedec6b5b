import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import type { CreateOptions } from '../../src/index.ts'
import { forge, killSupervisor, recorded, stateFiles } from '../helpers/abandoned.ts'
import { runCli } from '../helpers/cli.ts'
import { customerOf } from '../helpers/customer.ts'
import { ask, isListenedOn } from '../helpers/ports.ts'
import { holdings, isAlive, killPid, surplus, until } from '../helpers/processes.ts'
import { createScene, fixture, type Scene, type Supervised } from '../helpers/supervised.ts'

/** `KILLS=200` for the long version. */
const kills = Number(process.env.KILLS ?? 10)
const patient = { restart: { intensity: { maxRestarts: 1000 } } }

/** Both are ready. */
const both = async (scene: Scene, name = 'listens', more: CreateOptions = {}): Promise<Supervised & { pid: number; other: number }> => {
  const supervised = scene.supervise(name, { standby: true, ...patient, ...more })
  const { pid } = await supervised.supervisor.start()
  const { pid: other } = await supervised.next('standby', ({ state }) => state === 'ready')
  return Object.assign(supervised, { pid: pid!, other: other! })
}

describe('a standby', () => {
  test('is a second process, ready at an address of its own, and told', async () => {
    await using scene = createScene()
    const { supervisor, all, pid, other } = await both(scene)
    const [starting, ready] = all('standby')
    expect([starting, ready]).toEqual([
      { state: 'starting', pid: other, port: expect.any(Number) },
      { state: 'ready', pid: other, port: starting?.port },
    ])
    const status = await supervisor.status()
    expect(status).toMatchObject({ state: 'ready', pid, restarts: 0, lastExit: null, standby: { state: 'ready', pid: other } })
    expect(await ask(`${status.url}/`)).toMatchObject({ body: String(pid) })
    expect(await ask(`http://127.0.0.1:${ready?.port}/`)).toMatchObject({ body: String(other) })
    expect([...supervisor.pids].sort()).toEqual([pid, other].sort())
    expect(scene.pids().sort()).toEqual([pid, other].sort())
    const report = await supervisor.stop()
    expect([[...report.reaped].sort(), report.survivors]).toEqual([[pid, other].sort(), []])
    expect([isListenedOn(ready!.port!), stateFiles(scene)]).toEqual([false, []])
  })

  test('is the service before it is known how the other one has ended', async () => {
    await using scene = createScene()
    const { supervisor, order, next, pid, other } = await both(scene)
    process.kill(pid, 'SIGKILL')
    expect(await next('ready')).toMatchObject({ pid: other })
    expect(supervisor.state).toMatchObject({ state: 'ready', pid: other })
    expect(await ask(`${supervisor.url}/`)).toMatchObject({ body: String(other) })
    expect(await next('exit')).toMatchObject({ pid, signal: 'SIGKILL', requested: false })
    expect(order('state', 'ready', 'exit')).toEqual(['starting', 'ready', 'ready', 'ready', 'ready', 'exit'])
    const { pid: third } = await next('standby', ({ state }) => state === 'ready')
    expect(await supervisor.status()).toMatchObject({ pid: other, restarts: 1, standby: { pid: third }, lastExit: { pid } })
    expect(scene.pids().sort()).toEqual([other, third].sort())
  })

  test(`is the service ${kills} kills in a row, and nobody who asks waits for a start`, { timeout: 1000 * (60 + 3 * kills) }, async () => {
    await using scene = createScene()
    const { supervisor, next, all, order } = await both(scene)
    const switched = async (): Promise<void> => {
      const { pid } = supervisor.state as { pid: number }
      process.kill(pid, 'SIGKILL')
      await next('exit', (exit) => exit.pid === pid)
      await next('standby', ({ state }) => state === 'ready')
    }
    // the first loads what all need
    await switched()
    const after = holdings()
    for (let kill = 1; kill < kills; kill += 1) await switched()
    expect(order('state')).toEqual(['starting', ...Array.from({ length: kills + 1 }, () => 'ready')])
    expect(new Set(all('ready').map(({ pid }) => pid)).size).toBe(kills + 1)
    expect(new Set(all('ready').map(({ port }) => port)).size).toBe(2)
    expect(await supervisor.status()).toMatchObject({ state: 'ready', restarts: kills })
    expect(scene.pids().sort()).toEqual([...supervisor.pids].sort())
    await until('what past processes held is closed', () => surplus(after, holdings()).length === 0).catch(() => {})
    expect(surplus(after, holdings())).toEqual([])
  })

  test('takes over from one that hangs, which is ended then', async () => {
    await using scene = createScene()
    const { next, order, pid, other } = await both(scene, 'listens', { liveness: { periodMs: 200, timeoutMs: 200, failureThreshold: 3 } })
    process.kill(pid, 'SIGSTOP')
    expect(await next('state')).toMatchObject({ from: 'ready', to: 'ready', cause: 'replaced', pid: other, detail: expect.any(String) })
    expect(await next('exit')).toMatchObject({ pid, requested: true })
    expect(order('state', 'exit')).toEqual(['starting', 'ready', 'ready', 'exit'])
    await next('standby', ({ state }) => state === 'ready')
  })

  test('that is still starting is the service, and one that hangs or dies there is nobody’s loss', async () => {
    await using scene = createScene()
    const { supervisor, next, order } = scene.supervise('listens-on-sigusr2', { standby: true, ...patient })
    const starting = supervisor.start()
    const first = await next('log')
    process.kill(first.pid, 'SIGUSR2')
    await starting
    const second = await next('log')
    await killPid(first.pid)
    expect(await next('state')).toMatchObject({ from: 'ready', to: 'starting', cause: 'exited', pid: second.pid })
    // the one that died comes back, and is quicker
    const third = await next('log')
    process.kill(third.pid, 'SIGUSR2')
    expect(await next('state')).toMatchObject({ from: 'starting', to: 'ready', cause: 'replaced', pid: third.pid })
    await killPid(second.pid)
    await next('exit', ({ pid }) => pid === second.pid)
    expect(supervisor.state).toMatchObject({ state: 'ready', pid: third.pid })
    expect(supervisor.lastExit).toMatchObject({ pid: second.pid })
    expect(order('failed')).toEqual([])
  })

  test('does not keep alive what crashes again and again: that is given up, and nothing of it is left', async () => {
    await using scene = createScene()
    const { supervisor, next, all, order } = await both(scene, 'listens', { restart: { intensity: { maxRestarts: 3 } } })
    for (let crash = 0; crash < 3; crash += 1) {
      const { pid } = supervisor.state as { pid: number }
      process.kill(pid, 'SIGKILL')
      await next('standby', ({ state }) => state === 'ready')
    }
    process.kill((supervisor.state as { pid: number }).pid, 'SIGKILL')
    expect(await next('failed')).toMatchObject({ code: 'ERR_CRASH_LOOP' })
    expect(order('state').slice(-2)).toEqual(['stopping', 'failed'])
    expect(all('ready')).toHaveLength(4)
    expect([scene.pids(), supervisor.pids, stateFiles(scene)]).toEqual([[], [], []])
    // and may be tried again
    expect(await supervisor.start()).toMatchObject({ state: 'ready' })
  })

  test('that crashes again and again is given up, and is nobody’s loss: the service is started again when it crashes itself', async () => {
    await using scene = createScene()
    const { supervisor, next, order, pid, other } = await both(scene, 'listens', { restart: { intensity: { maxRestarts: 1 } } })
    process.kill(other, 'SIGKILL')
    const { pid: again } = await next('standby', ({ state }) => state === 'ready')
    process.kill(again!, 'SIGKILL')
    expect(await next('standby', ({ state }) => state === 'failed')).toMatchObject({ detail: expect.stringContaining('crashed') })
    expect(await supervisor.status()).toMatchObject({ state: 'ready', pid, restarts: 0, lastExit: null })
    process.kill(pid, 'SIGKILL')
    expect(await next('ready')).toMatchObject({ pid: expect.any(Number) })
    expect([supervisor.restarts, order('failed')]).toEqual([1, []])
  })

  test('that cannot become ready is told, harms nobody, and is tried again after the next crash', async () => {
    await using scene = createScene()
    const file = scene.file('version', '1')
    const options = { standby: true, env: { VERSION_FILE: file }, ...patient }
    const { supervisor, next, order } = scene.supervise('answers-as-written', options)
    const unsubscribe = supervisor.on('ready', () => writeFileSync(file, 'broken'))
    const { pid } = await supervisor.start()
    expect(await next('standby', ({ state }) => state === 'failed')).toEqual({
      state: 'failed',
      detail: expect.stringContaining('never became ready in 3 runs'),
    })
    expect(await supervisor.status()).toMatchObject({ state: 'ready', pid, lastExit: null, standby: { state: 'failed', pid: null } })
    unsubscribe()
    writeFileSync(file, '1')
    process.kill(pid!, 'SIGKILL')
    const { pid: again } = await next('ready', (ready) => ready.pid !== pid)
    await next('standby', ({ state }) => state === 'ready')
    expect(await supervisor.status()).toMatchObject({ state: 'ready', pid: again, standby: { state: 'ready' } })
    expect(order('failed')).toEqual([])
  })

  test('and what serves are both fresh after a restart, which no request notices', async () => {
    await using scene = createScene()
    const file = scene.file('version', '1')
    const { supervisor, next, pid, other } = await both(scene, 'answers-as-written', { env: { VERSION_FILE: file } })
    const customer = customerOf(supervisor)
    await until('it is asked', () => customer.count > 10)
    writeFileSync(file, '2')
    const restarted = await supervisor.restart()
    await next('standby', ({ state, replaces }) => state === 'ready' && replaces === undefined)
    await until('both of before are gone', () => !isAlive(pid) && !isAlive(other))
    process.kill(restarted.pid!, 'SIGKILL')
    const { url } = await next('ready', (ready) => ready.pid !== restarted.pid && ready.pid !== pid)
    expect(await ask(`${url}/`)).toMatchObject({ body: '2' })
    await customer.leave()
    expect(customer.answered).toEqual(['1', '2'])
  })

  test('and what serves have a socket each', async () => {
    await using scene = createScene()
    const { supervisor, next, pid, other } = await both(scene, 'listens-on-its-socket', { transport: 'socket' })
    const { socketPath } = supervisor
    process.kill(pid, 'SIGKILL')
    expect(await next('ready')).toMatchObject({ pid: other, socket: expect.any(String) })
    expect(supervisor.socketPath).not.toBe(socketPath)
    await next('standby', ({ state }) => state === 'ready')
    await supervisor.stop()
    expect(stateFiles(scene)).toEqual([])
  })
})

describe('a supervisor of two that is killed', () => {
  interface Left {
    readonly pids: readonly number[]
    readonly ports: readonly number[]
  }

  /** Supervises in a process of its own; killed when both are ready. */
  const abandonTwo = async (scene: Scene, options: object): Promise<Left> => {
    const whole = { name: 'api', standby: true, stateDir: scene.env.JARVIS_STATE_DIR, env: { TEST_SCENE: scene.dir }, ...options }
    const args = [fixture('host'), resolve('dist/index.mjs'), JSON.stringify(whole)]
    const child = spawn(process.execPath, args, { env: scene.env, stdio: ['ignore', 'pipe', 'inherit'] })
    scene.atEnd(() => child.kill('SIGKILL'))
    const lines = createInterface(child.stdout)
    const [line] = (await once(lines, 'line')) as [string]
    const left = JSON.parse(line) as Left
    for (const port of left.ports) scene.watchPort(port)
    await killSupervisor(child)
    lines.close()
    return left
  }

  const spawned = { command: process.execPath, args: [fixture('listens')] }
  const forked = { script: fixture('listens'), dieWithParent: false }

  test.each([
    ['forked', forked],
    ['spawned', spawned],
  ])('leaves two (%s), which the next start ends', async (_how, options) => {
    await using scene = createScene()
    const { pids } = await abandonTwo(scene, options)
    expect(pids.every(isAlive)).toBe(true)
    const { run, others } = recorded(scene)
    expect([run?.child?.pid, others?.map(({ child }) => child?.pid)]).toEqual([pids[0], [pids[1]]])
    const { supervisor, all } = scene.supervise({ ...options, name: 'api' })
    await supervisor.start()
    expect(pids.some(isAlive)).toBe(false)
    expect(
      all('reclaim')
        .map(({ pid, verdict, action }) => ({ pid, verdict, action }))
        .sort((a, b) => a.pid - b.pid),
    ).toEqual([...pids].sort((a, b) => a - b).map((pid) => ({ pid, verdict: 'ours', action: 'killed' })))
    expect(recorded(scene).others).toBeUndefined()
  })

  test('after a switch: the record says who served', async () => {
    await using scene = createScene()
    const { pid, other, next, supervisor } = await both(scene)
    process.kill(pid, 'SIGKILL')
    const { pid: third } = await next('standby', ({ state }) => state === 'ready')
    const { run, others } = recorded(scene)
    expect([run?.child?.pid, others?.map(({ child }) => child?.pid)]).toEqual([other, [third]])
    await supervisor.stop()
  })

  test('leaves two that are named as ours, and ended with their port', async () => {
    await using scene = createScene()
    const { pids, ports } = await abandonTwo(scene, spawned)
    const { stdout } = await runCli(scene, ['ports', '--json'])
    const rows = (JSON.parse(String(stdout)) as { port: number; ours: boolean; pid: number }[]).filter(({ port }) => ports.includes(port))
    expect(rows.map(({ pid, ours }) => [pid, ours]).sort()).toEqual(pids.map((pid) => [pid, true]).sort())
    // by the port of the one that stood by
    const ended = await runCli(scene, ['ports', String(ports[1]), '--reclaim'])
    expect(ended).toMatchObject({ code: 0 })
    expect([pids.some(isAlive), stateFiles(scene)]).toEqual([false, []])
  })

  test('leaves one of the two: whoever is there is ended', async () => {
    await using scene = createScene()
    const { pids } = await abandonTwo(scene, spawned)
    await killPid(pids[0]!)
    const { supervisor, all } = scene.supervise({ ...spawned, name: 'api' })
    await supervisor.start()
    expect(all('reclaim')).toMatchObject([{ pid: pids[1], action: 'killed' }])
    expect(isAlive(pids[1]!)).toBe(false)
  })

  test('and whose record names a stranger beside its own: that one is left alone', async () => {
    await using scene = createScene()
    const { pids } = await abandonTwo(scene, spawned)
    const innocent = (await scene.stranger('never-listens')).pid!
    forge(scene, (record) => ({
      ...record,
      others: record.others?.map((run) => ({ ...run, pgid: innocent, child: { ...run.child, pid: innocent } })),
    }))
    const { supervisor, all } = scene.supervise({ ...spawned, name: 'api' })
    await supervisor.start()
    expect(all('reclaim').map(({ pid }) => pid)).toEqual([pids[0]])
    expect(isAlive(innocent)).toBe(true)
    await killPid(pids[1]!)
  })

  test('on sockets leaves files that are removed with the processes', async () => {
    await using scene = createScene()
    const options = { command: process.execPath, args: [fixture('listens-on-its-socket')], transport: 'socket' as const }
    const host = { ...options, name: 'api', standby: true, stateDir: scene.env.JARVIS_STATE_DIR, env: { TEST_SCENE: scene.dir } }
    const script = scene.file(
      'host.mjs',
      `const { createSupervisor } = await import(${JSON.stringify(resolve('dist/index.mjs'))})
const supervisor = createSupervisor(${JSON.stringify(host)})
supervisor.on('standby', ({ state }) => state === 'ready' && console.log('both'))
await supervisor.start()`,
    )
    const child = spawn(process.execPath, [script], { env: scene.env, stdio: ['ignore', 'pipe', 'inherit'] })
    scene.atEnd(() => child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    await killSupervisor(child)
    expect(stateFiles(scene).filter((name) => name.endsWith('.sock'))).toHaveLength(3)
    const { supervisor } = scene.supervise({ ...options, name: 'api' })
    await supervisor.start()
    await supervisor.stop()
    expect(stateFiles(scene)).toEqual([])
  })
})
