import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { linuxProcessTable } from '../../src/process/linux.ts'
import { abandon, endAtLast, forge, killSupervisor, recorded, recordFile, runRecorded, stateFiles, stateOf } from '../helpers/abandoned.ts'
import { runCli, startCli, startJsonCli } from '../helpers/cli.ts'
import { ask, freePort, isListenedOn } from '../helpers/ports.ts'
import { isAlive, killPid, until } from '../helpers/processes.ts'
import { createScene, fixture, type Scene } from '../helpers/supervised.ts'

const table = linuxProcessTable()
/** A backend that no channel ties to its supervisor. */
const spawned = (name: string): string[] => ['--name', 'api', '--', process.execPath, fixture(name)]

/** The next start gets the port, says what it did, and leaves nothing when it is stopped. */
const startsAgain = async (scene: Scene, args: readonly string[], port: number): Promise<Record<string, unknown> | undefined> => {
  const again = startJsonCli(scene, ['--port', String(port), ...args])
  const ready = await again.lines.next('ready')
  expect(ready.port).toBe(port)
  const [reclaimed, another] = again.lines.all('reclaim')
  expect(another, 'one event says what was done').toBeUndefined()
  again.child.kill('SIGTERM')
  expect((await again.ended).code).toBe(0)
  expect(stateFiles(scene)).toEqual([])
  expect(isListenedOn(port)).toBe(false)
  return reclaimed
}

test('a supervisor whose state folder was deleted leaves that of the next one alone', async () => {
  await using scene = createScene()
  const first = startCli(scene, ['start', ...spawned('listens')])
  await first.saying(/ready at/)
  renameSync(stateOf(scene), `${stateOf(scene)}-gone`)
  const second = startCli(scene, ['start', ...spawned('listens')])
  await second.saying(/ready at/)
  const files = stateFiles(scene)
  first.child.kill('SIGTERM')
  expect((await first.ended).code).toBe(0)
  expect(stateFiles(scene)).toEqual(files)
  const { stdout } = await runCli(scene, ['status', '--json'])
  expect(JSON.parse(String(stdout))).toMatchObject({ services: [{ state: 'ready', supervisor: { pid: second.child.pid } }] })
  second.child.kill('SIGTERM')
  expect((await second.ended).code).toBe(0)
  expect(stateFiles(scene)).toEqual([])
})

test('a supervisor whose state folder is gone when it ends says so, harms nobody, and can start again', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens')
  const warnings: string[] = []
  const listen = (warning: Error): void => void warnings.push(warning.message)
  process.on('warning', listen)
  scene.atEnd(() => process.off('warning', listen))
  await supervisor.start()
  renameSync(stateOf(scene), `${stateOf(scene)}-gone`)
  writeFileSync(stateOf(scene), 'a file')
  expect(await supervisor.stop()).toMatchObject({ survivors: [] })
  rmSync(stateOf(scene))
  expect(await supervisor.start()).toMatchObject({ state: 'ready' })
  await supervisor.stop()
  expect(stateFiles(scene)).toEqual([])
})

