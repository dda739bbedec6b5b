import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import type { GatewayOptions, Supervisor, SupervisorEvents } from '../../src/index.ts'
import { ask, freePort, isListenedOn, occupy } from '../helpers/ports.ts'
import { killPid } from '../helpers/processes.ts'
import { createScene, createSupervisor, isSupervisorError, type Scene } from '../helpers/supervised.ts'

const built: typeof import('../../src/gateway.ts') = await import(pathToFileURL(resolve('dist/gateway.mjs')).href)
const { createGateway } = built

const doorsOf = (supervisor: Supervisor): SupervisorEvents['gateway'][] => {
  const doors: SupervisorEvents['gateway'][] = []
  supervisor.on('gateway', (facts) => doors.push(facts))
  return doors
}

/** In front of a supervisor; nobody listens there in the end. */
const gatewayTo = (scene: Scene, upstream: Supervisor, options: Partial<GatewayOptions> = {}) => {
  const gateway = createGateway({ port: 'auto', upstream, ...options })
  scene.atEnd(() => gateway.close())
  return gateway
}

test('a supervisor with a gateway opens it when it starts, and has the same port when it starts again', async () => {
  await using scene = createScene()
  const { supervisor, order } = scene.supervise('listens', { gateway: { port: 'auto' } })
  const doors = doorsOf(supervisor)
  expect(supervisor.gatewayUrl).toBeUndefined()
  const status = await supervisor.start()
  const [door] = doors
  const port = scene.watchPort(door?.port ?? 0)
  expect(doors).toEqual([{ url: `http://127.0.0.1:${port}`, port }])
  expect(supervisor.gatewayUrl).toBe(door?.url)
  expect(status.gateway).toEqual({ url: door?.url, port })
  expect(status.url).not.toBe(door?.url)
  expect(await ask(`${door?.url}/`)).toMatchObject({ status: 200 })
  await supervisor.stop()
  expect(supervisor.gatewayUrl).toBeUndefined()
  expect(isListenedOn(port)).toBe(false)
  expect((await supervisor.status()).gateway).toBeUndefined()
  await supervisor.start()
  expect(doors.map((each) => each.port)).toEqual([port, port])
  expect(await ask(`${door?.url}/`)).toMatchObject({ status: 200 })
  expect(order('failed')).toEqual([])
})

test('the address stays while the backend dies and comes back', async () => {
  await using scene = createScene()
  const { supervisor, next } = scene.supervise('listens', { gateway: { port: 'auto' } })
  const doors = doorsOf(supervisor)
  const { pid } = await supervisor.start()
  scene.watchPort(doors[0]?.port ?? 0)
  await next('ready')
  await killPid(pid ?? 0)
  expect(await ask(`${supervisor.gatewayUrl}/`)).toMatchObject({ status: 200 })
  expect((await next('ready')).pid).not.toBe(pid)
  expect(doors).toHaveLength(1)
})

test('given up, the door stays open and says why, until it is stopped', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('exits-at-once', { gateway: { port: 'auto' }, restart: { when: 'never' } })
  const doors = doorsOf(supervisor)
  await expect(supervisor.start()).rejects.toMatchObject({ code: 'ERR_NEVER_READY' })
  scene.watchPort(doors[0]?.port ?? 0)
  const { status, body } = await ask(`${supervisor.gatewayUrl}/`)
  expect({ status, ...(JSON.parse(body) as object) }).toMatchObject({ status: 503, state: 'failed', failure: { code: 'ERR_NEVER_READY' } })
  let isOver = false
  const over = supervisor.over().then(() => {
    isOver = true
  })
  await supervisor.status()
  expect(isOver).toBe(false)
  await supervisor.stop()
  await over
  expect(supervisor.gatewayUrl).toBeUndefined()
})

