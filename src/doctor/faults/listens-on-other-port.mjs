// Listens on the next port instead of the one that it was given; the window is refused.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
const port = Number(PORT) + 1
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(
  port,
  HOST,
  () => console.log(`Listening on http://${HOST}:${port}`),
)
