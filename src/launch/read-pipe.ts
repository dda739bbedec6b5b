import { Socket } from 'node:net'
import type { Readable } from 'node:stream'

/** A child writes 64 KiB at once at most: what a pipe holds. */
const bufferBytes = 64 * 1024

/**
 * Reads a child's stream into one buffer, again and again. A fresh one for each chunk would be garbage that the collector
 * sees too late: a hundred megabytes of it, when a backend writes a few hundred.
 *
 * A chunk is good until `onChunk` returns. When that is false nothing more is read until `resume()`, and the chunk stays
 * good until then. Errors and the end are told by the stream that is returned.
 */
export const readPipe = (stream: Readable, onChunk: (chunk: Buffer) => boolean): Readable => {
  const handle = takeHandle(stream)
  if (handle === undefined) {
    stream.on('data', (chunk: Buffer) => onChunk(chunk) || stream.pause())
    return stream
  }
  const onread = {
    buffer: Buffer.allocUnsafeSlow(bufferBytes),
    callback: (bytes: number, buffer: Uint8Array) => onChunk((buffer as Buffer).subarray(0, bytes)),
  }
  const socket = new Socket({ handle, readable: true, writable: false, onread } as ConstructorParameters<typeof Socket>[0])
  // what is read does not flow through the stream, but its end does
  return socket.resume()
}

/** Node lets sockets that are connected choose their buffer, and not those that it makes for a child: this one gets another. */
const takeHandle = (stream: Readable): object | undefined => {
  const holder = stream as { _handle?: { useUserBuffer?: unknown } | null }
  const handle = holder._handle
  if (typeof handle?.useUserBuffer !== 'function') return undefined
  holder._handle = null
  stream.destroy()
  return handle
}
