// Listens on 127.0.0.1, while another app has the same port on ::1: who dials localhost meets the one or the other.
import { fork } from 'node:child_process'
import { createServer } from 'node:http'

const { PORT, BESIDE_STRANGER, IS_BESIDE } = process.env
if (BESIDE_STRANGER) {
  const stranger = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<h1>Another app</h1>'))
  stranger.listen(PORT, '::1', () => fork(import.meta.filename, { env: { ...process.env, BESIDE_STRANGER: '', IS_BESIDE: '1' } }))
} else {
  if (IS_BESIDE) process.once('disconnect', () => process.exit(0))
  createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(
    PORT,
    '127.0.0.1',
  )
}
