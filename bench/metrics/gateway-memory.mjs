// What large bodies, slow clients and ten thousand rude ones leave in the front door.
import { fileURLToPath } from 'node:url'
import { commandDoor, libraryDoor } from '../lib/doors.mjs'
import { ask } from '../lib/http.mjs'
import { childrenOf, end } from '../lib/processes.mjs'
import { row } from '../lib/rows.mjs'
import { comeAndGo, readSlowly, sendSlowly } from '../lib/rude.mjs'
import { sleep, until } from '../lib/time.mjs'
import { descriptorsOf, peakDuring } from '../lib/usage.mjs'

export const title = 'a body of 256 MB at 1 MB/s; 10 000 clients come and go'
export const defaultReps = 1
const bytes = 256e6
const ms = 6000
const visits = 10_000
/** Code, pools and pages of the first ones stay. */
const warmUp = 2000

const bodies = {
  'slow reader, content-length': (port) => readSlowly(port, `/big?bytes=${bytes}`, { ms }),
  'slow reader, chunked': (port) => readSlowly(port, `/big?bytes=${bytes}&chunked=1`, { ms }),
  'quick sender, slow backend, content-length': (port) => sendSlowly(port, '/take?rate=1000000', { ms, bytes }),
  'quick sender, slow backend, chunked': (port) => sendSlowly(port, '/take?rate=1000000', { ms, bytes, chunked: true }),
  'slow sender': (port) => sendSlowly(port, '/take?rate=0', { ms, bytes, rate: 1e6 }),
}

/** In the door's own process: the heap without garbage. */
export const inside = async () => {
  for (let i = 0; i < 3; i += 1) {
    globalThis.gc()
    await sleep(50)
  }
  return process.memoryUsage().heapUsed / 1024
}

/** When nothing comes any more: connections to the backend that nobody needs end after a few seconds. */
const settled = async (pids) => {
  let before = []
  let since = 0
  await until(
    () => {
      const now = pids.map(descriptorsOf)
      since = now.every((count, i) => count === before[i]) ? since + 1 : 0
      before = now
      return since > 60
    },
    { what: 'descriptors that stay the same for 6 s', everyMs: 100, capMs: 60_000 },
  )
  return before
}

const rude = async () => {
  const { door, host } = await libraryDoor({ execArgv: ['--expose-gc'] })
  const module = fileURLToPath(import.meta.url)
  const [backend] = childrenOf(host.pid)
  const look = async () => ({ descriptors: await settled([host.pid, backend]), heap: await host.call('inside', { module }) })
  await comeAndGo(door, warmUp)
  const before = await look()
  await comeAndGo(door, visits)
  const after = await look()
  const answer = await ask(door, '/1k')
  await host.end()
  return {
    door: after.descriptors[0] - before.descriptors[0],
    backend: after.descriptors[1] - before.descriptors[1],
    heap: after.heap - before.heap,
    answers: answer?.status === 200 ? 100 : 0,
  }
}

export const run = async ({ reps, onRound }) => {
  const peaks = Object.fromEntries(Object.keys(bodies).map((name) => [name, { peak: [], passed: [] }]))
  const left = []
  for (let round = 0; round < reps; round += 1) {
    for (const [name, work] of Object.entries(bodies)) {
      // each in a fresh one: what was taken once is not given back
      const { door, child } = await commandDoor()
      for (let i = 0; i < 20; i += 1) await ask(door, '/1k')
      await sleep(500)
      let passed
      const peak = await peakDuring(child.pid, async () => {
        passed = await work(door)
      })
      peaks[name].peak.push(peak)
      peaks[name].passed.push(passed / 1e6)
      await end(child)
    }
    left.push(await rude())
    onRound(round + 1, reps)
  }
  const visited = `${visits} visits`
  return [
    ...Object.entries(peaks).flatMap(([name, { peak, passed }]) => [
      row(`${name}: above the start`, peak, { unit: 'MiB', atMost: 64, worst: true }),
      row(`${name}: passed`, passed, { unit: 'MB' }),
    ]),
    row(
      `${visited}: more descriptors in the door`,
      left.map(({ door }) => door),
      { unit: '', atMost: 0, worst: true },
    ),
    row(
      `${visited}: more descriptors in the backend`,
      left.map(({ backend }) => backend),
      { unit: '', atMost: 0, worst: true },
    ),
    row(
      `${visited}: more heap`,
      left.map(({ heap }) => heap),
      { unit: 'KiB', atMost: 1024, worst: true },
    ),
    row(
      `${visited}: it answers`,
      left.map(({ answers }) => answers),
      { unit: '%', atLeast: 100 },
    ),
  ]
}
