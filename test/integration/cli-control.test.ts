import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Cli, type Ended, runCli, startCli, startJsonCli } from '../helpers/cli.ts'
import { ask, freePort } from '../helpers/ports.ts'
import { isAlive, until } from '../helpers/processes.ts'
import { createScene, fixture, type Scene } from '../helpers/supervised.ts'

const commands = ['status', 'stop', 'restart', 'logs', 'ports']
const json = (ended: Ended): Record<string, unknown> => JSON.parse(ended.stdout.toString()) as Record<string, unknown>
const servicesIn = (ended: Ended): Record<string, unknown>[] => json(ended).services as Record<string, unknown>[]
const textOf = ({ stdout }: Ended): string => stdout.toString()

/** A project of its own; gives its folder. */
const project = (scene: Scene, name: string): string => {
  scene.file(`${name}/README.md`, name)
  return `${scene.dir}/${name}`
}

/** Supervises a fixture, and waits until it is ready. */
const supervise = async (scene: Scene, name: string, { script = 'writes-request-bodies', cwd = scene.dir, more = [] as string[] } = {}) => {
  const cli: Cli = startCli(scene, ['start', fixture(script), '--name', name, ...more], { cwd })
  return { ...cli, address: await cli.url() }
}

test.each(commands)('%s has a help, and takes no more than it says', async (command) => {
  await using scene = createScene()
  const help = await runCli(scene, [command, '--help'])
  expect(help.code).toBe(0)
  expect(textOf(help)).toContain(`jarvis-supervise ${command}`)
  for (const args of [['a', 'b'], ['--'], ['--', 'x'], ['--nonsense']]) {
    const { code, stderr, stdout } = await runCli(scene, [command, ...args])
    expect({ args, code, stdout: stdout.toString() }).toEqual({ args, code: 2, stdout: '' })
    expect(stderr).toMatch(/Unexpected argument|Unknown option/)
  }
})

test.each(['status', 'stop', 'stop --all', 'restart', 'logs', 'status api', 'stop api', 'restart api', 'logs api'])(
  '%s with nothing running ends with 6, and makes no state folder',
  async (line) => {
    await using scene = createScene()
    const { code, stdout, stderr } = await runCli(scene, line.split(' '))
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 6, stdout: '' })
    expect(stderr).toMatch(/^No service .*runs/)
    expect(existsSync(scene.env.JARVIS_STATE_DIR!)).toBe(false)
  },
)

test('status --json with nothing running is an empty list, and words beside it', async () => {
  await using scene = createScene()
  const ended = await runCli(scene, ['status', '--json'])
  expect(ended.code).toBe(6)
  expect(json(ended)).toEqual({ services: [] })
  expect(ended.stderr).toContain('No service runs')
})

test('status shows all services of the state folder, from wherever it is asked, with the fields of the contract', async () => {
  await using scene = createScene()
  const { address } = await supervise(scene, 'api')
  await supervise(scene, 'web', { cwd: project(scene, 'web') })
  const elsewhere = { cwd: project(scene, 'elsewhere') }
  const ended = await runCli(scene, ['status', '--json'], elsewhere)
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(servicesIn(ended).map(({ name }) => name)).toEqual(['api', 'web'])
  expect(servicesIn(ended)[0]).toEqual({
    name: 'api',
    state: 'ready',
    pid: expect.any(Number),
    port: Number(new URL(address).port),
    url: address,
    uptimeMs: expect.any(Number),
    restarts: 0,
    lastExit: null,
    health: { ok: true, latencyMs: expect.toBeOneOf([null, expect.any(Number)]), failures: 0 },
    memoryBytes: expect.any(Number),
    cpuPercent: expect.any(Number),
    supervisor: { pid: expect.any(Number), version: expect.any(String), startedAt: expect.any(String) },
  })
  expect(servicesIn(await runCli(scene, ['status', 'web', '--json'], elsewhere)).map(({ name }) => name)).toEqual(['web'])
  const text = textOf(await runCli(scene, ['status'], elsewhere))
  expect(text).toMatch(/^NAME +STATE +PID +URL +UPTIME +RESTARTS +MEMORY +CPU\n/)
  expect(text).toContain(address)
  expect(text).not.toContain('\u001b[')
  expect(await runCli(scene, ['status', 'nobody'], elsewhere)).toMatchObject({ code: 6 })
})

