import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startBackend } from '../helpers/claude-backend.ts'
import { allLines, ask, chatLines, lineThat, postJson } from '../helpers/claude-http.ts'
import { createWorld, until } from '../helpers/claude-world.ts'

const waits = `console.log('{"type":"system"}'); setInterval(() => {}, 1000)`

describe('a chat', { timeout: 20_000 }, () => {
  test('without a Claude answers with one line that says how to install it', async () => {
    await using world = await createWorld()
    await using backend = await startBackend(world)
    const lines = await allLines(await postJson(`${backend.url}/api/chat`, { message: 'Hello', requestId: 'one' }))
    expect(lines).toEqual([{ type: 'error', error: expect.stringContaining('npm install -g @anthropic-ai/claude-code') }])
  })

  test('with a Claude that is not there fails alone, and the backend stays', async () => {
    await using world = await createWorld()
    await using backend = await startBackend(world, ['--claude-path', join(world.home, 'nothing')])
    for (const requestId of ['one', 'two']) {
      const lines = await allLines(await postJson(`${backend.url}/api/chat`, { message: 'Hello', requestId }))
      expect(lines).toEqual([{ type: 'error', error: expect.stringMatching(/could not be started from .*nothing.*ENOENT.*--claude-path/) }])
    }
    expect((await ask(`${backend.url}/api/health`)).status).toBe(200)
  })

  test('gives the prompt over stdin and no caller a way to an option', async () => {
    await using world = await createWorld({ NODE_OPTIONS: '--no-warnings', CLAUDECODE: '1', JARVIS_INSTANCE: 'x', KEPT: 'yes' })
    const path = await world.claude(`
      let prompt = ''; for await (const part of process.stdin) prompt += part
      console.log(JSON.stringify({ type: 'seen', prompt, args: process.argv.slice(2), cwd: process.cwd(), env: process.env }))`)
    await using backend = await startBackend(world, ['--claude-path', path], { PORT: '1', HOST: '127.0.0.1' })
    const sessionId = '01234567-89ab-cdef-0123-456789abcdef'
    const asked = { message: '--version', requestId: 'one', sessionId, allowedTools: ['Bash(git:*)', 'Read'] }
    const [seen] = await allLines(await postJson(`${backend.url}/api/chat`, asked))
    expect(seen!.data).toMatchObject({ prompt: '--version', cwd: world.home, env: { KEPT: 'yes', HOME: world.home } })
    expect(seen!.data!.args).toEqual([
      '-p',
      '--output-format=stream-json',
      '--verbose',
      `--resume=${sessionId}`,
      '--allowedTools=Bash(git:*)',
      '--allowedTools=Read',
    ])
    const names = Object.keys(seen!.data!.env as object)
    for (const name of ['NODE_OPTIONS', 'CLAUDECODE', 'JARVIS_INSTANCE', 'PORT', 'HOST']) expect(names).not.toContain(name)
  })

  test('starts Claude as JARVIS_CLAUDE_RUN says, unless that is another Claude', async () => {
    await using world = await createWorld({ SECRET: 'x' })
    const path = await world.claude(
      `console.log(JSON.stringify({ args: process.argv.slice(2, 3), run: process.env.RUN, secret: process.env.SECRET }))`,
    )
    const run = { command: process.execPath, args: [path, 'extra'], env: { RUN: 'given', SECRET: null } }
    const chat = async (claude: string, claudeRun: object) => {
      await using backend = await startBackend(world, ['--claude-path', claude], { JARVIS_CLAUDE_RUN: JSON.stringify(claudeRun) })
      return (await allLines(await postJson(`${backend.url}/api/chat`, { message: 'Hello', requestId: 'one' })))[0]!.data
    }
    expect(await chat(path, run)).toEqual({ args: ['extra'], run: 'given' })
    expect(await chat(path, { ...run, args: ['/opt/another.js'] })).toEqual({ args: ['-p'], secret: 'x' })
  })

  test.each<[string, object]>([
    ['no message', { requestId: 'one' }],
    ['an empty message', { message: ' ', requestId: 'one' }],
    ['no requestId', { message: 'Hello' }],
    ['a session that is an option', { message: 'Hello', requestId: 'one', sessionId: '--dangerously-skip-permissions' }],
    ['a tool that is an option', { message: 'Hello', requestId: 'one', allowedTools: ['--dangerously-skip-permissions'] }],
    ['a relative directory', { message: 'Hello', requestId: 'one', workingDirectory: '.' }],
    ['a directory that is not there', { message: 'Hello', requestId: 'one', workingDirectory: '/not/there' }],
  ])('refuses %s with a sentence', async (_, body) => {
    await using world = await createWorld()
    const path = await world.claude(`import { writeFileSync } from 'node:fs'; writeFileSync('ran', '')`)
    await using backend = await startBackend(world, ['--claude-path', path])
    const response = await postJson(`${backend.url}/api/chat`, body)
    expect({ status: response.status, ...((await response.json()) as object) }).toMatchObject({
      status: 400,
      error: expect.stringMatching(/^".*" must be /),
    })
    await expect(readFile(join(world.home, 'ran'))).rejects.toThrow('ENOENT')
  })

  test('refuses a requestId that is running, and takes it again once it was aborted', async () => {
    await using world = await createWorld()
    await using backend = await startBackend(world, ['--claude-path', await world.claude(waits)])
    const chat = () => postJson(`${backend.url}/api/chat`, { message: 'Hello', requestId: 'one' })
    const abort = () => postJson(`${backend.url}/api/abort/one`, {})
    for (let round = 0; round < 2; round++) {
      const lines = chatLines(await chat())
      await lineThat(lines, ({ type }) => type === 'claude_json')
      expect((await chat()).status).toBe(409)
      expect((await abort()).status).toBe(200)
      expect(await lineThat(lines, ({ type }) => type !== 'claude_json')).toEqual({ type: 'aborted' })
    }
    expect((await abort()).status).toBe(404)
  })

  test('keeps lines whole, drops one above 1 MiB, and quotes the end of stderr', async () => {
    await using world = await createWorld()
    const path = await world.claude(`
      const write = (bytes) => new Promise((resolve) => process.stdout.write(bytes, () => setImmediate(resolve)))
      for (const byte of Buffer.from(JSON.stringify({ type: 'a', text: '世界 👋' }) + '\\n')) await write(Buffer.of(byte))
      await write(JSON.stringify({ type: 'b', text: 'x'.repeat(1100000) }) + '\\n')
      await write(JSON.stringify({ type: 'c' }))
      process.stderr.write('x'.repeat(100000) + ' the reason')
      process.exitCode = 3`)
    await using backend = await startBackend(world, ['--claude-path', path])
    const lines = await allLines(await postJson(`${backend.url}/api/chat`, { message: 'Hello', requestId: 'one' }))
    expect(lines.slice(0, 3).map(({ data }) => data)).toEqual([
      { type: 'a', text: '世界 👋' },
      { type: 'system', subtype: 'line_dropped', bytes: 1_100_022, limitBytes: 1_048_576 },
      { type: 'c' },
    ])
    expect(lines[3]).toMatchObject({ type: 'error', error: expect.stringMatching(/exit code 3\. It said: x+ the reason$/) })
    expect(lines[3]!.error!.length).toBeLessThan(10_000)
    expect(lines).toHaveLength(4)
  })

  test('ends although something that Claude left behind holds its output open', async () => {
    await using world = await createWorld()
    const path = await world.claude(`
      import { spawn } from 'node:child_process'
      const left = spawn('sleep', ['1000'], { detached: true, stdio: 'inherit' })
      console.log(JSON.stringify({ type: 'left', pid: left.pid }))
      process.exit(0)`)
    await using backend = await startBackend(world, ['--claude-path', path])
    const lines = await allLines(await postJson(`${backend.url}/api/chat`, { message: 'Hello', requestId: 'one' }))
    expect(lines.at(-1)).toEqual({ type: 'done' })
    process.kill(lines[0]!.data!.pid as number, 'SIGKILL')
  })

  test('is ended by SIGTERM of the backend within the second, a deaf Claude too', async () => {
    await using world = await createWorld()
    const path = await world.claude(`process.on('SIGTERM', () => {}); ${waits}`)
    await using backend = await startBackend(world, ['--claude-path', path])
    const lines = chatLines(await postJson(`${backend.url}/api/chat`, { message: 'Hello', requestId: 'one' }))
    await lineThat(lines, ({ type }) => type === 'claude_json')
    const asked = performance.now()
    backend.kill('SIGTERM')
    expect(await lineThat(lines, ({ type }) => type !== 'claude_json')).toEqual({ type: 'aborted' })
    expect(await backend.exited).toMatchObject({ code: 0 })
    expect(performance.now() - asked).toBeLessThan(1500)
    expect(await world.pids()).toEqual([])
  })

  test.skipIf(process.platform === 'win32')('does not outlive a backend that is killed', async () => {
    await using world = await createWorld()
    await using backend = await startBackend(world, ['--claude-path', await world.claude(waits)])
    const lines = chatLines(await postJson(`${backend.url}/api/chat`, { message: 'Hello', requestId: 'one' }))
    await lineThat(lines, ({ type }) => type === 'claude_json')
    backend.kill('SIGKILL')
    await until('nothing is left', async () => (await world.pids()).length === 0)
    await expect(lines.next()).rejects.toThrow()
  })
})
