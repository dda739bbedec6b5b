import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { backendEntry, isRefused, runBackend, startBackend } from '../helpers/claude-backend.ts'
import { ask } from '../helpers/claude-http.ts'
import { createWorld } from '../helpers/claude-world.ts'

describe('the options of the backend', () => {
  test.each<[string, string[], Record<string, string>, string]>([
    ['a PORT that says "undefined"', [], { PORT: 'undefined' }, 'PORT is "undefined"; give a whole number from 0 to 65535.'],
    ['a port above 65535', ['--port', '65536'], {}, '--port is "65536"; give a whole number from 0 to 65535.'],
    ['a port with a fraction', ['--port', '80.5'], {}, '--port is "80.5"'],
    ['an empty port', ['--port', ''], {}, '--port is ""'],
    ['a host with a scheme', ['--host', 'http://127.0.0.1'], {}, '--host is "http://127.0.0.1"; give a host name'],
    ['any origin', ['--allow-origin', '*'], {}, '--allow-origin is "*"'],
    ['the origin null', ['--allow-origin', 'null'], {}, '--allow-origin is "null"'],
    ['an unknown option', ['--prot', '1'], {}, "Unknown option '--prot'"],
    ['a socket and a port', ['--socket', '/tmp/a.sock', '--port', '1'], {}, '--socket stands in place of --port and --host'],
    ['an empty socket', ['--socket', ''], {}, '--socket is empty'],
    ['a way to start Claude that is not JSON', ['--port', '0'], { JARVIS_CLAUDE_RUN: '{' }, 'JARVIS_CLAUDE_RUN is "{"; give JSON'],
    ['a way to start Claude without a command', ['--port', '0'], { JARVIS_CLAUDE_RUN: '{"args":[]}' }, 'JARVIS_CLAUDE_RUN is'],
  ])('refuse %s with one sentence and exit code 2', async (_, args, env, sentence) => {
    await using world = await createWorld()
    const { code, stdout, stderr } = await runBackend(world, args, env)
    expect({ code, stdout, lines: stderr.trim().split('\n').length }, stderr).toEqual({ code: 2, stdout: '', lines: 1 })
    expect(stderr).toContain(sentence)
  })

  test('fall back to the environment', async () => {
    await using world = await createWorld()
    const env = { PORT: 'not looked at', HOST: 'localhost', CLAUDE_CLI_PATH: '/opt/claude' }
    await using backend = await startBackend(world, [], env)
    expect(backend.url).toBe(`http://localhost:${backend.port}`)
    expect(JSON.parse((await ask(`${backend.url}/api/health`)).text).claude).toEqual({ path: '/opt/claude' })
  })

  test.each([
    ['by JARVIS_SOCKET', (path: string) => ({ args: [], env: { JARVIS_SOCKET: path, PORT: 'not looked at' } })],
    ['by --socket', (path: string) => ({ args: ['--socket', path], env: { JARVIS_SOCKET: '/elsewhere.sock' } })],
  ])('have it listen on a socket in place of a port (%s), which is gone at the end', async (_how, options) => {
    await using world = await createWorld()
    const path = join(world.home, 'a.sock')
    const { args, env } = options(path)
    const child = spawn(process.execPath, [backendEntry, ...args], {
      cwd: world.home,
      env: { ...world.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    const [said] = await once(child.stdout, 'data')
    expect(String(said)).toBe(`My Jarvis listens on ${path}\n`)
    const statusAs = (host: string) =>
      new Promise((resolve, reject) => {
        request({ socketPath: path, path: '/api/health', headers: { host }, agent: false }, (answer) => resolve(answer.resume().statusCode))
          .on('error', reject)
          .end()
      })
    expect([await statusAs('localhost'), await statusAs('evil.example')]).toEqual([200, 403])
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
    expect(existsSync(path)).toBe(false)
  })

  test('mean a port where one is asked for, whatever the variable says', async () => {
    await using world = await createWorld()
    await using backend = await startBackend(world, [], { JARVIS_SOCKET: join(world.home, 'a.sock') })
    expect(backend.port).toBeGreaterThan(0)
  })

  test('take an empty --claude-path for none, whatever the environment says', async () => {
    await using world = await createWorld()
    await using backend = await startBackend(world, ['--claude-path', ''], { CLAUDE_CLI_PATH: '/opt/stale' })
    expect(JSON.parse((await ask(`${backend.url}/api/health`)).text).claude).toEqual({ path: null })
  })

  test('name the taken port in the words of Node, and print no ready line', async () => {
    await using world = await createWorld()
    const holder = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    const { port } = holder.address() as { port: number }
    const { code, stdout, stderr } = await runBackend(world, ['--port', String(port)])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`listen EADDRINUSE: address already in use 127.0.0.1:${port}`)
    await new Promise((resolve) => holder.close(resolve))
  })

  test('end the backend with 0 on SIGTERM and on SIGINT, and free the port', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      await using world = await createWorld()
      await using backend = await startBackend(world)
      await fetch(`${backend.url}/api/projects`)
      backend.kill(signal)
      expect(await backend.exited).toMatchObject({ code: 0, signal: null, stderr: '' })
      expect(await isRefused(backend.port)).toBe(true)
    }
  })
})
