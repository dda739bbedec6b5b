import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
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
    const clock = new FakeClock()
    const file = join(dir, 'pid')
    const code = `process.on('SIGTERM', () => {}); require('fs').writeFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => {}, 1000)`
    const { signal } = new AbortController()
    const { watch, readFileSync } = await import('node:fs')
    const begun = new Promise<number>((resolve) => {
      const watcher = watch(dir, () => {
        let pid = 0
        try {
          pid = Number(readFileSync(file, 'utf8'))
        } catch {
          // not written yet
        }
        if (pid === 0) return
        watcher.close()
        resolve(pid)
      })
    })
    const answer = ask(node(code), nowhere, { timeoutMs: 1000, clock, signal })
    const pid = await begun
    await clock.advance(1000)
    expect((await answer).result.ok).toBe(false)
    await expect.poll(() => isAlive(pid)).toBe(false)
  })
})

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
