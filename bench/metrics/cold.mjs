// The command line from nothing to the first 200; the respawner is the floor for a Node program that starts another.
import { firstAnswer, freePort } from '../lib/http.mjs'
import { end, paths, startNode } from '../lib/processes.mjs'
import { rounds } from '../lib/rounds.mjs'
import { row } from '../lib/rows.mjs'
import { bareBoot, startCommand } from '../lib/subjects.mjs'
import { now } from '../lib/time.mjs'

export const title = 'the command until the first 200'
export const defaultReps = 30

export const run = async ({ reps, onRound }) => {
  const boot = (launch) => async () => {
    const port = await freePort()
    const began = now()
    const child = launch(port)
    const { at } = await firstAnswer(port)
    await end(child)
    return at - began
  }
  const subjects = {
    command: boot((port) => startCommand(port)),
    minimal: boot((port) => startNode([paths.respawner, paths.server, '--port', String(port)])),
  }
  const { base, samples } = await rounds(bareBoot, subjects, { reps, onRound })
  return [
    row('bare node', base),
    row('minimal parent (reference)', samples.minimal, { base }),
    row('jarvis-supervise start', samples.command, { base, atMost: 2.3, aim: '2.0' }),
  ]
}
