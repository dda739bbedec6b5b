/**
 * Both generations of the Claude CLI, and both of its SDK, as npm has them: found, started as found, and asked through
 * an SDK. They talk to a stub of the Messages API on the loopback interface, which is their proxy too.
 */
import { spawn } from 'node:child_process'
import { chmod, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveClaude } from '../../src/detect/claude.ts'
import type { Found, FoundExecutable } from '../../src/detect/found.ts'
import { resolveNode } from '../../src/detect/node.ts'
import { queryOptions } from '../../src/detect/query-options.ts'
import { provideNode } from '../../src/launch/node-shim.ts'
import { claudeEnv, createWorld, type World } from '../helpers/claude-world.ts'
import { type MessagesApi, startMessagesApi } from '../helpers/messages-api.ts'
import { installPackages, type Packages } from './packages.ts'

/** For one process, from its start to its end. */
const deadlineMs = 40_000
const answer = 'Hello from the stub.'

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end, outside of every project, with nothing but the given environment. */
const ended = ([command, ...before]: readonly [string, ...string[]], args: readonly string[], env: Record<string, string>) =>
  new Promise<Ended>((resolve, reject) => {
    const child = spawn(command, [...before, ...args], {
      cwd: '/',
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: deadlineMs,
      killSignal: 'SIGKILL',
    })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text
      })
    }
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...output }))
  })

/** A folder like `/usr/bin`, of a machine without Node. */
const binWithoutNode = async ({ home }: World): Promise<string> => {
  const bin = join(home, 'bin')
  await mkdir(bin)
  for (const name of ['sh', 'bash', 'env', 'cat', 'ls', 'uname', 'git', 'grep', 'ps', 'which']) {
    await symlink(join('/usr/bin', name), join(bin, name))
  }
  return bin
}

/** All that there is: what `env -i` leaves, a home, and the way to the stub. */
const bareEnv = async (world: World, api: MessagesApi): Promise<Record<string, string>> => {
  const { home } = world
  const own = { PATH: await binWithoutNode(world), HOME: home, TMPDIR: home, MY_JARVIS_WORLD: home }
  return { ...own, ...(claudeEnv(api.url) as Record<string, string>) }
}

const overlaid = (env: Record<string, string>, overlay: FoundExecutable['env']): Record<string, string> =>
  Object.fromEntries(Object.entries({ ...env, ...overlay }).filter((entry): entry is [string, string] => entry[1] !== null))

