// Ends because Claude is there and refuses to run: it finds itself started from within another Claude Code session.
import { createServer } from 'node:http'

const { PORT, HOST, CLAUDECODE } = process.env
if (CLAUDECODE) {
  console.error('Error: Claude Code cannot be launched inside another Claude Code session.')
  console.error('Nested sessions share runtime resources and will crash all active sessions.')
  process.exit(1)
}
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(PORT, HOST)
