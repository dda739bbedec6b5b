// Its working directory is deleted under it, as by an update or a clean-up of /tmp: `uv_cwd` ENOENT, and it ends.
import { mkdtempSync, rmdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const { PORT, HOST } = process.env
const home = mkdtempSync(join(tmpdir(), 'backend-'))
process.chdir(home)
rmdirSync(home)
console.log(`Serving ${process.cwd()}`)
createServer((_request, response) => response.setHeader('content-type', 'application/json').end('{"projects":["demo"]}')).listen(PORT, HOST)
