// curl gets its answer; a browser refuses to dial that port at all: ERR_UNSAFE_PORT.
import { createServer } from 'node:http'

const { PORT, HOST, FIXED_PORT = PORT } = process.env
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(
  FIXED_PORT,
  HOST,
  () => console.log(`Listening on http://${HOST}:${FIXED_PORT}`),
)
