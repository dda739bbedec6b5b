import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { appProtocol } from '../../src/electron/app-protocol.ts'
import { fetchOverSocket } from '../../src/electron/fetch-socket.ts'
import { endAtLast, killSupervisor, runRecorded, stateFiles } from '../helpers/abandoned.ts'
import { backendEntry } from '../helpers/claude-backend.ts'
import { runCli, startJsonCli } from '../helpers/cli.ts'
import { isAlive, killPid, until } from '../helpers/processes.ts'
import { createScene, fixture, isSupervisorError, type Scene } from '../helpers/supervised.ts'

const onSocket = { transport: 'socket' } as const
const script = fixture('listens-on-its-socket')
const spawned = ['--transport', 'socket', '--name', 'api', '--', process.execPath, script]

/** GET, from whoever listens at the path. */
const get = async (socketPath: string | undefined, path = '/'): Promise<string> =>
  (await fetchOverSocket(new Request(`app://api${path}`), { socketPath: socketPath ?? '' })).text()

describe('a backend on a socket', () => {
  test.each(['fork', 'spawn'] as const)('is ready when ours answers there (%s), and is told by its path', async (launch) => {
    await using scene = createScene()
    const { supervisor, all } = scene.supervise({ script, name: 'api', launch, args: ['{socket}'], ...onSocket })
    expect(supervisor.socketPath).toBeUndefined()
    const status = await supervisor.start()
    const { socketPath: path = '' } = supervisor
    const [ready] = all('ready')
    expect(ready).toEqual({ pid: status.pid, port: null, url: null, socket: path, startupMs: expect.any(Number), identity: 'ours' })
    expect(status).toMatchObject({ port: null, url: null, socket: path })
    expect(all('state').find(({ to }) => to === 'ready')).toMatchObject({ socket: path })
    expect(supervisor.url).toBeUndefined()
    expect(JSON.parse(await get(path, '/env'))).toEqual({ JARVIS_SOCKET: path, args: [path] })
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    await supervisor.stop()
    expect(existsSync(path)).toBe(false)
    expect(stateFiles(scene)).toEqual([])
    expect(supervisor.socketPath).toBeUndefined()
  })

  test.each([
    ['a connection', { readiness: { kind: 'tcp' as const } }],
    ['a line of its output', { readiness: { kind: 'log' as const, pattern: 'up' } }],
    [
      'a function, which is told the path',
      {
        readiness: {
          kind: 'custom' as const,
          probe: async ({ host, port, socketPath }: { host: string; port: number; socketPath?: string }) =>
            host === 'localhost' && port === 0 && socketPath?.endsWith('.sock') && existsSync(socketPath)
              ? ({ ok: true } as const)
              : ({ ok: false, reason: 'not yet' } as const),
        },
      },
    ],
  ])('is ready by %s', async (_what, options) => {
    await using scene = createScene()
    const file = scene.file(
      'up.mjs',
      `import { createServer } from 'node:net'\ncreateServer((socket) => socket.end()).listen(process.env.JARVIS_SOCKET, () => console.log('up'))`,
    )
    const { supervisor, all } = scene.supervise({ script: file, name: 'api', ...onSocket, liveness: false, ...options })
    await supervisor.start()
    expect(all('ready')).toMatchObject([{ identity: 'ours', socket: expect.any(String) }])
  })

  test('is started again on the same path when it is killed', async () => {
    await using scene = createScene()
    const { supervisor, next } = scene.supervise({ script, name: 'api', ...onSocket })
    await supervisor.start()
    const first = await next('ready')
    process.kill(first.pid, 'SIGKILL')
    const second = await next('ready')
    expect(second).toMatchObject({ socket: first.socket, identity: 'ours' })
    expect(second.pid).not.toBe(first.pid)
    expect(await get(second.socket)).toBe(String(second.pid))
  })

  test('is restarted when its event loop is blocked, which is told apart', async () => {
    await using scene = createScene()
    const { supervisor, next } = scene.supervise({
      ...{ script, name: 'api', ...onSocket },
      liveness: { periodMs: 50, timeoutMs: 200, failureThreshold: 3 },
    })
    await supervisor.start()
    const { pid, socket } = await next('ready')
    get(socket, '/block').catch(() => {})
    expect(await next('unresponsive')).toMatchObject({ pid, reason: 'EVENT_LOOP_BLOCKED' })
    expect(await next('ready')).toMatchObject({ socket })
  })

  test('that listens on a port instead is never ready, and is told so', async () => {
    await using scene = createScene()
    const { supervisor } = scene.supervise('listens', {
      ...onSocket,
      readiness: { kind: 'http', timeoutMs: 1500 },
      restart: { when: 'never' },
    })
    const error: unknown = await supervisor.start().catch((reason: unknown) => reason)
    expect(isSupervisorError(error, 'ERR_NEVER_READY')).toBe(true)
    expect(error).toMatchObject({ reason: 'LISTENS_ON_OTHER_PORT', message: expect.stringMatching(/it listens on \S+:\d+ instead/) })
  })

  test('has a state folder that is too deep: its socket has a short path', async () => {
    await using scene = createScene()
    const stateDir = join(scene.dir, 'd'.repeat(120))
    const { supervisor } = scene.supervise({ script, name: 'api', ...onSocket, stateDir })
    await supervisor.start()
    const { socketPath: path = '' } = supervisor
    expect(Buffer.byteLength(path)).toBeLessThanOrEqual(103)
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    expect(await get(path)).toMatch(/^\d+$/)
    await supervisor.stop()
    expect(existsSync(path)).toBe(false)
  })

  test('is refused where there is no short path at all', async () => {
    await using scene = createScene()
    const tmp = join(scene.dir, 't'.repeat(120))
    mkdirSync(tmp)
    const config = (stateDir: string): string =>
      scene.file(
        `start-${stateDir.length}.mjs`,
        `import { createSupervisor } from ${JSON.stringify(pathToFileURL(resolve('dist/index.mjs')).href)}
         createSupervisor({ script: ${JSON.stringify(script)}, name: 'api', transport: 'socket', stateDir: ${stateDir} })
           .start().then(() => console.log('started'), ({ code, reason, hint }) => console.log(JSON.stringify({ code, reason, hint })))`,
      )
    for (const stateDir of ['false', JSON.stringify(join(scene.dir, 'd'.repeat(120)))]) {
      const child = spawn(process.execPath, [config(stateDir)], {
        env: { ...scene.env, TMPDIR: tmp },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [said] = (await once(child.stdout, 'data')) as [Buffer]
      await once(child, 'close')
      expect(JSON.parse(String(said))).toEqual({
        code: 'ERR_STATE_DIR',
        reason: 'SOCKET_PATH_TOO_LONG',
        hint: expect.stringContaining('shorter path'),
      })
    }
  })

  test('needs no state: its socket is private all the same, and gone at the end', async () => {
    await using scene = createScene()
    const { supervisor } = scene.supervise({ script, name: `api-${process.pid}`, ...onSocket, stateDir: false })
    await supervisor.start()
    const { socketPath: path = '' } = supervisor
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    await supervisor.stop()
    expect(existsSync(path)).toBe(false)
  })
})

/** Where the service has its socket. */
const pathOf = async (scene: Scene): Promise<string> => {
  const { supervisor } = scene.supervise({ script, name: 'api', ...onSocket })
  await supervisor.start()
  const { socketPath = '' } = supervisor
  await supervisor.stop()
  return socketPath
}

describe('at the path of a socket', () => {
  test('a stranger who listens is named, and left alone', async () => {
    await using scene = createScene()
    const path = await pathOf(scene)
    const stranger = createServer((_request, response) => response.end('stranger')).listen(path)
    await once(stranger, 'listening')
    const { supervisor } = scene.supervise({ script, name: 'api', ...onSocket })
    const reclaimed: unknown[] = []
    supervisor.on('reclaim', (facts) => reclaimed.push(facts))
    const error: unknown = await supervisor.start().catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'ERR_PORT_TAKEN',
      reason: 'PORT_TAKEN',
      message: expect.stringContaining(`${path} is taken by pid ${process.pid} (`),
    })
    expect(reclaimed).toMatchObject([{ port: null, socket: path, pid: process.pid, verdict: 'foreign', action: 'refused' }])
    expect(await get(path)).toBe('stranger')
    stranger.close()
    stranger.closeAllConnections()
    await once(stranger, 'close')
    await supervisor.start()
  })

  test('what is no socket is named, and left alone', async () => {
    await using scene = createScene()
    const path = await pathOf(scene)
    writeFileSync(path, 'mine')
    const { supervisor } = scene.supervise({ script, name: 'api', ...onSocket })
    await expect(supervisor.start()).rejects.toMatchObject({ code: 'ERR_PORT_TAKEN', message: expect.stringContaining('no socket') })
    expect(statSync(path).isFile()).toBe(true)
  })

  test('what a killed run of before has left is in nobody’s way', async () => {
    await using scene = createScene()
    const cli = startJsonCli(scene, spawned)
    const { socket, pid } = await cli.lines.next('ready')
    await runRecorded(scene)
    await killSupervisor(cli.child)
    await killPid(Number(pid))
    expect(existsSync(String(socket))).toBe(true)
    const again = startJsonCli(scene, spawned)
    expect(await again.lines.next('ready')).toMatchObject({ socket, identity: 'ours' })
    again.child.kill('SIGTERM')
    expect((await again.ended).code).toBe(0)
    expect(stateFiles(scene)).toEqual([])
  })
})