const executable = (found: Found): FoundExecutable => {
  if (found.path === null) throw new Error(`Not found: ${JSON.stringify(found.candidates)}`)
  return found
}

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('the real Claude', { timeout: 120_000 }, () => {
  let packages: Packages

  beforeAll(async () => {
    packages = await installPackages()
  }, 400_000)
  afterAll(async () => packages?.[Symbol.asyncDispose](), 60_000)

  const generations = [
    { name: 'of the first generation', of: 'first', version: '1.0.128', kind: 'script' },
    { name: 'of the second generation', of: 'second', version: '2.1.197', kind: 'native' },
  ] as const

  describe.each(generations)('$name', ({ of, version, kind }) => {
    const find = async (world: World, env: Record<string, string>, path?: string): Promise<FoundExecutable> =>
      executable(await resolveClaude({ path, surroundings: { env, home: world.home } }))

    test('is found by its name on PATH', async () => {
      await using api = await startMessagesApi()
      await using world = await createWorld()
      const env = await bareEnv(world, api)
      const { bin, cli } = packages[of]
      const found = await find(world, { ...env, PATH: `${env.PATH}:${bin}` })
      expect(found).toMatchObject({ path: join(bin, 'claude'), realPath: cli, kind, source: 'path', version })
      expect(found.run).toEqual(kind === 'script' ? [process.execPath, cli] : [join(bin, 'claude')])
    })

    test('is found by a link to it, and runs as found where there is no Node: its version, an answer', async () => {
      await using api = await startMessagesApi()
      await using world = await createWorld()
      const env = await bareEnv(world, api)
      const link = join(world.home, "it's a $link")
      await symlink(packages[of].cli, link)
      const found = await find(world, env, link)
      expect(found).toMatchObject({ path: link, realPath: packages[of].cli, kind, source: 'option', version })
      const whole = overlaid({ ...env, CLAUDECODE: '1', ELECTRON_RUN_AS_NODE: '1' }, found.env)
      expect(await ended(found.run, ['--version'], whole)).toMatchObject({ code: 0, stdout: `${version} (Claude Code)\n` })
      expect(await ended(found.run, ['-p', 'hello'], whole)).toMatchObject({ code: 0, stdout: `${answer}\n` })
      expect(api.requests.some(({ path, body }) => path.startsWith('/v1/messages') && body?.stream)).toBe(true)
    })
  })

  test('whose install script never ran is healed, and runs as found', async () => {
    await using api = await startMessagesApi()
    await using world = await createWorld()
    const env = await bareEnv(world, api)
    const { folder, placeholder } = packages.second
    const scope = join(world.home, 'node_modules/@anthropic-ai')
    const stub = join(scope, 'claude-code/bin/claude.exe')
    await mkdir(dirname(stub), { recursive: true })
    await copyFile(placeholder, stub)
    await chmod(stub, 0o755)
    await symlink(join(folder, '../claude-code-linux-x64'), join(scope, 'claude-code-linux-x64'))
    const found = executable(await resolveClaude({ path: stub, surroundings: { env, home: world.home } }))
    expect(found).toMatchObject({ kind: 'stub', healed: true })
    expect(await ended(found.run, ['-p', 'hello'], overlaid(env, found.env))).toMatchObject({ code: 0, stdout: `${answer}\n` })
  })

  /** A backend that asks through an SDK; its own Node is named by its path, as a supervisor does. */
  const askThrough = (sdk: string, options: object, env: Record<string, string>): Promise<Ended> =>
    ended([process.execPath], [resolve('test/claude/asks-claude.mjs'), sdk, JSON.stringify(options)], env)

  const results = ({ stdout }: Ended): unknown[] =>
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === 'result')

  const succeeded = [expect.objectContaining({ is_error: false, result: answer })]

  describe('asked through an unmodified SDK of the first generation, which starts `node`', () => {
    test('is not reached where no folder on the PATH has one', async () => {
      await using api = await startMessagesApi()
      await using world = await createWorld()
      const failed = await askThrough(packages.first.sdk, {}, await bareEnv(world, api))
      expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('spawn node ENOENT') })
    })

    test('answers where the last folder on the PATH is the one provided', async () => {
      await using api = await startMessagesApi()
      await using world = await createWorld()
      const env = await bareEnv(world, api)
      const folder = await provideNode(executable(await resolveNode()), join(world.home, 'state'), 'linux')
      const ending = await askThrough(packages.first.sdk, {}, { ...env, PATH: `${env.PATH}:${folder}` })
      expect(results(ending), ending.stderr).toEqual(succeeded)
      expect(ending.code).toBe(0)
    })

    test('answers where the Node that was found is an Electron', async () => {
      await using api = await startMessagesApi()
      await using world = await createWorld()
      const env = await bareEnv(world, api)
      const electron = await startsAsNodeOnly(world)
      const node = { ...executable(await resolveNode()), path: electron, run: [electron] as const, env: { ELECTRON_RUN_AS_NODE: '1' } }
      const folder = await provideNode(node, join(world.home, 'state'), 'linux')
      const ending = await askThrough(packages.first.sdk, {}, { ...env, PATH: `${env.PATH}:${folder}` })
      expect(results(ending), ending.stderr).toEqual(succeeded)
    })
  })

  /** A stand-in for Electron: without the variable it would open a window. */
  const startsAsNodeOnly = async ({ home }: World): Promise<string> => {
    const path = join(home, 'My App')
    await writeFile(path, `#!/bin/sh\n[ "$ELECTRON_RUN_AS_NODE" = 1 ] || exit 64\nexec '${process.execPath}' "$@"\n`, { mode: 0o755 })
    return path
  }

  const sdks = [
    { name: 'the SDK of the first generation', sdkOf: () => packages.first.sdk },
    { name: 'the agent SDK', sdkOf: () => packages.agentSdk },
  ]

  describe.each(sdks)('asked through $name, with the options for what was found', ({ sdkOf }) => {
    test.each(generations)('answers, $name', async ({ of }) => {
      await using api = await startMessagesApi()
      await using world = await createWorld()
      const env = await bareEnv(world, api)
      const surroundings = { env: { ...env, PATH: `${env.PATH}:${packages[of].bin}` }, home: world.home }
      const found = executable(await resolveClaude({ surroundings }))
      const ending = await askThrough(sdkOf(), queryOptions(found, env), env)
      expect(results(ending), ending.stderr).toEqual(succeeded)
    })

    test('answers, a script that an Electron runs', async () => {
      await using api = await startMessagesApi()
      await using world = await createWorld()
      const env = await bareEnv(world, api)
      const electron = await startsAsNodeOnly(world)
      const found = executable(await resolveClaude({ path: packages.first.cli, surroundings: { env, home: world.home } }))
      const byElectron = { ...found, run: [electron, packages.first.cli] as const, env: { ELECTRON_RUN_AS_NODE: '1' } }
      const ending = await askThrough(sdkOf(), queryOptions(byElectron, env), env)
      expect(results(ending), ending.stderr).toEqual(succeeded)
    })

    test('answers, a script whose name tells no SDK that it is one', async () => {
      await using api = await startMessagesApi()
      await using world = await createWorld()
      const env = await bareEnv(world, api)
      const claude = join(world.home, 'claude')
      await copyFile(packages.first.cli, claude)
      await chmod(claude, 0o755)
      await copyFile(join(dirname(packages.first.cli), 'yoga.wasm'), join(world.home, 'yoga.wasm'))
      const found = executable(await resolveClaude({ path: claude, surroundings: { env, home: world.home } }))
      expect(found).toMatchObject({ kind: 'script', run: [process.execPath, claude] })
      const ending = await askThrough(sdkOf(), queryOptions(found, env), env)
      expect(results(ending), ending.stderr).toEqual(succeeded)
    })
  })
})
