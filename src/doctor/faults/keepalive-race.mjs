// Closes a connection as it is used for the second time: now and then `socket hang up`, and a fresh connection works.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
const used = new WeakSet()
createServer((request, response) => {
  if (used.has(request.socket)) return request.socket.destroy()
  used.add(request.socket)
  response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')
}).listen(PORT, HOST)
