// Ends with 0 and without a word: nothing keeps it alive, its server least of all.
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}'))
  .listen(PORT, HOST)
  .unref()
