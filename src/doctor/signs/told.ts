/**
 * Decides which cause the evidence names by itself: by a refusal, by an experiment, by the words of an end or of an
 * error. One at most, so that the causes that are found in this way exclude each other. Pure.
 */
import type { CauseCode } from '../../causes/codes.ts'
import type { Confidence } from '../cause.ts'
import type { Evidence, RunEvidence } from '../evidence.ts'
import { cured } from './experiment.ts'
import { misplaced } from './misplaced.ts'
import { refused } from './not-started.ts'
import { packagedOnly, patientRun } from './reading.ts'
import { saidAtEnd, saidInVain, saidOnlyPackaged, saidWithError } from './said.ts'
import { seenAgain } from './second-look.ts'

export interface Told {
  readonly cause: CauseCode
  /**
   * `refusal`: it was not started, and that says why. `experiment`: one difference set right cures it. `exit`: its last
   * words, or what ran. `answer`: what it says while it answers with an error. `difference`: what it says in packaged
   * surroundings and not in its own. `words`: what it says while it does not listen.
   */
  readonly by: 'refusal' | 'experiment' | 'exit' | 'answer' | 'difference' | 'words'
  readonly run: RunEvidence
  /** The line of output that names it. */
  readonly line: string | null
  readonly confidence: Confidence
  readonly explanation: string
  readonly supports: readonly string[]
  readonly contradicts: readonly string[]
}

/** Every cause asks the same of the same evidence, and the answer takes a reading of all output. */
const answers = new WeakMap<Evidence, { readonly told: Told | undefined }>()

export const told = (evidence: Evidence): Told | undefined => {
  const known = answers.get(evidence)
  if (known !== undefined) return known.told
  const first = firstTold(evidence)
  const answer = first && seenAgain(first, evidence)
  answers.set(evidence, { told: answer })
  return answer
}

const firstTold = (evidence: Evidence): Told | undefined => {
  const run = patientRun(evidence)
  if (run === undefined) return undefined
  if (run.notStarted !== null) return misplaced(run, evidence) ?? refused(run, evidence)
  const said = saidAtEnd(run, evidence) ?? saidWithError(run, evidence)
  const experiment = packagedOnly(evidence) && cured(run, said, evidence)
  return experiment ?? misplaced(run, evidence) ?? said ?? saidOnlyPackaged(evidence) ?? saidInVain(run, evidence)
}
