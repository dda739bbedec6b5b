import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { expect, test } from 'vitest'
import { type Ended, runCli, startCli } from '../helpers/cli.ts'
import { ask, freePort, isListenedOn, occupy } from '../helpers/ports.ts'
import { isAlive, killPid, until } from '../helpers/processes.ts'
import { createScene, fixture, type Scene } from '../helpers/supervised.ts'

interface Row extends Record<string, unknown> {
  readonly port: number
  readonly pid: number
}

const rows = ({ stdout }: Ended): Row[] => JSON.parse(stdout.toString()) as Row[]
const textOf = ({ stdout }: Ended): string => stdout.toString()

/** A backend whose supervisor was killed: it is a command, so it does not notice. */
const orphan = async (scene: Scene, name: string, script = 'listens'): Promise<Row> => {
  const port = scene.watchPort(await freePort())
  const args = ['start', '--name', name, '--port', String(port), '--', process.execPath, fixture(script)]
  const { child, url } = startCli(scene, args)
  await url()
  const [row] = rows(await runCli(scene, ['ports', String(port), '--json']))
  await killPid(child.pid!)
  return row!
}

test('a port of a running service is ours, with all the fields of the contract', async () => {
  await using scene = createScene()
  const before = Date.now()
  const port = Number(new URL(await startCli(scene, ['start', fixture('listens'), '--name', 'api']).url()).port)
  const ended = await runCli(scene, ['ports', String(port), '--json'])
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  const [row] = rows(ended)
  expect(rows(ended)).toEqual([
    {
      port,
      address: '127.0.0.1',
      family: 'IPv4',
      pid: expect.any(Number),
      command: expect.stringContaining('listens.mjs'),
      user: userInfo().username,
      ours: true,
      startedAt: expect.any(String),
    },
  ])
  expect(Math.abs(Date.parse(row!.startedAt as string) - before)).toBeLessThan(10_000)
  expect(textOf(await runCli(scene, ['ports', String(port)]))).toMatch(new RegExp(`^ *PORT .*SERVICE +COMMAND\\n${port} .* api +node `))
})

test('a port of something that a service has started is ours, too', async () => {
  await using scene = createScene()
  const url = await startCli(scene, ['start', fixture('ignores-sigterm-with-grandchild-on-port'), '--name', 'api']).url()
  expect(rows(await runCli(scene, ['ports', new URL(url).port, '--json']))).toMatchObject([{ ours: true }])
  expect(await runCli(scene, ['stop', '--force'])).toMatchObject({ code: 0 })
})

test('a stranger is listed, not ours, and no secret of its command line is shown', async () => {
  await using scene = createScene()
  const port = scene.watchPort(await freePort())
  const secret = `sk-ant-${'a1B2'.repeat(10)}`
  const env = { ...scene.env, PORT: String(port), HOST: '::1' }
  const stranger = spawn(process.execPath, [fixture('listens'), secret], { env, stdio: 'ignore' })
  scene.atEnd(() => killPid(stranger.pid!))
  await until('it listens', () => isListenedOn(port))
  const listed = await runCli(scene, ['ports', '--json'])
  const row = rows(listed).find((one) => one.port === port)
  expect(row).toMatchObject({ address: '::1', family: 'IPv6', pid: stranger.pid, ours: false })
  expect(row?.command).toContain('listens.mjs')
  const order = rows(listed).map((one) => one.port)
  expect(order).toEqual([...order].sort((a, b) => a - b))
  for (const { stdout } of [listed, await runCli(scene, ['ports'])]) expect(stdout.toString()).not.toContain(secret)
})

test('a port that nobody has is an empty list', async () => {
  await using scene = createScene()
  const port = String(await freePort())
  const ended = await runCli(scene, ['ports', port, '--json'])
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(rows(ended)).toEqual([])
  expect(textOf(await runCli(scene, ['ports', port]))).toBe(`Nobody listens on port ${port}.\n`)
})

test.each(['0', '65536', 'http', '1.5', '-1', '+80', '0x50', ''])('port %j is a usage error', async (port) => {
  await using scene = createScene()
  const { code, stdout, stderr } = await runCli(scene, ['ports', port])
  expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: '' })
  expect(stderr).not.toMatch(/report it/)
})

test('what a dead supervisor has left is told by status, is ours, and is ended by --reclaim', async () => {
  await using scene = createScene()
  const { port, pid } = await orphan(scene, 'api')
  const status = await runCli(scene, ['status'])
  expect(status.code).toBe(6)
  expect(status.stderr).toMatch(new RegExp(`Process ${pid} of api, on port ${port}: left by supervisor \\d+.*\n.*ports --reclaim`))
  expect(rows(await runCli(scene, ['ports', String(port), '--json']))).toMatchObject([{ pid, ours: true }])
  expect(textOf(await runCli(scene, ['ports', String(port)]))).toContain('api (orphan)')
  const ended = await runCli(scene, ['ports', String(port), '--reclaim', '--json'])
  expect(ended.code).toBe(0)
  expect(JSON.parse(ended.stdout.toString())).toEqual({
    reclaimed: [{ port, pid, command: expect.stringContaining('listens.mjs'), verdict: 'ours', action: 'killed', service: 'api' }],
    listeners: [],
  })
  expect(isAlive(pid)).toBe(false)
  expect(await runCli(scene, ['status'])).toMatchObject({ stderr: expect.not.stringContaining('reclaim') })
  expect(textOf(await runCli(scene, ['ports', '--reclaim']))).toBe('There is nothing to reclaim.\n')
})

