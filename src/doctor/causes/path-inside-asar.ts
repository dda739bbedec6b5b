/** A command or a working directory inside an Electron archive, which is a file to the system. Pure. */
import { cures } from '../../causes/cures.ts'
import { toldCause } from '../signs/told-cause.ts'

export const pathInsideAsar = toldCause({
  code: 'PATH_INSIDE_ASAR',
  title: 'A path runs through app.asar',
  remedy: ({ run, line }) => {
    const named = /\bspawn (.*\.asar)([\\/].*) (?:ENOTDIR|ENOENT)/.exec(line ?? '')
    const unpacked = run.notStarted?.facts?.inArchive?.unpacked ?? (named === null ? undefined : `${named[1]}.unpacked${named[2]}`)
    if (unpacked === undefined) return { hint: cures.PATH_INSIDE_ASAR ?? '' }
    return { hint: `List it in asarUnpack and name ${unpacked}: unpacking alone is not enough, nobody redirects a launch.` }
  },
})
