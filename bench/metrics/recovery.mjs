// kill -9 of a backend that has been up for 2 s, until another process answers. All supervisors run side by side and
// sleep while one of them is looked at.
import { firstAnswer, freePort } from '../lib/http.mjs'
import { kill, paths, startNode } from '../lib/processes.mjs'
import { rounds } from '../lib/rounds.mjs'
import { row } from '../lib/rows.mjs'
import { bareBoot, Host, serverOptions, startCommand } from '../lib/subjects.mjs'
import { now, sleep } from '../lib/time.mjs'

export const title = 'kill -9 until a new process answers'
export const defaultReps = 20
const upMs = 2000

/** A function that kills the backend on `port` once and resolves with the time until its successor answers. */
export const recovering = async (port) => {
  let { pid, at } = await firstAnswer(port)
  return async () => {
    await sleep(Math.max(0, at + upMs - now()))
    const began = now()
    kill(pid)
    const next = await firstAnswer(port, { notPid: pid })
    pid = next.pid
    at = next.at
    return at - began
  }
}

const restart = { intensity: { maxRestarts: 100_000 } }

const underLibrary = async (launch) => {
  const port = await freePort()
  const host = new Host()
  await host.call('create', serverOptions(port, [], { launch, restart }))
  await host.call('start')
  return recovering(port)
}

const underCommand = async () => {
  const port = await freePort()
  startCommand(port, { options: ['--max-restarts', '100000'] })
  return recovering(port)
}

const underRespawner = async () => {
  const port = await freePort()
  startNode([paths.respawner, paths.server, '--port', String(port)])
  return recovering(port)
}

export const run = async ({ reps, onRound }) => {
  const subjects = {
    'respawner (reference)': await underRespawner(),
    'library, fork': await underLibrary('fork'),
    'library, spawn': await underLibrary('spawn'),
    'jarvis-supervise start': await underCommand(),
  }
  const { base, samples } = await rounds(bareBoot, subjects, { reps, onRound })
  const bar = (name) => (name.includes('reference') ? {} : { atMost: 1.1 })
  return [row('bare boot', base), ...Object.entries(samples).map(([name, values]) => row(name, values, { base, ...bar(name) }))]
}
