// curl gets its answer; a page of another origin gets `Failed to fetch`, for want of Access-Control-Allow-Origin.
import { createServer } from 'node:http'

const { PORT, HOST, ALLOW_ORIGIN } = process.env
createServer((_request, response) => {
  if (ALLOW_ORIGIN) response.setHeader('access-control-allow-origin', ALLOW_ORIGIN)
  response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')
}).listen(PORT, HOST)
