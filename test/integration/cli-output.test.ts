import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cliPath, startCli, startJsonCli } from '../helpers/cli.ts'
import { ask, freePort, isListenedOn } from '../helpers/ports.ts'
import { commandOf, until } from '../helpers/processes.ts'
import { createScene, fixture } from '../helpers/supervised.ts'

test("stdout is the child's, byte for byte; its stderr comes through among our words", async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', fixture('writes-request-bodies')])
  const url = await cli.url()
  const bytes = [Buffer.from([0, 255, 254, 0xc3, 10, 13, 27, 0x80]), randomBytes(1_000_000), Buffer.from('no newline at the end €')]
  for (const body of bytes) await ask(`${url}/stdout`, 'POST', body)
  await ask(`${url}/stderr`, 'POST', 'a complaint\n')
  cli.child.kill('SIGINT')
  const { code, stdout, stderr } = await cli.ended
  expect(code).toBe(0)
  expect(stdout.equals(Buffer.concat(bytes))).toBe(true)
  expect(stderr).toContain('a complaint\n')
  expect(stderr).toMatch(/ready at http:\/\/127\.0\.0\.1:\d+/)
  expect(stderr, 'no colour without a terminal').not.toContain('\u001b[')
})

test('20 MB pass through without loss', async () => {
  await using scene = createScene()
  const { code, stdout } = await startCli(scene, ['start', '--no-restart', fixture('prints-flood')]).ended
  expect(code).toBe(0)
  expect(stdout.length).toBe(20_000_000)
  expect(
    stdout
      .toString('latin1')
      .split('\n')
      .findIndex((line, index) => line !== (index === 200_000 ? '' : `${index}`.padEnd(99, '.'))),
  ).toBe(-1)
})

test('a reader who leaves (| head -1) does not end the backend', async () => {
  await using scene = createScene()
  const shell = spawn('sh', ['-c', `"${process.execPath}" "${cliPath}" start "${fixture('writes-request-bodies')}" | head -n 1`], {
    cwd: scene.dir,
    env: scene.env,
  })
  let stderr = ''
  let stdout = ''
  shell.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  shell.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  const closed = once(shell, 'close')
  await until('it is ready', () => /ready at (\S+)/.test(stderr))
  const url = /ready at (\S+)/.exec(stderr)![1]!
  await ask(`${url}/stdout`, 'POST', 'first\n')
  await until('head has printed and left', () => stdout === 'first\n')
  for (let line = 0; line < 20; line += 1) await ask(`${url}/stdout`, 'POST', 'more '.repeat(10_000))
  expect(await ask(`${url}/`)).toMatchObject({ status: 200 })
  const supervisor = scene.pids().find((pid) => commandOf(pid).startsWith(`${process.execPath} ${cliPath}`))
  process.kill(supervisor!, 'SIGINT')
  await closed
  expect(stderr).not.toMatch(/EPIPE|Unexpected/)
  expect(stdout).toBe('first\n')
})

test('closed output of every kind does not end the backend', async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', fixture('writes-request-bodies')])
  const url = await cli.url()
  cli.child.stdout!.destroy()
  cli.child.stderr!.destroy()
  for (const stream of ['stdout', 'stderr', 'stdout', 'stderr']) await ask(`${url}/${stream}`, 'POST', 'x'.repeat(200_000))
  expect(await ask(`${url}/`)).toMatchObject({ status: 200 })
  cli.child.kill('SIGINT')
  expect((await once(cli.child, 'exit'))[0]).toBe(0)
})

test('--json prints nothing but lines of JSON, with time, service and type, and the fields of the contract', async () => {
  await using scene = createScene()
  const { child, lines, ended } = startJsonCli(scene, [fixture('writes-request-bodies'), '--name', '007'])
  const ready = await lines.next('ready')
  expect(ready).toEqual({
    time: expect.any(String),
    service: '007',
    type: 'ready',
    pid: expect.any(Number),
    port: expect.any(Number),
    url: `http://127.0.0.1:${ready.port}`,
    startupMs: expect.any(Number),
    identity: 'ours',
  })
  await ask(`${ready.url}/stdout`, 'POST', 'printed\n{"type":"ready"}\n')
  await ask(`${ready.url}/stderr`, 'POST', `${'x'.repeat(20_000)}\n`)
  const logs = [await lines.next('log'), await lines.next('log'), await lines.next('log')]
  expect(logs).toMatchObject([
    { stream: 'stdout', line: 'printed', pid: ready.pid },
    { stream: 'stdout', line: '{"type":"ready"}', pid: ready.pid },
    { stream: 'stderr', line: 'x'.repeat(10_000), cut: true, pid: ready.pid },
  ])
  process.kill(ready.pid as number, 'SIGKILL')
  expect(await lines.next('exit')).toMatchObject({
    pid: ready.pid,
    code: null,
    signal: 'SIGKILL',
    uptimeMs: expect.any(Number),
    reason: null,
    tail: expect.arrayContaining(['printed']),
  })
  expect(await lines.next('state')).toMatchObject({ from: 'ready', to: 'backoff', cause: expect.any(String), attempt: 1, delayMs: 0 })
  await lines.next('ready')
  child.kill('SIGTERM')
  const { code, stderr } = await ended
  expect(code).toBe(0)
  expect(stderr).toBe('')
  expect(lines.all('garbage')).toEqual([])
  for (const type of ['state', 'ready', 'exit', 'log', 'probe']) {
    for (const line of lines.all(type)) {
      expect(line).toMatchObject({ service: '007', type })
      expect(new Date(line.time).toISOString()).toBe(line.time)
    }
  }
  expect(lines.order('state')).toEqual(['starting', 'ready', 'backoff', 'starting', 'ready', 'stopping', 'stopped'])
})

