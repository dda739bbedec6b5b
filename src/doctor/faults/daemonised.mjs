// What was started ends with 0, and a process that nobody watches serves on: for a minute here.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'

const { PORT, HOST, IS_DAEMON } = process.env
if (IS_DAEMON) {
  createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(
    PORT,
    HOST,
  )
  setTimeout(() => process.exit(0), 60_000)
} else {
  spawn(process.execPath, [import.meta.filename], { env: { ...process.env, IS_DAEMON: '1' }, detached: true, stdio: 'ignore' }).unref()
  console.log('Started in the background.')
}