test('a door that cannot be opened is an error of the start, and nothing is left', async () => {
  await using scene = createScene()
  const port = await freePort()
  await using _stranger = await occupy(port)
  const { supervisor } = scene.supervise('listens', { gateway: { port } })
  await expect(supervisor.start()).rejects.toSatisfy((error) => isSupervisorError(error, 'ERR_PORT_TAKEN'))
  expect(supervisor.restarts).toBe(0)
  expect(scene.pids()).toEqual([])
  await supervisor.stop()
  const stateDir = join(scene.dir, 'state')
  expect(existsSync(stateDir) ? readdirSync(stateDir).filter((name) => /\.(json|sock|token)$/.test(name)) : []).toEqual([])
})

test('every option that is wrong is named at once, with its path', () => {
  const wrong = { port: 'any', host: '0.0.0.0', hold: { timeout: 3 }, allowedOrigins: ['*'] } as unknown as GatewayOptions
  const paths = (prefix: string): RegExp =>
    new RegExp(['port', 'hold\\.timeout', 'allowedOrigins\\[0\\]'].map((path) => `\`${prefix}${path}\``).join('[^]*'))
  expect(() => createSupervisor({ script: 'a.js', gateway: wrong })).toThrow(paths('gateway\\.'))
  expect(() => createSupervisor({ script: 'a.js', gateway: wrong })).toThrow('`gateway.token`')
  expect(() => createGateway({ ...wrong, upstream: {} as Supervisor })).toThrow(paths(''))
})

test('a gateway before the start of its supervisor waits with those who come', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens')
  const gateway = gatewayTo(scene, supervisor)
  expect(gateway.url).toBeUndefined()
  const { url, port } = await gateway.listen()
  scene.watchPort(port)
  expect(gateway.url).toBe(url)
  expect(await gateway.listen(), 'twice is once').toEqual({ url, port })
  expect((await ask(`${url}/`)).status, 'nothing is on its way').toBe(503)
  const started = supervisor.start()
  expect((await ask(`${url}/`)).status).toBe(200)
  await started
  expect(supervisor.gatewayUrl, 'it has none of its own').toBeUndefined()
  await supervisor.stop()
  expect((await ask(`${url}/`)).status, 'nobody has closed it').toBe(503)
  await Promise.all([gateway.close(), gateway.close()])
  expect(gateway.url).toBeUndefined()
  expect(isListenedOn(port)).toBe(false)
  expect((await gateway.listen()).port, 'whoever knows it finds it again').toBe(port)
})

test('a gateway after the start of its supervisor knows what is ready', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens')
  await supervisor.start()
  await using gateway = createGateway({ port: 'auto', upstream: supervisor })
  const { url, port } = await gateway.listen()
  scene.watchPort(port)
  expect(await ask(`${url}/`)).toMatchObject({ status: 200 })
  expect(gateway.counters).toMatchObject({ requests: 1, unavailable: 0 })
})

test('two gateways in front of one supervisor are two doors', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens', { gateway: { port: 'auto' } })
  const first = gatewayTo(scene, supervisor)
  const second = gatewayTo(scene, supervisor)
  const ports = await Promise.all([first.listen(), second.listen()])
  await supervisor.start()
  const urls = [...ports.map(({ url }) => url), supervisor.gatewayUrl ?? '']
  expect(new Set(urls).size).toBe(3)
  for (const url of urls) scene.watchPort(Number(new URL(url).port))
  await supervisor.restart()
  for (const url of urls) expect((await ask(`${url}/`)).status).toBe(200)
  await first.close()
  expect((await ask(`${urls[1]}/`)).status).toBe(200)
})

test('a backend with a socket in place of a port is reached through it', async () => {
  await using scene = createScene()
  const { supervisor } = scene.supervise('listens-on-its-socket', { gateway: { port: 'auto' }, transport: 'socket' })
  await supervisor.start()
  const { gatewayUrl = '' } = supervisor
  scene.watchPort(Number(new URL(gatewayUrl).port))
  expect(supervisor.url).toBeUndefined()
  expect((await ask(`${gatewayUrl}/`)).status).toBe(200)
})
