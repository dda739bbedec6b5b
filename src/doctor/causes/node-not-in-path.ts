/** Node itself is not on the PATH of who wants to start it. Pure. */
import { cures } from '../../causes/cures.ts'
import { folderOf } from '../signs/paths.ts'
import { quoted } from '../signs/reading.ts'
import { posixOnly } from '../signs/shell.ts'
import { byItself, toldCause } from '../signs/told-cause.ts'

export const nodeNotInPath = toldCause({
  code: 'NODE_NOT_IN_PATH',
  title: 'Node is not on the PATH',
  remedy: (told, evidence) => {
    const { run, by, contradicts } = told
    const node = run.notStarted?.facts?.elsewhere ?? evidence.executables.node?.path
    const start = byItself(told, 'repairs PATH and puts a `node` on it')
    if (node == null) return { hint: `${by === 'refusal' ? (run.notStarted?.hint ?? '') : cures.NODE_NOT_IN_PATH}${start}` }
    const folder = folderOf(node)
    const own =
      contradicts.length > 0
        ? ' Where an `env` or a `cwd` is handed over: spread process.env into the one, and see that the other exists.'
        : ''
    return {
      hint: `Start Node as ${node} (in a backend that runs on Node: process.execPath), or put ${folder} on the PATH that it gets.${own}${start}`,
      fix: by === 'refusal' && run.surroundings.label === 'own' ? posixOnly(evidence, `export PATH=${quoted(folder)}:"$PATH"`) : undefined,
      supports: [`A Node lies at ${node}.`],
    }
  },
})
