// What is measured: the bare backend, the command line, and the library in a process of its own.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Events, readEvents } from './events.mjs'
import { firstAnswer, freePort } from './http.mjs'
import { end, environment, paths, scratch, startNode } from './processes.mjs'
import { now } from './time.mjs'

/** Spawn of bare Node to its first 200: the boot that everything is compared with. */
export const bareBoot = async (argsFor = (port) => [paths.server, '--port', String(port)]) => {
  const port = await freePort()
  const began = now()
  const child = startNode(argsFor(port))
  const { at } = await firstAnswer(port)
  await end(child, 'SIGKILL')
  return at - began
}

/** The fixture server in the words of the library. */
export const serverOptions = (port, args = [], more = {}) => ({
  // one supervisor per name and folder: several may run at the same time
  name: `bench-${port}`,
  script: paths.server,
  args: ['--port', '{port}', ...args],
  port,
  readiness: { kind: 'http', path: '/api/health' },
  ...more,
})

/** `jarvis-supervise start server.mjs`; with `json`, its lines become events. */
export const startCommand = (port, { json = false, options = [], serverArgs = [] } = {}) => {
  const line = ['start', paths.server, '--name', `bench-${port}`, '--port', String(port), '--ready', '/api/health', ...options]
  return command([...line, ...(json ? ['--json'] : []), '--', '--port', String(port), ...serverArgs], json)
}

export const command = (args, json = false) => {
  const child = startNode([paths.command, ...args], { stdio: ['ignore', json ? 'pipe' : 'ignore', 'ignore'] })
  child.events = new Events()
  if (json) readEvents(child.stdout, child.events)
  return child
}

/** A process that holds the library and does as it is told: see host.mjs. */
export class Host {
  events = new Events()
  #child
  #calls = new Map()
  #count = 0

  constructor(execArgv = []) {
    const main = fileURLToPath(new URL('./host.mjs', import.meta.url))
    this.#child = fork(main, { cwd: scratch, env: environment(), execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.exited = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.on('message', ({ event, id, value, error }) => {
      if (event !== undefined) return this.events.push(event)
      const { resolve, reject } = this.#calls.get(id)
      this.#calls.delete(id)
      if (error === undefined) resolve(value)
      else reject(new Error(error))
    })
    this.exited.then((code) => {
      for (const { reject } of this.#calls.values()) reject(new Error(`the host process ended (${code})`))
    })
  }

  /** `create(options)`, `start()`, `stop()`, or `inside({ module, params })`. */
  call(name, argument) {
    this.#count += 1
    const id = this.#count
    this.#child.send({ id, name, argument })
    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }))
  }

  get pid() {
    return this.#child.pid
  }

  async end() {
    this.#child.kill('SIGKILL')
    await this.exited
  }
}

/** Runs the `inside` of a metric in a fresh host and resolves with what it returns. */
export const inHost = async (module, params, execArgv) => {
  const host = new Host(execArgv)
  try {
    return await host.call('inside', { module, params })
  } finally {
    await host.end()
  }
}
