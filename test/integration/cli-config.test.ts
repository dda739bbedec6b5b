import { execFileSync } from 'node:child_process'
import { mkdirSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { expect, test } from 'vitest'
import { runCli, startCli } from '../helpers/cli.ts'
import { ask, freePort } from '../helpers/ports.ts'
import { createScene, fixture } from '../helpers/supervised.ts'

interface Seen {
  readonly env: Record<string, string>
  readonly args: string[]
  readonly cwd: string
}

const seenAt = async (url: string): Promise<Seen> => JSON.parse((await ask(`${url}/`)).body) as Seen

const printer = JSON.stringify(fixture('env-printer'))
const configs = [
  ['mjs', `export default { name: 'configured', script: ${printer}, args: ['from', 'config'] }`],
  ['js', `module.exports = { name: 'configured', script: ${printer}, args: ['from', 'config'] }`],
  ['cjs', `exports.default = { name: 'configured', script: ${printer}, args: ['from', 'config'] }; exports.__esModule = true`],
  ['json', `{ "name": "configured", "script": ${printer}, "args": ["from", "config"] }`],
  [
    'ts',
    `interface Mine { args: string[] }\nconst mine: Mine = { args: ['from', 'config'] }\nexport default { name: 'configured', script: ${printer}, ...mine } satisfies object`,
  ],
  ['mts', `const args: readonly string[] = ['from', 'config']\nexport default { name: 'configured', script: ${printer}, args }`],
] as const

test.each(configs)('jarvis.config.%s is taken from the working directory', async (extension, text) => {
  await using scene = createScene()
  scene.file(`jarvis.config.${extension}`, text)
  const cli = startCli(scene, ['start'])
  expect(await seenAt(await cli.url())).toMatchObject({ args: ['from', 'config'], cwd: scene.dir })
  expect(cli.said()).toContain('[configured]')
})

test.each(['json', 'ts'] as const)(
  '--config names one (%s) elsewhere, and what it says is relative to its own folder',
  async (extension) => {
    await using scene = createScene()
    scene.file('app/server/main.mjs', `import ${printer}`)
    mkdirSync(join(scene.dir, 'app/data'))
    mkdirSync(join(scene.dir, 'elsewhere'))
    const options = '{ "script": "server/main.mjs", "cwd": "data", "envFile": "my.env" }'
    scene.file('app/my.env', 'FROM_FILE=yes\n')
    scene.file(`app/my.config.${extension}`, extension === 'json' ? options : `export default ${options}`)
    const cli = startCli(scene, ['start', '--config', `../app/my.config.${extension}`], { cwd: join(scene.dir, 'elsewhere') })
    const { cwd, env } = await seenAt(await cli.url())
    expect(cwd).toBe(join(scene.dir, 'app/data'))
    expect(env.FROM_FILE).toBe('yes')
  },
)

test('a config with one named service starts it under its name', async () => {
  await using scene = createScene()
  scene.file('jarvis.config.json', `{ "services": { "api": { "script": ${printer} } } }`)
  const cli = startCli(scene, ['start'])
  await cli.url()
  expect(cli.said()).toContain('[api]')
})

test('the command line wins over the config, and leaves the rest of it', async () => {
  await using scene = createScene()
  const port = await freePort()
  const config = {
    name: 'configured',
    script: fixture('env-printer'),
    port: 1,
    env: { A: 'config', B: 'config' },
    cwd: '/',
    args: ['kept'],
  }
  scene.file('jarvis.config.json', JSON.stringify(config))
  const cli = startCli(scene, ['start', '--port', String(port), '--env', 'B=line', '--env', 'C=a=b', '--name', '007', '--cwd', '.'])
  const url = await cli.url()
  expect(new URL(url).port).toBe(String(port))
  expect(cli.said()).toContain('[007]')
  const { env, args, cwd } = await seenAt(url)
  expect({ env, args, cwd }).toMatchObject({ env: { A: 'config', B: 'line', C: 'a=b' }, args: ['kept'], cwd: scene.dir })
})

test('a config in the working directory is not loaded when a script is named', async () => {
  await using scene = createScene()
  scene.file('jarvis.config.mjs', 'throw new Error("this config was run")')
  const cli = startCli(scene, ['start', fixture('env-printer')])
  await cli.url()
  expect(cli.said()).not.toContain('was run')
})

test('only start runs a config: which, --help and --version do not', async () => {
  await using scene = createScene()
  scene.file('jarvis.config.mjs', 'console.log("this config was run"); export default {}')
  for (const args of [['which', 'node'], ['--help'], ['start', '--help'], ['--version']]) {
    const { code, stdout, stderr } = await runCli(scene, args)
    expect(code).toBe(0)
    expect(stdout.toString() + stderr).not.toContain('was run')
  }
})

test('arguments after -- are the script’s, whatever they look like', async () => {
  await using scene = createScene()
  const args = ['--port', '70000', '--help', '-v', '--', 'a b', '', '{port}']
  const cli = startCli(scene, ['start', fixture('env-printer'), '--', ...args])
  const url = await cli.url()
  expect((await seenAt(url)).args).toEqual([...args.slice(0, -1), new URL(url).port])
})

test('a command after -- is any executable: python', async () => {
  await using scene = createScene()
  scene.file('index.html', 'from python')
  const cli = startCli(scene, ['start', '--', 'python3', '-m', 'http.server', '{port}', '--bind', '{host}'])
  const url = await cli.url()
  expect(await ask(`${url}/`)).toEqual({ status: 200, body: 'from python' })
  cli.child.kill('SIGINT')
  expect((await cli.ended).code).toBe(0)
  expect(scene.pids()).toEqual([])
})

test('a TypeScript entry starts', async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', fixture('typescript-entry.ts')])
  expect(await ask(`${await cli.url()}/`)).toEqual({ status: 200, body: 'typed' })
})

