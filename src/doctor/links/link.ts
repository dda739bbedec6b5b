/** What a look at one link of a request's way is. Pure: types, and the words for what was not looked at. */
import type { CauseCode } from '../../causes/codes.ts'
import type { Evidence, RunEvidence } from '../evidence.ts'
import type { CheckStatus, Json } from '../report.ts'
import { endedUnasked, everListened, howEnded, patientRun } from '../signs/reading.ts'

export interface Way {
  readonly evidence: Evidence
  /** The run that the verdict is about. */
  readonly run: RunEvidence | undefined
  /** The verdict is HEALTHY. */
  readonly isWell: boolean
}

export interface Seen {
  readonly status: CheckStatus
  readonly title: string
  readonly evidence: { readonly [name: string]: Json }
  /** Of a warning that is no verdict. */
  readonly code?: CauseCode
  readonly hint?: string
  readonly fixable?: true
  readonly durationMs?: number
}

export type Link = (way: Way) => Seen

export const wayOf = (evidence: Evidence, isWell: boolean): Way => ({ evidence, run: patientRun(evidence), isWell })

/** `absent`: there is nothing to check. `unknown`: the system does not tell. */
export type Because = 'not-reached' | 'not-asked' | 'absent' | 'unknown'

export const skipped = (because: Because, title: string, evidence: Seen['evidence'] = {}): Seen => ({
  status: 'skip',
  title,
  evidence: { because, ...evidence },
})

/** Nothing was started, and nothing runs that could be asked. */
export const noRun = ({ evidence }: Way): Seen => {
  if (evidence.subject === 'package') return skipped('not-asked', 'a packaged app is not started')
  if (evidence.subject === 'address') return skipped('not-asked', 'only an address was examined')
  return skipped('not-reached', 'not reached: nothing runs')
}

/** Why a request does not come to the address of a run; undefined: it does. */
export const cutShort = (run: RunEvidence): Seen | undefined => {
  if (run.notStarted !== null) return skipped('not-reached', 'not reached: it was not started')
  const exit = endedUnasked(run)
  return exit === null || everListened(run) || run.requests.length > 0
    ? undefined
    : skipped('not-reached', `not reached: it ${howEnded(exit)} before`)
}

/** At most as long as a line. */
export const shortened = (text: string, longest = 160): string => (text.length <= longest ? text : `${text.slice(0, longest - 1)}…`)
