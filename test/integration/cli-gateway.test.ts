import { readFileSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { stateFiles } from '../helpers/abandoned.ts'
import { type Cli, type JsonCli, runCli, startCli, startJsonCli } from '../helpers/cli.ts'
import { ask, freePort, isListenedOn, occupy } from '../helpers/ports.ts'
import { killPid, until } from '../helpers/processes.ts'
import { createScene, fixture, type Scene } from '../helpers/supervised.ts'

const listens = fixture('listens')
const asked = fixture('exits-when-asked')

/** Where its front door is; nobody listens there in the end. */
const doorOf = async (scene: Scene, { lines }: JsonCli): Promise<string> => {
  const { url, port } = (await lines.next('gateway')) as unknown as { url: string; port: number }
  scene.watchPort(port)
  return url
}

const spokenDoor = async (scene: Scene, cli: Cli): Promise<string> => {
  const [, url = ''] = await cli.saying(/front door open at (http:\S+)/)
  scene.watchPort(Number(new URL(url).port))
  return url
}

const interrupt = async ({ child, ended }: Pick<Cli, 'child' | 'ended'> | JsonCli): Promise<number | null> => {
  child.kill('SIGINT')
  return (await ended).code
}

test('the door is open before the first process is launched, and closed when the command ends', async () => {
  await using scene = createScene()
  const cli = startJsonCli(scene, [listens, '--gateway', 'auto'])
  const url = await doorOf(scene, cli)
  const ready = await cli.lines.next('ready')
  expect(cli.lines.order('state', 'gateway', 'ready')).toEqual(['starting', 'gateway', 'ready', 'ready'])
  expect(ready.url).not.toBe(url)
  expect(await ask(`${url}/`)).toMatchObject({ status: 200 })
  expect(await interrupt(cli)).toBe(0)
  await expect(ask(`${url}/`)).rejects.toThrow('ECONNREFUSED')
})

test('a number is the port that it has, for people too', async () => {
  await using scene = createScene()
  const port = await freePort()
  const cli = startCli(scene, ['start', listens, '--gateway', String(port), '--name', 'api'])
  expect(await spokenDoor(scene, cli)).toBe(`http://127.0.0.1:${port}`)
  await cli.url()
  expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 200 })
  expect(await interrupt(cli)).toBe(0)
})

test('who comes while it starts waits, and is answered', async () => {
  await using scene = createScene()
  const cli = startJsonCli(scene, [fixture('answers-after'), '--gateway', 'auto'])
  const url = await doorOf(scene, cli)
  expect(cli.lines.all('ready')).toEqual([])
  expect(await ask(`${url}/`)).toMatchObject({ status: 200 })
  expect(await interrupt(cli)).toBe(0)
})

test('status shows the door, and a restart from another shell is noticed by nobody', async () => {
  await using scene = createScene()
  const cli = startJsonCli(scene, [listens, '--gateway', 'auto', '--name', 'api'])
  const url = await doorOf(scene, cli)
  const { url: behind } = await cli.lines.next('ready')
  const status = JSON.parse((await runCli(scene, ['status', '--json'])).stdout.toString()) as { services: object[] }
  expect(status.services).toMatchObject([{ name: 'api', state: 'ready', url: behind, gateway: { url, port: Number(new URL(url).port) } }])
  const shown = (await runCli(scene, ['status'])).stdout.toString()
  expect(shown).toMatch(new RegExp(`api +ready +\\d+ +${url} `))
  expect(shown).toContain(`front door of ${behind}`)
  let isOver = false
  const restarted = runCli(scene, ['restart', 'api']).finally(() => {
    isOver = true
  })
  const statuses = new Set<number>()
  while (!isOver) statuses.add((await ask(`${url}/`)).status)
  expect([...statuses]).toEqual([200])
  const { code, stdout } = await restarted
  expect(code).toBe(0)
  expect(stdout.toString()).toMatch(/^\[api\] ready at http:\S+ \(pid \d+\), front door at http:\S+\n$/)
  expect(await interrupt(cli)).toBe(0)
})

