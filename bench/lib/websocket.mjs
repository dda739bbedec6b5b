// WebSockets without a library: as much of RFC 6455 as an echo needs. Frames are whole and shorter than 64 KiB.
import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { now } from './time.mjs'

const acceptOf = (key) => createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

export const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 }

/** `mask`: what a client has to do; with a key of zeros the payload stays as it is. */
export const frame = (opcode, payload, mask) => {
  const long = payload.length > 125
  const head = [0x80 | opcode, (mask ? 0x80 : 0) | (long ? 126 : payload.length)]
  if (long) head.push(payload.length >> 8, payload.length & 255)
  if (mask) head.push(0, 0, 0, 0)
  return Buffer.concat([Buffer.from(head), payload])
}

/** Takes chunks as they come, and tells of each frame when it is whole. */
export const framesOf = (onFrame) => {
  let rest = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      if (rest.length < 2) return
      const isMasked = (rest[1] & 0x80) !== 0
      const short = rest[1] & 0x7f
      const keyAt = short === 126 ? 4 : 2
      const from = keyAt + (isMasked ? 4 : 0)
      if (rest.length < from) return
      const length = short === 126 ? rest.readUInt16BE(2) : short
      if (rest.length < from + length) return
      const payload = Buffer.from(rest.subarray(from, from + length))
      if (isMasked) for (let i = 0; i < length; i += 1) payload[i] ^= rest[keyAt + (i & 3)]
      const opcode = rest[0] & 15
      rest = rest.subarray(from + length)
      onFrame(opcode, payload)
    }
  }
}

/** The server's side of an upgrade: says its pid, then says everything again. */
export const echo = (question, socket) => {
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.write(
    ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
      .concat(`Sec-WebSocket-Accept: ${acceptOf(question.headers['sec-websocket-key'])}`, '', '')
      .join('\r\n'),
  )
  socket.write(frame(opcodes.text, Buffer.from(String(process.pid))))
  const take = framesOf((opcode, payload) => {
    if (opcode === opcodes.close) socket.end(frame(opcode, payload))
    else socket.write(frame(opcode === opcodes.ping ? opcodes.pong : opcode, payload))
  })
  socket.on('data', take)
  socket.on('end', () => socket.end())
}

/**
 * An open WebSocket, or what was said instead of one: `{ status }`, or `{ error }`. `pid`: of whoever answers. `say()`
 * resolves with the milliseconds until the text was said again; never, when it is closed before.
 */
export const openSocket = (port, { path = '/socket', timeoutMs = 15_000, headers = {} } = {}) =>
  new Promise((resolve) => {
    const key = randomBytes(16).toString('base64')
    const asked = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': key, ...headers }
    const question = request({ host: '127.0.0.1', port, path, agent: false, headers: asked })
    const timer = setTimeout(() => question.destroy(new Error('timeout')), timeoutMs)
    question.on('response', (answer) => {
      clearTimeout(timer)
      answer.resume()
      resolve({ status: answer.statusCode })
    })
    question.on('error', (error) => {
      clearTimeout(timer)
      resolve({ error: error.code ?? error.message })
    })
    question.on('upgrade', (answer, socket, head) => {
      if (answer.headers['sec-websocket-accept'] !== acceptOf(key)) return question.destroy(new Error('not a handshake'))
      resolve(opened(socket, head, timer))
    })
    question.end()
  })

const opened = (socket, head, timer) =>
  new Promise((resolve) => {
    socket.setNoDelay(true)
    let heard
    const closed = new Promise((done) => socket.on('close', () => done({ at: now() })))
    closed.then(() => {
      clearTimeout(timer)
      resolve({ error: 'closed before a word' })
    })
    socket.on('error', () => socket.destroy())
    const say = (text) => {
      const began = now()
      socket.write(frame(opcodes.text, Buffer.from(text), true))
      return new Promise((done) => {
        heard = (said) => done(said === text ? now() - began : Number.NaN)
      })
    }
    const close = () => {
      socket.write(frame(opcodes.close, Buffer.from([3, 232]), true))
      socket.end()
      return closed
    }
    heard = (pid) => {
      clearTimeout(timer)
      resolve({ pid: Number(pid), say, close, closed, destroy: () => socket.resetAndDestroy() })
    }
    const take = framesOf((opcode, payload) => {
      if (opcode === opcodes.text) heard(payload.toString())
      // the other side has said that it is over
      else if (opcode === opcodes.close) socket.end()
    })
    socket.on('data', take)
    socket.on('end', () => socket.end())
    if (head.length > 0) take(head)
  })
