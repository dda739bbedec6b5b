import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { ask } from '../../src/health/ask.ts'
import { commandProbe } from '../../src/health/command.ts'
import type { ProbeResult } from '../../src/health/probe.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

const dir = realpathSync(mkdtempSync(join(tmpdir(), 'jarvis-command-')))
afterAll(() => rmSync(dir, { recursive: true }))

const nowhere = { host: '', port: 0 }
const node = (code: string, env: Record<string, string> = {}) =>
  commandProbe({ command: process.execPath, args: ['-e', code], cwd: dir, env: { PATH: process.env.PATH ?? '', ...env } })
const run = (code: string, env?: Record<string, string>): Promise<ProbeResult> => node(code, env)(nowhere, new AbortController().signal)

describe('a command that is asked', () => {
  it.each([
    ['process.exit(0)', { ok: true }],
    ['process.exit(3)', { ok: false, stage: 'other', reason: `${process.execPath} failed (exit 3)` }],
    ['process.kill(process.pid, "SIGKILL")', { ok: false, stage: 'other', reason: `${process.execPath} failed (exit SIGKILL)` }],
    ['console.log("words"); console.error("more words")', { ok: true }],
  ])('%s: %j', async (code, result) => {
    expect(await run(code)).toEqual(result)
  })

  it('runs where the service runs, and in its environment alone', async () => {
    const code = `process.exit(process.cwd() === ${JSON.stringify(dir)} && process.env.PORT === '3000' && process.env.HOME === undefined ? 0 : 1)`
    expect(await run(code, { PORT: '3000' })).toEqual({ ok: true })
  })

  it('may be talkative', async () => {
    expect(await run('process.stdout.write("x".repeat(3 * 1024 * 1024))')).toEqual({ ok: true })
  })

  it('that is not there is told as that', async () => {
    const probe = commandProbe({ command: 'no-such-command', args: [], cwd: dir, env: { PATH: dir } })
    expect(await probe(nowhere, new AbortController().signal)).toEqual({
      ok: false,
      stage: 'other',
      reason: 'no-such-command failed (ENOENT)',
    })
  })

  it('is killed at its deadline, though it does not want to end', async () => {
    const server = createServer()
    server.listen(join(dir, 'socket'))
    await once(server, 'listening')
    const connected = once(server, 'connection') as Promise<[Socket]>
    const clock = new FakeClock()
    const code = `
      process.on('SIGTERM', () => {})
      require('node:net').connect(${JSON.stringify(join(dir, 'socket'))}).write(String(process.pid))
      setInterval(() => {}, 1000)`
    const answer = ask(node(code), nowhere, { timeoutMs: 1000, clock, signal: new AbortController().signal })
    const [socket] = await connected
    // the kernel closes it when the process is gone
    const gone = once(socket, 'close')
    const [pid] = (await once(socket, 'data')) as [Buffer]
    onTestFinished(() => {
      if (!socket.closed) process.kill(Number(pid), 'SIGKILL')
      server.close()
    })
    await clock.advance(1000)
    expect((await answer).result.ok).toBe(false)
    await gone
  })
})
