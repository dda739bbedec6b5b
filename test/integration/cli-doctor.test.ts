import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { DoctorReport } from '../../src/doctor.ts'
import { abandon, killSupervisor } from '../helpers/abandoned.ts'
import { runCli, startCli } from '../helpers/cli.ts'
import { freePort, occupy } from '../helpers/ports.ts'
import { createScene, fixture, type Scene } from '../helpers/supervised.ts'

const reportOf = async (scene: Scene, ...args: string[]): Promise<{ readonly report: DoctorReport; readonly code: number | null }> => {
  const { stdout, code } = await runCli(scene, ['doctor', '--json', ...args])
  return { report: JSON.parse(String(stdout)) as DoctorReport, code }
}

describe('doctor', () => {
  it('has one calm line for a service that runs, and leaves it alone', async () => {
    await using scene = createScene()
    const service = startCli(scene, ['start', fixture('listens')])
    const url = await service.url()
    const { stdout, code } = await runCli(scene, ['doctor'])
    expect(String(stdout)).toMatch(new RegExp(`^✔ \\S+ answers at ${url} \\(200 in \\d+ ms, ours\\)\\.\n$`))
    expect(code).toBe(0)
    expect(service.said()).not.toMatch(/stopping|restart/)
  })

  it('tries a script that nobody runs, and leaves nothing of the trial', async () => {
    await using scene = createScene()
    const { stdout, code } = await runCli(scene, ['doctor', '--json', fixture('listens')], { env: { TMPDIR: scene.dir } })
    expect(JSON.parse(String(stdout))).toMatchObject({ schema: 1, ok: true, verdict: { code: 'HEALTHY', fix: null } })
    expect(code).toBe(0)
    // neither state nor the folder of the trial
    expect(readdirSync(scene.dir)).toEqual([])
  })

  it('says first what is wrong, and last what to do', async () => {
    await using scene = createScene()
    // by a short path: one is never broken
    const { stdout, code } = await runCli(scene, [
      'doctor',
      '--timeout',
      '1500',
      scene.file('listens-elsewhere.mjs', readFileSync(fixture('listens-elsewhere'), 'utf8')),
    ])
    const lines = String(stdout).trimEnd().split('\n')
    expect(lines[0]).toMatch(/^✖ LISTENS_ON_OTHER_PORT: /)
    expect(lines.at(-1)).toMatch(/^→ jarvis-supervise doctor --port \d+ --timeout 1500 \S*listens-elsewhere\.mjs$/)
    expect(lines.every((line) => line.length <= 80 || line.startsWith('→ '))).toBe(true)
    expect(code).toBe(1)
  })

  it('names the stranger on a port, and does it no harm', async () => {
    await using scene = createScene()
    const port = scene.watchPort(await freePort())
    await using stranger = await occupy(port)
    const { report, code } = await reportOf(scene, '--port', String(port), fixture('listens'))
    expect(report.verdict).toMatchObject({ code: 'PORT_TAKEN', confidence: 'certain' })
    expect(report.verdict.explanation).toContain(`pid ${process.pid}`)
    expect(stranger.server.listening).toBe(true)
    expect(code).toBe(1)
  })

  it('finds what a dead supervisor has left, and ends it only when asked to', async () => {
    await using scene = createScene()
    const port = scene.watchPort(await freePort())
    const asked = ['--port', String(port), '--', process.execPath, fixture('listens')]
    const { pid } = await abandon(scene, asked)
    const { report } = await reportOf(scene, ...asked)
    expect(report.verdict).toMatchObject({ code: 'PORT_HELD_BY_OWN_ORPHAN', fix: { command: `jarvis-supervise ports ${port} --reclaim` } })
    expect(scene.pids()).toContain(pid)
    const { stdout, code } = await runCli(scene, ['doctor', '--fix', ...asked])
    expect(String(stdout)).toMatch(new RegExp(`^… ending process ${pid} .*\n✔ done\n`))
    expect(String(stdout)).toMatch(/✔ .* answers at /)
    expect(code).toBe(0)
    expect(scene.pids()).toEqual([])
  })

  it.each([[[]], [['--name', 'api']]])('says that nothing runs any more when it has ended all that there was: %j', async (more) => {
    await using scene = createScene()
    const left = await abandon(scene, ['--name', 'api', '--', process.execPath, fixture('listens')])
    scene.watchPort(left.port)
    const { stdout, stderr, code } = await runCli(scene, ['doctor', '--fix', ...more])
    expect(String(stdout)).toMatch(
      /^… ending process \d+ .*\n✔ done\n✔ What a dead supervisor of api had left is gone: nothing runs any more\.\n$/,
    )
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(scene.pids()).toEqual([])
  })

  it('says so as data, too, and keeps what it saw before', async () => {
    await using scene = createScene()
    await abandon(scene, ['--name', 'api', '--', process.execPath, fixture('listens')])
    const file = join(scene.dir, 'seen.json')
    const { report, code } = await reportOf(scene, '--fix', '--bundle', file)
    expect(report).toMatchObject({ schema: 1, ok: true, verdict: { code: 'HEALTHY', title: 'Nothing runs any more', fix: null } })
    expect(report.checks.filter(({ status }) => status === 'fail')).toEqual([])
    expect(code).toBe(0)
    expect((await reportOf(scene, '--replay', file)).report.verdict.code).toBe('PORT_HELD_BY_OWN_ORPHAN')
  })

  it('leaves alone what dead supervisors of other projects have left, unless their state folder is named', async () => {
    await using scene = createScene()
    const [there, here] = ['there', 'here'].map((name) => join(scene.dir, name)) as [string, string]
    for (const dir of [there, here]) mkdirSync(dir)
    // the usual folder: nobody has named it
    const usual = { env: { JARVIS_STATE_DIR: '', XDG_STATE_HOME: join(scene.dir, 'usual') } }
    const cli = startCli(scene, ['start', '--', process.execPath, fixture('listens')], { cwd: there, ...usual })
    await cli.url()
    await killSupervisor(cli.child)
    const [orphan = 0] = scene.pids()
    const asked = ['doctor', '--fix', fixture('listens')]
    const other = await runCli(scene, asked, { cwd: here, ...usual })
    expect(String(other.stdout)).toMatch(/^There is nothing that could be repaired safely\.\n✔/)
    expect(scene.pids()).toEqual([orphan])
    const named = await runCli(scene, [...asked, '--state-dir', join(scene.dir, 'usual/jarvis-supervise')], { cwd: here, ...usual })
    expect(String(named.stdout)).toContain(`… ending process ${orphan} `)
    expect(scene.pids()).toEqual([])
  })

  it('makes a file executable when asked to', async () => {
    await using scene = createScene()
    const command = scene.file('tool.sh', `#!/bin/sh\nexec "${process.execPath}" "${fixture('listens')}"\n`)
    const { report } = await reportOf(scene, '--', command)
    expect(report.verdict).toMatchObject({ code: 'NOT_EXECUTABLE', fix: { command: expect.stringContaining('chmod +x') } })
    const { code } = await runCli(scene, ['doctor', '--fix', '--', command])
    expect(statSync(command).mode & 0o111).not.toBe(0)
    expect(code).toBe(0)
  })

  it('compares with the surroundings of a packaged app, and proves what makes the difference', async () => {
    await using scene = createScene()
    scene.file('settings.json', '{}')
    const script = scene.file(
      'server.mjs',
      `import { readFileSync } from 'node:fs'\nreadFileSync('settings.json')\nimport(${JSON.stringify(pathToFileURL(fixture('listens')).href)})\n`,
    )
    const { report } = await reportOf(scene, '--as', 'packaged', script)
    expect(report.verdict).toMatchObject({ code: 'WORKING_DIRECTORY_UNUSABLE', confidence: 'certain' })
  })

  it('writes what it saw without secrets, and judges it again elsewhere', async () => {
    await using scene = createScene()
    const file = join(scene.dir, 'seen.json')
    const args = ['doctor', '--json', '--bundle', file, '--env', 'API_TOKEN=canary-4711-canary', fixture('exits-at-once')]
    const first = await runCli(scene, args, { env: { API_TOKEN: 'canary-4711-canary' } })
    expect(readFileSync(file, 'utf8')).not.toContain('canary-4711')
    const again = await runCli(scene, ['doctor', '--json', '--replay', file])
    const [seen, replayed] = [first, again].map(({ stdout }) => (JSON.parse(String(stdout)) as DoctorReport).verdict)
    expect(replayed).toEqual(seen)
    expect(again.code).toBe(1)
  })

  it.each([
    ['whose folder is not there', 'none/seen.json', /its folder or the file is not there/],
    ['that is a folder', '.', /something that is not a file is there/],
    ['that is something else', 'notes.txt', /is there and is not a bundle/],
  ])('tries nothing for a bundle %s', async (_, path, words) => {
    await using scene = createScene()
    const notes = scene.file('notes.txt', 'mine')
    const { code, stdout, stderr } = await runCli(scene, ['doctor', '--bundle', path, fixture('listens')])
    expect(stderr).toMatch(words)
    expect(stderr).not.toContain('Trying it')
    expect(String(stdout)).toBe('')
    expect(readFileSync(notes, 'utf8')).toBe('mine')
    expect(code).toBe(2)
  })

  it('has said its verdict when the bundle cannot be written after all', async () => {
    await using scene = createScene()
    const folder = join(scene.dir, 'folder')
    mkdirSync(folder)
    const script = scene.file('server.mjs', `import { rmdirSync } from 'node:fs'\nrmdirSync(${JSON.stringify(folder)})\nprocess.exit(1)\n`)
    const { code, stdout, stderr } = await runCli(scene, ['doctor', '--json', '--bundle', join(folder, 'seen.json'), script])
    expect(JSON.parse(String(stdout))).toMatchObject({ ok: false, verdict: { code: 'EXITED_BEFORE_LISTENING' } })
    expect(stderr).toMatch(/The bundle \S+ cannot be written: its folder or the file is not there\./)
    expect(code).toBe(2)
  })

  it('compares trials even where the service runs', async () => {
    await using scene = createScene()
    scene.file('jarvis.config.json', JSON.stringify({ script: fixture('listens') }))
    await startCli(scene, ['start']).url()
    const { report } = await reportOf(scene, '--as', 'packaged')
    expect(report.environment.subject).toBe('trial')
    expect(report.checks.find(({ id }) => id === 'packaged')?.status).not.toBe('skip')
  })

  it('tries a service that takes any port as a start would', async () => {
    await using scene = createScene()
    const { report, code } = await reportOf(scene, '--port', 'auto', fixture('listens'))
    expect(report.verdict.code).toBe('HEALTHY')
    expect(code).toBe(0)
  })

  it('ends what it has started when it is interrupted', async () => {
    await using scene = createScene()
    const doctor = startCli(scene, ['doctor', fixture('never-listens')])
    await doctor.saying(/Trying it/)
    doctor.child.kill('SIGINT')
    expect(await doctor.ended).toMatchObject({ code: 130 })
    expect(scene.pids()).toEqual([])
  })

  it.each([
    [[], /nothing to examine/],
    [['--port', '0x50'], /--port/],
    [['--url', 'ftp://127.0.0.1'], /http or https/],
    [['--as', 'root', 'server.mjs'], /`as` to be one of 'packaged'/],
    [['--as', 'packaged'], /--as would be ignored/],
    [['--as', 'packaged', '--url', 'http://127.0.0.1:1/'], /an address alone is not tried/],
    [['--origin', 'localhost:5173', '--port', '5000'], /`origin` to be scheme:\/\/host/],
    [['--entry', 'server.js'], /--app DIR/],
    [['--app', '.', '--port', '5000'], /--port would be ignored/],
    [['--replay', 'missing.json', 'server.mjs'], /a script would be ignored/],
    [['--port', 'auto'], /--port/],
    [['--timeout', 'soon', 'server.mjs'], /--timeout/],
    [['--replay', 'missing.json'], /missing\.json/],
    [['--app', '.'], /no packaged Electron app/],
    [['--port', '5000', '--launch', 'rocket', 'server.mjs'], /launch/],
  ])('refuses what it cannot understand in one sentence: %j', async (args, words) => {
    await using scene = createScene()
    const { code, stderr } = await runCli(scene, ['doctor', ...args])
    expect(code).toBe(2)
    expect(stderr).toMatch(words)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it('is a function, too', async () => {
    await using scene = createScene()
    const { runDoctor } = (await import(pathToFileURL(resolve('dist/index.mjs')).href)) as typeof import('../../src/index.ts')
    const report = await runDoctor({
      service: { script: fixture('exits-at-once'), env: scene.env },
      stateDir: scene.env.JARVIS_STATE_DIR ?? '',
    })
    expect(report).toMatchObject({ ok: false, verdict: { code: 'EXITED_BEFORE_LISTENING' } })
  })
})

describe('chaos', () => {
  it('runs the faulty backend of a cause where the window dials', async () => {
    await using scene = createScene()
    const port = scene.watchPort(await freePort())
    const chaos = startCli(scene, ['chaos', 'SERVER_ERROR', '--port', String(port)])
    await chaos.saying(/SERVER_ERROR on 127\.0\.0\.1/)
    const { report } = await reportOf(scene, '--url', `http://127.0.0.1:${port}/`)
    expect(report.verdict.code).toBe('SERVER_ERROR')
    chaos.child.kill('SIGTERM')
    await chaos.ended
  })

  it('is no command for production', async () => {
    await using scene = createScene()
    const { code, stderr } = await runCli(scene, ['chaos', 'SERVER_ERROR'], { env: { NODE_ENV: 'production' } })
    expect(code).toBe(2)
    expect(stderr).toMatch(/NODE_ENV/)
  })

  it('says which codes it has, asked for another', async () => {
    await using scene = createScene()
    const { code, stderr } = await runCli(scene, ['chaos', 'NO_SUCH'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/NO_SUCH/)
  })
})
