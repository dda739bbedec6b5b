import { chmodSync, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { type Ended, runCli, startCli } from '../helpers/cli.ts'
import { ask, freePort, isListenedOn, occupy } from '../helpers/ports.ts'
import { isAlive, until } from '../helpers/processes.ts'
import { createScene, fixture, type Scene } from '../helpers/supervised.ts'

/** What every refusal keeps to: nothing on stdout, words on stderr, no stack trace. */
const expectWords = ({ code, signal, stdout, stderr }: Ended, expected: number, ...names: (string | RegExp)[]): void => {
  expect({ code, signal, stdout: stdout.toString() }, stderr).toEqual({ code: expected, signal: null, stdout: '' })
  expect(stderr.trim()).not.toBe('')
  expect(stderr).not.toMatch(/^\s+at .*\(?.*:\d+:\d+\)?$/m)
  expect(stderr, 'words, not the insides').not.toMatch(/\[object Object\]|undefined|Unexpected error/)
  for (const name of names) expect(stderr).toMatch(name)
}

const listens = fixture('listens')

test.each(['SIGINT', 'SIGTERM'] as const)('0: stopped by %s', async (signal) => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', listens])
  const url = await cli.url()
  const port = Number(new URL(url).port)
  cli.child.kill(signal)
  const { code, stdout } = await cli.ended
  expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: '' })
  expect(scene.pids()).toEqual([])
  expect(isListenedOn(port)).toBe(false)
})

test('0: stopped while it is starting, by a closed terminal too', async () => {
  await using scene = createScene()
  for (const signal of ['SIGINT', 'SIGHUP'] as const) {
    const cli = startCli(scene, ['start', fixture('never-listens')])
    await until('the backend runs', () => scene.pids().length === 2)
    cli.child.kill(signal)
    expect((await cli.ended).code).toBe(0)
    expect(scene.pids()).toEqual([])
  }
})

test('0: a terminal that says twice that it is gone has asked once, and the backend keeps its grace', async () => {
  await using scene = createScene()
  const backend = scene.file(
    'backend.mjs',
    `import { writeFileSync } from 'node:fs'
     import { createServer } from 'node:http'
     process.on('SIGTERM', () => {
       console.log('asked')
       setTimeout(() => { writeFileSync('ended', ''); process.exit(0) }, 300)
     })
     createServer((_, response) => response.end()).listen(process.env.PORT, '127.0.0.1')`,
  )
  const cli = startCli(scene, ['start', backend])
  await cli.url()
  cli.child.kill('SIGHUP')
  await cli.saying(/asked|stopping/)
  cli.child.kill('SIGHUP')
  expect((await cli.ended).code).toBe(0)
  expect(existsSync(join(scene.dir, 'ended'))).toBe(true)
})

test('0: stopped between two attempts', async () => {
  await using scene = createScene()
  const config = scene.file(
    'jarvis.config.json',
    JSON.stringify({ script: fixture('exits-at-once'), restart: { backoff: { initialMs: 60_000, maxMs: 60_000 } } }),
  )
  const cli = startCli(scene, ['start', '--config', config])
  await cli.saying(/in \d{5} ms/)
  cli.child.kill('SIGINT')
  expect((await cli.ended).code).toBe(0)
})

test('0: a one-shot that ends with 0, with restarts off', async () => {
  await using scene = createScene()
  const { code, stdout, stderr } = await runCli(scene, ['start', fixture('one-shot'), '--no-restart'])
  expect({ code, stdout: stdout.toString() }, stderr).toEqual({ code: 0, stdout: 'migrated\n' })
})

test('0: a service with restarts on failure only that ends with 0', async () => {
  await using scene = createScene()
  scene.file(
    'jarvis.config.mjs',
    `export default { script: ${JSON.stringify(fixture('one-shot'))}, port: false, restart: { when: 'on-failure' } }`,
  )
  const { code, stdout } = await runCli(scene, ['start'])
  expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: 'migrated\n' })
})

test('1: a crash after ready with restarts off', async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', fixture('exits-when-asked'), '--name', 'mine', '--no-restart'])
  await ask(`${await cli.url()}/exit/9`)
  expectWords(await cli.ended, 1, /mine crashed/, /code 9/)
})

