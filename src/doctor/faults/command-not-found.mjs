// Dies with `spawn … ENOENT`: a command that it starts is not installed here.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'

const { PORT, HOST } = process.env
const helper = spawn('transcript-indexer', ['--watch'])
helper.once('spawn', () => {
  process.once('exit', () => helper.kill())
  createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(
    PORT,
    HOST,
  )
})
