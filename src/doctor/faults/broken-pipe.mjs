// Logs to a pipe whose reader goes away after the first line: `write EPIPE` a moment later, and it dies.
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'

const { PORT, HOST, SERVES } = process.env
if (SERVES) {
  const parent = process.ppid
  setInterval(() => process.ppid === parent || process.exit(1), 500)
  createServer((request, response) => {
    process.stdout.write(`${request.method} ${request.url}\n`)
    response
      .setHeader('content-type', 'application/json')
      .end('{"projects":["demo"]}', () => setTimeout(() => process.stdout.write('Answered\n'), 300))
  }).listen(PORT, HOST)
} else {
  const server = spawn(process.execPath, [import.meta.filename], {
    env: { ...process.env, SERVES: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  server.stdout.once('data', () => server.stdout.destroy())
  server.once('exit', (code) => process.exit(code ?? 1))
  process.once('SIGTERM', () => server.kill())
}