test('--json tells a failure as a line, too', async () => {
  await using scene = createScene()
  const { lines, ended } = startJsonCli(scene, ['--no-restart', fixture('exits-at-once')])
  expect(await lines.next('failed')).toMatchObject({
    code: 'ERR_NEVER_READY',
    reason: null,
    message: expect.stringContaining('never became ready'),
    hint: expect.any(String),
  })
  expect((await ended).code).toBe(3)
  expect(lines.all('garbage')).toEqual([])
})

test('--json with a usage error leaves stdout empty', async () => {
  await using scene = createScene()
  const { code, stdout, stderr } = await startCli(scene, ['start', '--json', 'no-such-script.mjs', '--prot']).ended
  expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('--prot')
})

test('--verbose tells every probe, without it only what is new', async () => {
  await using scene = createScene()
  const health = ['--health-period', '40', '--health-timeout', '1000']
  const { lines } = startJsonCli(scene, ['--verbose', ...health, fixture('listens')])
  await lines.next('ready')
  for (let probe = 0; probe < 3; probe += 1) {
    expect(await lines.next('probe')).toMatchObject({ probe: 'liveness', ok: true, latencyMs: expect.any(Number) })
  }
})

test('a backend that hangs is served again', async () => {
  await using scene = createScene()
  const health = ['--health-period', '200', '--health-timeout', '200', '--health-failures', '3']
  const { lines } = startJsonCli(scene, [...health, fixture('blocks-event-loop')])
  const { url, pid } = await lines.next('ready')
  await ask(`${url}/block/100000000`)
  expect(await lines.next('unresponsive')).toMatchObject({ pid, misses: 2, silentMs: expect.any(Number) })
  expect(await lines.next('exit')).toMatchObject({ pid, requested: true })
  const again = await lines.next('ready')
  expect(again.url).toBe(url)
  expect(await ask(`${url}/`)).toEqual({ status: 200, body: 'ok' })
})

test('a backend survives the death of what it has started', async () => {
  await using scene = createScene()
  const { lines } = startJsonCli(scene, [fixture('leaves-a-grandchild')])
  const { url, pid } = await lines.next('ready')
  const { line } = lines.all('log')[0] ?? (await lines.next('log'))
  process.kill(Number(String(line).split(' ')[1]), 'SIGKILL')
  expect(await ask(`${url}/`)).toEqual({ status: 200, body: String(pid) })
  expect(lines.all('exit')).toEqual([])
})

test.skipIf(!existsSync('/dev/full'))('a full disk behind stdout and stderr does not end the backend', async () => {
  await using scene = createScene()
  const port = scene.watchPort(await freePort())
  const full = openSync('/dev/full', 'w')
  const args = [cliPath, 'start', '--port', String(port), fixture('writes-request-bodies')]
  const child = spawn(process.execPath, args, { cwd: scene.dir, env: scene.env, stdio: ['ignore', full, full] })
  closeSync(full)
  const exited = once(child, 'exit')
  await until('it listens', () => isListenedOn(port))
  for (let line = 0; line < 5; line += 1) await ask(`http://127.0.0.1:${port}/stdout`, 'POST', 'lost\n')
  expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 200 })
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
})

test.skipIf(!existsSync('/usr/bin/script'))('a terminal that is closed ends everything, and the backend has its grace', async () => {
  await using scene = createScene()
  const backend = scene.file(
    'backend.mjs',
    `import { writeFileSync } from 'node:fs'
     import { createServer } from 'node:http'
     createServer((_, response) => response.end()).listen(process.env.PORT, '127.0.0.1')
     setInterval(() => console.log('line'), 10)
     process.on('SIGTERM', () => setTimeout(() => { writeFileSync('ended', ''); process.exit(0) }, 200))`,
  )
  const port = scene.watchPort(await freePort())
  const command = `"${process.execPath}" "${cliPath}" start --port ${port} "${backend}"`
  const terminal = spawn('script', ['-qec', command, '/dev/null'], { cwd: scene.dir, env: scene.env, stdio: ['pipe', 'ignore', 'ignore'] })
  await until('it listens', () => isListenedOn(port))
  terminal.kill('SIGKILL')
  await until('nothing is left', () => scene.pids().length === 0)
  expect(existsSync(`${scene.dir}/ended`)).toBe(true)
  expect(readdirSync(scene.env.JARVIS_STATE_DIR!)).toEqual(['logs'])
})
