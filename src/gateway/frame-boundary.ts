/** Where the frames of a WebSocket server begin and end (RFC 6455, 5.2), by their headers alone. Pure. */

export interface FrameBoundary {
  /** The next bytes from the server. */
  push(bytes: Uint8Array): void
  /** Nothing of a frame is still to come. */
  readonly isBetween: boolean
  /** A close frame has passed. */
  readonly isClosed: boolean
}

const closing = 0x8

export const frameBoundary = (): FrameBoundary => {
  const header: number[] = []
  let payload = 0
  let isClosing = false
  return {
    push: (bytes) => {
      let at = 0
      while (at < bytes.length) {
        if (payload > 0) {
          const step = Math.min(payload, bytes.length - at)
          payload -= step
          at += step
          continue
        }
        header.push(bytes[at]!)
        at += 1
        if (header.length < headerLength(header)) continue
        isClosing ||= (header[0]! & 0x0f) === closing
        payload = payloadLength(header)
        header.length = 0
      }
    },
    get isBetween() {
      return header.length === 0 && payload === 0
    },
    get isClosed() {
      return isClosing && header.length === 0 && payload === 0
    },
  }
}

const lengthBytes = (second: number): number => [2, 8][(second & 0x7f) - 126] ?? 0

// a server must not mask; one that does is the client's to refuse, and is still counted right
const headerLength = ([, second]: readonly number[]): number =>
  second === undefined ? 2 : 2 + lengthBytes(second) + ((second & 0x80) !== 0 ? 4 : 0)

const payloadLength = (header: readonly number[]): number => {
  const second = header[1]!
  const extended = header.slice(2, 2 + lengthBytes(second))
  return extended.length === 0 ? second & 0x7f : extended.reduce((length, byte) => length * 256 + byte, 0)
}

/** A close frame of a server. `reason`: at most 123 bytes. */
export const closeFrame = (code: number, reason: string): Buffer => {
  const text = Buffer.from(reason)
  const frame = Buffer.alloc(4 + text.length)
  frame.writeUInt8(0x80 | closing, 0)
  frame.writeUInt8(2 + text.length, 1)
  frame.writeUInt16BE(code, 2)
  text.copy(frame, 4)
  return frame
}
