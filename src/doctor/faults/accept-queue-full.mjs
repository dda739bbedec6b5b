// As one whose event loop is blocked, and so many wait already that the system takes no more: new connections time out.
import { createServer } from 'node:http'
import { connect } from 'node:net'

const { PORT, HOST } = process.env
const compute = () => {
  const end = Date.now() + 60_000
  while (Date.now() < end);
}
const computeWhileClientsWait = () => {
  for (let waiting = 0; waiting < 8; waiting += 1) connect(Number(PORT), HOST).on('error', () => {})
  // after they have knocked, and before the loop turns and lets them in
  process.nextTick(compute)
}
createServer((_request, response) => {
  response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}', () => setImmediate(computeWhileClientsWait))
}).listen({ port: PORT, host: HOST, backlog: 2 })
