// The first screen loads, and then it is gone: it dies of what the first request has set off, and all later ones are refused.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
const sessions = new Map()
const remember = () => sessions.get('last').openedAt
createServer((_request, response) => {
  response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}', () => setTimeout(remember, 50))
}).listen(PORT, HOST)
