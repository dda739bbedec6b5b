/** The working directory is not the one that the backend counts on, or nothing can be written there. Pure. */
import { cures } from '../../causes/cures.ts'
import { byItself, toldCause } from '../signs/told-cause.ts'
import { variablesIn } from '../signs/variables.ts'

export const workingDirectoryUnusable = toldCause({
  code: 'WORKING_DIRECTORY_UNUSABLE',
  title: 'The working directory is not usable',
  remedy: (told, evidence) => {
    const { run, by, line } = told
    const own = evidence.runs[0]?.surroundings.cwd
    const { cwd } = run.surroundings
    const forbids = /\b(?:EROFS|EACCES|EPERM)\b|\[Errno (?:13|30)\]|read-only file system/i.test(line ?? '')
    const dotenv = variablesIn(line).length > 0 ? ', that of .env too' : ''
    const paths = `name files by whole paths (import.meta.dirname, __dirname)${dotenv}`
    const hint =
      run.surroundings.label === 'packaged'
        ? `In the app start it with a \`cwd\` of the user's (app.getPath('userData')), or ${paths}: the desktop starts apps in ${cwd}.${byItself(told, `starts it in its \`cwd\`${own === undefined ? '' : ` (${own})`}`)}`
        : forbids
          ? (cures.WORKING_DIRECTORY_UNUSABLE ?? '')
          : `Name the folder of the app as \`cwd\`, or ${paths}: relative paths are looked for in ${cwd}.`
    return { hint, supports: by === 'experiment' ? [`Its working directory was ${cwd}.`] : [] }
  },
})
