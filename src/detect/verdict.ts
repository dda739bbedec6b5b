import type { CauseCode } from '../causes/codes.ts'
import type { CandidateSource, ExecutableKind } from './found.ts'

/** Where to look, and on whose word. */
export interface Place {
  readonly path: string
  readonly source: CandidateSource
  /** The environment variable that names it. */
  readonly variable?: string
  /** Who should have known places, and did not say: continues a sentence that begins with the path. */
  readonly problem?: string
}

/** A candidate that can be started, and how. */
export interface Usable {
  readonly usable: true
  readonly path: string
  readonly realPath: string
  readonly kind: Exclude<ExecutableKind, 'unusable'>
  readonly run: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string | null>>
  readonly version: string | null
  readonly healed?: true
  /** Continues a sentence that begins with its path, as `is a native executable`. */
  readonly reason: string
}

/** A candidate that cannot. */
export interface Unusable {
  readonly usable: false
  readonly kind: ExecutableKind
  /** Nothing lies there: not worth a word unless somebody named this path. */
  readonly absent: boolean
  /** Continues a sentence that begins with its path, as `is a directory`. */
  readonly reason: string
  readonly cause: CauseCode
  readonly hint: string
}

export type Verdict = Usable | Unusable
