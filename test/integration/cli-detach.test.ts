import { expect, test } from 'vitest'
import { recorded, stateFiles } from '../helpers/abandoned.ts'
import { runCli, startCli } from '../helpers/cli.ts'
import { ask, freePort, isListenedOn, occupy } from '../helpers/ports.ts'
import { isAlive, until } from '../helpers/processes.ts'
import { createScene, fixture, type Scene } from '../helpers/supervised.ts'

/** Back when its supervisor has ended, too. */
const stop = async (scene: Scene): Promise<void> => {
  expect((await runCli(scene, ['stop'])).code).toBe(0)
  expect(scene.pids()).toEqual([])
}

test('start --detach returns at ready, and goes on until it is stopped', async () => {
  await using scene = createScene()
  const { code, stderr, stdout } = await runCli(scene, ['start', '--detach', fixture('writes-request-bodies'), '--name', 'api'])
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/ready at http:\S+/)
  expect(stderr).toContain('jarvis-supervise stop api')
  expect(stdout.toString()).toBe('')
  const { supervisor, run } = recorded(scene)
  expect(isAlive(supervisor.pid)).toBe(true)
  scene.watchPort(run!.port!)
  await ask(`http://127.0.0.1:${run!.port}/stdout`, 'POST', 'kept\n')
  expect(await runCli(scene, ['stop'])).toMatchObject({ code: 0 })
  expect(isAlive(supervisor.pid)).toBe(false)
  expect(stateFiles(scene)).toEqual([])
  expect(isListenedOn(run!.port!)).toBe(false)
  expect((await runCli(scene, ['logs', 'api'])).stdout.toString()).toContain('kept')
})

test('with --json it prints the events until ready', async () => {
  await using scene = createScene()
  const { code, stdout } = await runCli(scene, ['start', '--detach', '--json', fixture('listens'), '--name', 'api'])
  const events = stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; service: string })
  expect(code).toBe(0)
  expect(events[0]).toMatchObject({ type: 'state', service: 'api', to: 'starting' })
  expect(events.at(-1)).toMatchObject({ type: 'ready', service: 'api', pid: expect.any(Number) })
  await stop(scene)
})

test.each([
  ['a missing script', ['no-such-file.js'], 2, /no-such-file\.js/],
  ['a bad option', ['x.js', '--port', 'abc'], 2, /--port/],
  ['a backend that is never ready', [fixture('exits-at-once'), '--no-restart'], 3, /never became ready/],
  ['a command that is not there', ['--', 'no-such-command-anywhere'], 8, /no-such-command-anywhere/],
])('%s ends it with the code and the words that start would have had', async (_what, args, expected, words) => {
  await using scene = createScene()
  const { code, stderr } = await runCli(scene, ['start', '--detach', ...args])
  expect(code, stderr).toBe(expected)
  expect(stderr).toMatch(words)
  await until('nothing runs', () => scene.pids().length === 0)
  expect(stateFiles(scene)).toEqual([])
})

test('a taken port and a second start have their codes, too', async () => {
  await using scene = createScene()
  const port = await freePort()
  {
    await using _stranger = await occupy(port)
    expect((await runCli(scene, ['start', '--detach', fixture('listens'), '--port', String(port)])).code).toBe(7)
  }
  expect((await runCli(scene, ['start', '--detach', fixture('listens'), '--name', 'api'])).code).toBe(0)
  expect((await runCli(scene, ['start', '--detach', fixture('listens'), '--name', 'api'])).code).toBe(5)
  await stop(scene)
})

test('Ctrl-C before it is ready stops it', async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', '--detach', fixture('never-listens'), '--name', 'api'])
  await until('a backend runs', () => stateFiles(scene).some((name) => name.endsWith('.json')) && recorded(scene).run !== null)
  cli.child.kill('SIGINT')
  await cli.ended
  await until('nothing runs', () => scene.pids().length === 0)
  expect(stateFiles(scene)).toEqual([])
})

test.each([[], ['--json']])('what is wrong with its options is said, with %j, too', async (...json) => {
  await using scene = createScene()
  const { code, stdout, stderr } = await runCli(scene, ['start', '--detach', ...json, '--port', 'abc', fixture('listens')])
  expect([code, stdout.toString()]).toEqual([2, ''])
  expect(stderr).toContain('port')
})
