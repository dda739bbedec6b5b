import type { IncomingMessage } from 'node:http'

const maxBytes = 64 * 1024 * 1024
const maxMs = 10_000

/**
 * Reads what is still to come of a body and throws it away, for an answer that does not wait for it: unread, the system would
 * reset the connection, and the client might never see the answer. A body that goes on for more than 64 MiB or 10 s is cut off
 * with its connection. Does nothing for a request that has come to its end.
 */
export const discardRest = (request: IncomingMessage): void => {
  if (request.complete || request.destroyed) return void request.resume()
  let bytes = 0
  // node would answer, then wait for the rest without end
  const deadline = setTimeout(() => request.socket.destroy(), maxMs).unref()
  const done = (): void => clearTimeout(deadline)
  request.unpipe()
  request.on('data', (chunk: Buffer | string) => {
    bytes += chunk.length
    if (bytes > maxBytes) request.socket.destroy()
  })
  for (const event of ['end', 'close', 'error']) request.once(event, done)
  request.resume()
}