describe('a supervisor that is killed', () => {
  test('leaves an orphan on the socket, which the next start ends: it gets the path', async () => {
    await using scene = createScene()
    const first = startJsonCli(scene, spawned)
    const { socket, pid } = await first.lines.next('ready')
    endAtLast(scene, Number(pid))
    await runRecorded(scene)
    await killSupervisor(first.child)
    expect(await get(String(socket))).toBe(String(pid))
    const second = startJsonCli(scene, spawned)
    const ready = await second.lines.next('ready')
    expect(ready).toMatchObject({ socket, identity: 'ours' })
    expect(second.lines.all('reclaim')).toMatchObject([{ port: null, socket, pid, verdict: 'ours', action: 'killed' }])
    expect(isAlive(Number(pid))).toBe(false)
    expect(await get(String(socket))).toBe(String(ready.pid))
    second.child.kill('SIGTERM')
    await second.ended
    expect(stateFiles(scene)).toEqual([])
  })

  test('leaves one that can be ended without a start, with its socket', async () => {
    await using scene = createScene()
    const { child, lines } = startJsonCli(scene, spawned)
    const { socket, pid } = await lines.next('ready')
    endAtLast(scene, Number(pid))
    await runRecorded(scene)
    await killSupervisor(child)
    const { stdout, code } = await runCli(scene, ['ports', '--reclaim'])
    expect(String(stdout)).toMatch(/ended pid \d+/)
    expect(code).toBe(0)
    expect(existsSync(String(socket))).toBe(false)
    expect(isAlive(Number(pid))).toBe(false)
  })

  test('takes a forked backend along; the file that it leaves is in nobody’s way', async () => {
    await using scene = createScene()
    const args = ['--transport', 'socket', '--name', 'api', script]
    const first = startJsonCli(scene, args)
    const { socket, pid } = await first.lines.next('ready')
    await killSupervisor(first.child)
    await until('the backend has followed', () => !isAlive(Number(pid)))
    const second = startJsonCli(scene, args)
    expect(await second.lines.next('ready')).toMatchObject({ socket })
    second.child.kill('SIGTERM')
    await second.ended
    expect(stateFiles(scene)).toEqual([])
  })
})

