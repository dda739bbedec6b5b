// Hundreds of kill -9 in one host process: everything recovers, and nothing piles up.
import { readdirSync } from 'node:fs'
import { freePort } from '../lib/http.mjs'
import { childrenOf, kill } from '../lib/processes.mjs'
import { row } from '../lib/rows.mjs'
import { median, slope } from '../lib/stats.mjs'
import { inHost, serverOptions } from '../lib/subjects.mjs'
import { now, sleep } from '../lib/time.mjs'

export const title = 'kill -9 again and again in one process (n: kills)'
export const defaultReps = 200
/** The first ones warm the code up; they are not counted. */
const warmUp = 20

export const run = async ({ reps }) => {
  const { recoveries, heap, grown, grownAfterStop } = await inHost(import.meta.url, { kills: reps }, ['--expose-gc'])
  const quarter = Math.max(1, Math.floor(heap.length / 4))
  const difference = median(heap.slice(-quarter)) - median(heap.slice(0, quarter))
  const more = (when, what) => Object.entries(what).map(([name, count]) => row(`${name} more ${when}`, [count], { unit: '', atMost: 0 }))
  return [
    row('recovered', [recoveries.length], { unit: 'kills', atLeast: reps }),
    row('kill to ready', recoveries),
    row('heap after each kill', heap, { unit: 'KiB' }),
    row('heap growth per kill', [slope(heap)], { unit: 'KiB', atMost: 1 }),
    row('heap, last quarter less first', [difference], { unit: 'KiB' }),
    ...more('than before the kills', grown),
    ...more('after stop() than before start()', grownAfterStop),
  ]
}

/** What a leak would show in. */
const held = () => ({
  descriptors: readdirSync('/proc/self/fd').length,
  resources: process.getActiveResourcesInfo().length,
  listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  children: childrenOf(process.pid).length,
})

const less = (after, before) => Object.fromEntries(Object.keys(before).map((name) => [name, after[name] - before[name]]))
const grew = (difference) => Object.values(difference).some((count) => count > 0)

/** What is held more than before, once what is only on its way out has gone. */
const grownSince = async (before) => {
  let difference = less(held(), before)
  for (const deadline = now() + 3000; grew(difference) && now() < deadline; difference = less(held(), before)) await sleep(20)
  return difference
}

export const inside = async ({ kills }, createSupervisor) => {
  const supervisor = createSupervisor(serverOptions(await freePort(), [], { restart: { intensity: { maxRestarts: 100_000 } } }))
  const killOnce = async () => {
    const began = now()
    const recovered = new Promise((resolve, reject) => {
      const tooLate = setTimeout(() => reject(new Error('a kill was not recovered within 30 s')), 30_000)
      const off = supervisor.on('ready', () => {
        clearTimeout(tooLate)
        off()
        resolve()
      })
    })
    kill(supervisor.state.pid)
    await recovered
    return now() - began
  }
  await supervisor.start()
  await supervisor.stop()
  await sleep(300)
  const beforeStart = held()
  await supervisor.start()
  for (let i = 0; i < warmUp; i += 1) await killOnce()
  await sleep(300)
  const beforeKills = held()
  const recoveries = []
  const heap = []
  for (let i = 0; i < kills; i += 1) {
    recoveries.push(await killOnce())
    globalThis.gc()
    heap.push(process.memoryUsage().heapUsed / 1024)
  }
  const grown = await grownSince(beforeKills)
  await supervisor.stop()
  return { recoveries, heap, grown, grownAfterStop: await grownSince(beforeStart) }
}
