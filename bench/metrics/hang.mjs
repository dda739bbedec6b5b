// A blocked event loop: for good, with default and with quick settings, and for 10 s. The three sleep side by side.
import { ask, firstAnswer, freePort } from '../lib/http.mjs'
import { end } from '../lib/processes.mjs'
import { row } from '../lib/rows.mjs'
import { bareBoot, startCommand } from '../lib/subjects.mjs'
import { now, sleep } from '../lib/time.mjs'

export const title = 'event loop blocked'
export const defaultReps = 2

const started = async (options) => {
  const port = await freePort()
  const child = startCommand(port, { json: true, options })
  const { pid } = await child.events.next('ready')
  await sleep(1000)
  return { port, child, pid }
}

/** From the block to the answer of another process. */
const recoveryFromHang = async (options) => {
  const { port, child, pid } = await started(options)
  const began = now()
  ask(port, '/hang', { timeoutMs: 500 })
  await sleep(50)
  const { at } = await firstAnswer(port, { notPid: pid, capMs: 90_000, timeoutMs: 200 })
  await end(child)
  return at - began
}

/** Blocked for 10 s, then well: nothing may be lost. */
const passing = async () => {
  const { port, child, pid } = await started([])
  const stream = ask(port, '/stream?ms=14000', { timeoutMs: 60_000 })
  await sleep(300)
  const since = now()
  const blocked = ask(port, '/block?ms=10000', { timeoutMs: 60_000 })
  const { at: unresponsiveAt } = await child.events.next('unresponsive', { since })
  const { at: responsiveAt } = await child.events.next('responsive', { since: unresponsiveAt })
  const answers = await Promise.all([stream, blocked])
  await sleep(2000)
  const { pid: pidAfter } = await firstAnswer(port)
  const restarts = child.events.of('exit').length + Number(pidAfter !== pid)
  await end(child)
  const lost = answers.filter((answer) => answer?.status !== 200).length + Number(!answers[0]?.text.includes('done'))
  return { restarts, lost, unresponsiveMs: unresponsiveAt - since, responsiveMs: responsiveAt - since }
}

export const run = async ({ reps, onRound }) => {
  const [boots, byDefault, quick, passed] = [[], [], [], []]
  for (let round = 0; round < reps; round += 1) {
    boots.push(await bareBoot())
    const quickly = ['--health-period', '1000', '--health-timeout', '1000', '--health-failures', '3']
    const results = await Promise.all([recoveryFromHang([]), recoveryFromHang(quickly), passing()])
    byDefault.push(results[0])
    quick.push(results[1])
    passed.push(results[2])
    onRound(round + 1, reps)
  }
  const of = (name) => passed.map((one) => one[name])
  return [
    row('bare boot', boots),
    row('blocked for good, defaults: answered again', byDefault, { atMost: 40_000, worst: true }),
    row('blocked for good, quick settings', quick, { base: boots, by: 'over', atMost: 6000 }),
    row('blocked for 10 s: told unresponsive after', of('unresponsiveMs'), { atMost: 10_000, worst: true }),
    row('blocked for 10 s: told responsive after', of('responsiveMs')),
    row('blocked for 10 s: restarts', of('restarts'), { unit: '', atMost: 0, worst: true }),
    row('blocked for 10 s: answers lost (stream, request)', of('lost'), { unit: '', atMost: 0, worst: true }),
  ]
}
