// Is asked to end after the first answer, closes its server, and waits for an event stream that stays open: it lives, and refuses.
import { createServer, get } from 'node:http'

const { PORT, HOST } = process.env
const server = createServer((request, response) => {
  if (request.url === '/api/events') return response.setHeader('content-type', 'text/event-stream').write(': open\n\n')
  response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}', () => server.emit('answered'))
}).listen(PORT, HOST)
// a second signal ends it
process.once('SIGTERM', () => server.close(() => process.exit(0)))
server.once('answered', () => {
  get({ port: PORT, host: HOST, path: '/api/events' }).once('response', () => process.kill(process.pid, 'SIGTERM'))
})
