/** A batch file that Node starts only through a shell. Pure. */
import { cures } from '../../causes/cures.ts'
import { toldCause } from '../signs/told-cause.ts'

export const windowsCmdWithoutShell = toldCause({
  code: 'WINDOWS_CMD_WITHOUT_SHELL',
  title: 'Windows starts a .cmd or .bat file only through a shell',
  remedy: ({ run, line }, { executables }) => {
    const claude = executables.claude?.realPath
    const isClaude = /\bclaude(?:\.cmd)?\b/i.test(`${run.notStarted?.facts?.command ?? ''} ${line ?? ''}`)
    if (isClaude && claude != null && !/\.(?:cmd|bat)$/i.test(claude)) return { hint: `Start ${claude}, which the batch file only wraps.` }
    return { hint: run.notStarted?.hint ?? cures.WINDOWS_CMD_WITHOUT_SHELL ?? '' }
  },
})
