// Answers the first request; at every later one it waits for something that never comes. It is idle, and the window spins.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
let lock = Promise.resolve()
createServer(async (_request, response) => {
  await lock
  lock = new Promise(() => {})
  response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')
}).listen(PORT, HOST)
