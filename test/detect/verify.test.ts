import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { lookForClaude, resolveClaude } from '../../src/detect/claude.ts'
import { resolveNode } from '../../src/detect/node.ts'
import { mostOutputBytes } from '../../src/detect/run-briefly.ts'
import { currentSurroundings, type Surroundings } from '../../src/detect/surroundings.ts'
import { printVersion } from '../../src/detect/version.ts'
import { emptyFolder, install, link, shScript, text } from './installed.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))
const claudeCode = join(project, 'node_modules/@anthropic-ai/claude-code')
/** A checkout may link its packages to elsewhere. */
const cliJs = realpathSync(join(claudeCode, 'cli.js'))

const around = (root: string, folders: readonly string[], env: Record<string, string> = {}): Surroundings =>
  currentSurroundings({
    env: { PATH: [...folders.map((folder) => join(root, folder)), '/usr/bin', '/bin'].join(':'), ...env },
    home: join(root, 'home'),
  })

const good = shScript('echo "2.1.10 (Claude Code)"')

/** Whether a process is there that is not a mere entry waiting to be reaped. */
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !(process.platform === 'linux' && /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
  } catch {
    return false
  }
}

const pidsIn = (root: string): number[] =>
  readdirSync(root)
    .filter((name) => name.startsWith('pid.'))
    .map((name) => Number(readFileSync(join(root, name), 'utf8')))

const note = (name: string, pid = '$$') => `echo ${pid} > "$(dirname "$0")/../pid.${name}"`

const hostile = [
  { name: 'prints without end', body: 'yes "2.1.10 (Claude Code)"', reason: 'prints more than 64 KiB for --version' },
  { name: 'prints without end on stderr', body: 'yes >&2', reason: 'prints more than 64 KiB for --version' },
  {
    name: 'fails',
    body: 'echo "2.1.10 (Claude Code)"; echo "no native binary" >&2; exit 3',
    reason: 'ends --version with code 3 and says "no native binary"',
  },
  { name: 'dies of a signal', body: 'kill -SEGV $$', reason: 'dies of SIGSEGV at --version' },
  { name: 'is another program', body: 'echo "2.1.10 (Claudia)"', reason: 'answers --version with "2.1.10 (Claudia)"' },
  { name: 'says nothing', body: 'exit 0', reason: 'answers --version with ""' },
  { name: 'waits for input', body: 'read line && echo "2.1.10 (Claude Code)"', reason: 'ends --version with code 1' },
]

