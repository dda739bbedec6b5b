// The supervisor is killed, its backend lives on and holds the port: the next start, until the new one answers. And how
// long it takes to name a stranger who holds the port, among 300 processes.
import { createServer } from 'node:net'
import { createJiti } from 'jiti'
import { firstAnswer, freePort } from '../lib/http.mjs'
import { end, isAlive, paths, start } from '../lib/processes.mjs'
import { rounds } from '../lib/rounds.mjs'
import { row } from '../lib/rows.mjs'
import { bareBoot, command, inHost, serverOptions } from '../lib/subjects.mjs'
import { now, sleep } from '../lib/time.mjs'

export const title = 'the start after a supervisor that was killed; naming the holder of a port'
export const defaultReps = 15

/** Spawned, not forked: a forked backend would leave by itself. */
const startSpawned = (port) => {
  const options = ['--name', 'reclaim', '--port', String(port), '--ready', '/api/health']
  return command(['start', ...options, '--', process.execPath, paths.server, '--port', String(port)])
}

const startAgain = (isAbandoned) => async () => {
  const port = await freePort()
  let orphan
  if (isAbandoned) {
    const first = startSpawned(port)
    orphan = (await firstAnswer(port)).pid
    // until it is recorded and proved, which is a few milliseconds after the first answer
    await sleep(200)
    await end(first, 'SIGKILL')
    if (!isAlive(orphan)) throw new Error('nothing was left')
  }
  const began = now()
  const second = startSpawned(port)
  const { at } = await firstAnswer(port, { notPid: orphan })
  if (orphan !== undefined && isAlive(orphan)) throw new Error('the orphan lives')
  await end(second)
  return at - began
}

export const run = async ({ reps, onRound }) => {
  const { base, samples } = await rounds(bareBoot, { start: startAgain(false), reclaim: startAgain(true) }, { reps, onRound })
  const sleepers = start('sh', ['-c', 'i=0; while [ $i -lt 300 ]; do sleep 1800 & i=$((i + 1)); done; wait'])
  const holder = createServer()
  await new Promise((resolve) => holder.listen(0, '127.0.0.1', resolve))
  await sleep(1500)
  const { lookups, refusals } = await inHost(import.meta.url, { port: holder.address().port, times: 30 })
  holder.close()
  sleepers.kill()
  return [
    row('bare node', base),
    row('start, nothing was left (reference)', samples.start, { base, by: 'over' }),
    row('start that ends an orphan first', samples.reclaim, { base, by: 'over', atMost: 300 }),
    row('a port looked up among 300 processes', lookups, { atMost: 15 }),
    row('start() refused, with the name of the holder', refusals),
  ]
}

/** The lookup alone, from the sources; then as it is met. */
export const inside = async ({ port, times }, createSupervisor) => {
  const source = (path) => createJiti(import.meta.url).import(`../../src/${path}`)
  const { linuxPortOwners } = await source('ports/linux.ts')
  const { linuxProcessTable } = await source('process/linux.ts')
  const owners = linuxPortOwners(linuxProcessTable())
  const lookups = await timed(times, async () => {
    const ofPort = owners.listeners().then((all) => all.filter((listener) => listener.port === port))
    const [found] = await owners.ownersOf(ofPort)
    if (found?.owner === undefined) throw new Error('the holder was not found')
  })
  const refusals = await timed(times, async () => {
    const error = await createSupervisor(serverOptions(port, [], { name: 'holder' }))
      .start()
      .catch((reason) => reason)
    if (!/by pid \d+/.test(error.message)) throw new Error(`the holder was not named: ${error.message}`)
  })
  return { lookups, refusals }
}

const timed = async (times, run) => {
  const values = []
  for (let i = 0; i < times; i += 1) {
    await sleep(30)
    const began = now()
    await run()
    values.push(now() - began)
  }
  return values
}
