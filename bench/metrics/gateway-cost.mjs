// What a front door costs while nothing happens, and how much later the first answer comes through it.
import { ask, firstAnswer, freePort } from '../lib/http.mjs'
import { end } from '../lib/processes.mjs'
import { rounds } from '../lib/rounds.mjs'
import { row } from '../lib/rows.mjs'
import { startCommand } from '../lib/subjects.mjs'
import { now, sleep } from '../lib/time.mjs'
import { cpuMs, residentMb } from '../lib/usage.mjs'

export const title = 'the command with a front door over the command without: start, an idle minute'
export const defaultReps = 10
const settleMs = 5000
const windowMs = 60_000

/** From the order until the first 200, at the door where there is one. */
const first = async (withDoor) => {
  const port = await freePort()
  const door = await freePort()
  const began = now()
  const child = startCommand(port, { options: withDoor ? ['--gateway', String(door)] : [] })
  const { at } = await firstAnswer(withDoor ? door : port)
  await end(child)
  return at - began
}

const idle = async (options, isAsked) => {
  const port = await freePort()
  const door = await freePort()
  const child = startCommand(port, { options: options(door) })
  await firstAnswer(isAsked ? door : port)
  if (isAsked) for (let i = 0; i < 100; i += 1) await ask(door, '/api/health')
  await sleep(settleMs)
  const before = cpuMs(child.pid)
  await sleep(windowMs)
  const found = { cpu: cpuMs(child.pid) - before, memory: residentMb(child.pid) }
  await end(child)
  return found
}

export const run = async ({ reps, onRound }) => {
  const { base, samples } = await rounds(() => first(false), { door: () => first(true) }, { reps, onRound })
  const without = []
  const withDoor = []
  for (let round = 0; round < Math.max(1, Math.floor(reps / 5)); round += 1) {
    without.push(await idle(() => [], false))
    withDoor.push(await idle((door) => ['--gateway', String(door)], true))
  }
  const of = (list, what) => list.map((found) => found[what])
  return [
    row('first 200: start', base),
    row('first 200: start --gateway, at the door', samples.door, { base, by: 'over' }),
    row('idle: processor, start', of(without, 'cpu')),
    row('idle: processor, start --gateway', of(withDoor, 'cpu'), { base: of(without, 'cpu'), by: 'over' }),
    row('idle: memory, start', of(without, 'memory'), { unit: 'MiB' }),
    row('idle: memory, start --gateway', of(withDoor, 'memory'), { unit: 'MiB', base: of(without, 'memory'), by: 'over' }),
  ]
}
