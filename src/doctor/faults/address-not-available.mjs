// `listen EADDRNOTAVAIL`: the address of a VPN or another network that this machine does not have now.
import { createServer } from 'node:http'

const { PORT } = process.env
const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}'))
server.listen(PORT, '10.99.99.99')