describe('a supervisor that is killed', () => {
  test('after its backend was ready: the next start ends what it has left', async () => {
    await using scene = createScene()
    const port = scene.watchPort(await freePort())
    const { pid } = await abandon(scene, ['--port', String(port), ...spawned('listens')])
    expect(isAlive(pid)).toBe(true)
    expect(await startsAgain(scene, spawned('listens'), port)).toMatchObject({ port, pid, verdict: 'ours', action: 'killed' })
    expect(isAlive(pid)).toBe(false)
  })

  test('before its backend was ready', async () => {
    await using scene = createScene()
    const { child } = startCli(scene, ['start', ...spawned('never-listens')])
    const run = await runRecorded(scene)
    await killSupervisor(child)
    expect(isAlive(run.child.pid)).toBe(true)
    expect(await startsAgain(scene, spawned('listens'), await freePort())).toMatchObject({ pid: run.child.pid, action: 'killed' })
    expect(isAlive(run.child.pid)).toBe(false)
  })

  test('before its backend was launched', async () => {
    await using scene = createScene()
    // the version of a required Claude is asked for before the launch, and this one does not say
    const claude = scene.file('claude', '#!/bin/sh\nexec sleep 300\n')
    chmodSync(claude, 0o755)
    const config = scene.file(
      'jarvis.config.json',
      JSON.stringify({ name: 'api', script: fixture('listens'), claude: { path: claude, required: true } }),
    )
    const { child } = startCli(scene, ['start', '--config', config])
    await until('Claude is asked', () => scene.pids().some((pid) => table.commandOf(pid).includes('sleep 300')))
    await killSupervisor(child)
    for (const pid of scene.pids()) await killPid(pid)
    expect(await startsAgain(scene, spawned('listens'), await freePort())).toBeUndefined()
  })

  test('while it launched its backend, and could not say any more whom: the certificate, and when the kernel began it, tell', async () => {
    await using scene = createScene()
    const port = scene.watchPort(await freePort())
    const { pid } = await abandon(scene, ['--port', String(port), ...spawned('listens')])
    // as on a machine that is not out of breath
    const launchedSinceBootMs = Number(recorded(scene).run!.child!.startTime) * 10
    forge(scene, (record) => ({ ...record, run: { ...record.run, child: null, pgid: 0, launchedSinceBootMs } }))
    expect(await startsAgain(scene, spawned('listens'), port)).toMatchObject({ port, pid, verdict: 'ours', action: 'killed' })
    expect(isAlive(pid)).toBe(false)
  })

  test('while it launched one that is gone: what carries its certificate, and came later, is not touched', async () => {
    await using scene = createScene()
    await abandon(scene, ['--port', String(scene.watchPort(await freePort())), ...spawned('listens')])
    const { run } = recorded(scene)
    await killPid(run!.child!.pid)
    const innocent = (await scene.stranger('never-listens', { JARVIS_INSTANCE: run!.instanceId })).pid!
    forge(scene, (record) => ({ ...record, run: { ...record.run, child: null, pgid: 0 } }))
    expect(await startsAgain(scene, spawned('listens'), await freePort())).toBeUndefined()
    expect(isAlive(innocent)).toBe(true)
  })

  test('and the next start gives its own backend all the time that it has, however long the old one takes to end', async () => {
    await using scene = createScene()
    const port = scene.watchPort(await freePort())
    const options = { name: 'api', command: process.execPath, args: [fixture('ignores-sigterm')], stop: { graceMs: 1500 } }
    const config = scene.file(
      'jarvis.config.json',
      JSON.stringify({ ...options, readiness: { kind: 'http', timeoutMs: 1000 }, restart: { when: 'never' } }),
    )
    await abandon(scene, ['--config', config, '--port', String(port)])
    expect(await startsAgain(scene, ['--config', config], port)).toMatchObject({ action: 'killed' })
  })

  test('and the next start can be ended at once by a second Ctrl-C, whatever grace the old one has', async () => {
    await using scene = createScene()
    const port = scene.watchPort(await freePort())
    const options = { name: 'api', command: process.execPath, args: [fixture('ignores-sigterm')], stop: { graceMs: 60_000 } }
    const config = scene.file('jarvis.config.json', JSON.stringify(options))
    const { pid } = await abandon(scene, ['--config', config, '--port', String(port)])
    endAtLast(scene, pid)
    const next = startCli(scene, ['start', '--config', config, '--port', String(port)])
    await until('it holds the place', () => stateFiles(scene).some((name) => name.endsWith('.sock')))
    await until('it is asked for', async () => (await runCli(scene, ['status'])).code === 0)
    next.child.kill('SIGINT')
    await next.saying(/stopping/)
    next.child.kill('SIGINT')
    expect((await next.ended).code).toBe(130)
  })

  test('while it stops a backend that ignores SIGTERM: that is killed when its grace is over', async () => {
    await using scene = createScene()
    const port = scene.watchPort(await freePort())
    const options = { name: 'api', command: process.execPath, args: [fixture('ignores-sigterm')], stop: { graceMs: 200 } }
    const config = scene.file('jarvis.config.json', JSON.stringify(options))
    const { child, said, saying } = startCli(scene, ['start', '--config', config, '--port', String(port)])
    await saying(/ready at/)
    const run = await runRecorded(scene)
    child.kill('SIGTERM')
    await saying(/stopping/)
    await killSupervisor(child)
    expect(said()).not.toContain('stopped')
    expect(await startsAgain(scene, ['--config', config], port)).toMatchObject({ pid: run.child.pid, action: 'killed' })
  })

  test('with a grandchild that holds the port, whose parent is gone, too', async () => {
    await using scene = createScene()
    const port = scene.watchPort(await freePort())
    const { pid } = await abandon(scene, ['--port', String(port), ...spawned('ignores-sigterm-with-grandchild-on-port')])
    await killPid(pid)
    expect(isListenedOn(port)).toBe(true)
    expect(await startsAgain(scene, spawned('listens'), port)).toMatchObject({ port, verdict: 'ours', action: 'killed' })
  })

  test('with a backend that is suspended', async () => {
    await using scene = createScene()
    const { pid, port } = await abandon(scene, spawned('listens'))
    process.kill(pid, 'SIGSTOP')
    expect(await startsAgain(scene, spawned('listens'), port)).toMatchObject({ pid, action: 'killed' })
  })

  test('once more while the next one clears up: the one after that does', async () => {
    await using scene = createScene()
    const options = { name: 'api', command: process.execPath, args: [fixture('ignores-sigterm')], stop: { graceMs: 60_000 } }
    const config = scene.file('jarvis.config.json', JSON.stringify(options))
    const { pid, port } = await abandon(scene, ['--config', config])
    const second = startCli(scene, ['start', '--config', config])
    await until('the orphan is asked to end', () => stateFiles(scene).length > 1 && table.identify(second.child.pid!) !== undefined)
    await until('the place is taken', async () => (await runCli(scene, ['status'])).code === 0)
    await killSupervisor(second.child)
    expect(isAlive(pid)).toBe(true)
    // the grace of the record is a minute: not this test's
    forge(scene, (record) => ({ ...record, run: { ...record.run, stop: { signal: 'SIGKILL', graceMs: 1000 } } }))
    expect(await startsAgain(scene, spawned('listens'), port)).toMatchObject({ pid, action: 'killed' })
  })

  test('leaves a forked backend for no longer than five seconds, even one whose event loop is blocked', async () => {
    await using scene = createScene()
    const { pid, port } = await abandon(scene, [fixture('listens'), '--name', 'api'])
    await until('the backend has left', () => !isAlive(pid), 5000)
    const { supervisor } = scene.supervise('blocks-event-loop', { dieWithParent: false, stateDir: false })
    const unarmed = threadsOf((await supervisor.start()).pid!)
    const blocked = startCli(scene, ['start', fixture('blocks-event-loop'), '--name', 'api', '--port', String(port)])
    await blocked.saying(/ready at/)
    const run = await runRecorded(scene)
    await until('it is armed: a thread more', () => threadsOf(run.child.pid) > unarmed)
    await ask(`http://127.0.0.1:${port}/block/60000`)
    await killSupervisor(blocked.child)
    await until('the backend has left', () => !isAlive(run.child.pid), 5000)
    expect(await startsAgain(scene, spawned('listens'), port)).toBeUndefined()
  })
})

