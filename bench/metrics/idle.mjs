// A minute in which nothing happens, with the default liveness: processor time of all threads, memory at its end.
import { firstAnswer, freePort } from '../lib/http.mjs'
import { end, paths, startNode } from '../lib/processes.mjs'
import { row } from '../lib/rows.mjs'
import { startCommand } from '../lib/subjects.mjs'
import { sleep } from '../lib/time.mjs'
import { cpuMs, residentMb } from '../lib/usage.mjs'

export const title = 'an idle minute, from 5 s after ready'
export const defaultReps = 2
const settleMs = 5000
const windowMs = 60_000

export const run = async ({ reps, onRound }) => {
  const subjects = {
    'minimal parent (reference)': {
      launch: (port) => startNode([paths.respawner, paths.server, '--port', String(port)]),
      cpu: [],
      memory: [],
    },
    'jarvis-supervise start': { launch: (port) => startCommand(port), cpu: [], memory: [] },
  }
  for (let round = 0; round < reps; round += 1) {
    // one after the other: processes of one binary share its pages
    for (const { launch, cpu, memory } of Object.values(subjects)) {
      const port = await freePort()
      const child = launch(port)
      await firstAnswer(port)
      await sleep(settleMs)
      const before = cpuMs(child.pid)
      await sleep(windowMs)
      cpu.push(cpuMs(child.pid) - before)
      memory.push(residentMb(child.pid))
      await end(child)
    }
    onRound(round + 1, reps)
  }
  return Object.entries(subjects).flatMap(([name, { cpu, memory }]) => {
    const ours = name.startsWith('jarvis')
    return [
      row(`${name}: processor`, cpu, { ...(ours && { atMost: 40 }) }),
      row(`${name}: memory`, memory, { unit: 'MiB', ...(ours && { atMost: 52 }) }),
    ]
  })
}