test('--host ::1 is reached there', async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', fixture('env-printer'), '--host', '::1'])
  const url = await cli.url()
  expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/)
  expect((await seenAt(url)).env.HOST).toBe('::1')
})

test('--ready is the path that must answer', async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', fixture('answers-503-then-200'), '--ready', '/health', '--health', '/health'])
  expect(await ask(`${await cli.url()}/`)).toMatchObject({ status: 200 })
})

test('where the PATH has no node, the backend finds one all the same', async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', fixture('env-printer')], { env: { PATH: scene.dir } })
  const { env } = await seenAt(await cli.url())
  expect(env.PATH!.split(':')[0]).toBe(scene.dir)
  expect(execFileSync('node', ['--version'], { env: { PATH: env.PATH! }, encoding: 'utf8' }).trim()).toBe(process.version)
})

const stubClaude = (version: string): string => `#!${process.execPath}\nconsole.log('${version} (Claude Code)')\n`

test('which --json says what is found, in the shape of the contract', async () => {
  await using scene = createScene()
  const claude = scene.file('claude.js', stubClaude('1.2.3'))
  const { code, stdout, stderr } = await runCli(scene, ['which', '--json', '--claude-path', claude])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const { node, claude: found, ...more } = JSON.parse(stdout.toString()) as Record<string, Record<string, unknown>>
  expect(more).toEqual({})
  const candidate = { path: expect.any(String), kind: expect.any(String), source: expect.any(String), reason: expect.anything() }
  expect(node).toEqual({
    path: expect.any(String),
    realPath: realpathSync(process.execPath),
    kind: 'native',
    run: expect.any(Array),
    env: expect.any(Object),
    version: process.version.slice(1),
    source: 'runtime',
    usable: true,
    candidates: expect.any(Array),
  })
  expect(isAbsolute(node!.path as string)).toBe(true)
  for (const each of node!.candidates as object[]) expect(Object.keys(each).sort()).toEqual(['kind', 'path', 'reason', 'source', 'usable'])
  expect(found).toMatchObject({ path: claude, realPath: claude, kind: 'script', version: '1.2.3', source: 'option', usable: true })
  expect((found!.run as string[]).at(-1)).toBe(claude)
  expect((found!.candidates as object[])[0]).toMatchObject({ ...candidate, path: claude, source: 'option', usable: true })
})

test('which of one thing is bare, and exit 8 when it is not found', async () => {
  await using scene = createScene()
  const one = await runCli(scene, ['which', 'node', '--json'])
  expect(JSON.parse(one.stdout.toString())).toMatchObject({ usable: true, source: 'runtime' })
  const { code, stdout, stderr } = await runCli(scene, ['which', 'claude', '--json', '--claude-path', join(scene.dir, 'nowhere')])
  expect(code).toBe(8)
  expect(stderr).toContain('nowhere')
  const found = JSON.parse(stdout.toString()) as { path: unknown; candidates: unknown[] }
  expect(Object.keys(found).sort()).toEqual(['candidates', 'path'])
  expect(found.path).toBeNull()
})

test('which for people says it on stdout', async () => {
  await using scene = createScene()
  const { code, stdout } = await runCli(scene, ['which', 'node'])
  expect(code).toBe(0)
  expect(stdout.toString()).toContain(basename(process.execPath))
  expect(stdout.toString()).toContain(dirname(realpathSync(process.execPath)))
})

test('--help and --version are answers: on stdout, with 0', async () => {
  await using scene = createScene()
  const help = await runCli(scene, ['--help'])
  expect({ code: help.code, stderr: help.stderr }).toEqual({ code: 0, stderr: '' })
  for (const word of ['start', 'which', '--config', '--state-dir', '--json']) expect(help.stdout.toString()).toContain(word)
  const start = await runCli(scene, ['start', '--help'])
  expect(start.code).toBe(0)
  for (const option of ['--name', '--port', '--prefer-port', '--health-failures', '--no-restart', '--max-restarts', '--env', '--verbose'])
    expect(start.stdout.toString()).toContain(option)
  const version = await runCli(scene, ['--version'])
  expect({ code: version.code, stderr: version.stderr }).toEqual({ code: 0, stderr: '' })
  expect(version.stdout.toString()).toMatch(/^\d+\.\d+\.\d+\S*\n$/)
})
