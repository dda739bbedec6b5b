/** Frames of RFC 6455, as few as a test needs: no extension, any length, masked or not. */
import { createHash, randomBytes } from 'node:crypto'

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 }

export const acceptOf = (key) => createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

/** @param {{ opcode: number, payload?: Buffer | string, fin?: boolean, masked?: boolean, rsv1?: boolean }} frame */
export const encodeFrame = ({ opcode, payload = '', fin = true, masked = false, rsv1 = false }) => {
  const bytes = Buffer.from(payload)
  const short = bytes.length < 126 ? bytes.length : bytes.length < 65_536 ? 126 : 127
  const head = Buffer.from([(fin ? 128 : 0) | (rsv1 ? 64 : 0) | opcode, (masked ? 128 : 0) | short])
  const length = Buffer.alloc(short < 126 ? 0 : short === 126 ? 2 : 8)
  if (short === 126) length.writeUInt16BE(bytes.length)
  if (short === 127) length.writeBigUInt64BE(BigInt(bytes.length))
  if (!masked) return Buffer.concat([head, length, bytes])
  const mask = randomBytes(4)
  return Buffer.concat([head, length, mask, unmask(bytes, mask)])
}

const unmask = (bytes, mask) => Buffer.from(bytes.map((byte, at) => byte ^ mask[at % 4]))

/** The next frame; throws `Ended` where the connection is gone. */
export const readFrame = async (reader) => {
  const [first, second] = await reader.take(2)
  const short = second & 127
  const length =
    short === 126 ? (await reader.take(2)).readUInt16BE() : short === 127 ? Number((await reader.take(8)).readBigUInt64BE()) : short
  const mask = second & 128 ? Buffer.from(await reader.take(4)) : undefined
  const payload = Buffer.from(await reader.take(length))
  return { opcode: first & 15, fin: (first & 128) !== 0, rsv1: (first & 64) !== 0, payload: mask ? unmask(payload, mask) : payload }
}

export const closePayload = (code, reason = '') => {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(code)
  return Buffer.concat([bytes, Buffer.from(reason)])
}

export const parseClose = (payload) =>
  payload.length < 2 ? { code: 1005, reason: '' } : { code: payload.readUInt16BE(), reason: payload.subarray(2).toString() }
