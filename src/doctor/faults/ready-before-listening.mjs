// Says that it is ready, and listens a second and a half later: until then every request is refused.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}'))
console.log(`Server ready on http://${HOST}:${PORT}`)
setTimeout(() => server.listen(PORT, HOST), 1500)
