// Lives on and never listens: the port is taken, and a handler of uncaught errors hides that.
import { fork } from 'node:child_process'
import { createServer } from 'node:http'

const { PORT, HOST, BESIDE_STRANGER, IS_BESIDE } = process.env
if (BESIDE_STRANGER) {
  const stranger = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<h1>Another app</h1>'))
  stranger.listen(PORT, HOST, () => fork(import.meta.filename, { env: { ...process.env, BESIDE_STRANGER: '', IS_BESIDE: '1' } }))
} else {
  process.on('uncaughtException', () => {})
  if (IS_BESIDE) process.once('disconnect', () => process.exit(0))
  setInterval(() => {}, 60_000)
  createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(
    PORT,
    HOST,
  )
}