describe('a page of an app', () => {
  /** As Electron would ask: through the handler that it was given. */
  const pages = (supervisor: Parameters<typeof appProtocol>[1]['supervisor']) => {
    let ask = (_request: Request): Promise<Response> => Promise.reject(new Error('not handled'))
    const electron = {
      registerSchemesAsPrivileged: () => {},
      handle: (_scheme: string, handler: typeof ask) => {
        ask = handler
      },
    }
    const protocol = appProtocol({ protocol: electron }, { scheme: 'app', supervisor })
    protocol.handle()
    return (path: string, init?: RequestInit): Promise<Response> => ask(new Request(`${protocol.origin}${path}`, init))
  }

  test('has a stream that fails when the backend dies, and a next answer from the next run', async () => {
    await using scene = createScene()
    const { supervisor } = scene.supervise({ script, name: 'api', ...onSocket })
    const { pid } = await supervisor.start()
    const ask = pages(supervisor)
    const reader = (await ask('/stream')).body!.getReader()
    expect(Buffer.from((await reader.read()).value!).toString()).toBe(String(pid))
    process.kill(pid!, 'SIGKILL')
    // asked at once: whether the death was seen yet or not
    const next = ask('/')
    await expect(reader.read()).rejects.toThrow('broken off')
    const response = await next
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(String((await supervisor.status()).pid))
    expect((await supervisor.status()).pid).not.toBe(pid)
  })

  test('that asks while the backend starts waits for it', async () => {
    await using scene = createScene()
    const { supervisor } = scene.supervise({ script, name: 'api', ...onSocket })
    const ask = pages(supervisor)
    const starting = supervisor.start()
    const response = await ask('/')
    expect(await response.text()).toBe(String((await starting).pid))
  })

  test('of the reference backend is served, and its socket is removed by the backend itself', async () => {
    await using scene = createScene()
    const { supervisor } = scene.supervise({ script: backendEntry, name: 'my-jarvis', claude: false, ...onSocket, env: scene.env })
    await supervisor.start()
    const { socketPath = '' } = supervisor
    const ask = pages(supervisor)
    const headers = { origin: 'app://my-jarvis', 'sec-fetch-site': 'same-origin' }
    expect(await (await ask('/', { headers })).text()).toContain('<')
    expect(await (await ask('/api/projects', { headers })).json()).toEqual({ projects: [] })
    const refused = await ask('/api/chat', { method: 'POST', headers, body: '{}' })
    expect(refused.status, 'the backend judges the type of a body itself').toBe(415)
    process.kill((await supervisor.status()).pid!, 'SIGTERM')
    await until('it has removed it', () => !existsSync(socketPath))
  })
})

