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
  remedy: ({ run }, evidence) => {
    const missing = run.notStarted?.facts?.missingInterpreter
    const file = fileOf(run)
    const node = evidence.executables.node?.path
    if (missing?.endsWith('\r') && file !== undefined) {
      return { hint: `The lines of ${file} end as on Windows: convert it.`, fix: posixOnly(evidence, `sed -i 's/\\r$//' ${quoted(file)}`) }
    }
    if (missing != null && baseName(missing) === 'node' && node != null && file !== undefined) {
      const args = evidence.service?.command == null ? [] : evidence.service.args
      return {
        hint: `Start it as ${node} ${file}, correct its first line, or put the folder of a node on its PATH.`,
        fix: ['jarvis-supervise doctor --', quoted(node), quoted(file), ...args.map(quoted)].join(' '),
      }
    }
    return { hint: run.notStarted?.hint ?? cures.INTERPRETER_MISSING ?? '' }
  },
})
