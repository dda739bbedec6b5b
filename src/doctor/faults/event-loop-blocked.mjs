// After the first answer it computes without a pause: connections are made, nothing answers, one core is busy. For a minute here.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
const parseHistory = () => {
  const end = Date.now() + 60_000
  while (Date.now() < end);
}
createServer((_request, response) => {
  response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}', () => setImmediate(parseHistory))
}).listen(PORT, HOST)