test('status names a supervisor that does not answer, and does not wait for it for long', async () => {
  await using scene = createScene()
  const { child } = await supervise(scene, 'api')
  child.kill('SIGSTOP')
  const begun = performance.now()
  const [text, data, stop] = await Promise.all([
    runCli(scene, ['status']),
    runCli(scene, ['status', '--json']),
    runCli(scene, ['stop', 'api']),
  ])
  const elapsedMs = performance.now() - begun
  child.kill('SIGCONT')
  expect(elapsedMs, 'one greeting, and no more questions').toBeLessThan(5000)
  expect(text.code).toBe(6)
  expect(textOf(text)).toMatch(new RegExp(`api +silent[\\s\\S]*process ${child.pid}, does not answer`))
  expect(data.code).toBe(6)
  expect(json(data)).toEqual({ services: [] })
  expect(data.stderr).toContain(`process ${child.pid}, does not answer`)
  expect(stop.code).toBe(6)
  expect(stop.stderr).toContain(`process ${child.pid}`)
  expect(await runCli(scene, ['status'])).toMatchObject({ code: 0 })
})

test('stop ends a service from another folder; its start ends with 0', async () => {
  await using scene = createScene()
  const api = await supervise(scene, 'api', { script: 'leaves-a-grandchild' })
  const { pid } = servicesIn(await runCli(scene, ['status', '--json']))[0] as { pid: number }
  const stopped = await runCli(scene, ['stop', '--json'], { cwd: project(scene, 'elsewhere') })
  expect(stopped).toMatchObject({ code: 0, stderr: '' })
  expect(isAlive(pid)).toBe(false)
  const report = json(stopped)
  expect(report).toEqual({ service: 'api', reaped: expect.arrayContaining([pid]), survivors: [] })
  expect((report.reaped as number[]).length, 'the child and its grandchild').toBe(2)
  expect(await api.ended).toMatchObject({ code: 0 })
  expect(await runCli(scene, ['stop'])).toMatchObject({ code: 6 })
})

test('stop says in words what was ended', async () => {
  await using scene = createScene()
  const { ended } = await supervise(scene, 'api')
  const { pid } = servicesIn(await runCli(scene, ['status', '--json']))[0]!
  expect(textOf(await runCli(scene, ['stop', 'api']))).toBe(`[api] stopped (ended pid ${pid})\n`)
  await ended
})

test('stop is back when the place and the port are free: a start right after it gets both', async () => {
  await using scene = createScene()
  const port = scene.watchPort(await freePort())
  for (let round = 0; round < 4; round += 1) {
    await supervise(scene, 'api', { script: 'listens', more: ['--port', String(port)] })
    expect(await runCli(scene, ['stop', 'api'])).toMatchObject({ code: 0 })
  }
})

test('stop --force does not wait for a grace', async () => {
  await using scene = createScene()
  const { ended } = await supervise(scene, 'stubborn', { script: 'ignores-sigterm' })
  const begun = performance.now()
  expect(await runCli(scene, ['stop', '--force'])).toMatchObject({ code: 0 })
  expect(performance.now() - begun, 'of a grace of 5 s').toBeLessThan(4000)
  await ended
})

test('stop names what lives on and is not proved to be ours, and leaves it alone', async () => {
  await using scene = createScene()
  const { ended } = await supervise(scene, 'api', { script: 'survives-setsid-grandchild' })
  const stopped = await runCli(scene, ['stop', '--json'])
  const [survivor] = json(stopped).survivors as number[]
  expect(stopped.code).toBe(0)
  expect(stopped.stderr).toContain(`Process ${survivor} (sleep 300) lives on.`)
  expect(isAlive(survivor!)).toBe(true)
  process.kill(survivor!, 'SIGKILL')
  await until('the survivor is gone', () => !isAlive(survivor!))
  await ended
})

test('with two services a name is needed, unless one is of this folder', async () => {
  await using scene = createScene()
  const here = project(scene, 'here')
  const api = await supervise(scene, 'api', { cwd: here })
  const web = await supervise(scene, 'web', { cwd: project(scene, 'there') })
  for (const command of ['stop', 'restart', 'logs']) {
    const { code, stderr, stdout } = await runCli(scene, [command])
    expect({ command, code, stdout: stdout.toString() }).toEqual({ command, code: 2, stdout: '' })
    expect(stderr).toMatch(/api, web/)
  }
  expect(textOf(await runCli(scene, ['stop'], { cwd: here }))).toMatch(/^\[api\] stopped/)
  await api.ended
  expect(await ask(`${web.address}/`)).toMatchObject({ status: 200 })
})

