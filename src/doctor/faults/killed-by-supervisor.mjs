// Is healthy and sometimes busy for two seconds: who takes that for a hang kills it again and again.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
const work = () => {
  const end = Date.now() + 2000
  while (Date.now() < end);
}
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(PORT, HOST)
setInterval(work, 3000)