describe.skipIf(process.platform === 'win32')('a candidate that looks healthy', () => {
  it.each(hostile)('and $name is reported, and the next one chosen', async ({ body, reason }) => {
    const root = emptyFolder()
    install(root, { 'bad/claude': shScript(`${note('bad')}\n${body}`), 'good/claude': good })
    const found = await resolveClaude({ verify: true, surroundings: around(root, ['bad', 'good']) })
    expect(found).toMatchObject({ path: `${root}/good/claude`, version: '2.1.10' })
    expect(found.candidates[0]).toMatchObject({ path: `${root}/bad/claude`, usable: false })
    expect(found.candidates[0]!.reason).toBe(`${reason} (run as ${root}/bad/claude --version)`)
    expect(pidsIn(root).filter(isRunning)).toEqual([])
  })

  it('and hangs is reported, and the next one chosen', async () => {
    const root = emptyFolder()
    install(root, { 'bad/claude': shScript(`${note('bad')}\nexec sleep 600`), 'good/claude': good })
    const found = await resolveClaude({ verify: true, deadlineMs: 500, surroundings: around(root, ['bad', 'good']) })
    expect(found).toMatchObject({ path: `${root}/good/claude`, version: '2.1.10' })
    expect(found.candidates[0]!.reason).toContain('does not answer --version within 0.5 s')
    expect(pidsIn(root).filter(isRunning)).toEqual([])
  })

  it('and answers is not waited for because of a daemon that left its group with its output', async () => {
    const root = emptyFolder()
    install(root, { 'bin/claude': shScript(`setsid sleep 30 &\n${note('daemon', '$!')}\necho "2.1.10 (Claude Code)"`) })
    const began = performance.now()
    expect(await printVersion([`${root}/bin/claude`], {}, around(root, []))).toMatchObject({ ok: true })
    expect(performance.now() - began).toBeLessThan(5000)
    for (const pid of pidsIn(root).filter(isRunning)) process.kill(pid)
  })

  it('and hangs is given up at the deadline, with what it started', async () => {
    const root = emptyFolder()
    install(root, { 'bad/claude': shScript(`${note('bad')}\nsleep 600 &\n${note('grandchild', '$!')}\nwait`) })
    const printed = await printVersion([`${root}/bad/claude`], {}, around(root, []), 500)
    expect(printed).toEqual({ ok: false, reason: 'does not answer --version within 0.5 s' })
    expect(pidsIn(root)).toHaveLength(2)
    await expect.poll(() => pidsIn(root).filter(isRunning)).toEqual([])
  })

  it('and answers leaves nothing of its group behind', async () => {
    const root = emptyFolder()
    const body = `sleep 600 >/dev/null 2>&1 &\n${note('silent', '$!')}\nsleep 600 &\n${note('loud', '$!')}\necho "2.1.10 (Claude Code)"`
    install(root, { 'bin/claude': shScript(body) })
    const printed = await printVersion([`${root}/bin/claude`], {}, around(root, []), 5000)
    expect(printed).toEqual({ ok: true, output: '2.1.10 (Claude Code)\n' })
    expect(pidsIn(root)).toHaveLength(2)
    await expect.poll(() => pidsIn(root).filter(isRunning)).toEqual([])
  })

  it('and floods is stopped after little more than the limit', async () => {
    const root = emptyFolder()
    install(root, {
      'bin/flood': text(
        `#!${process.execPath}\nprocess.stdout.write(Buffer.alloc(8 * 1024 * 1024), () => require('fs').writeFileSync(__dirname + '/all-read', ''))\n`,
      ),
    })
    expect(await printVersion([`${root}/bin/flood`], {}, around(root, []), 5000)).toMatchObject({ ok: false })
    expect(mostOutputBytes).toBe(65_536)
    expect(existsSync(`${root}/bin/all-read`)).toBe(false)
  })

  it('and cannot be started is reported, not thrown', async () => {
    const root = emptyFolder()
    expect(await printVersion([`${root}/gone`], {}, around(root, []))).toMatchObject({
      ok: false,
      reason: expect.stringContaining('ENOENT'),
    })
    const huge = { HUGE: 'x'.repeat(200_000) }
    expect(await printVersion(['/bin/sh'], huge, around(root, []))).toMatchObject({ ok: false, reason: expect.stringContaining('E2BIG') })
  })

  it('given as an option is an error when it does not confirm', async () => {
    const root = emptyFolder()
    install(root, { 'bad/claude': shScript('exit 4'), 'good/claude': good })
    const asked = resolveClaude({ path: `${root}/bad/claude`, verify: true, surroundings: around(root, ['good']) })
    await expect(asked).rejects.toMatchObject({
      code: 'ERR_EXECUTABLE_NOT_FOUND',
      reason: 'CLAUDE_UNUSABLE',
      message: expect.stringContaining('code 4'),
    })
  })

  it('is run with its overlay: nested no more, and not as a Node of Electron', async () => {
    const root = emptyFolder()
    install(root, { 'bin/claude': shScript('echo "1.0.0 ${CLAUDECODE-gone} ${ELECTRON_RUN_AS_NODE-gone} $PWD (Claude Code)"') })
    const env = { CLAUDECODE: '1', ELECTRON_RUN_AS_NODE: '1' }
    const printed = await resolveClaude({ verify: true, surroundings: around(root, ['bin'], env) })
    if (printed.path === null) throw new Error('not found')
    expect(await printVersion(printed.run, printed.env, around(root, ['bin'], env))).toMatchObject({
      output: '1.0.0 gone gone / (Claude Code)\n',
    })
  })
})

describe('a real Claude of the first generation', () => {
  it('is found beside the entry script without being run, and confirms its version when run', async () => {
    const question = { bundledFrom: [join(project, 'src/detect')], surroundings: { env: { PATH: '' } } }
    const found = lookForClaude(question)
    expect(found).toMatchObject({
      path: join(claudeCode, 'cli.js'),
      kind: 'script',
      source: 'bundled',
      run: [process.execPath, cliJs],
      version: '1.0.128',
    })
    expect(await resolveClaude({ ...question, verify: true })).toEqual(found)
  })

  it.skipIf(process.platform === 'win32')('is found through the link of npm on PATH', async () => {
    const root = emptyFolder()
    const found = await resolveClaude({
      verify: true,
      surroundings: around(root, [], { PATH: dirname(join(project, 'node_modules/.bin/claude')) }),
    })
    expect(found).toMatchObject({
      path: join(project, 'node_modules/.bin/claude'),
      realPath: cliJs,
      source: 'path',
      version: '1.0.128',
    })
  })
})

describe('a real Node', () => {
  it('is the one that runs us', async () => {
    expect(await resolveNode({ verify: true })).toMatchObject({
      path: process.execPath,
      source: 'runtime',
      kind: 'native',
      version: process.versions.node,
    })
  })

  it.skipIf(process.platform === 'win32')('is not what only bears its name', async () => {
    const root = emptyFolder()
    install(root, { 'bad/node': shScript('echo v1'), 'good/node': link(process.execPath) })
    const surroundings = { ...around(root, ['bad', 'good']), execPath: `${root}/gone` }
    const found = await resolveNode({ verify: true, surroundings })
    expect(found).toMatchObject({ path: `${root}/good/node`, source: 'path', version: process.versions.node })
    expect(found.candidates[0]!.reason).toContain('answers --version with "v1"')
  })
})
