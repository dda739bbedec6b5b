// Front doors of ours and what stands beside them for comparison, each with the same backend behind it.
import { fileURLToPath } from 'node:url'
import { firstAnswer, freePort } from './http.mjs'
import { paths } from './processes.mjs'
import { command, Host } from './subjects.mjs'

const loadModule = fileURLToPath(new URL('./load.mjs', import.meta.url))
const peersModule = fileURLToPath(new URL('./peers.mjs', import.meta.url))

/** The origin under the library, in a process of its own: the door's port, the backend's, the host, and its pid. */
export const libraryDoor = async ({ execArgv, gateway = {}, ...more } = {}) => {
  const port = await freePort()
  const host = new Host(execArgv)
  await host.call('create', {
    name: `door-${port}`,
    script: paths.origin,
    args: ['--port', '{port}'],
    port,
    readiness: { kind: 'http', path: '/api/health' },
    gateway: { port: 'auto', ...gateway },
    ...more,
  })
  await host.call('start')
  const { port: door } = await host.events.next('gateway')
  return { door, backend: port, host, pid: host.pid }
}

/** The same under `jarvis-supervise start`. */
export const commandDoor = async (options = []) => {
  const port = await freePort()
  const line = ['start', paths.origin, '--name', `door-${port}`, '--port', String(port), '--ready', '/api/health', '--gateway', 'auto']
  const child = command([...line, '--json', ...options, '--', '--port', String(port)], true)
  const { port: door } = await child.events.next('gateway')
  await child.events.next('ready')
  return { door, backend: port, child, pid: child.pid }
}

/** Another proxy in front of a backend that somebody else keeps. */
export const peerDoor = async (name, folder, backend) => {
  const host = new Host()
  const door = await host.call('inside', { module: peersModule, params: { name, folder, port: backend } })
  await firstAnswer(door)
  return { door, backend, host, pid: host.pid }
}

/** A process that asks: see load.mjs. */
export const loadGenerator = () => {
  const host = new Host()
  return (work, params) => host.call('inside', { module: loadModule, params: { work, ...params } })
}