test('--reclaim of one port leaves the orphans on others; without a port it ends all, with or without one', async () => {
  await using scene = createScene()
  const [one, two] = [await orphan(scene, 'one'), await orphan(scene, 'two')]
  const silent = startCli(scene, [
    'start',
    '--name',
    'silent',
    '--no-restart',
    '--verbose',
    '--',
    process.execPath,
    fixture('never-listens'),
  ])
  await silent.saying(/readiness/)
  await killPid(silent.child.pid!)
  expect(await runCli(scene, ['ports', String(one.port), '--reclaim'])).toMatchObject({ code: 0 })
  expect([one, two].map(({ pid }) => isAlive(pid))).toEqual([false, true])
  const all = await runCli(scene, ['ports', '--reclaim'])
  expect(all.code).toBe(0)
  expect(textOf(all)).toMatch(/^\[silent\] ended pid .*\n\[two\] ended pid|^\[two\] ended pid .*\n\[silent\] ended pid/)
  expect(scene.pids()).toEqual([])
})

test('--reclaim names a stranger and leaves it alone, though it looks like ours', async () => {
  await using scene = createScene()
  const { port: orphaned, pid } = await orphan(scene, 'api')
  await using stranger = await occupy(scene.watchPort(await freePort()))
  const { port } = stranger.server.address() as { port: number }
  const refused = await runCli(scene, ['ports', String(port), '--reclaim', '--json'])
  expect(refused.code).toBe(7)
  expect(JSON.parse(refused.stdout.toString())).toMatchObject({ reclaimed: [], listeners: [{ port, pid: process.pid, ours: false }] })
  expect(refused.stderr).toMatch(new RegExp(`Port ${port} is held by pid ${process.pid} .*not ours`))
  expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 200 })
  expect([isAlive(pid), isListenedOn(orphaned)], 'that of another port').toEqual([true, true])
  expect(await runCli(scene, ['ports', '--reclaim'])).toMatchObject({ code: 0 })
})

test('--reclaim does not touch what merely carries the marker of a run', async () => {
  await using scene = createScene()
  const { port: orphaned, pid } = await orphan(scene, 'api')
  const marker = readFileSync(`/proc/${pid}/environ`, 'latin1')
    .split('\0')
    .find((entry) => entry.startsWith('JARVIS_INSTANCE='))!
  const port = scene.watchPort(await freePort())
  const copy = await scene.stranger('listens', {
    PORT: String(port),
    HOST: '127.0.0.1',
    JARVIS_INSTANCE: marker.slice(marker.indexOf('=') + 1),
  })
  await until('it listens', () => isListenedOn(port))
  const refused = await runCli(scene, ['ports', String(port), '--reclaim'])
  expect(refused.code).toBe(7)
  expect(refused.stderr).toMatch(/not ours: something that a supervised service has started/)
  expect(await runCli(scene, ['ports', '--reclaim'])).toMatchObject({ code: 0 })
  expect([isAlive(pid), isAlive(copy.pid!)]).toEqual([false, true])
  expect(isListenedOn(orphaned)).toBe(false)
})

test('--reclaim of the port of a running service ends nothing, and says what would', async () => {
  await using scene = createScene()
  const url = await startCli(scene, ['start', fixture('listens'), '--name', 'api']).url()
  const refused = await runCli(scene, ['ports', new URL(url).port, '--reclaim'])
  expect(refused.code).toBe(5)
  expect(refused.stderr).toContain('jarvis-supervise stop api')
  expect(await ask(`${url}/`)).toMatchObject({ status: 200 })
  expect(textOf(await runCli(scene, ['ports', '--reclaim'])), 'nor does it without a port').toBe('There is nothing to reclaim.\n')
  expect(await ask(`${url}/`)).toMatchObject({ status: 200 })
})

test('--reclaim ends an orphan that ignores its signal, and what it has started', async () => {
  await using scene = createScene()
  const { port, pid } = await orphan(scene, 'api', 'ignores-sigterm-with-grandchild-on-port')
  expect(await runCli(scene, ['ports', String(port), '--reclaim'])).toMatchObject({ code: 0 })
  expect([isAlive(pid), isListenedOn(port)]).toEqual([false, false])
  expect(scene.pids()).toEqual([])
})
