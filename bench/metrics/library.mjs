// createSupervisor(…).start() in a warm host process, against a bare spawn from the same process.
import { freePort } from '../lib/http.mjs'
import { rounds } from '../lib/rounds.mjs'
import { row } from '../lib/rows.mjs'
import { bareBoot, inHost, serverOptions } from '../lib/subjects.mjs'
import { now } from '../lib/time.mjs'

export const title = 'start() in a warm process until ready, to bare node until its first 200'
export const defaultReps = 30
const warmUp = 10

export const run = async ({ reps }) => {
  const { base, samples } = await inHost(import.meta.url, { reps })
  const against = { base, atMost: 1.1 }
  return [row('bare node', base), ...Object.entries(samples).map(([name, values]) => row(name, values, against))]
}

export const inside = ({ reps }, createSupervisor) => {
  const toReady = (launch) => async () => {
    const port = await freePort()
    const began = now()
    const supervisor = createSupervisor(serverOptions(port, [], { launch }))
    await supervisor.start()
    const ms = now() - began
    await supervisor.stop()
    return ms
  }
  return rounds(bareBoot, { 'library, fork': toReady('fork'), 'library, spawn': toReady('spawn') }, { reps, warmUp })
}