test('two checkouts of the same name never meet: the one of this folder is meant, elsewhere its key tells', async () => {
  await using scene = createScene()
  const folders = [project(scene, 'one'), project(scene, 'two')] as const
  const one = await supervise(scene, 'api', { cwd: folders[0] })
  const two = await supervise(scene, 'api', { cwd: folders[1] })
  expect(textOf(await runCli(scene, ['status']))).toContain(`in ${folders[0]}`)
  const unclear = await runCli(scene, ['stop', 'api'])
  expect(unclear.code).toBe(2)
  expect(unclear.stderr).toContain(folders[1])
  const restarted = await runCli(scene, ['restart', 'api', '--json'], { cwd: folders[0] })
  expect(json(restarted)).toMatchObject({ name: 'api', url: one.address, restarts: 1 })
  expect(await runCli(scene, ['stop', 'api'], { cwd: folders[1] })).toMatchObject({ code: 0 })
  await two.ended
  expect(await ask(`${one.address}/`)).toMatchObject({ status: 200 })
})

test('stop --all ends every service, and takes no name', async () => {
  await using scene = createScene()
  const started = [await supervise(scene, 'api'), await supervise(scene, 'web', { cwd: project(scene, 'web') })]
  expect(await runCli(scene, ['stop', 'api', '--all'])).toMatchObject({ code: 2 })
  const stopped = await runCli(scene, ['stop', '--all', '--json'])
  expect(stopped.code).toBe(0)
  expect(servicesIn(stopped).map(({ service }) => service)).toEqual(['api', 'web'])
  for (const { ended } of started) expect(await ended).toMatchObject({ code: 0 })
})

test('stop --all says of a supervisor that hangs that it is silent, and orders nothing of it', async () => {
  await using scene = createScene()
  const hanging = await supervise(scene, 'one')
  const other = await supervise(scene, 'two')
  hanging.child.kill('SIGSTOP')
  const { code, stderr } = await runCli(scene, ['stop', '--all'])
  expect(code).toBe(6)
  expect(stderr).toContain('The supervisor of one is silent')
  expect((await other.ended).code).toBe(0)
  hanging.child.kill('SIGCONT')
  expect(servicesIn(await runCli(scene, ['status', '--json']))).toMatchObject([{ name: 'one', state: 'ready' }])
})

test('a restart that somebody else stops is no success', async () => {
  await using scene = createScene()
  startCli(scene, ['start', '--name', 'slow', fixture('never-listens')])
  const pidOf = async () => servicesIn(await runCli(scene, ['status', '--json']))[0]?.pid ?? null
  await until('it is launched', async () => (await pidOf()) !== null)
  const first = await pidOf()
  const restart = runCli(scene, ['restart', 'slow'])
  await until('it is launched again', async () => ![null, first].includes((await pidOf()) as number | null))
  expect((await runCli(scene, ['stop', 'slow'])).code).toBe(0)
  const { code, stderr } = await restart
  expect(code).toBe(1)
  expect(stderr).toContain('was stopped before it became ready')
})

test('restart gives the service another process on the same address, and its ready line', async () => {
  await using scene = createScene()
  const { address } = await supervise(scene, 'api')
  const before = servicesIn(await runCli(scene, ['status', '--json']))[0]!
  const restarted = await runCli(scene, ['restart'], { cwd: project(scene, 'elsewhere') })
  const after = servicesIn(await runCli(scene, ['status', '--json']))[0]!
  expect(restarted).toMatchObject({ code: 0, stderr: '' })
  expect(textOf(restarted)).toBe(`[api] ready at ${address} (pid ${after.pid})\n`)
  expect(after.pid).not.toBe(before.pid)
  expect(await ask(`${address}/`)).toMatchObject({ status: 200 })
})

