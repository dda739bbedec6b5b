// Never runs: an inherited NODE_OPTIONS holds an option that this Node refuses. Exit 9, one line.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(PORT, HOST)