const threadsOf = (pid: number): number => Number(/^Threads:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])

describe('a process that is not proved to be ours lives', () => {
  const canary = async (scene: Scene): Promise<number> => (await scene.stranger('never-listens')).pid!

  test.each([
    ['whose pid was that of the backend', (pid: number) => ({ pid })],
    ['of another boot, whatever else fits', (pid: number) => ({ ...identityOf(pid), bootId: '00000000-0000-4000-8000-000000000000' })],
  ])('one %s', async (_what, forged) => {
    await using scene = createScene()
    const { pid, port } = await abandon(scene, spawned('listens'))
    const innocent = await canary(scene)
    forge(scene, (record) => ({ ...record, run: { ...record.run, pgid: innocent, child: { ...record.run?.child, ...forged(innocent) } } }))
    await killPid(pid)
    expect(await startsAgain(scene, spawned('listens'), port)).toBeUndefined()
    expect(isAlive(innocent)).toBe(true)
  })

  test('one that fits the record and carries the certificate of another run', async () => {
    await using scene = createScene()
    const { pid, port } = await abandon(scene, spawned('listens'))
    const innocent = (await scene.stranger('never-listens', { JARVIS_INSTANCE: 'other.run' })).pid!
    forge(scene, (record) => ({ ...record, run: { ...record.run, child: identityOf(innocent) } }))
    await killPid(pid)
    expect(await startsAgain(scene, spawned('listens'), port)).toBeUndefined()
    expect(isAlive(innocent)).toBe(true)
  })

  test('the backend itself, where the record says another boot: it is named as the holder of the port', async () => {
    await using scene = createScene()
    const { pid, port } = await abandon(scene, spawned('listens'))
    endAtLast(scene, pid)
    forge(scene, (record) => ({ ...record, run: { ...record.run, child: { ...record.run?.child, bootId: 'earlier' } } }))
    const { code, stderr } = await runCli(scene, ['start', '--port', String(port), ...spawned('listens')])
    expect(code).toBe(7)
    expect(stderr).toContain(`pid ${pid}`)
    expect(isAlive(pid)).toBe(true)
  })

  test('a server that the user started through the backend, with everything that it inherits', async () => {
    await using scene = createScene()
    const { pid, port } = await abandon(scene, spawned('leaves-a-daemon'))
    const daemon = scene.pids().find((other) => other !== pid && table.environmentOf(other, 'JARVIS_INSTANCE') !== undefined)!
    endAtLast(scene, daemon)
    expect((await runCli(scene, ['ports', '--reclaim'])).code).toBe(0)
    expect(isAlive(pid)).toBe(false)
    expect(await startsAgain(scene, spawned('listens'), port)).toBeUndefined()
    expect(isAlive(daemon)).toBe(true)
  })

  test('a stranger on the port: named, left alone, and told in one event', async () => {
    await using scene = createScene()
    const port = scene.watchPort(await freePort())
    const stranger = await scene.stranger('listens', { PORT: String(port), HOST: '127.0.0.1' })
    await until('the stranger listens', () => isListenedOn(port))
    const strict = startJsonCli(scene, ['--port', String(port), ...spawned('listens')])
    expect(await strict.lines.next('reclaim')).toMatchObject({ port, pid: stranger.pid, verdict: 'foreign', action: 'refused' })
    expect((await strict.ended).code).toBe(7)
    const moving = startJsonCli(scene, ['--prefer-port', String(port), ...spawned('listens')])
    expect(await moving.lines.next('reclaim')).toMatchObject({ port, pid: stranger.pid, verdict: 'foreign', action: 'moved' })
    await moving.lines.next('ready')
    moving.child.kill('SIGTERM')
    await moving.ended
    const reclaim = await runCli(scene, ['ports', String(port), '--reclaim'])
    expect(reclaim.code).toBe(7)
    expect(isAlive(stranger.pid!)).toBe(true)
  })
})

