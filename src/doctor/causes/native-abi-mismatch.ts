/** A native module was built for another Node or Electron than the one that loads it. Pure. */
import { cures } from '../../causes/cures.ts'
import type { RunEvidence } from '../evidence.ts'
import { runtimeOf, runtimeWords } from '../signs/abi.ts'
import { linesOf } from '../signs/reading.ts'
import { inFolder } from '../signs/shell.ts'
import { toldCause } from '../signs/told-cause.ts'

export const nativeAbiMismatch = toldCause({
  code: 'NATIVE_ABI_MISMATCH',
  title: 'A native module was built for another Node or Electron',
  remedy: ({ run }, { project }) => {
    const text = linesOf(run).join('\n')
    const [built, wanted] = versionsIn(text)
    if (built === undefined || wanted === undefined) return { hint: cures.NATIVE_ABI_MISMATCH ?? '' }
    const runtime = runtimeOf(wanted)
    const file = /[Tt]he module '([^']+)'/.exec(text)?.[1]
    const name = file === undefined ? undefined : packageOf(file)
    const rebuild =
      runtime?.name === 'Electron'
        ? `npx @electron/rebuild${name === undefined ? '' : ` --only ${name}`}`
        : `npm rebuild${name === undefined ? '' : ` ${name}`}`
    return {
      explanation: `${file ?? 'A native module'} is built for ${runtimeWords(built)}, and is loaded by ${runtimeWords(wanted)}.`,
      hint: `Build it for what loads it (${rebuild})${runtime?.name === 'Electron' ? `, or run the backend with the ${runtimeName(built)} that it was built for` : ''}.`,
      fix: inFolder(project?.dir ?? folderOf(run), rebuild),
      supports: [`Built for ${runtimeWords(built)}.`, `Loaded by ${runtimeWords(wanted)}.`],
    }
  },
})

const versionsIn = (text: string): readonly number[] =>
  [...text.matchAll(/NODE_MODULE_VERSION (\d+)/g)].slice(-2).map((match) => Number(match[1]))

const runtimeName = (abi: number): string => {
  const runtime = runtimeOf(abi)
  return runtime === undefined ? 'version' : `${runtime.name} ${runtime.major}`
}

const packageOf = (file: string): string | undefined =>
  /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1]?.replace('\\', '/')

const folderOf = ({ surroundings }: RunEvidence): string => surroundings.cwd
