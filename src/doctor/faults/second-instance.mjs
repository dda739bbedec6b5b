// Ends at once: a first instance of the app runs already, on a port of its own.
import { fork } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const { PORT, HOST, IS_FIRST, LOCK = join(tmpdir(), `backend-${PORT}.pid`) } = process.env
const isAlive = (pid) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
const owner = () => {
  try {
    return Number(readFileSync(LOCK, 'utf8'))
  } catch {
    return 0
  }
}
if (owner() > 0 && isAlive(owner())) {
  console.error(`Another instance is already running (pid ${owner()}).`)
  process.exit(1)
}
writeFileSync(LOCK, String(process.pid))
process.once('exit', () => rmSync(LOCK, { force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0))
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}'))
  .listen(IS_FIRST ? 0 : PORT, HOST)
  .once('listening', () => IS_FIRST && fork(import.meta.filename, { env: { ...process.env, IS_FIRST: '', LOCK } }))
