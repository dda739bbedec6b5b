/** What the bytes of a candidate say it is; its name says nothing. */
export type ExecutableKind = 'native' | 'script' | 'wrapper' | 'shim' | 'cmd' | 'stub' | 'unusable'

/** Where a candidate came from, in the order of the search. */
export type CandidateSource = 'option' | 'env' | 'bundled' | 'runtime' | 'path' | 'login-shell' | 'known-place' | 'tool'

export interface Candidate {
  /** Absolute, as found. */
  readonly path: string
  readonly kind: ExecutableKind
  readonly source: CandidateSource
  /** null: not looked at, since an earlier one was chosen. */
  readonly usable: boolean | null
  /** Why it was chosen or passed over, in one sentence. */
  readonly reason: string
}

export interface FoundExecutable {
  /** Absolute, as found. Of a healed placeholder: the native file that belongs in its place, so that every user of this path gets one that works. */
  readonly path: string
  /** Behind all links. Of a shim its own path: it is only itself under its own name. */
  readonly realPath: string
  readonly kind: ExecutableKind
  readonly source: CandidateSource
  /** Exactly how to start it: command, then arguments that come before one's own. */
  readonly run: readonly [string, ...string[]]
  /** Overlay on the environment: null removes a variable. */
  readonly env: Readonly<Record<string, string | null>>
  /** null when it was only looked at, not executed, and nothing on disk says. */
  readonly version: string | null
  readonly usable: true
  readonly healed?: true
  /** In the order tried. */
  readonly candidates: readonly Candidate[]
}

export interface NotFound {
  readonly path: null
  readonly candidates: readonly Candidate[]
}

export type Found = FoundExecutable | NotFound
