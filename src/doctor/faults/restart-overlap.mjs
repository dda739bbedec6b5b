// Restarts its server without waiting for the old one to end: the new one dies of EADDRINUSE, the old one ends, and nobody listens.
import { fork } from 'node:child_process'
import { createServer } from 'node:http'

const { PORT, HOST, SERVES } = process.env
if (SERVES) {
  const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}'))
  server.listen(PORT, HOST, () => process.send?.('listening'))
  process.once('SIGTERM', () => setTimeout(() => process.exit(0), 600))
  process.once('disconnect', () => process.exit(0))
} else {
  const start = () => fork(import.meta.filename, { env: { ...process.env, SERVES: '1' } })
  const first = start()
  first.once('message', () => setTimeout(() => first.kill() && start(), 1200))
  setInterval(() => {}, 60_000)
}
