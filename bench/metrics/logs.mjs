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
const bytes = 200_005_000
const file = join(scratch, 'output')

/** Time from the order until the backend could write its last line. */
const flood = async (argsFor) => {
  const port = await freePort()
  const out = openSync(file, 'w')
  const child = startNode(argsFor(port), { stdio: ['ignore', out, 'ignore'] })
  closeSync(out)
  await firstAnswer(port)
  const began = now()
  await ask(port, `/log?bytes=200000000&rate=0`, { timeoutMs: 120_000 })
  const ms = now() - began
  const peakMb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1'))[1]) / 1024
  await end(child)
  return { ms, peakMb }
}

const isWhole = async () => {
  const line = `${'0123456789'.repeat(10).slice(1)}\n`
  const expected = Buffer.from(line.repeat(650))
  let seen = 0
  for await (const chunk of createReadStream(file, { highWaterMark: expected.length })) {
    if (!expected.subarray(0, chunk.length).equals(chunk)) return false
    seen += chunk.length
  }
  return seen === bytes
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
