/** The backend of the kit as a process of its own, that can be taken away and given back. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const file = fileURLToPath(new URL('../backend.mjs', import.meta.url))

export const ownBackend = (port) => {
  let child
  const start = () =>
    new Promise((resolve, reject) => {
      child = fork(file, { env: { ...process.env, PORT: String(port), HOST: '127.0.0.1' }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
      child.once('message', resolve)
      child.once('exit', () => reject(new Error(`the backend does not listen on port ${port}`)))
    })
  const stop = () =>
    new Promise((resolve) => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return resolve()
      child.once('exit', resolve)
      child.kill('SIGKILL')
    })
  return { at: { port }, start, stop }
}
