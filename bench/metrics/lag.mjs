// How long after the backend began to listen (it says when) readiness is told.
import { firstAnswer, freePort, health } from '../lib/http.mjs'
import { end, paths, startNode } from '../lib/processes.mjs'
import { row } from '../lib/rows.mjs'
import { shuffled } from '../lib/stats.mjs'
import { Host, serverOptions, startCommand } from '../lib/subjects.mjs'

export const title = 'readiness told after the first possible 200'
export const defaultReps = 10

const lagOf = async (ready, port) => ready.at - (await health(port)).listeningAt

const ofLibrary = (host, launch) => async (serverArgs) => {
  const port = await freePort()
  await host.call('create', serverOptions(port, serverArgs, { launch }))
  const since = await host.call('start')
  const lag = await lagOf(await host.events.next('ready', { since }), port)
  await host.call('stop')
  return lag
}

/** What it takes when somebody who does nothing else asks once per millisecond: the backend's own first answer. */
const ofRawProbe = async (serverArgs) => {
  const port = await freePort()
  const child = startNode([paths.server, '--port', String(port), ...serverArgs])
  const { at, listeningAt } = await firstAnswer(port)
  await end(child, 'SIGKILL')
  return at - listeningAt
}

const ofCommand = async (serverArgs) => {
  const port = await freePort()
  const child = startCommand(port, { json: true, serverArgs })
  const lag = await lagOf(await child.events.next('ready'), port)
  await end(child)
  return lag
}

export const run = async ({ reps, onRound }) => {
  const host = new Host()
  const subjects = {
    'raw probe (reference)': ofRawProbe,
    'library, fork': ofLibrary(host, 'fork'),
    'library, spawn': ofLibrary(host, 'spawn'),
    'command, --json': ofCommand,
  }
  const delays = { 'listens at once': 0, 'listens after 400 ms': 400, 'listens after 2 s': 2000 }
  const cases = Object.entries(subjects).flatMap(([subject, lag]) =>
    Object.entries(delays).map(([delay, ms]) => ({ name: `${subject}: ${delay}`, lag, args: ['--listen-after', String(ms)], values: [] })),
  )
  for (const { lag } of cases) await lag([])
  for (let round = 0; round < reps; round += 1) {
    for (const { lag, args, values } of shuffled(cases)) values.push(await lag(args))
    onRound(round + 1, reps)
  }
  await host.end()
  return cases.map(({ name, values }) => row(name, values, name.includes('reference') ? {} : { atMost: 15 }))
}
