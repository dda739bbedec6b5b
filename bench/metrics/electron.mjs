// What an Electron app pays for its supervised backend: importing and creating, and the longest time its main thread is held.
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { costOf } from '../lib/cost.mjs'
import { pauseDuring } from '../lib/pause.mjs'
import { paths, scratch } from '../lib/processes.mjs'
import { row } from '../lib/rows.mjs'
import { shuffled } from '../lib/stats.mjs'
import { inHost } from '../lib/subjects.mjs'
import { sleep } from '../lib/time.mjs'

export const title = 'an Electron app: import and superviseApp() over an empty main process; its main thread while the backend starts'
export const defaultReps = 20

const double = JSON.stringify(paths.electronDouble)
const options = JSON.stringify({ script: paths.server, stateDir: join(scratch, 'electron-state') })
const rss = 'writeSync(1, String(process.memoryUsage.rss()))'
const begin = `const { electron } = electronWithout(${JSON.stringify(join(scratch, 'electron'))})`
const module = (imports, code) => [
  '--input-type=module',
  '-e',
  `import double from ${double}; import { writeSync } from 'node:fs'; ${imports}; const { electronWithout } = double; ${begin}; ${code}; ${rss}; process.exit()`,
]
const script = (code) => [
  '-e',
  `const { writeSync } = require('node:fs'); const { electronWithout } = require(${double}); ${begin}; ${code}; ${rss}; process.exit()`,
]
const use = `superviseApp(electron, ${options})`
const programs = {
  emptyModule: module('', ''),
  import: module(`import { superviseApp } from ${JSON.stringify(paths.electron)}`, use),
  emptyScript: script(''),
  require: script(`const { superviseApp } = require(${JSON.stringify(paths.electronCommonJs)}); ${use}`),
}

export const run = async ({ reps, onRound }) => {
  const samples = Object.fromEntries(Object.keys(programs).map((name) => [name, []]))
  const pauses = []
  for (let round = -1; round < reps; round += 1) {
    for (const name of shuffled(Object.keys(programs))) {
      const sample = costOf(programs[name])
      if (round >= 0) samples[name].push(sample)
    }
    if (round >= 0) pauses.push(await inHost(import.meta.url, {}))
    onRound(round + 1, reps)
  }
  const of = (name, key) => samples[name].map((sample) => sample[key])
  const pair = (what, name, empty) => [
    row(`${what}, time`, of(name, 'ms'), { base: of(empty, 'ms'), by: 'over', atMost: 30 }),
    row(`${what}, RSS`, of(name, 'mb'), { unit: 'MB', base: of(empty, 'mb'), by: 'over', atMost: 6 }),
  ]
  return [
    ...pair('import and superviseApp()', 'import', 'emptyModule'),
    ...pair('require and superviseApp()', 'require', 'emptyScript'),
    row(
      'longest hold, idle',
      pauses.map(({ idle }) => idle),
    ),
    row(
      'longest hold, a launch alone (reference)',
      pauses.map(({ launch }) => launch),
    ),
    row(
      'longest hold, from app ready to backend ready',
      pauses.map(({ start }) => start),
      { atMost: 8 },
    ),
  ]
}

export const inside = async () => {
  const { electronWithout } = createRequire(import.meta.url)(paths.electronDouble)
  const { superviseApp } = await import(paths.electron)
  const folder = join(scratch, `electron-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  const { electron, announce, utilityProcess } = electronWithout(folder)
  electron.utilityProcess = utilityProcess()
  const idle = await pauseDuring(() => sleep(300))
  const launch = await pauseDuring(
    () =>
      new Promise((resolve) => {
        const child = electron.utilityProcess.fork(paths.server, ['--port', '0'], { env: process.env })
        child.once('exit', resolve)
        child.once('spawn', () => process.kill(child.pid, 'SIGKILL'))
      }),
  )
  const app = superviseApp(electron, { script: paths.server, args: ['--port', '{port}'], readiness: { kind: 'http', path: '/api/health' } })
  const start = await pauseDuring(
    () =>
      new Promise((resolve, reject) => {
        app.supervisor.on('ready', resolve)
        app.supervisor.on('failed', ({ message }) => reject(new Error(message)))
        announce()
      }),
  )
  await app.reaped()
  return { idle, launch, start }
}
