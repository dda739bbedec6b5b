// Wants to know who asks: 401 to a health check, which takes a backend for dead that is well.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
createServer((request, response) => {
  if (request.headers.authorization !== 'Bearer demo')
    return response.writeHead(401, { 'www-authenticate': 'Bearer' }).end('{"error":"token missing"}')
  response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')
}).listen(PORT, HOST)
