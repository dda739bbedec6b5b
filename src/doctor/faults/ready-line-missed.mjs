// Answers, and yet is never called ready: who waits for `Server listening on` misses it for the colours within.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}'))
server.listen(PORT, HOST, () => console.log(`\u001b[1mServer\u001b[22m listening on http://${HOST}:${PORT}`))
