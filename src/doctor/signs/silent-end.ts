/** An end as if all were done, after an answer: nothing tells whether the question had to do with it. Pure. */
import type { RunEvidence } from '../evidence.ts'
import { finalWords } from './asides.ts'
import { endedUnasked, linesOf } from './reading.ts'

/** When it ended so, in milliseconds since its launch; undefined: it did not. */
export const endedInSilence = (run: RunEvidence): number | undefined => {
  const exit = endedUnasked(run)
  if (exit?.code !== 0 || run.requests.at(-1)?.outcome !== 'answered') return undefined
  return finalWords(linesOf(run)) === undefined ? exit.atMs : undefined
}
