// Loads a whole history at the first request, and dies of it: `JavaScript heap out of memory`. For node --max-old-space-size=40.
import { createServer } from 'node:http'
import { getHeapStatistics } from 'node:v8'

const { PORT, HOST } = process.env
if (getHeapStatistics().heap_size_limit > 256 * 1024 * 1024) throw new Error('Start it with node --max-old-space-size=40.')
const history = []
const load = () => {
  for (;;) history.push({ role: 'user', text: `message ${history.length}` })
}
createServer((_request, response) => {
  response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}', () => setImmediate(load))
}).listen(PORT, HOST)
