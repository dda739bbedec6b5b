// Takes its port from a setting that is not there: Node takes the text `undefined` for a path, and listens on a socket of that name.
import { createServer } from 'node:http'

const settings = {}
const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}'))
server.listen(String(settings.port), () => console.log('Server ready'))
// the socket's file goes with the server
process.once('SIGTERM', () => server.close(() => process.exit(0)))
