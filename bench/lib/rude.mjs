// Clients that come and go in every way there is: with a whole answer, with half of it, with none, with half a question.
import { connect } from 'node:net'
import { sleep } from './time.mjs'
import { openSocket } from './websocket.mjs'

/** A connection on which `text` is said; resolves as `until` says, and is then gone. */
const visit = (port, text, { until = () => sleep(5), how = 'reset' } = {}) =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const closed = new Promise((done) => socket.on('close', done))
    const timer = setTimeout(() => socket.destroy(), 10_000)
    socket.on('error', () => {})
    socket.on('connect', async () => {
      socket.write(text)
      await Promise.race([until(socket), closed])
      if (how === 'reset') socket.resetAndDestroy()
      else socket.end()
    })
    socket.resume()
    closed.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })

const data = (socket) => new Promise((resolve) => socket.once('data', resolve))
const head = (port, line, more = '') => `${line} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${more}`
const handshake =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'

const overHttp = [
  (port) => visit(port, head(port, 'GET /1k', 'Connection: close\r\n\r\n'), { until: data, how: 'end' }),
  (port) => visit(port, head(port, 'GET /1k', '\r\n'), { until: data }),
  (port) => visit(port, '', { until: () => undefined }),
  (port) => visit(port, head(port, 'GET /1k')),
  (port) => visit(port, head(port, 'GET /slow?ms=50', '\r\n'), { until: () => sleep(10) }),
  (port) => visit(port, head(port, 'GET /big?bytes=10000000', '\r\n'), { until: data }),
  (port) => visit(port, head(port, 'POST /take?rate=0', 'Content-Length: 100000\r\n\r\nhalf'), { until: () => sleep(10) }),
  (port) => visit(port, head(port, 'GET /pieces', '\r\n'), { until: data }),
]

const overWebSocket = [
  async (port) => {
    const socket = await openSocket(port)
    if (socket.say === undefined) return
    await socket.say('hello')
    await socket.close()
  },
  async (port) => {
    const socket = await openSocket(port)
    socket.destroy?.()
  },
  (port) => visit(port, head(port, 'GET /socket', `${handshake}\r\n`), { until: () => undefined }),
  (port) => visit(port, head(port, 'GET /socket', handshake)),
]

/** `count` of them, half over HTTP, 50 at a time. */
export const comeAndGo = async (port, count) => {
  let next = 0
  const worker = async () => {
    while (next < count) {
      const at = next
      next += 1
      const ways = at % 2 === 0 ? overHttp : overWebSocket
      await ways[(at >> 1) % ways.length](port)
    }
  }
  await Promise.all(Array.from({ length: 50 }, worker))
}

/** Reads an answer at so many bytes per second for a while, and drops it. Resolves with what it got. */
export const readSlowly = (port, path, { rate = 1e6, ms }) =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    let bytes = 0
    const began = performance.now()
    socket.on('error', () => {})
    socket.on('close', () => resolve(bytes))
    socket.on('data', (chunk) => {
      bytes += chunk.length
      const ahead = (1000 * bytes) / rate - (performance.now() - began)
      if (ahead < 1) return
      socket.pause()
      setTimeout(() => socket.resume(), ahead)
    })
    socket.write(head(port, `GET ${path}`, '\r\n'))
    setTimeout(() => socket.resetAndDestroy(), ms)
  })

/** Sends a body for a while (`rate` bytes per second; 0: as fast as it is taken), and drops it. Resolves with what was taken. */
export const sendSlowly = (port, path, { rate = 0, ms, bytes, chunked = false }) =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const piece = Buffer.alloc(64 * 1024, 'x')
    const wrapped = chunked ? Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')]) : piece
    const began = performance.now()
    let sent = 0
    socket.on('error', () => {})
    socket.on('close', () => resolve(sent))
    socket.resume()
    const write = () => {
      while (sent < bytes && !socket.destroyed) {
        const ahead = rate === 0 ? 0 : (1000 * sent) / rate - (performance.now() - began)
        if (ahead > 1) return setTimeout(write, ahead)
        sent += piece.length
        if (!socket.write(wrapped)) return socket.once('drain', write)
      }
    }
    socket.on('connect', () => {
      socket.write(head(port, `POST ${path}`, chunked ? 'Transfer-Encoding: chunked\r\n\r\n' : `Content-Length: ${bytes}\r\n\r\n`))
      write()
    })
    setTimeout(() => socket.resetAndDestroy(), ms)
  })
