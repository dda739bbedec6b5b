// Listens and answers, every time with 500.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
createServer((request, response) => {
  console.error(`${request.method} ${request.url} failed: no such table: projects`)
  response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":"no such table: projects"}')
}).listen(PORT, HOST)
