import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'

/** The head has been through the door's own server, whose limit it kept. */
const largestHead = 1024 * 1024

/**
 * Reads a request again that asked for an upgrade we do not offer: a server may take it for a plain one (RFC 9110, 7.8), and it
 * may have a body, which the server that announced the upgrade left unread. The connection serves this one only.
 */
export const plainRequests = (answer: RequestListener): ((request: IncomingMessage, socket: Socket, head: Buffer) => void) => {
  // it never listens; without a listener for `upgrade` it reads all requests as plain ones
  const server = createServer({ maxHeaderSize: largestHead }, (request, response) => {
    response.shouldKeepAlive = false
    answer(request, response)
  })
  return ({ method, url, httpVersion, rawHeaders }, socket, head) => {
    const lines = [`${method} ${url} HTTP/${httpVersion}`]
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`)
    socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
    server.emit('connection', socket)
  }
}