const directory = dirname(listens)
const usage: [string, string[], ...(string | RegExp)[]][] = [
  ['a port beyond the last', ['start', listens, '--port', '70000'], '--port', '70000'],
  ['a port that is no number', ['start', listens, '--port', 'abc'], '--port', 'abc'],
  ['an empty port', ['start', listens, '--port', ''], '--port'],
  ['a port without its value', ['start', listens, '--port'], '--port'],
  ['a port in another notation', ['start', listens, '--port', '0x50'], '--port', '0x50'],
  ['a negative port', ['start', listens, '--port=-1'], '--port', '-1'],
  ['a preferred port that is no number', ['start', listens, '--prefer-port', 'x'], '--prefer-port', 'x'],
  ['a period that is no number', ['start', listens, '--health-period', 'soon'], '--health-period', 'soon'],
  ['no patience at all', ['start', listens, '--health-failures', '0'], '--health-failures', '0'],
  ['a negative number of restarts', ['start', listens, '--max-restarts=-1'], '--max-restarts', '-1'],
  ['an unknown option', ['start', listens, '--no-such-option'], '--no-such-option'],
  ['an option that is nearly known', ['start', listens, '--prot', '1'], '--prot'],
  ['a misspelt option', ['start', listens, '--helth', '/'], '--helth', /did you mean --health/],
  ['a value for a switch', ['start', listens, '--no-restart=yes'], '--no-restart'],
  ['a port that is strict and preferred', ['start', listens, '--port', '3000', '--prefer-port', '3000'], '--port', '--prefer-port'],
  ['restarts that are off and counted', ['start', listens, '--no-restart', '--max-restarts', '3'], '--no-restart', '--max-restarts'],
  ['a config and a script', ['start', listens, '--config', 'x.json'], '--config'],
  ['a variable without a name', ['start', listens, '--env', '=x'], '--env', '=x'],
  ['a launch mode that is none', ['start', listens, '--launch', 'thread'], 'launch', 'thread'],
  ['a fork of a command', ['start', '--launch', 'fork', '--', 'sleep', '1'], 'launch', 'command'],
  ['a path for readiness that is none', ['start', listens, '--ready', 'health'], 'readiness', 'health'],
  ['a missing script', ['start', 'no-such-script.mjs'], 'no-such-script.mjs'],
  ['a folder for a script', ['start', directory], directory, /folder|directory/],
  ['a missing working directory', ['start', listens, '--cwd', 'no-such-folder'], 'no-such-folder'],
  ['a second script', ['start', listens, 'other.mjs'], 'other.mjs', /--/],
  ['no command after --', ['start', '--'], '--'],
  ['nothing to start', ['start'], /nothing to start/, 'jarvis.config'],
  ['a config that is not there', ['start', '--config', 'no-such.config.json'], 'no-such.config.json'],
  ['a folder for a config', ['start', '--config', directory], directory],
  ['an unknown command', ['strat'], 'strat', /did you mean start/],
  ['an option before the command', ['--json', 'start'], '--json'],
  ['an unknown thing to find', ['which', 'python'], 'python'],
  ['an address of another machine', ['start', listens, '--host', '192.0.2.1'], '192.0.2.1'],
]
test.each(usage)('2: %s', async (_what, args, ...names) => {
  await using scene = createScene()
  expectWords(await runCli(scene, args), 2, ...names)
  expect(scene.pids()).toEqual([])
})

const configs: [string, string, string, ...(string | RegExp)[]][] = [
  [
    'two problems, both named with their paths',
    'json',
    '{ "script": "a.js", "port": "http", "readiness": { "kind": "http", "periodMs": 3 } }',
    /`port`/,
    /`readiness\.periodMs`/,
  ],
  [
    'a problem in a named service',
    'json',
    '{ "services": { "api": { "script": "a.js", "readiness": { "kind": "http", "periodMs": 3 } } } }',
    'services.api.readiness.periodMs',
  ],
  [
    'two services, one of them wrong',
    'mjs',
    'export default { script: "a.js", command: "b", liveness: { kind: "log" } }',
    /`script`/,
    /`command`/,
    /`liveness.pattern`/,
  ],
  ['JSON that is none', 'json', '{ "script": ', 'jarvis.config.json'],
  ['a config that throws', 'mjs', 'throw new Error("from the config")', 'jarvis.config.mjs', /from the config/],
  ['a config with a syntax error', 'mjs', 'export default {', 'jarvis.config.mjs'],
  ['a TypeScript config with a syntax error', 'ts', 'export default {', 'jarvis.config.ts'],
  ['a config that exports nothing', 'mjs', 'export const other = 1', 'jarvis.config.mjs', /exports nothing/],
  ['a config that exports a text', 'json', '"server.js"', 'jarvis.config.json'],
  ['an empty config', 'json', '{}', /`script`/, /`command`/],
]
test.each(configs)('2: %s', async (_what, extension, text, ...names) => {
  await using scene = createScene()
  scene.file(`jarvis.config.${extension}`, text)
  expectWords(await runCli(scene, ['start']), 2, ...names)
})