test('a restart that fails ends as a start that fails: the same code, the same words', async () => {
  await using scene = createScene()
  const script = scene.file('server.mjs', `import ${JSON.stringify(fixture('listens'))}`)
  const start = startCli(scene, ['start', script, '--name', 'api', '--no-restart'])
  await start.url()
  scene.file('server.mjs', 'console.error("no database"); process.exit(3)')
  const restarted = await runCli(scene, ['restart', 'api'])
  expect(restarted).toMatchObject({ code: 3 })
  expect(restarted.stderr).toMatch(/api never became ready.*\| no database/s)
  expect(await start.ended).toMatchObject({ code: 3 })
})

test('logs shows the lines as they were written, stdout and stderr in their order', async () => {
  await using scene = createScene()
  const { address } = await supervise(scene, 'api')
  const lines = async (...args: string[]): Promise<string[]> => textOf(await runCli(scene, ['logs', ...args])).split('\n')
  const written = [
    ['stdout', 'one'],
    ['stderr', 'two €'],
    ['stdout', `three ${'x'.repeat(20_000)}`],
  ] as const
  for (const [at, [stream, line]] of written.entries()) {
    await ask(`${address}/${stream}`, 'POST', `${line}\n`)
    // two pipes: what comes through both at once has no order
    await until('the line is there', async () => (await lines()).length === at + 2)
  }
  const cut = `three ${'x'.repeat(9994)}`
  expect(await lines()).toEqual(['one', 'two €', cut, ''])
  expect(await lines('api', '--tail', '2')).toEqual(['two €', cut, ''])
  expect(await lines('--tail', '0')).toEqual([''])
  expect(await lines('--since', '1h', '--tail', '1')).toEqual([cut, ''])
  expect(await lines('--since', new Date(Date.now() + 60_000).toISOString())).toEqual([''])
  const data = (await lines('--json')).slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(data).toEqual([
    { time: expect.any(String), stream: 'stdout', pid: expect.any(Number), line: 'one' },
    { time: expect.any(String), stream: 'stderr', pid: expect.any(Number), line: 'two €' },
    { time: expect.any(String), stream: 'stdout', pid: expect.any(Number), line: cut, cut: true },
  ])
  for (const { time } of data) expect(new Date(time as string).toISOString()).toBe(time)
})

test.each([
  ['--since', 'yesterday', /--since to be like 30s/],
  ['--since', '10', /--since/],
  ['--tail', '-1', /--tail/],
  ['--tail', 'all', /--tail to be a whole number/],
])('logs %s %s is a usage error', async (option, value, words) => {
  await using scene = createScene()
  const { code, stderr } = await runCli(scene, ['logs', `${option}=${value}`])
  expect(code).toBe(2)
  expect(stderr).toMatch(words)
})

test('logs --follow goes on over a restart and ends with the supervisor; --tail 0 begins with what is new', async () => {
  await using scene = createScene()
  const { address, ended } = await supervise(scene, 'api')
  await ask(`${address}/stdout`, 'POST', 'old\n')
  const all = startCli(scene, ['logs', '--follow'])
  const fresh = startCli(scene, ['logs', '--follow', '--tail', '0', '--json'])
  const seen = collect(all)
  const seenFresh = collect(fresh)
  await until('the old line is seen', () => seen().includes('old\n'))
  await until('both follow', async () => {
    await ask(`${address}/stdout`, 'POST', 'new\n')
    return seenFresh().includes('new')
  })
  expect(await runCli(scene, ['restart'])).toMatchObject({ code: 0 })
  await ask(`${address}/stderr`, 'POST', 'after the restart\n')
  await until('it goes on', () => seen().includes('after the restart\n') && seenFresh().includes('after the restart'))
  expect(await runCli(scene, ['stop'])).toMatchObject({ code: 0 })
  expect([(await all.ended).code, (await fresh.ended).code]).toEqual([0, 0])
  const pids = seenFresh()
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { pid: number }).pid)
  expect(new Set(pids).size, 'two processes have written').toBe(2)
  expect(seenFresh()).not.toContain('old')
  await ended
})

