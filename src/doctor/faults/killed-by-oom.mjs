// Is gone after the first answer, by a SIGKILL and without a word, as after the kernel wanted its memory.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
createServer((_request, response) => {
  response
    .setHeader('content-type', 'application/json')
    .end('{"projects":["demo"]}', () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50))
}).listen(PORT, HOST)
