// Listens on `localhost`, which a damaged hosts file no longer knows: getaddrinfo fails, and it ends.
import { createServer } from 'node:http'

const { PORT } = process.env
const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}'))
server.listen(PORT, 'localhost')
