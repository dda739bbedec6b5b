// The longest time for which the library kept its host's event loop from turning, phase by phase, over an idle host's.
import { createServer } from 'node:net'
import { ask, freePort } from '../lib/http.mjs'
import { pauseDuring } from '../lib/pause.mjs'
import { kill, start } from '../lib/processes.mjs'
import { row } from '../lib/rows.mjs'
import { bareBoot, inHost, serverOptions } from '../lib/subjects.mjs'
import { sleep } from '../lib/time.mjs'

export const title = 'longest pause of the event loop in a fresh host (bar: over idle), output throughput'
export const defaultReps = 10
const megabytes = 300
const idleMs = 3000

export const run = async ({ reps, onRound }) => {
  const sleepers = start('sh', ['-c', 'i=0; while [ $i -lt 300 ]; do sleep 1800 & i=$((i + 1)); done; wait'])
  const holder = createServer()
  await new Promise((resolve) => holder.listen(0, '127.0.0.1', resolve))
  await sleep(1500)
  const results = []
  for (let round = 0; round < reps; round += 1) {
    results.push(await inHost(import.meta.url, { takenPort: holder.address().port, holder: process.pid }))
    onRound(round + 1, reps)
  }
  holder.close()
  sleepers.kill()
  const values = (kind, name) => results.map((result) => result[kind][name])
  const pauses = Object.keys(results[0].pauses).filter((name) => name !== 'idle')
  const base = values('pauses', 'idle')
  return [
    row(`idle for ${idleMs / 1000} s`, base),
    ...pauses.map((name) => row(name, values('pauses', name), { base, by: 'over', ...(name.includes('reference') ? {} : { atMost: 10 }) })),
    ...Object.keys(results[0].rates).map((name) =>
      row(`${name}: throughput`, values('rates', name), { unit: 'MB/s', atLeast: name.includes('unbounded') ? 100 : 95 }),
    ),
  ]
}

export const inside = async ({ takenPort, holder }, createSupervisor) => {
  const pauses = {}
  const rates = {}
  const during = async (name, work) => {
    pauses[name] = await pauseDuring(work)
  }
  const port = await freePort()
  const supervisor = createSupervisor(serverOptions(port))
  const flood = (name, rate) =>
    during(name, async () => {
      const answer = await ask(port, `/log?bytes=${megabytes * 1e6}&rate=${rate}`, { timeoutMs: 120_000 })
      rates[name] = (megabytes * 1000) / JSON.parse(answer.text).ms
    })

  await during('idle', () => sleep(idleMs))
  await during('bare spawn (reference)', bareBoot)
  await during('first start', () => supervisor.start())
  await during('owner lookup, 300 processes', () => lookUpOwner(createSupervisor(serverOptions(takenPort)), holder))
  await during('restart()', () => supervisor.restart())
  await during('kill -9 and restart', async () => {
    const recovered = new Promise((resolve) => supervisor.on('ready', resolve))
    kill(supervisor.state.pid)
    await recovered
  })
  await flood('output at 100 MB/s, nobody listens', 100)
  await flood('output unbounded, nobody listens', 0)
  let lines = 0
  const off = supervisor.on('log', () => {
    lines += 1
  })
  await flood('output at 100 MB/s, log listener', 100)
  await flood('output unbounded, log listener', 0)
  off()
  const expected = (2 * megabytes * 1e6) / 100
  if (lines < expected) throw new Error(`${lines} of ${expected} lines were told`)
  await during('stop()', () => supervisor.stop())
  return { pauses, rates }
}

/** A strict port that is taken: its holder is looked for among all processes. */
const lookUpOwner = async (supervisor, holder) => {
  const error = await supervisor.start().catch((reason) => reason)
  if (!error?.message?.includes(`pid ${holder}`)) throw new Error(`the holder of the port was not named: ${error?.message}`)
}
