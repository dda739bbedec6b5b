// 200 MB of 100-byte lines through the command into a file: time beside bare Node, memory, and whether all of it came.
import { closeSync, createReadStream, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ask, firstAnswer, freePort } from '../lib/http.mjs'
import { end, paths, scratch, startNode } from '../lib/processes.mjs'
import { rounds } from '../lib/rounds.mjs'
import { row } from '../lib/rows.mjs'
import { now } from '../lib/time.mjs'

export const title = '200 MB of lines to stdout, into a file'
export const defaultReps = 10
const count = 2_000_000
const file = join(scratch, 'output')

/** Time from the order until the backend could write its last line. */
const flood = async (argsFor) => {
  const port = await freePort()
  const out = openSync(file, 'w')
  const child = startNode(argsFor(port), { stdio: ['ignore', out, 'ignore'] })
  closeSync(out)
  await firstAnswer(port)
  const began = now()
  await ask(port, `/lines?count=${count}`, { timeoutMs: 120_000 })
  const ms = now() - began
  const peakMb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1'))[1]) / 1024
  await end(child)
  return { ms, peakMb }
}

/** Every line once, in order, of the right length. */
const isWhole = async () => {
  let rest = ''
  let next = 0
  for await (const chunk of createReadStream(file, { encoding: 'latin1' })) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      if (line.length !== 99 || Number(line.slice(1, 11)) !== next) return false
      next += 1
    }
  }
  return rest === '' && next === count
}

export const run = async ({ reps, onRound }) => {
  const peaks = []
  let whole = 0
  const bare = async () => (await flood((port) => [paths.server, '--port', String(port)])).ms
  const command = async () => {
    const { ms, peakMb } = await flood((port) => [
      paths.command,
      'start',
      paths.server,
      '--port',
      String(port),
      '--ready',
      '/api/health',
      '--',
      '--port',
      String(port),
    ])
    peaks.push(peakMb)
    whole += (await isWhole()) ? 1 : 0
    return ms
  }
  const { base, samples } = await rounds(bare, { command }, { reps, onRound })
  rmSync(file, { force: true })
  return [
    row('bare node, its stdout the file', base),
    row('jarvis-supervise start', samples.command, { base, atMost: 1.15 }),
    row('its peak memory', peaks, { unit: 'MiB', atMost: 80, worst: true }),
    row('rounds in which all came, in order', [(100 * whole) / peaks.length], { unit: '%', atLeast: 100 }),
  ]
}
