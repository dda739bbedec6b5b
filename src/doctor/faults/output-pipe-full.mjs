// Its server logs to a pipe that the app does not read: after the first answer it waits in a write for ever, and nothing answers.
import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { createServer } from 'node:http'

const { PORT, HOST, SERVES } = process.env
if (SERVES) {
  const parent = process.ppid
  setInterval(() => process.ppid === parent || process.exit(1), 500)
  createServer((_request, response) => {
    response
      .setHeader('content-type', 'application/json')
      .end('{"projects":["demo"]}', () => writeSync(1, 'a long history\n'.repeat(60_000)))
  }).listen(PORT, HOST)
} else {
  const server = spawn(process.execPath, [import.meta.filename], {
    env: { ...process.env, SERVES: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // never read
  server.stdout.pause()
  process.once('exit', () => server.kill())
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0))
}
