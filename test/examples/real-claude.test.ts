import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startBackend } from '../helpers/claude-backend.ts'
import { allLines, ask, chatLines, keepReading, lineThat, postJson } from '../helpers/claude-http.ts'
import { claudeEnv, createWorld, isAlive, realClaude, until } from '../helpers/claude-world.ts'
import { startMessagesApi } from '../helpers/messages-api.ts'

describe('a chat with the real Claude CLI', { timeout: 30_000 }, () => {
  test('streams what Claude prints, then "done", and goes on with the session', async () => {
    await using api = await startMessagesApi()
    await using world = await createWorld(claudeEnv(api.url))
    await using backend = await startBackend(world, ['--claude-path', realClaude])
    api.reply({ text: 'Grüße, 世界 👋' })
    const response = await postJson(`${backend.url}/api/chat`, { message: 'Hello there', requestId: 'one' })
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    const lines = await allLines(response)
    expect(lines.map((line) => line.data?.type ?? line.type)).toEqual(['system', 'assistant', 'result', 'done'])
    expect(lines[2]!.data).toMatchObject({ is_error: false, result: 'Grüße, 世界 👋' })

    const again = { message: 'And again', requestId: 'two', sessionId: lines[0]!.data!.session_id }
    const more = await allLines(await postJson(`${backend.url}/api/chat`, again))
    expect(more.at(-1)).toEqual({ type: 'done' })
    expect(JSON.stringify(api.requests.findLast(({ body }) => body?.stream)?.body?.messages)).toMatch(/Hello there.*And again/)
    expect(await ask(`${backend.url}/api/projects`)).toMatchObject({ status: 200, text: expect.stringContaining(world.home) })
  })

  test('is aborted in the middle of an answer', async () => {
    await using api = await startMessagesApi()
    await using world = await createWorld(claudeEnv(api.url))
    await using backend = await startBackend(world, ['--claude-path', realClaude])
    api.hold()
    const lines = chatLines(await postJson(`${backend.url}/api/chat`, { message: 'Hello', requestId: 'one' }))
    await api.held()
    const running = (await world.pids()).filter((pid) => pid !== backend.pid)
    expect(running.length).toBeGreaterThan(0)

    expect((await postJson(`${backend.url}/api/abort/one`, {})).status).toBe(200)
    expect(await Promise.all(running.map(isAlive))).not.toContain(true)
    expect(await lineThat(lines, ({ type }) => type !== 'claude_json')).toEqual({ type: 'aborted' })
    expect((await lines.next()).done).toBe(true)
    expect(await world.pids()).toEqual([backend.pid])
  })

  test.skipIf(process.platform === 'win32')('leaves nothing of a tool that was running when it was aborted', async () => {
    await using api = await startMessagesApi()
    await using world = await createWorld(claudeEnv(api.url))
    await using backend = await startBackend(world, ['--claude-path', realClaude])
    api.reply({ tool: 'Bash', input: { command: 'sleep 1000 & sleep 1001 & echo $! > tool.pid; wait', description: 'waits' } })
    const ask = { message: 'Wait', requestId: 'one', workingDirectory: world.home, allowedTools: ['Bash'] }
    const lines = chatLines(await postJson(`${backend.url}/api/chat`, ask))
    const readPid = async () => Number(await readFile(join(world.home, 'tool.pid'), 'utf8').catch(() => 0))
    await until('the tool runs', async () => (await readPid()) > 0)
    expect(await isAlive(await readPid())).toBe(true)

    await postJson(`${backend.url}/api/abort/one`, {})
    expect(await isAlive(await readPid())).toBe(false)
    expect(await world.pids()).toEqual([backend.pid])
    expect(await lineThat(lines, ({ type }) => type !== 'claude_json')).toEqual({ type: 'aborted' })
  })

  test('ends when its client goes away', async () => {
    await using api = await startMessagesApi()
    await using world = await createWorld(claudeEnv(api.url))
    await using backend = await startBackend(world, ['--claude-path', realClaude])
    api.hold()
    const client = new AbortController()
    keepReading(await postJson(`${backend.url}/api/chat`, { message: 'Hello', requestId: 'one' }, client.signal))
    await api.held()
    client.abort()
    await until('only the backend is left', async () => (await world.pids()).join() === String(backend.pid))
    expect((await ask(`${backend.url}/api/health`)).status).toBe(200)
  })

  test('tells why when the API refuses', async () => {
    await using api = await startMessagesApi()
    await using world = await createWorld(claudeEnv(api.url))
    await using backend = await startBackend(world, ['--claude-path', realClaude])
    const refusal = { status: 400, message: 'Your credit balance is too low' }
    api.reply(refusal, refusal)
    const lines = await allLines(await postJson(`${backend.url}/api/chat`, { message: 'Hello', requestId: 'one' }))
    expect(lines.at(-1)).toMatchObject({ type: 'error', error: expect.stringMatching(/exit code 1.*credit balance is too low/i) })
  })
})
