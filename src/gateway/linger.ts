import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

const silenceMs = 1000
const longestMs = 5000
const mostBytes = 64 * 1024 * 1024
const lookMs = 250

/**
 * Has a connection of a server of node:http linger when it is closed after an answer while the request still comes in: that is
 * read and thrown away for a while. Closed at once, the kernel would tell the client of a reset before it has read the answer.
 * `last`: the request that came last.
 */
export const lingers = (socket: Socket, last: () => IncomingMessage | undefined): void => {
  const destroySoon = socket.destroySoon.bind(socket)
  // node:http calls it when the last answer has been written
  socket.destroySoon = () => {
    const request = last()
    if (request === undefined || request.complete || socket.destroyed) return destroySoon()
    socket.end()
    throwAway(socket, request)
  }
}

const throwAway = (socket: Socket, request: IncomingMessage): void => {
  const from = socket.bytesRead
  let [elapsedMs, silentMs, seen] = [0, 0, from]
  const timer = setInterval(() => {
    elapsedMs += lookMs
    silentMs = socket.bytesRead === seen ? silentMs + lookMs : 0
    seen = socket.bytesRead
    if (silentMs >= silenceMs || elapsedMs >= longestMs || seen - from > mostBytes) socket.destroy()
  }, lookMs)
  socket.once('close', () => clearInterval(timer))
  request.once('end', () => socket.destroy()).resume()
}