const identityOf = (pid: number) => {
  const { startTime, bootId } = table.identify(pid)!
  return { pid, startTime, bootId }
}

describe('a record that is none', () => {
  test.each([
    ['torn', (path: string) => writeFileSync(path, readFileSync(path, 'utf8').slice(0, 60))],
    ['garbage', (path: string) => writeFileSync(path, Buffer.from([0, 255, 123, 34]))],
    ['of a later version', (path: string) => writeFileSync(path, readFileSync(path, 'utf8').replace('"version":1', '"version":99'))],
    ['a folder', (path: string) => mkdirSync(path)],
  ])('is put aside: %s', async (_what, spoil) => {
    await using scene = createScene()
    const { pid } = await abandon(scene, spawned('listens'))
    endAtLast(scene, pid)
    const path = recordFile(scene)
    if (_what === 'a folder') rmSync(path)
    spoil(path)
    const again = startCli(scene, ['start', ...spawned('listens')])
    await again.saying(/ready at/)
    expect(isAlive(pid), 'nothing proves any more that it is ours').toBe(true)
    again.child.kill('SIGTERM')
    expect((await again.ended).code).toBe(0)
  })

  test.each(['json', 'json.new', 'lock', 'sock'])('is not followed where a link stands in its place: %s', async (ending) => {
    await using scene = createScene()
    const canary = scene.file('canary', 'alive')
    const first = startCli(scene, ['start', ...spawned('listens')])
    await first.saying(/ready at/)
    const record = recordFile(scene)
    const socket = stateFiles(scene).find((name) => name.endsWith('.sock'))!
    first.child.kill('SIGTERM')
    await first.ended
    symlinkSync(canary, ending === 'sock' ? join(stateOf(scene), socket) : record.replace(/json$/, ending))
    const again = startCli(scene, ['start', ...spawned('listens')])
    await again.saying(/ready at/)
    again.child.kill('SIGTERM')
    expect((await again.ended).code).toBe(0)
    expect(readFileSync(canary, 'utf8')).toBe('alive')
    expect(stateFiles(scene)).toEqual([])
  })
})

