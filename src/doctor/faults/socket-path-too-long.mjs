// Listens on a Unix socket whose path is longer than the system takes: Node cuts it without a word, and nobody finds it.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'backend-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0))
const path = join(folder, `${'a-long-name-'.repeat(10)}.sock`)
const server = createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}'))
server.listen(path, () => console.log(`Listening on ${path}`))
