// The end: from the order until nothing is left of supervisor, backend and a grandchild that holds the port.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ask, firstAnswer, freePort } from '../lib/http.mjs'
import { isAlive, paths, scratch } from '../lib/processes.mjs'
import { row } from '../lib/rows.mjs'
import { command, Host, serverOptions } from '../lib/subjects.mjs'
import { now, until } from '../lib/time.mjs'

export const title = 'stop until everything is gone (grandchild holds the port; grace 1 s)'
export const defaultReps = 10
const graceMs = 1000

/** Gives the order; resolves with the time until none of the processes is left. The port must be free then. */
const gone = async (port, pids, order) => {
  const { pid } = await firstAnswer(port)
  const { pid: grandchild } = JSON.parse((await ask(port, '/spawn-child')).text)
  const began = now()
  const left = () => [...pids, pid, grandchild].some(isAlive)
  const [at] = await Promise.all([until(() => !left(), { what: 'the end of the tree', capMs: 15_000 }), order()])
  if ((await ask(port, '/api/health')) !== undefined) throw new Error('something still answers')
  return at - began
}

const options = (port, serverArgs) => serverOptions(port, serverArgs, { stop: { graceMs } })

const byLibrary = (host) => async (serverArgs) => {
  const port = await freePort()
  await host.call('create', options(port, serverArgs))
  await host.call('start')
  return gone(port, [], () => host.call('stop'))
}

const byCommand = async (serverArgs) => {
  const port = await freePort()
  const config = join(scratch, 'stop.config.json')
  writeFileSync(config, JSON.stringify({ ...options(port, serverArgs), script: paths.server }))
  const child = command(['start', '--config', config])
  return gone(port, [child.pid], async () => {
    child.kill('SIGINT')
    const { code } = await child.exited
    if (code !== 0) throw new Error(`the command ended with ${code}`)
  })
}

/** From another shell. `times` gets how long that command took. */
const fromElsewhere = (times) => async (serverArgs) => {
  const port = await freePort()
  const config = join(scratch, 'stop.config.json')
  writeFileSync(config, JSON.stringify({ ...options(port, serverArgs), script: paths.server }))
  const child = command(['start', '--config', config])
  return gone(port, [child.pid], async () => {
    const began = now()
    const { code } = await command(['stop', `bench-${port}`]).exited
    if (serverArgs.length === 0) times.push(now() - began)
    if (code !== 0) throw new Error(`stop ended with ${code}`)
  })
}

export const run = async ({ reps, onRound }) => {
  const host = new Host()
  const times = []
  const subjects = {
    'library, stop()': byLibrary(host),
    'command, SIGINT': byCommand,
    'command, stop from another shell': fromElsewhere(times),
  }
  const backends = { 'backend obeys': [], 'backend ignores SIGTERM': ['--ignore-sigterm'] }
  const cases = Object.entries(subjects).flatMap(([subject, stop]) =>
    Object.entries(backends).map(([backend, args]) => ({ name: `${subject}: ${backend}`, stop, args, values: [] })),
  )
  for (let round = 0; round < reps; round += 1) {
    for (const { stop, args, values } of cases) values.push(await stop(args))
    onRound(round + 1, reps)
  }
  await host.end()
  const limits = ({ name, args }) => {
    if (args.length > 0) return { atMost: graceMs + (name.startsWith('library') ? 100 : 1000), worst: true }
    return name.startsWith('library') ? { atMost: 30 } : {}
  }
  return [...cases.map((one) => row(one.name, one.values, limits(one))), row('the command stop, until it is back', times, { atMost: 150 })]
}
