// Never gets to its first line: with --inspect-brk, mostly by an inherited NODE_OPTIONS, it waits for a debugger.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(PORT, HOST)
