// After the first answer its server is killed, and what that had started keeps the socket open: connections are made, nobody answers,
// netstat names a process that is gone, and the port cannot be had again.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'

const { PORT, HOST, ROLE = 'app', APP = String(process.pid) } = process.env
const start = (role, stdio, detached) =>
  spawn(process.execPath, [import.meta.filename], { env: { ...process.env, APP, ROLE: role }, stdio, detached })
const isThere = (pid) => {
  try {
    return process.kill(Number(pid), 0)
  } catch {
    return false
  }
}
if (ROLE === 'app') start('server', 'inherit', false)
if (ROLE === 'server') {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}', () => {
      start('tool', ['ignore', 'ignore', 'ignore', server._handle.fd], true).once('spawn', () => process.kill(process.pid, 'SIGKILL'))
    })
  }).listen(PORT, HOST)
} else setInterval(() => isThere(APP) || process.exit(0), 200)
