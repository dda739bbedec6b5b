// The log says EADDRINUSE and it ends; what answers on the port is another app.
import { fork } from 'node:child_process'
import { createServer } from 'node:http'

const { PORT, HOST, BESIDE_STRANGER } = process.env
if (BESIDE_STRANGER) {
  const stranger = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<h1>Another app</h1>'))
  stranger.listen(PORT, HOST, () => fork(import.meta.filename, { env: { ...process.env, BESIDE_STRANGER: '' } }))
} else {
  const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}'))
  server.listen(PORT, HOST, () => console.log(`Listening on http://${HOST}:${PORT}`))
}
