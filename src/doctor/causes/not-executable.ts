/** The file is there, and may not be executed. Pure. */
import { cures } from '../../causes/cures.ts'
import type { RunEvidence } from '../evidence.ts'
import { within } from '../signs/paths.ts'
import { quoted } from '../signs/reading.ts'
import { posixOnly } from '../signs/shell.ts'
import { toldCause } from '../signs/told-cause.ts'

export const notExecutable = toldCause({
  code: 'NOT_EXECUTABLE',
  title: 'The file may not be executed',
  remedy: ({ run, line }, evidence) => {
    const facts = run.notStarted?.facts
    if (facts != null && (facts.notAFile !== null || facts.isExecutable || facts.file === null)) {
      const noexec = facts.isExecutable ? ` Its folder may be mounted noexec: mount | grep noexec tells.` : ''
      return { hint: `${run.notStarted?.hint ?? cures.NOT_EXECUTABLE}${noexec}` }
    }
    const file = facts?.file ?? spoken(line, run)
    if (file === undefined) return { hint: run.notStarted?.hint ?? cures.NOT_EXECUTABLE ?? '' }
    return {
      hint: `Make ${file} executable; in a packaged app, keep its mode (asarUnpack, extraResources).`,
      fix: posixOnly(evidence, `chmod +x ${quoted(file)}`),
      fixable: facts != null,
    }
  },
})

/** `spawn /app/tool EACCES`, `sh: 1: ./tool: Permission denied` */
const spoken = (line: string | null, run: RunEvidence): string | undefined => {
  const path = /\bspawn (.+) EACCES/.exec(line ?? '')?.[1] ?? /([^\s:]+): Permission denied$/i.exec(line ?? '')?.[1]
  return path === undefined || !/[\\/]/.test(path) ? undefined : within(run.surroundings.cwd, path)
}
