/** Ours: a supervisor that runs the kit's backend as its child, and a door in front of it. `socket` as the third argument: on a Unix socket. Told `down` and `up`, it stops and starts it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const dist = process.env.CONFORMANCE_DIST ?? fileURLToPath(new URL('../../dist/', import.meta.url))
const load = (name) => import(pathToFileURL(join(dist, name)).href)
const [{ createSupervisor }, { createGateway }] = await Promise.all([load('index.mjs'), load('gateway.mjs')])

const [listen, backend] = process.argv.slice(2, 4).map(Number)
const isSocket = process.argv[4] === 'socket'
const stateDir = mkdtempSync(join(tmpdir(), 'conformance-state-'))
const supervisor = createSupervisor({
  name: 'conformance',
  script: fileURLToPath(new URL('../backend.mjs', import.meta.url)),
  ...(isSocket ? { transport: 'socket' } : { port: backend }),
  claude: false,
  logs: false,
  stateDir,
})
const gateway = createGateway({ port: listen, upstream: supervisor })
const end = async () => {
  await gateway.close()
  await supervisor.stop()
  rmSync(stateDir, { recursive: true, force: true })
  process.exit(0)
}
process.on('disconnect', end)
process.on('SIGTERM', end)
process.on('message', async (order) => {
  if (order === 'down') await supervisor.stop()
  if (order === 'up') await supervisor.start()
  process.send(order)
})
await supervisor.start()
await gateway.listen()
process.send?.(isSocket ? { path: supervisor.socketPath } : 'up')