test('2: two configs in one folder', async () => {
  await using scene = createScene()
  scene.file('jarvis.config.json', '{}')
  scene.file('jarvis.config.mjs', 'export default {}')
  expectWords(await runCli(scene, ['start']), 2, /jarvis\.config\.json/, /jarvis\.config\.mjs/)
})

test('3: never ready, three times in a row, with the last lines', async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', fixture('exits-at-once')])
  const { code, stdout, stderr } = await cli.ended
  expect({ code, stdout: stdout.toString() }).toEqual({ code: 3, stdout: 'connecting\n'.repeat(3) })
  expect(stderr).toMatch(/never became ready in 3 runs/)
  expect(stderr).toMatch(/exited with code 3/)
  expect(stderr).toMatch(/\| no database/)
})

test('3: never ready once, with restarts off', async () => {
  await using scene = createScene()
  const { code, stdout } = await runCli(scene, ['start', '--no-restart', fixture('exits-at-once')])
  expect({ code, stdout: stdout.toString() }).toEqual({ code: 3, stdout: 'connecting\n' })
})

test('4: a crash where none is allowed', async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', fixture('exits-when-asked'), '--name', 'mine', '--max-restarts', '0'])
  await ask(`${await cli.url()}/exit/5`)
  expectWords(await cli.ended, 4, /mine crashed/, /code 5/)
})

test('4: more crashes than are allowed', async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', fixture('exits-when-asked'), '--max-restarts', '1'])
  const url = await cli.url()
  await ask(`${url}/exit/5`)
  await until('it is ready again', () => cli.said().match(/ready at/g)?.length === 2)
  await ask(`${url}/exit/5`)
  expectWords(await cli.ended, 4, /crashed 2 times/)
})

test('7: a taken port, naming who has it', async () => {
  await using scene = createScene()
  const port = await freePort()
  await using _stranger = await occupy(port)
  expectWords(await runCli(scene, ['start', listens, '--port', String(port)]), 7, String(port), String(process.pid), /--prefer-port/)
  expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ body: 'stranger' })
})

test('a preferred port that is taken is no error', async () => {
  await using scene = createScene()
  const port = await freePort()
  await using _stranger = await occupy(port)
  const cli = startCli(scene, ['start', listens, '--prefer-port', String(port)])
  expect(new URL(await cli.url()).port).not.toBe(String(port))
})

const missing: [string, string[], string][] = [
  ['a command', ['start', '--', 'no-such-command', '-x'], 'no-such-command'],
  ['a command by path', ['start', '--', './no/such/command'], 'no/such/command'],
  ['a Node', ['start', listens, '--node-path', '/no/such/node'], '/no/such/node'],
  ['a Claude by option', ['start', listens, '--claude-path', '/no/such/claude'], '/no/such/claude'],
]
test.each(missing)('8: %s that is not there', async (_what, args, name) => {
  await using scene = createScene()
  expectWords(await runCli(scene, args), 8, name)
})

test('8: a command that may not be executed', async () => {
  await using scene = createScene()
  const path = scene.file('server', '#!/bin/sh\nexec sleep 100\n')
  chmodSync(path, 0o644)
  expectWords(await runCli(scene, ['start', '--', path]), 8, path)
})

test('8: a command whose interpreter is not there', async () => {
  await using scene = createScene()
  const path = scene.file('server', '#!/no/such/interpreter\n')
  chmodSync(path, 0o755)
  expectWords(await runCli(scene, ['start', '--', path]), 8, path, /\/no\/such\/interpreter/)
})

test('130: a second Ctrl-C ends a stubborn backend at once', async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', fixture('ignores-sigterm')])
  await cli.url()
  const backend = childOf(scene, cli.child.pid)
  cli.child.kill('SIGINT')
  await until('the backend has been asked to end', () => cli.child.exitCode === null && /stopping/.test(cli.said()))
  const began = performance.now()
  cli.child.kill('SIGINT')
  const { code } = await cli.ended
  expect(performance.now() - began).toBeLessThan(2000)
  expect(code).toBe(130)
  expect(isAlive(backend)).toBe(false)
})

const childOf = (scene: Scene, parent: number | undefined): number => scene.pids().find((pid) => pid !== parent) ?? 0
