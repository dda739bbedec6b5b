#!/usr/bin/env node
// node bench/run.mjs [metric…] [--reps N] [--json FILE]
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { endAll, removeScratch } from './lib/processes.mjs'
import { table } from './lib/rows.mjs'
import { now, sleep } from './lib/time.mjs'

const names = [
  'library',
  'cold',
  'lag',
  'recovery',
  'reference',
  'kills',
  'imports',
  'stall',
  'hang',
  'stop',
  'reclaim',
  'logs',
  'idle',
  'which',
  'electron',
  'gateway',
  'gateway-chaos',
  'gateway-memory',
  'gateway-cost',
]
/** No metric takes longer than this, whatever goes wrong. */
const capMs = 20 * 60_000

const { values, positionals } = parseArgs({ allowPositionals: true, options: { reps: { type: 'string' }, json: { type: 'string' } } })
const unknown = positionals.filter((name) => !names.includes(name))
const reps = values.reps === undefined ? undefined : Number(values.reps)
if (unknown.length > 0 || (reps !== undefined && !(Number.isInteger(reps) && reps > 0))) {
  console.error(`usage: node bench/run.mjs [${names.join('|')}]… [--reps N] [--json FILE]`)
  removeScratch()
  process.exit(2)
}

let interrupted = false
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    interrupted = true
    await endAll()
    removeScratch()
    process.exit(130)
  })
}

const progress = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[2K${text}`)
const tooLong = () => sleep(capMs, undefined, { ref: false }).then(() => Promise.reject(new Error(`took longer than ${capMs} ms`)))

const measure = async (name) => {
  const { title, defaultReps, run } = await import(`./metrics/${name}.mjs`)
  const began = now()
  const onRound = (round, of) => progress(`${name}: round ${round} of ${of}`)
  try {
    const rows = await Promise.race([run({ reps: reps ?? defaultReps, onRound }), tooLong()])
    progress('')
    console.log(`\n${name}: ${title} (${Math.round((now() - began) / 1000)} s)\n${table(rows)}`)
    return { title, rows }
  } catch (error) {
    // what was measured was ended under its feet: the process is about to end, too
    if (interrupted) await new Promise(() => {})
    progress('')
    console.log(`\n${name}: ${title}: NOT MEASURED\n${error.stack}`)
    process.exitCode = 1
    return { title, error: String(error) }
  } finally {
    await endAll()
  }
}

const save = (file) => {
  mkdirSync(dirname(resolve(file)), { recursive: true })
  writeFileSync(file, `${JSON.stringify({ machine, results }, null, 2)}\n`)
}

const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model, load: loadavg()[0] }
console.log(`Node ${machine.node}, ${machine.cpus} × ${machine.model}, load ${machine.load.toFixed(2)}`)
const results = {}
for (const name of positionals.length > 0 ? positionals : names) {
  results[name] = await measure(name)
  if (values.json !== undefined) save(values.json)
}
removeScratch()
process.exit()
