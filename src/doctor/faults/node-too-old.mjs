// Ends at once: it asks for a newer Node than the one that was found for it.
import { createServer } from 'node:http'

const { PORT, HOST, NEEDS_NODE = '99' } = process.env
if (Number(process.versions.node.split('.')[0]) < Number(NEEDS_NODE)) {
  console.error(`This backend requires Node.js ${NEEDS_NODE} or newer; it runs on ${process.version}.`)
  process.exit(1)
}
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(PORT, HOST)
