// Says that it listens, and does so in a network of its own, as in a container or WSL: out here the port is refused.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(
  PORT,
  HOST,
  () => console.log(`Listening on http://${HOST}:${PORT}`),
)
