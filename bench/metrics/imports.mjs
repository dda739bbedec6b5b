// What importing the library costs a process that does nothing else.
import { costOf } from '../lib/cost.mjs'
import { paths } from '../lib/processes.mjs'
import { row } from '../lib/rows.mjs'
import { shuffled } from '../lib/stats.mjs'

export const title = 'import of the library over an empty process'
export const defaultReps = 30

const module = (code) => [
  '--input-type=module',
  '-e',
  `${code}; import { writeSync } from 'node:fs'; writeSync(1, String(process.memoryUsage.rss()))`,
]
const script = (code) => ['-e', `${code}; require('node:fs').writeSync(1, String(process.memoryUsage.rss()))`]
const programs = {
  emptyModule: module(''),
  import: module(`import ${JSON.stringify(paths.library)}`),
  emptyScript: script(''),
  require: script(`require(${JSON.stringify(paths.libraryCommonJs)})`),
}

export const run = async ({ reps, onRound }) => {
  const samples = Object.fromEntries(Object.keys(programs).map((name) => [name, []]))
  for (let round = -1; round < reps; round += 1) {
    for (const name of shuffled(Object.keys(programs))) {
      const sample = costOf(programs[name])
      if (round >= 0) samples[name].push(sample)
    }
    onRound(round + 1, reps)
  }
  const [ms, mb] = ['ms', 'mb'].map((key) => (name) => samples[name].map((sample) => sample[key]))
  const pair = (what, name, empty) => [
    row(`${what}, time`, ms(name), { base: ms(empty), by: 'over', atMost: 30 }),
    row(`${what}, RSS`, mb(name), { unit: 'MB', base: mb(empty), by: 'over', atMost: 6 }),
  ]
  return [
    row('empty module', ms('emptyModule')),
    row('empty script', ms('emptyScript')),
    ...pair('import', 'import', 'emptyModule'),
    ...pair('require', 'require', 'emptyScript'),
  ]
}