test('4: given up, it answers with the reason until it is restarted or ended', async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', asked, '--gateway', 'auto', '--name', 'api', '--max-restarts', '0'])
  const url = await spokenDoor(scene, cli)
  await cli.url()
  await ask(`${url}/exit/5`).catch(() => {})
  const [, hint] = await cli.saying(/stays open and answers 503 .*: (jarvis-supervise restart \w+)\./)
  expect(hint).toBe('jarvis-supervise restart api')
  const { status, body } = await ask(`${url}/`)
  expect({ status, ...(JSON.parse(body) as object) }).toMatchObject({ status: 503, state: 'failed', lastExit: { code: 5 } })
  expect((await runCli(scene, ['status'])).stdout.toString()).toMatch(/api +failed[^\n]*http:/)
  expect(await interrupt(cli)).toBe(4)
  const { stderr } = await cli.ended
  expect(stderr.match(/api crashed/g), 'told once').toHaveLength(1)
})

test('0: given up, restarted and then stopped', async () => {
  await using scene = createScene()
  const cli = startJsonCli(scene, [asked, '--gateway', 'auto', '--name', 'api', '--max-restarts', '0'])
  const url = await doorOf(scene, cli)
  await cli.lines.next('ready')
  await ask(`${url}/exit/5`).catch(() => {})
  await cli.lines.next('failed')
  expect((await runCli(scene, ['restart'])).code).toBe(0)
  expect(await ask(`${url}/`)).toMatchObject({ status: 200 })
  expect((await runCli(scene, ['stop'])).code).toBe(0)
  const { code, stderr } = await cli.ended
  expect(code).toBe(0)
  expect(stderr).toMatch(/^http:\S+ stays open/)
  expect(cli.lines.all('failed')).toHaveLength(1)
  expect(cli.lines.all('gateway')).toHaveLength(1)
})

test('stop ends one that was given up, too', async () => {
  await using scene = createScene()
  const cli = startJsonCli(scene, [asked, '--gateway', 'auto', '--max-restarts', '0'])
  const url = await doorOf(scene, cli)
  await cli.lines.next('ready')
  await ask(`${url}/exit/5`).catch(() => {})
  await cli.lines.next('failed')
  expect((await runCli(scene, ['stop'])).code).toBe(0)
  expect((await cli.ended).code).toBe(4)
  expect(stateFiles(scene)).toEqual([])
})

test('3: never ready, it answers until it is ended', async () => {
  await using scene = createScene()
  const cli = startJsonCli(scene, [fixture('exits-at-once'), '--gateway', 'auto'])
  const url = await doorOf(scene, cli)
  expect((await cli.lines.next('failed')).code).toBe('ERR_NEVER_READY')
  const { status, body } = await ask(`${url}/`)
  expect({ status, body }).toMatchObject({ status: 503, body: expect.stringContaining('"state":"failed"') })
  expect(await interrupt(cli)).toBe(3)
})

test('3: restarted in vain it is given up again, and says so again', async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', fixture('exits-at-once'), '--gateway', 'auto', '--no-restart'])
  await spokenDoor(scene, cli)
  await cli.saying(/stays open/)
  expect((await runCli(scene, ['restart'])).code).toBe(3)
  await until('it is said twice', () => cli.said().match(/stays open/g)?.length === 2)
  expect(await interrupt(cli)).toBe(3)
})

test('1: a crash after ready with restarts off', async () => {
  await using scene = createScene()
  const cli = startJsonCli(scene, [listens, '--gateway', 'auto', '--no-restart'])
  const url = await doorOf(scene, cli)
  await killPid((await cli.lines.next('ready')).pid as number)
  await cli.lines.next('failed')
  expect(await ask(`${url}/`)).toMatchObject({ status: 503 })
  expect(await interrupt(cli)).toBe(1)
})

test('130: a second Ctrl-C ends a stubborn backend at once, and closes the door', async () => {
  await using scene = createScene()
  const cli = startCli(scene, ['start', fixture('ignores-sigterm'), '--gateway', 'auto'])
  await spokenDoor(scene, cli)
  await cli.url()
  cli.child.kill('SIGINT')
  await cli.saying(/stopping/)
  expect(await interrupt(cli)).toBe(130)
})

const nothingRan: [string, number, (scene: Scene) => string[]][] = [
  ['a missing script', 2, () => ['no-such-script.mjs']],
  ['a missing command', 8, () => ['--', 'no-such-command']],
  ['a Claude that is not there', 8, () => [listens, '--claude-path', '/no/such/claude']],
  ['a state folder that is none', 2, (scene) => [listens, '--state-dir', scene.file('a-file', '')]],
]
test.each(nothingRan)('%s ends the command at once, with %i: there is nothing to wait for', async (_what, expected, args) => {
  await using scene = createScene()
  const port = scene.watchPort(await freePort())
  const { code, stderr } = await runCli(scene, ['start', '--gateway', String(port), ...args(scene)])
  expect(code, stderr).toBe(expected)
  expect(stderr).not.toContain('stays open')
  expect(stateFiles(scene)).toEqual([])
})

