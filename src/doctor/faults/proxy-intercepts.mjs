// The backend answers; who follows HTTP_PROXY gets the 403 of a company's proxy, which stands beside it here.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(PORT, HOST)
const proxy = createServer((_request, response) =>
  response.writeHead(403, { server: 'Zscaler/6.2' }).end('<h1>Access denied by policy</h1>'),
)
proxy.listen(0, HOST, () => console.log(`Start the app with HTTP_PROXY=http://${HOST}:${proxy.address().port}`))
