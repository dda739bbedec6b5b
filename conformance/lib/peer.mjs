/** A proxy of conformance/peers as a process: started, asked, ended. */
import { fork } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { findPackage } from './find-package.mjs'
import { runKit } from './kit.mjs'
import { ownBackend } from './own-backend.mjs'

/** `package`: what it is made of; `runsBackend`: the backend is its child, and not ours; it tells where that listens. */
export const peers = [
  { name: 'jarvis-supervise', runsBackend: true },
  { name: 'jarvis-supervise-socket', file: 'jarvis-supervise', args: ['socket'], runsBackend: true },
  { name: 'http-proxy', package: 'http-proxy' },
  { name: 'http-proxy-3', package: 'http-proxy-3' },
  { name: 'httpxy', package: 'httpxy' },
  { name: 'fastify-http-proxy', package: '@fastify/http-proxy' },
  { name: 'nginx' },
]

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

const next = (child) => new Promise((resolve) => child.once('message', resolve))

/** Starts it between two free ports, and again where it crashes. Undefined where it is not installed. */
const startPeer = async ({ name, file: own = name, args = [] }) => {
  const [listen, port] = [await freePort(), await freePort()]
  const file = fileURLToPath(new URL(`../peers/${own}.mjs`, import.meta.url))
  let child
  let ended
  let crashes = 0
  let said = ''
  let isOver = false
  const start = async () => {
    child = fork(file, [String(listen), String(port), ...args], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    child.stderr.on('data', (text) => {
      said = `${said}${text}`.slice(-2000)
    })
    ended = new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
    const isUp = await Promise.race([next(child), ended])
    if (typeof isUp !== 'number') {
      ended.then(() => {
        if (isOver) return
        crashes += 1
        start()
      })
    }
    return isUp
  }
  const isUp = await start()
  if (isUp === 3) return undefined
  if (typeof isUp === 'number') throw new Error(`${name} does not start: ${said}`)
  return {
    ...{ listen, port },
    /** Where its own backend listens. */
    at: typeof isUp === 'object' ? isUp : { port },
    order: (word) => {
      const done = next(child)
      child.send(word)
      return done
    },
    said: () => said,
    crashes: () => crashes,
    stop: async () => {
      isOver = true
      if (child.connected) child.disconnect()
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(timer)
    },
  }
}

/** All rows against one of them. Undefined where it is not installed. */
export const runPeer = async (peer, { rows, slow }) => {
  const started = await startPeer(peer)
  if (started === undefined) return undefined
  const { listen, port } = started
  const own = peer.runsBackend ? undefined : ownBackend(port)
  const backend = own ?? { at: started.at, stop: () => started.order('down'), start: () => started.order('up') }
  try {
    await own?.start()
    const results = await runKit({ proxy: `http://127.0.0.1:${listen}`, rows, backend, slow, crashes: started.crashes })
    const version = peer.package && findPackage(peer.package)?.version
    return { name: version ? `${peer.package} ${version}` : peer.name, results, crashes: started.crashes(), said: started.said() }
  } finally {
    await own?.stop()
    await started.stop()
  }
}
