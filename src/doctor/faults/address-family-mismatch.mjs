// Listens on ::1 only; a window that dials 127.0.0.1 is refused.
import { createServer } from 'node:http'

const { PORT } = process.env
const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}'))
server.listen({ port: PORT, host: '::1', ipv6Only: true }, () => console.log(`Listening on http://localhost:${PORT}`))
