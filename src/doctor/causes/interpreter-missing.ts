/** The file is there; what its first line or its loader asks for is not. Pure. */
import { cures } from '../../causes/cures.ts'
import { fileOf } from '../signs/not-started.ts'
import { baseName } from '../signs/paths.ts'
import { quoted } from '../signs/reading.ts'
import { posixOnly } from '../signs/shell.ts'
import { toldCause } from '../signs/told-cause.ts'

export const interpreterMissing = toldCause({
  code: 'INTERPRETER_MISSING',
  title: 'What runs the file is missing',
  remedy: ({ run, line }, evidence) => {
    const missing = run.notStarted?.facts?.missingInterpreter
    const { service } = evidence
    const file = fileOf(run) ?? service?.command ?? undefined
    const node = evidence.executables.node?.path
    if (missing?.endsWith('\r') && file !== undefined) {
      return { hint: `The lines of ${file} end as on Windows: convert it.`, fix: posixOnly(evidence, `sed -i 's/\\r$//' ${quoted(file)}`) }
    }
    // `env: 'node': No such file or directory` is said by a program that did start
    const wantsNode = missing == null ? /\bnode\b/.test(line ?? '') : baseName(missing) === 'node'
    if (wantsNode && node != null && file !== undefined) {
      const args = service?.command == null ? [] : service.args
      return {
        hint: `Start it as ${node} ${file}, correct its first line, or put the folder of a node on its PATH.`,
        fix: ['jarvis-supervise doctor --', quoted(node), quoted(file), ...args.map(quoted)].join(' '),
      }
    }
    return { hint: run.notStarted?.hint ?? cures.INTERPRETER_MISSING ?? '' }
  },
})
