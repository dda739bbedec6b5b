// Requests over raw sockets of 127.0.0.1, each on its own connection (HTTP/1.0: no chunks); ports to listen on.
import { connect, createServer } from 'node:net'
import { now, until } from './time.mjs'

/** Resolves with status and text when the answer has ended, with undefined when there was none. Never rejects. */
export const ask = (port, path, { timeoutMs = 1000 } = {}) =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    let text = ''
    const done = () => {
      clearTimeout(timer)
      socket.destroy()
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
      resolve(status && { status: Number(status), text: text.slice(text.indexOf('\r\n\r\n') + 4) })
    }
    const timer = setTimeout(done, timeoutMs)
    socket.on('error', () => {})
    socket.on('close', done)
    socket.on('data', (data) => {
      text += data
    })
    socket.write(`GET ${path} HTTP/1.0\r\nhost: 127.0.0.1:${port}\r\nconnection: close\r\n\r\n`)
  })

/** What the backend says about itself; undefined while it says nothing. */
export const health = async (port, timeoutMs) => {
  const answer = await ask(port, '/api/health', { timeoutMs })
  return answer?.status === 200 ? JSON.parse(answer.text) : undefined
}

/** Asks once per millisecond until a 200 comes from another process than `notPid`. */
export const firstAnswer = async (port, { notPid, capMs = 30_000, timeoutMs = 1000 } = {}) => {
  let answer
  await until(
    async () => {
      answer = await health(port, timeoutMs)
      return answer !== undefined && answer.pid !== notPid
    },
    { what: `a 200 on port ${port}`, capMs },
  )
  return { ...answer, at: now() }
}

/** Below the range from which outgoing connections get theirs: a probe must not meet itself. */
const lowest = 20_000
const highest = 32_000
let candidate = lowest + ((process.pid * 37) % (highest - lowest))

export const freePort = async () => {
  for (;;) {
    candidate = candidate < highest ? candidate + 1 : lowest
    const port = candidate
    if (await isFree(port)) return port
  }
}

const isFree = (port) =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
