/** The working directory is gone. The system says ENOENT, as for a missing file. Pure. */
import { quoted } from '../signs/reading.ts'
import { posixOnly } from '../signs/shell.ts'
import { toldCause } from '../signs/told-cause.ts'

export const cwdMissing = toldCause({
  code: 'CWD_MISSING',
  title: 'The working directory does not exist',
  remedy: ({ run, by }, evidence) => {
    const own = by === 'refusal' ? evidence.service?.cwd : undefined
    const cwd = run.notStarted?.facts?.cwd ?? own ?? run.surroundings.cwd
    return { hint: `Create ${cwd}, or name another \`cwd\`.`, fix: posixOnly(evidence, `mkdir -p ${quoted(cwd)}`) }
  },
})