test('a reader who leaves (| head) ends logs --follow quietly', async () => {
  await using scene = createScene()
  const { address, child } = await supervise(scene, 'api')
  await ask(`${address}/stdout`, 'POST', 'first\n')
  const logs = startCli(scene, ['logs', '--follow'])
  const seen = collect(logs)
  await until('the first line is seen', () => seen().includes('first'))
  logs.child.stdout!.destroy()
  await until('it has noticed', async () => {
    await ask(`${address}/stdout`, 'POST', 'more\n')
    return logs.child.exitCode !== null
  })
  expect(await logs.ended).toMatchObject({ code: 0, stderr: '' })
  expect(child.exitCode).toBeNull()
})

test('Ctrl-C ends logs --follow as it ends tail -f, and nothing else', async () => {
  await using scene = createScene()
  const { address } = await supervise(scene, 'api')
  await ask(`${address}/stdout`, 'POST', 'line\n')
  const logs = startCli(scene, ['logs', '--follow'])
  const seen = collect(logs)
  await until('it follows', () => seen().includes('line'))
  logs.child.kill('SIGINT')
  expect(await logs.ended).toMatchObject({ code: null, signal: 'SIGINT', stderr: '' })
  expect(await ask(`${address}/`)).toMatchObject({ status: 200 })
})

test('what has stopped is read from disk: in its folder, or by a name that is unique', async () => {
  await using scene = createScene()
  const folders = [project(scene, 'one'), project(scene, 'two')] as const
  for (const cwd of folders) {
    const { address, ended } = await supervise(scene, 'api', { cwd })
    await ask(`${address}/stdout`, 'POST', `from ${cwd}\n`)
    await until('it came first', async () => textOf(await runCli(scene, ['logs'], { cwd })) !== '')
    await ask(`${address}/stderr`, 'POST', 'a complaint\n')
    expect(await runCli(scene, ['stop'])).toMatchObject({ code: 0 })
    await ended
  }
  for (const args of [['logs'], ['logs', 'api']]) {
    for (const cwd of folders) {
      const kept = await runCli(scene, args, { cwd })
      expect(kept).toMatchObject({ code: 0 })
      expect(textOf(kept)).toBe(`from ${cwd}\na complaint\n`)
      expect(kept.stderr).toContain('api does not run')
    }
  }
  const lines = textOf(await runCli(scene, ['logs', '--json'], { cwd: folders[0] }))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(lines).toContainEqual({ time: expect.any(String), stream: 'stderr', pid: expect.any(Number), line: 'a complaint' })
  const last = await runCli(scene, ['logs', '--tail', '1'], { cwd: folders[0] })
  expect(textOf(last), 'what the supervisor has said is not counted').toBe('a complaint\n')
  expect(last.stderr).toMatch(/\[supervisor\] stopped/)
  expect(await runCli(scene, ['logs', 'api'])).toMatchObject({ code: 2 })
  expect(await runCli(scene, ['logs', 'web'])).toMatchObject({ code: 6 })
  const followed = await runCli(scene, ['logs', '--follow', '--tail', '1'], { cwd: folders[1] })
  expect(followed).toMatchObject({ code: 0 })
})

test("the log of this folder's service comes before that of another that runs", async () => {
  await using scene = createScene()
  const here = project(scene, 'here')
  const first = await supervise(scene, 'api', { cwd: here })
  await ask(`${first.address}/stdout`, 'POST', 'from here\n')
  expect(await runCli(scene, ['stop'])).toMatchObject({ code: 0 })
  await first.ended
  const web = await supervise(scene, 'web', { cwd: project(scene, 'there') })
  await ask(`${web.address}/stdout`, 'POST', 'from there\n')
  expect(textOf(await runCli(scene, ['logs'], { cwd: here }))).toContain('from here\n')
  await until('the other one is read through its supervisor', async () => textOf(await runCli(scene, ['logs'])).includes('from there\n'))
})

test('none of them loads the config that lies here: it is code', async () => {
  await using scene = createScene()
  scene.file('jarvis.config.mjs', 'throw new Error("loaded")')
  const { lines } = startJsonCli(scene, [fixture('listens'), '--name', 'api'])
  await lines.next('ready')
  for (const command of ['status', 'restart', 'logs', 'ports', 'stop']) {
    const { code, stderr } = await runCli(scene, [command, '--json'])
    expect({ command, code, loaded: stderr.includes('loaded') }).toEqual({ command, code: 0, loaded: false })
  }
})

/** What has been written to stdout until now. */
const collect = ({ child }: Cli): (() => string) => {
  let text = ''
  child.stdout!.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  return () => text
}
