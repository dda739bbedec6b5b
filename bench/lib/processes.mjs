// Whatever a run starts: it carries the run's marker in its environment, and is ended by pid.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { now, sleep, until } from './time.mjs'

const inherited = process.env.JARVIS_BENCH_RUN
/** The run, also in the processes that it starts. */
const run = inherited ?? `${process.pid}-${Math.round(now())}`
export const scratch = process.env.JARVIS_BENCH_SCRATCH ?? mkdtempSync(join(tmpdir(), 'jarvis-bench-'))

const inRepository = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
export const paths = {
  command: inRepository('dist/cli.js'),
  library: inRepository('dist/index.mjs'),
  libraryCommonJs: inRepository('dist/index.js'),
  electron: inRepository('dist/electron.mjs'),
  electronCommonJs: inRepository('dist/electron.js'),
  electronDouble: inRepository('bench/fixtures/electron.cjs'),
  reference: inRepository('examples/node/dist/cli/node.js'),
  server: inRepository('bench/fixtures/server.mjs'),
  origin: inRepository('bench/fixtures/origin.mjs'),
  respawner: inRepository('bench/fixtures/respawner.mjs'),
}

export const environment = () => ({
  ...process.env,
  JARVIS_BENCH_RUN: run,
  JARVIS_BENCH_SCRATCH: scratch,
  JARVIS_STATE_DIR: join(scratch, 'state'),
})

/** A program with the marker; `exited` resolves with its end. */
export const start = (command, args, options = {}) => {
  const child = spawn(command, args, { cwd: scratch, env: environment(), stdio: 'ignore', ...options })
  child.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal, at: now() })))
  return child
}

export const startNode = (args, options) => start(process.execPath, args, options)

/** Asks a supervisor of ours to end, and insists. */
export const end = async (child, signal = 'SIGTERM', capMs = 3000) => {
  child.kill(signal)
  await Promise.race([child.exited, sleep(capMs, undefined, { ref: false })])
  child.kill('SIGKILL')
  await child.exited
}

const text = (path) => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // gone, or somebody else's
    return ''
  }
}

/** State and parent, from the fields behind the name. */
const stat = (pid) => {
  const line = text(`/proc/${pid}/stat`)
  const [state, parent] = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return { state: state || undefined, parent: Number(parent) }
}

/** A zombie is gone. */
export const isAlive = (pid) => !['Z', 'X', undefined].includes(stat(pid).state)

const allPids = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
export const childrenOf = (pid) => allPids().filter((other) => stat(other).parent === pid)
const marked = () => allPids().filter((pid) => isAlive(pid) && text(`/proc/${pid}/environ`).includes(`JARVIS_BENCH_RUN=${run}\0`))

export const kill = (pid, signal = 'SIGKILL') => {
  try {
    process.kill(pid, signal)
  } catch {
    // it was quicker
  }
}

/** Ends everything that carries the marker, supervisors (the older ones) first. */
export const endAll = () =>
  until(
    () => {
      const left = marked().filter((pid) => pid !== process.pid)
      for (const pid of left) kill(pid)
      return left.length === 0
    },
    { what: 'the end of everything that was started', everyMs: 20, capMs: 10_000 },
  )

export const removeScratch = () => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 })
