/** A script that a Node, or another interpreter, is to run is not there. Pure. */
import { cures } from '../../causes/cures.ts'
import { namedEntry } from '../signs/named-entry.ts'
import { folderOf } from '../signs/paths.ts'
import { toldCause } from '../signs/told-cause.ts'

const inArchive = /(\.asar)(?=[\\/])/i

export const entryMissing = toldCause({
  code: 'ENTRY_MISSING',
  title: 'The entry script is missing',
  remedy: ({ by, run, line }, { service, project }) => {
    const path = by === 'refusal' ? service?.script : namedEntry(line)
    if (path == null) return { hint: run.notStarted?.hint ?? cures.ENTRY_MISSING ?? '' }
    if (inArchive.test(path)) {
      const unpacked = path.replace(inArchive, '$1.unpacked')
      return {
        hint: `A plain Node does not read archives: list the script in asarUnpack and start ${unpacked}, or let Electron run ${path} (utilityProcess, ELECTRON_RUN_AS_NODE=1).`,
        supports: [`Looked for: ${path}. Unpacked it would be ${unpacked}.`],
      }
    }
    const built = /[\\/](?:dist|build|out|lib|\.output|\.next)[\\/]/.test(path)
    const build = built ? `Build ${path} (npm run build in ${project?.dir ?? folderOf(folderOf(path))})` : `See that ${path} is there`
    return {
      hint: `${build}, or correct the path; in a packaged app, ship it with extraResources or asarUnpack.`,
      supports: [`Looked for: ${path}`],
    }
  },
})
