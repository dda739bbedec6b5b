// The My Jarvis backend under the library, as its own config would start it, against bare Node running it.
import { firstAnswer, freePort } from '../lib/http.mjs'
import { paths } from '../lib/processes.mjs'
import { rounds } from '../lib/rounds.mjs'
import { row } from '../lib/rows.mjs'
import { bareBoot, Host, serverOptions } from '../lib/subjects.mjs'
import { recovering } from './recovery.mjs'

export const title = 'the My Jarvis backend, start and kill -9 until it answers'
export const defaultReps = 20

const options = (port) => ({
  ...serverOptions(port),
  name: `my-jarvis-${port}`,
  script: paths.reference,
  args: ['--port', '{port}', '--host', '{host}', '--claude-path', '{claudePath}'],
  restart: { intensity: { maxRestarts: 100_000 } },
})

const bare = () => bareBoot((port) => [paths.reference, '--port', String(port), '--host', '127.0.0.1', '--claude-path', ''])

/** A warm host starts it; we ask from outside. */
const starting = (host) => async () => {
  const port = await freePort()
  await host.call('create', options(port))
  const [began, { at }] = await Promise.all([host.call('start'), firstAnswer(port)])
  await host.call('stop')
  return at - began
}

export const run = async ({ reps, onRound }) => {
  const port = await freePort()
  const [starter, keeper] = [new Host(), new Host()]
  await keeper.call('create', options(port))
  await keeper.call('start')
  const subjects = { start: starting(starter), 'kill -9': await recovering(port) }
  const { base, samples } = await rounds(bare, subjects, { reps, onRound, warmUp: 3 })
  await Promise.all([starter.end(), keeper.end()])
  const against = { base, by: 'over', atMost: 15 }
  return [row('bare node', base), ...Object.entries(samples).map(([name, values]) => row(`library, ${name}`, values, against))]
}
