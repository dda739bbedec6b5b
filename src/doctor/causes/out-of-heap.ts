/** The backend wanted more memory than its runtime allows itself. Pure. */
import { spokenError } from '../../causes/first-error.ts'
import type { Cause } from '../cause.ts'
import type { Evidence, RunEvidence } from '../evidence.ts'
import { after, endedUnasked, exitCause, howEnded, linesOf, named, patientRun, reached } from '../signs/reading.ts'
import { posixOnly } from '../signs/shell.ts'

export const outOfHeap: Cause = {
  code: 'OUT_OF_HEAP',
  title: 'The backend runs out of heap',
  find: (evidence) => {
    const run = patientRun(evidence)
    const exit = run && endedUnasked(run)
    if (run === undefined || !exit || exitCause(run) !== 'OUT_OF_HEAP') return undefined
    const words = named(run)?.line ?? spokenError(linesOf(run))
    const limit = limitOf(run)
    const last = reached(run).at(-1)
    return {
      confidence: 'certain',
      explanation: `It ${howEnded(exit)} ${after(exit.atMs)}${words === undefined ? '' : `: ${words}`}`,
      hint: isNode(run) ? nodeHint(limit) : 'Allow its runtime more memory (-Xmx in Java), or hold less at once.',
      fix: isNode(run) && limit?.from !== 'command' ? fixFor(evidence) : undefined,
      supports: [
        `It ${howEnded(exit)}.`,
        ...(words === undefined ? [] : [`It said: ${words}`]),
        ...(limit === undefined
          ? []
          : [`Its heap is limited to ${limit.mb} MB by its ${limit.from === 'command' ? 'command line' : 'NODE_OPTIONS'}.`]),
        ...(last === undefined ? [] : [`The last that it was asked was GET ${last.path}.`]),
      ],
    }
  },
}

const option = /--max[-_]old[-_]space[-_]size[= ](\d+)/

/** What it was told about its heap, and by what. */
const limitOf = ({
  command,
  surroundings,
}: RunEvidence): { readonly mb: string; readonly from: 'command' | 'NODE_OPTIONS' } | undefined => {
  const onCommand = option.exec(command ?? '')?.[1]
  if (onCommand !== undefined) return { mb: onCommand, from: 'command' }
  const inOptions = option.exec(surroundings.values.NODE_OPTIONS ?? '')?.[1]
  return inOptions === undefined ? undefined : { mb: inOptions, from: 'NODE_OPTIONS' }
}

const isNode = (run: RunEvidence): boolean =>
  linesOf(run).some((line) => /JavaScript heap|JavaScript out of memory|Reached heap limit|^<--- JS stacktrace/.test(line))

const nodeHint = (limit: ReturnType<typeof limitOf>): string => {
  if (limit === undefined)
    return 'Allow it more heap (`node.execArgv`: --max-old-space-size=4096), or hold less at once: stream what is large.'
  const place = limit.from === 'command' ? 'its command line (`node.execArgv`)' : 'NODE_OPTIONS'
  return `Raise or remove --max-old-space-size=${limit.mb} in ${place}, or hold less at once: stream what is large.`
}

/** Of the words that a start is asked with: what was run is shown without its secrets. */
const fixFor = (evidence: Evidence): string | undefined => posixOnly(evidence, 'export NODE_OPTIONS=--max-old-space-size=4096')
