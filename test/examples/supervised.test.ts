import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { backendEntry, isRefused } from '../helpers/claude-backend.ts'
import { allLines, ask, chatLines, keepReading, lineThat, postJson } from '../helpers/claude-http.ts'
import { claudeEnv, createWorld, isAlive, realClaude, until, type World } from '../helpers/claude-world.ts'
import { startMessagesApi } from '../helpers/messages-api.ts'

const supervisorCli = resolve('dist/cli.js')
const backendArgs = ['--port', '{port}', '--host', '{host}', '--claude-path', '{claudePath}']

interface Event {
  type: string
  pid?: number
  url?: string
  [field: string]: unknown
}

interface Supervised extends AsyncDisposable {
  child: ChildProcess
  /** The next event of that type that nobody has waited for yet. */
  next(type: string): Promise<Event>
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

function supervise(world: World, claudePath: string, ...options: string[]): Supervised {
  const start = ['start', backendEntry, '--json', '--claude-path', claudePath, '--state-dir', join(world.home, 'state'), ...options]
  const child = spawn(process.execPath, [supervisorCli, ...start, '--', ...backendArgs], { cwd: world.home, env: world.env })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  const events: Event[] = []
  let ended = false
  const lines = createInterface(child.stdout)
  lines.on('line', (line) => events.push(JSON.parse(line)))
  lines.on('close', () => {
    ended = true
  })
  return {
    child,
    exited,
    async next(type) {
      for (;;) {
        const event = events.shift()
        if (event?.type === type) return event
        if (event) continue
        if (ended) throw new Error(`The supervisor ended before a "${type}" event. It said: ${stderr}`)
        await Promise.race([once(lines, 'line'), once(lines, 'close')])
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGINT')
      await exited
    },
  }
}

describe('the backend under jarvis-supervise start', { timeout: 30_000 }, () => {
  test('is ready at its url with the Claude that it was given, and streams and aborts a real chat', async () => {
    await using api = await startMessagesApi()
    await using world = await createWorld(claudeEnv(api.url))
    await using supervised = supervise(world, realClaude)
    const { url, pid } = await supervised.next('ready')
    expect(JSON.parse((await ask(`${url}/api/health`)).text)).toEqual({ ok: true, pid, claude: { path: realClaude } })

    api.reply({ text: 'Hello from behind the supervisor.' })
    const lines = await allLines(await postJson(`${url}/api/chat`, { message: 'Hello', requestId: 'one' }))
    expect(lines.map((line) => line.data?.type ?? line.type)).toEqual(['system', 'assistant', 'result', 'done'])
    expect(lines[2]!.data).toMatchObject({ is_error: false, result: 'Hello from behind the supervisor.' })

    const before = await world.pids()
    api.hold()
    const held = chatLines(await postJson(`${url}/api/chat`, { message: 'Hello', requestId: 'two' }))
    await api.held()
    const running = (await world.pids()).filter((other) => !before.includes(other))
    expect(running.length).toBeGreaterThan(0)
    expect((await postJson(`${url}/api/abort/two`, {})).status).toBe(200)
    expect(await Promise.all(running.map(isAlive))).not.toContain(true)
    expect(await lineThat(held, ({ type }) => type !== 'claude_json')).toEqual({ type: 'aborted' })
  })

  test('comes back at the same url when it is killed', async () => {
    await using world = await createWorld()
    await using supervised = supervise(world, realClaude)
    const first = await supervised.next('ready')
    process.kill(first.pid!, 'SIGKILL')
    expect(await supervised.next('exit')).toMatchObject({ pid: first.pid, signal: 'SIGKILL' })
    const second = await supervised.next('ready')
    expect(second.url).toBe(first.url)
    expect(second.pid).not.toBe(first.pid)
    expect(JSON.parse((await ask(`${second.url}/api/health`)).text)).toMatchObject({ ok: true, pid: second.pid })
  })

  test('leaves nothing behind after Ctrl-C, in the middle of a chat too', async () => {
    await using api = await startMessagesApi()
    await using world = await createWorld(claudeEnv(api.url))
    await using supervised = supervise(world, realClaude)
    const { url } = await supervised.next('ready')
    api.hold()
    const lines = chatLines(await postJson(`${url}/api/chat`, { message: 'Hello', requestId: 'one' }))
    await api.held()
    supervised.child.kill('SIGINT')
    expect(await supervised.exited).toEqual({ code: 0, signal: null })
    expect(await world.pids()).toEqual([])
    expect(await isRefused(Number(new URL(url!).port))).toBe(true)
    expect(await lineThat(lines, ({ type }) => type !== 'claude_json')).toEqual({ type: 'aborted' })
  })

  test('leaves no Claude working for a backend that was killed', async () => {
    await using api = await startMessagesApi()
    await using world = await createWorld(claudeEnv(api.url))
    await using supervised = supervise(world, realClaude)
    const { url, pid } = await supervised.next('ready')
    const before = await world.pids()
    api.hold()
    keepReading(await postJson(`${url}/api/chat`, { message: 'Hello', requestId: 'one' }))
    await api.held()
    const running = (await world.pids()).filter((other) => !before.includes(other))
    expect(running.length).toBeGreaterThan(0)
    process.kill(pid!, 'SIGKILL')
    await until('that Claude is gone', async () => !(await world.pids()).some((other) => running.includes(other)))
    await supervised.next('ready')
  })
})

describe('the backend behind a front door', { timeout: 30_000 }, () => {
  const claude = `
    const say = (type) => console.log(JSON.stringify({ type }))
    say('one')
    process.stdin.resume()
    setInterval(() => say('more'), 20)`

  test('serves its page and streams a chat to the own page, which it takes for its own', async () => {
    await using world = await createWorld()
    await using supervised = supervise(world, await world.claude(claude), '--gateway', 'auto')
    const { url: door } = await supervised.next('gateway')
    const { url } = await supervised.next('ready')
    expect(door).not.toBe(url)
    const page = await ask(`${door}/`, {
      headers: { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    })
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('My <span>Jarvis</span>')])
    const post = (path: string, body: object, headers: Record<string, string>): Promise<Response> => {
      const type = { 'content-type': 'application/json' }
      return fetch(`${door}${path}`, { method: 'POST', headers: { ...type, ...headers }, body: JSON.stringify(body) })
    }
    const own = { origin: door!, referer: `${door}/`, 'sec-fetch-site': 'same-origin' }
    const lines = chatLines(await post('/api/chat', { message: 'Hello', requestId: 'one' }, own))
    expect(await lineThat(lines, () => true), 'while it goes on').toMatchObject({ type: 'claude_json', data: { type: 'one' } })
    expect((await post('/api/abort/one', {}, own)).status).toBe(200)
    expect(await lineThat(lines, ({ type }) => type !== 'claude_json')).toEqual({ type: 'aborted' })
    const foreign = { origin: 'http://evil.test', 'sec-fetch-site': 'cross-site' }
    expect((await post('/api/chat', { message: 'Hello', requestId: 'two' }, foreign)).status).toBe(403)
  })

  test('tells a chat that its backend was lost, and answers what comes next', async () => {
    await using world = await createWorld()
    await using supervised = supervise(world, await world.claude(claude), '--gateway', 'auto')
    const { url: door } = await supervised.next('gateway')
    const { pid } = await supervised.next('ready')
    const lines = chatLines(await postJson(`${door}/api/chat`, { message: 'Hello', requestId: 'one' }))
    await lineThat(lines, () => true)
    process.kill(pid!, 'SIGKILL')
    expect(await lineThat(lines, ({ type }) => type !== 'claude_json')).toMatchObject({ type: 'gateway_error', code: 'BACKEND_LOST' })
    await expect(
      lineThat(lines, () => true),
      'no clean end',
    ).rejects.toThrow('terminated')
    expect((await ask(`${door}/api/health`)).status).toBe(200)
  })
})
