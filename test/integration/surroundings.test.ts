import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startCli } from '../helpers/cli.ts'
import { ask } from '../helpers/ports.ts'
import { createScene, fixture } from '../helpers/supervised.ts'

interface Seen {
  readonly env: Record<string, string>
  readonly args: string[]
  readonly execArgv: string[]
  readonly cwd: string
}

const seenAt = async (url: string | null): Promise<Seen> => JSON.parse((await ask(`${url}/`)).body) as Seen

test('the environment is ours, and what the contract adds', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('env-printer')
  const { port, url } = await supervisor.start()
  const { env } = await seenAt(url)
  expect(env).toMatchObject({ PORT: String(port), HOST: '127.0.0.1', JARVIS_INSTANCE: expect.stringMatching(/^[^.]+\.[\da-f-]{36}$/) })
  // what belongs to this test's own channel to its parent is its own
  const inherited = Object.keys(process.env).filter((name) => !name.startsWith('NODE_CHANNEL') && name !== 'PATH')
  for (const name of inherited) expect(env[name], name).toBe(process.env[name])
  expect(env.PATH!.split(':')).toEqual(expect.arrayContaining(process.env.PATH!.split(':').filter((entry) => entry !== '')))
  expect(env.ELECTRON_RUN_AS_NODE).toBeUndefined()
})

test('every run has an instance of its own, of the same service', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('env-printer')
  const first = await seenAt((await supervisor.start()).url)
  const second = await seenAt((await supervisor.restart()).url)
  const [service, run] = first.env.JARVIS_INSTANCE!.split('.')
  const [sameService, otherRun] = second.env.JARVIS_INSTANCE!.split('.')
  expect(sameService).toBe(service)
  expect(otherRun).not.toBe(run)
})

test('two state folders, or two names, are two services', async () => {
  await using scene = createScene()
  const script = fixture('env-printer')
  const prefixes = []
  for (const more of [{}, { stateDir: join(scene.dir, 'other') }, { name: 'other' }]) {
    const { url } = await scene.supervise({ script, name: 'one', ...more }).supervisor.start()
    prefixes.push((await seenAt(url)).env.JARVIS_INSTANCE!.split('.')[0])
  }
  expect(new Set(prefixes).size).toBe(3)
})

test('a Claude that is found is handed over: where it is, and how to start it', async () => {
  await using scene = createScene()
  const path = scene.file('claude.js', '#!/usr/bin/env node\nconsole.log("1.0.0 (Claude Code)")\n')
  const { supervisor } = scene.supervise('env-printer', { claude: { path }, args: ['{claudePath}'] })
  const { env, args } = await seenAt((await supervisor.start()).url)
  expect(env.CLAUDE_CLI_PATH).toBe(path)
  const run = JSON.parse(env.JARVIS_CLAUDE_RUN!) as { command: string; args: string[]; env: object }
  expect(run).toMatchObject({ command: expect.any(String), args: expect.any(Array), env: expect.any(Object) })
  expect([run.command, ...run.args]).toContain(path)
  expect(args).toEqual([path])
})

test('without a wish for Claude nothing is said of it', async () => {
  await using scene = createScene()
  const { env } = await seenAt((await scene.supervise('env-printer', { claude: false }).supervisor.start()).url)
  expect(env).not.toHaveProperty('CLAUDE_CLI_PATH')
  expect(env).not.toHaveProperty('JARVIS_CLAUDE_RUN')
})

test('placeholders in arguments are replaced, and nothing else in braces', async () => {
  await using scene = createScene()
  const args = ['--listen={host}:{port}', '{url}/x', '{nodePath}', '{"port": 1}', '{other}', '', 'a b', '$HOME', '{port}{port}']
  const { port, url } = await scene.supervise('env-printer', { args }).supervisor.start()
  const seen = await seenAt(url)
  expect(seen.args).toEqual([
    `--listen=127.0.0.1:${port}`,
    `${url}/x`,
    expect.stringMatching(/^\/.*node/),
    ...['{"port": 1}', '{other}', '', 'a b', '$HOME', `${port}${port}`],
  ])
})

test('env wins over envFile, envFile over ours, and undefined removes', async () => {
  await using scene = createScene()
  const envFile = scene.file('my.env', '# comment\nFROM_FILE="a b"\nBOTH=file\nHOST=from-file\n')
  process.env.TEST_INHERITED = 'inherited'
  scene.atEnd(() => delete process.env.TEST_INHERITED)
  const env = { BOTH: 'option', EMPTY: '', TEST_INHERITED: undefined, HOST: '127.0.0.1' }
  const { supervisor } = scene.supervise('env-printer', { envFile, env })
  const seen = await seenAt((await supervisor.start()).url)
  expect(seen.env).toMatchObject({ FROM_FILE: 'a b', BOTH: 'option', EMPTY: '', HOST: '127.0.0.1' })
  expect(seen.env).not.toHaveProperty('TEST_INHERITED')
})

