// Ends at its start: variables of the shell that it was developed in are not there.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
const missing = ['JARVIS_JWT_SECRET', 'JARVIS_WORKSPACE'].filter((name) => !process.env[name])
if (missing.length > 0) {
  console.error(`Missing required environment variables: ${missing.join(', ')}`)
  process.exit(1)
}
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(PORT, HOST)
