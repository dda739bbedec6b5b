// Takes a second to listen: a window that loads at once is refused, and a reload helps.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}'))
setTimeout(() => server.listen(PORT, HOST), 1000)