describe('the state folder', () => {
  test.skipIf(process.getuid?.() !== 0)('of another owner is refused', async () => {
    await using scene = createScene()
    mkdirSync(stateOf(scene), { mode: 0o700 })
    chownSync(stateOf(scene), 65_534, 65_534)
    const { code, stderr } = await runCli(scene, ['start', ...spawned('listens')])
    expect(code).toBe(2)
    expect(stderr).toMatch(/belongs to another user/)
  })

  test('that others may write to is refused, one that they may merely read is tightened', async () => {
    await using scene = createScene()
    mkdirSync(stateOf(scene))
    chmodSync(stateOf(scene), 0o777)
    expect(await runCli(scene, ['start', ...spawned('listens')])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Others may write'),
    })
    chmodSync(stateOf(scene), 0o755)
    const cli = startCli(scene, ['start', ...spawned('listens')])
    await cli.saying(/ready at/)
    expect((await import('node:fs')).statSync(stateOf(scene)).mode & 0o777).toBe(0o700)
    cli.child.kill('SIGTERM')
    await cli.ended
  })

  test('may have a very long path', async () => {
    await using scene = createScene()
    const long = join(scene.dir, 'd'.repeat(120), 'state')
    const cli = startCli(scene, ['start', '--state-dir', long, ...spawned('listens')])
    await cli.saying(/ready at/)
    expect(await runCli(scene, ['stop', '--state-dir', long])).toMatchObject({ code: 0 })
    expect((await cli.ended).code).toBe(0)
  })
})

describe('one supervisor at a time', () => {
  test.each([0, 1])('however many start at once (%d of them dead before)', async (dead) => {
    await using scene = createScene()
    if (dead === 1) await abandon(scene, spawned('listens'))
    const starts = Array.from({ length: 6 }, () => startCli(scene, ['start', ...spawned('listens')]))
    const codes: (number | null)[] = []
    for (const { ended } of starts) void ended.then(({ code }) => codes.push(code))
    await until('all but one have ended', () => codes.length === 5, 20_000)
    expect(codes).toEqual([5, 5, 5, 5, 5])
    const winner = starts.find(({ child }) => child.exitCode === null)!
    await winner.saying(/ready at/)
    winner.child.kill('SIGTERM')
    expect((await winner.ended).code).toBe(0)
    expect(stateFiles(scene)).toEqual([])
  })

  test('whose socket was removed keeps its place', async () => {
    await using scene = createScene()
    const cli = startCli(scene, ['start', ...spawned('listens')])
    await cli.saying(/ready at/)
    rmSync(join(stateOf(scene), stateFiles(scene).find((name) => name.endsWith('.sock'))!))
    expect(await runCli(scene, ['start', ...spawned('listens')])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining(`process ${cli.child.pid}`),
    })
    cli.child.kill('SIGTERM')
    await cli.ended
  })

  test('that is suspended keeps its place', async () => {
    await using scene = createScene()
    const cli = startCli(scene, ['start', ...spawned('listens')])
    await cli.saying(/ready at/)
    cli.child.kill('SIGSTOP')
    expect(await runCli(scene, ['start', ...spawned('listens')])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('does not answer'),
    })
    cli.child.kill('SIGCONT')
    cli.child.kill('SIGTERM')
    await cli.ended
  })

  test('for each checkout: two of the same name do not meet', async () => {
    await using scene = createScene()
    const folders = ['a', 'b'].map((name) => join(scene.dir, name))
    for (const folder of folders) mkdirSync(folder)
    const both = folders.map((cwd) => startCli(scene, ['start', ...spawned('listens')], { cwd }))
    for (const { saying } of both) await saying(/ready at/)
    expect(stateFiles(scene).filter((name) => name.endsWith('.json'))).toHaveLength(2)
    for (const { child } of both) child.kill('SIGTERM')
    for (const { ended } of both) expect((await ended).code).toBe(0)
  })

  test('in one process, too, and the place is free again after stop()', async () => {
    await using scene = createScene()
    const first = scene.supervise('listens').supervisor
    await first.start()
    const second = scene.supervise('listens').supervisor
    await expect(second.start()).rejects.toMatchObject({
      code: 'ERR_ALREADY_RUNNING',
      message: expect.stringContaining(String(process.pid)),
    })
    await first.stop()
    await second.start()
    await second.stop()
    expect(stateFiles(scene)).toEqual([])
  })

  test('without state there is no place to take', async () => {
    await using scene = createScene()
    const both = [0, 1].map(() => scene.supervise('listens', { stateDir: false }).supervisor)
    for (const supervisor of both) await supervisor.start()
    expect(existsSync(stateOf(scene))).toBe(false)
  })
})

test('what a supervisor leaves of a clean end is its log, and nothing else', async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', ...spawned('listens')])
  await cli.saying(/ready at/)
  const names = stateFiles(scene).map((name) => basename(name).replace(/^.*\./, ''))
  expect(names.sort()).toEqual(['json', 'sock'])
  cli.child.kill('SIGINT')
  await once(cli.child, 'exit')
  expect(stateFiles(scene)).toEqual([])
})
