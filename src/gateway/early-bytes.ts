import type { Socket } from 'node:net'

/** More than this is left to the system, which lets the client wait. */
const mostBytes = 64 * 1024

export interface EarlyBytes {
  /** All that has come so far, in order; the socket is paused, and nobody listens to it any more. */
  take(): readonly Buffer[]
}

/**
 * Keeps what a client sends before it has an answer. It is read all the while: one that leaves is noticed only by reading.
 * `onEnd` is called where it has closed its side, which for a WebSocket is the end.
 */
export const earlyBytes = (socket: Socket, head: Buffer, onEnd: () => void): EarlyBytes => {
  const chunks = head.length > 0 ? [head] : []
  let bytes = head.length
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= mostBytes) socket.pause()
  }
  socket.on('data', onData).on('end', onEnd)
  if (bytes < mostBytes) socket.resume()
  return {
    take: () => {
      socket.pause().off('data', onData).off('end', onEnd)
      return chunks
    },
  }
}