test('7: so does the taken port of the backend', async () => {
  await using scene = createScene()
  const port = await freePort()
  await using _stranger = await occupy(port)
  const { code, stderr } = await runCli(scene, ['start', listens, '--port', String(port), '--gateway', 'auto'])
  expect(code, stderr).toBe(7)
  expect(stderr).not.toContain('stays open')
})

test('7: the taken port of the door, naming who has it; nothing is launched', async () => {
  await using scene = createScene()
  const port = await freePort()
  await using _stranger = await occupy(port)
  const cli = startJsonCli(scene, [fixture('writes-ready-file'), '--gateway', String(port)])
  const failed = await cli.lines.next('failed')
  expect(failed).toMatchObject({ code: 'ERR_PORT_TAKEN', message: expect.stringContaining(String(port)) })
  expect(failed.message).toContain(String(process.pid))
  expect((await cli.ended).code).toBe(7)
  expect(cli.lines.all('exit')).toEqual([])
  expect(stateFiles(scene)).toEqual([])
  expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ body: 'stranger' })
})

test('--detach returns at ready, and the door stays open until it is stopped', async () => {
  await using scene = createScene()
  const port = scene.watchPort(await freePort())
  const { code, stderr } = await runCli(scene, ['start', '--detach', asked, '--gateway', String(port), '--max-restarts', '0'])
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/front door open at http:[\s\S]*ready at http:/)
  await ask(`http://127.0.0.1:${port}/exit/5`).catch(() => {})
  await until('it is given up', async () => (await ask(`http://127.0.0.1:${port}/`)).status === 503)
  expect((await runCli(scene, ['restart'])).code).toBe(0)
  expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ status: 200 })
  expect((await runCli(scene, ['stop'])).code).toBe(0)
  await until('nothing runs', () => scene.pids().length === 0)
})

test('--detach of one that never becomes ready ends with its code, and leaves no door', async () => {
  await using scene = createScene()
  const port = scene.watchPort(await freePort())
  const { code, stderr } = await runCli(scene, ['start', '--detach', fixture('exits-at-once'), '--gateway', String(port)])
  expect(code, stderr).toBe(3)
  expect(stderr).not.toContain('stays open')
  await until('nothing runs', () => scene.pids().length === 0)
  expect(isListenedOn(port)).toBe(false)
  expect(stateFiles(scene)).toEqual([])
})

const config = (scene: Scene, options: object): string => scene.file('jarvis.config.json', JSON.stringify({ script: listens, ...options }))

const usage: [string, (scene: Scene) => string[], string | RegExp][] = [
  ['a port that is none', () => [listens, '--gateway', 'abc'], /--gateway .*"abc"/],
  ['a port beyond the last', () => [listens, '--gateway', '65536'], '65536'],
  ['an origin without a door', () => [listens, '--gateway-origin', 'http://localhost:5173'], '--gateway-origin'],
  ['a token without a door', () => [listens, '--gateway-token'], '--gateway-token'],
  ['an origin that is none', () => [listens, '--gateway', 'auto', '--gateway-origin', 'localhost:5173'], 'gateway.allowedOrigins[0]'],
  ['every origin', () => [listens, '--gateway', 'auto', '--gateway-origin', '*'], 'gateway.allowedOrigins[0]'],
  ['a standby without a door', () => [listens, '--standby'], /`standby` needs a front door/],
  ['overlap without a door', () => [listens, '--overlap'], /`overlap` needs a front door/],
  ['a standby of the config without a door', (scene) => ['--config', config(scene, { standby: true })], /`standby` needs a front door/],
  [
    'a door of the config for everybody',
    (scene) => ['--config', config(scene, { gateway: { port: 1, host: '0.0.0.0' } })],
    'gateway.token',
  ],
  ['what is of a later version', () => [listens, '--gateway', 'auto', '--watch'], '--watch is not supported by this version'],
]
test.each(usage)('2: %s', async (_what, args, words) => {
  await using scene = createScene()
  const { code, stderr } = await runCli(scene, ['start', ...args(scene)])
  expect(code, stderr).toBe(2)
  expect(stderr).toMatch(words)
})

