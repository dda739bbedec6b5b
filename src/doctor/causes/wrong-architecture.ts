/** An executable or a native module of another processor or system. Pure. */
import { cures } from '../../causes/cures.ts'
import { fileOf } from '../signs/not-started.ts'
import { inFolder } from '../signs/shell.ts'
import { toldCause } from '../signs/told-cause.ts'

export const wrongArchitecture = toldCause({
  code: 'WRONG_ARCHITECTURE',
  title: 'It was built for another machine',
  remedy: ({ run, line }, { machine, project, service }) => {
    const here = `${machine.platform} on ${machine.arch}`
    const module = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/].*\.node\b/.exec(line ?? '')?.[1]?.replace('\\', '/')
    if (module !== undefined) {
      return {
        hint: `Build ${module} again on this machine (${here}): node_modules that were copied from another one do not run here.`,
        fix: inFolder(project?.dir ?? run.surroundings.cwd, `npm rebuild ${module}`),
      }
    }
    const builtFor = run.notStarted?.facts?.builtFor
    const file = fileOf(run) ?? service?.command
    const words = file == null ? cures.WRONG_ARCHITECTURE : `Install ${file} again, as the build for ${here}.`
    return {
      hint: words ?? '',
      supports: builtFor == null ? [`This machine is ${here}.`] : [`It is built for ${builtFor}, this machine is ${here}.`],
    }
  },
})
