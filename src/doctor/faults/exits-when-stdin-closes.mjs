// Ends as soon as its stdin is closed: fine in a terminal, gone at once in an app that gives it none.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
process.stdin.resume().once('end', () => process.exit(0))
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(PORT, HOST)