test('the door of a config is opened, and the line is laid over it', async () => {
  await using scene = createScene()
  const [configured, given] = [scene.watchPort(await freePort()), scene.watchPort(await freePort())]
  const service = { script: listens, gateway: { port: configured, allowedOrigins: ['http://localhost:5173'] } }
  scene.file('jarvis.config.json', JSON.stringify(service))
  for (const [args, port] of [
    [[], configured],
    [['--gateway', String(given)], given],
  ] as const) {
    const cli = startJsonCli(scene, [...args])
    expect(await doorOf(scene, cli)).toBe(`http://127.0.0.1:${port}`)
    await cli.lines.next('ready')
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { origin: 'http://localhost:5173', connection: 'close' } })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, 'http://localhost:5173'])
    await answer.text()
    expect(await interrupt(cli)).toBe(0)
  }
})

test('the door beside the services of a config is that of the only one', async () => {
  await using scene = createScene()
  scene.file('jarvis.config.json', JSON.stringify({ services: { api: { script: listens } }, gateway: { port: 'auto', service: 'api' } }))
  const cli = startJsonCli(scene, [])
  const url = await doorOf(scene, cli)
  expect((await cli.lines.next('ready')).service).toBe('api')
  expect(await ask(`${url}/`)).toMatchObject({ status: 200 })
  expect(await interrupt(cli)).toBe(0)
})

test('--gateway-token: who calls shows what only this user can read, and it is gone with the command', async () => {
  await using scene = createScene()
  const cli = startJsonCli(scene, [listens, '--gateway', 'auto', '--gateway-token'])
  const { url, port, tokenFile } = (await cli.lines.next('gateway')) as unknown as { url: string; port: number; tokenFile: string }
  scene.watchPort(port)
  await cli.lines.next('ready')
  expect(statSync(tokenFile).mode & 0o777).toBe(0o600)
  const token = readFileSync(tokenFile, 'utf8').trim()
  const status = async (headers: Record<string, string>): Promise<number> => {
    const answer = await fetch(`${url}/`, { headers: { connection: 'close', ...headers } })
    await answer.text()
    return answer.status
  }
  expect(await status({})).toBe(401)
  expect(await status({ 'x-jarvis-token': token })).toBe(200)
  expect(await interrupt(cli)).toBe(0)
  expect(() => statSync(tokenFile)).toThrow('ENOENT')
  expect((await cli.ended).stderr).not.toContain(token)
})

test('--standby keeps a second process, and says so; a crash costs nobody an answer', async () => {
  await using scene = createScene()
  const cli = startJsonCli(scene, [listens, '--gateway', 'auto', '--standby', '--name', 'api'])
  const url = await doorOf(scene, cli)
  const { pid } = await cli.lines.next('ready')
  const standby = await cli.lines.next('standby', ({ state }) => state === 'ready')
  expect((await runCli(scene, ['status'])).stdout.toString()).toContain(`standby ready (pid ${standby.pid})`)
  await killPid(pid as number)
  expect(await ask(`${url}/`)).toMatchObject({ status: 200 })
  expect((await cli.lines.next('ready')).pid).toBe(standby.pid)
  await cli.lines.next('standby', ({ state }) => state === 'ready')
  expect(await interrupt(cli)).toBe(0)
})

test('--overlap: the next process is ready before the old one is asked to end', async () => {
  await using scene = createScene()
  const cli = startJsonCli(scene, [listens, '--gateway', 'auto', '--overlap'])
  await doorOf(scene, cli)
  const { pid } = await cli.lines.next('ready')
  expect((await runCli(scene, ['restart'])).code).toBe(0)
  const { pid: next } = await cli.lines.next('ready')
  expect((await cli.lines.next('exit')).pid).toBe(pid)
  expect(next).not.toBe(pid)
  expect(cli.lines.order('state', 'ready', 'exit')).toEqual(['starting', 'ready', 'ready', 'ready', 'ready', 'exit'])
  expect(await interrupt(cli)).toBe(0)
})

test('ports says whose the door is', async () => {
  await using scene = createScene()
  const cli = startJsonCli(scene, [listens, '--gateway', 'auto', '--name', 'api'])
  const { port } = new URL(await doorOf(scene, cli))
  const rows = JSON.parse((await runCli(scene, ['ports', port, '--json'])).stdout.toString()) as object[]
  expect(rows.length).toBeGreaterThan(0)
  for (const row of rows) expect(row).toMatchObject({ port: Number(port), pid: cli.child.pid, ours: true })
  expect((await runCli(scene, ['ports', port])).stdout.toString()).toMatch(/ api +/)
  expect(await interrupt(cli)).toBe(0)
})