describe('doctor', () => {
  const reportOf = async (scene: Scene, ...args: string[]) => {
    const { stdout, code } = await runCli(scene, ['doctor', '--json', ...args])
    return { code, report: JSON.parse(String(stdout)) as { verdict: { code: string; explanation: string } } }
  }

  test('tries what has a socket, asks over it, and leaves nothing', async () => {
    await using scene = createScene()
    const { code, report } = await reportOf(scene, '--transport', 'socket', script)
    expect(report.verdict).toMatchObject({ code: 'HEALTHY', explanation: expect.stringMatching(/^unix:\/\S+\.sock answers 200/) })
    expect(code).toBe(0)
  })

  test('looks at what runs', async () => {
    await using scene = createScene()
    const { child, lines, ended } = startJsonCli(scene, spawned)
    const { socket } = await lines.next('ready')
    const { report } = await reportOf(scene)
    expect(report.verdict).toMatchObject({ code: 'HEALTHY', explanation: expect.stringContaining(`unix:${socket}`) })
    child.kill('SIGTERM')
    await ended
  })

  test('says of one that listens on a port what it should listen on', async () => {
    await using scene = createScene()
    const { report } = await reportOf(scene, '--transport', 'socket', '--timeout', '1500', fixture('listens'))
    expect(report.verdict).toMatchObject({
      code: 'LISTENS_ON_OTHER_PORT',
      explanation: expect.stringContaining('the socket that it was given'),
    })
  })
})