test('the working directory is the one that was named, else that of the caller', async () => {
  await using scene = createScene()
  const named = await seenAt((await scene.supervise('env-printer', { cwd: scene.dir }).supervisor.start()).url)
  expect(named.cwd).toBe(scene.dir)
  const other = await seenAt((await scene.supervise('env-printer', { name: 'other' }).supervisor.start()).url)
  expect(other.cwd).toBe(process.cwd())
})

test('a script can be a file: URL, and arguments for Node come before it', async () => {
  await using scene = createScene()
  const script = new URL('../fixtures/env-printer.mjs', import.meta.url)
  const { supervisor } = scene.supervise({ script, node: { execArgv: ['--no-deprecation'] } })
  const seen = await seenAt((await supervisor.start()).url)
  expect(seen.execArgv).toContain('--no-deprecation')
  expect(seen.execArgv.join(' '), 'what the supervisor loads is hidden from what the script forks').not.toContain('preload')
})

test('a TypeScript entry runs through tsx', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('typescript-entry.ts')
  const { url } = await supervisor.start()
  expect(await ask(`${url}/`)).toEqual({ status: 200, body: 'typed' })
})

test('a script under spawn runs like one under fork, without a channel', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('env-printer', { launch: 'spawn', args: ['{port}'] })
  const { url, port } = await supervisor.start()
  const { args, env } = await seenAt(url)
  expect(args).toEqual([String(port)])
  expect(env).not.toHaveProperty('NODE_CHANNEL_FD')
})

test('a backend in another language is a command', async () => {
  await using scene = createScene()
  scene.file('index.html', 'from python')
  const args = ['-u', '-m', 'http.server', '{port}', '--bind', '{host}', '--directory', scene.dir]
  const { supervisor, next, all } = scene.supervise({ command: 'python3', args, name: 'python' })
  const { url, pid } = await supervisor.start()
  expect(await ask(`${url}/`)).toEqual({ status: 200, body: 'from python' })
  expect(all('ready')).toMatchObject([{ identity: 'ours' }])
  process.kill(pid!, 'SIGKILL')
  expect(await next('exit')).toMatchObject({ pid, signal: 'SIGKILL' })
  expect(await next('ready')).toMatchObject({ url })
})

test('a command by a relative path is found from its working directory', async () => {
  await using scene = createScene()
  const path = scene.file('bin/server', `#!/bin/sh\nexec "${process.execPath}" "${fixture('listens')}"\n`)
  const { chmodSync } = await import('node:fs')
  chmodSync(path, 0o755)
  const { supervisor } = scene.supervise({ command: 'bin/server', cwd: scene.dir })
  expect(await supervisor.start()).toMatchObject({ name: 'server', state: 'ready' })
})

test('where the PATH has no node, a backend that starts one by name gets the one that it runs on', async () => {
  await using scene = createScene()
  const script = scene.file(
    'backend.mjs',
    `import { execFileSync } from 'node:child_process'
     import { createServer } from 'node:http'
     const seen = { version: execFileSync('node', ['-p', 'process.version'], { encoding: 'utf8' }).trim(), path: process.env.PATH }
     createServer((_, response) => response.end(JSON.stringify(seen))).listen(process.env.PORT, process.env.HOST)`,
  )
  const empty = join(scene.dir, 'empty')
  mkdirSync(empty)
  const { supervisor } = scene.supervise({ script, env: { PATH: empty } })
  const { url } = await supervisor.start()
  const { version, path } = JSON.parse((await ask(`${url}/`)).body) as { version: string; path: string }
  expect(version).toBe(process.version)
  const [first, shim = '', another] = path.split(':')
  expect([first, another]).toEqual([empty, undefined])
  expect(shim.startsWith(join(scene.dir, 'state'))).toBe(true)
  expect(statSync(shim).mode & 0o777).toBe(0o700)
})

test('where the PATH has no claude, one that is found elsewhere can be started by name', async () => {
  await using scene = createScene()
  const claude = scene.file('elsewhere/claude', '#!/bin/sh\necho "2.1.0 (Claude Code)"\n')
  chmodSync(claude, 0o755)
  const { supervisor } = scene.supervise('env-printer', { claude: { path: claude }, env: { PATH: '/usr/bin:/bin' } })
  const { env } = await seenAt((await supervisor.start()).url)
  expect(env.PATH!.split(':')).toContain(join(scene.dir, 'elsewhere'))
})

test("a PATH that has nothing of the user's gets the folders in which users have their commands", async () => {
  await using scene = createScene()
  mkdirSync(join(scene.dir, '.local/bin'), { recursive: true })
  const cli = startCli(scene, ['start', fixture('env-printer')], { env: { PATH: '/usr/bin:/bin' } })
  const { env } = await seenAt(await cli.url())
  expect(env.PATH!.split(':').slice(0, 3)).toEqual(['/usr/bin', '/bin', join(scene.dir, '.local/bin')])
  cli.child.kill('SIGTERM')
  expect((await cli.ended).code).toBe(0)
})
