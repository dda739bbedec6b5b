// `listen EACCES`: ports below 1024 are for root, and it runs as somebody else.
import { createServer } from 'node:http'

const { PORT, HOST, FIXED_PORT = PORT } = process.env
// nobody
if (process.getuid?.() === 0) process.setuid(65_534)
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(
  FIXED_PORT,
  HOST,
)
