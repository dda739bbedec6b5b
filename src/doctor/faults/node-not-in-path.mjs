// Dies at its start with `spawn node ENOENT`: it starts a `node` from a PATH that has none, as in an app from the desktop.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
const worker = spawn('node', ['--eval', 'setInterval(() => {}, 1000)'], { env: { ...process.env, PATH: '/nonexistent' } })
worker.once('spawn', () => {
  process.once('exit', () => worker.kill())
  createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(
    PORT,
    HOST,
  )
})
