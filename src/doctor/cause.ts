/** What a cause is: a code, where on a request's way it stands, and when the evidence speaks for it. Pure. */
import type { CauseCode } from '../causes/codes.ts'
import type { Evidence } from './evidence.ts'

/** `certain` only for what the evidence proves; a wrong verdict is worse than none. */
export type Confidence = 'certain' | 'likely' | 'possible'

export interface Finding {
  readonly confidence: Confidence
  /** What happened and what was seen: one or two sentences. */
  readonly explanation: string
  /** What to do: following it makes the doctor say HEALTHY. One or two sentences. */
  readonly hint: string
  /** A shell command that does it, where there is one. */
  readonly fix?: string | undefined
  /** `--fix` can do it. */
  readonly fixable?: true
  /** Facts of the evidence that speak for it, each a short sentence. At least one. */
  readonly supports: readonly string[]
  /** Facts that speak against it. Any of them forbids `certain`. */
  readonly contradicts?: readonly string[]
}

export interface Cause {
  readonly code: CauseCode
  /** A headline of a few words: `The backend crashes on the first request`. */
  readonly title: string
  /** Pure; undefined where the evidence does not speak for it. */
  readonly find: (evidence: Evidence) => Finding | undefined
}
