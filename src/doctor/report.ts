/**
 * What the doctor says, as data: one verdict, and a check for each link of a request's way. Pure. The keys stand in a
 * fixed order, and nothing is undefined: the same evidence gives the same JSON.
 */
import type { CauseCode } from '../causes/codes.ts'
import type { Confidence } from './cause.ts'
import type { CheckId } from './check-of.ts'
import { checksOf } from './checks.ts'
import type { Evidence } from './evidence.ts'
import type { Diagnosis } from './judge.ts'
import { sameAgain } from './signs/again.ts'

export interface DoctorReport {
  readonly schema: 1
  /** The verdict is HEALTHY. */
  readonly ok: boolean
  readonly verdict: VerdictReport
  /** In the order in which a request meets the links. */
  readonly checks: readonly Check[]
  readonly environment: EnvironmentReport
}

export interface VerdictReport {
  readonly code: CauseCode | 'HEALTHY' | 'UNKNOWN'
  /** A headline of a few words. */
  readonly title: string
  /** What happened and what was seen. */
  readonly explanation: string
  /** What to do; empty where nothing is wrong. */
  readonly hint: string
  readonly confidence: Confidence
  /** Facts that speak for it. */
  readonly supports: readonly string[]
  /** Facts that speak against it. */
  readonly contradicts: readonly string[]
  /** A shell command that does what the hint says. */
  readonly fix: { readonly command: string } | null
  /** A shell command that asks the doctor the same again. */
  readonly again: string
}

/** `skip`: it was not reached, not asked for, or there is nothing to check; `evidence.because` tells which. */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'skip'

export interface Check {
  /** Of a finding in a packaged app `archive:` and its code in small letters. */
  readonly id: CheckId | `archive:${string}`
  readonly status: CheckStatus
  /** The cause that was found at this link. */
  readonly code: CauseCode | null
  /** What was seen, in a few words. */
  readonly title: string
  readonly evidence: { readonly [name: string]: Json }
  /** What to do; empty where there is nothing to do. */
  readonly hint: string
  /** `--fix` can do it. */
  readonly fixable: boolean
  /** As far as it was measured, else 0. */
  readonly durationMs: number
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

export interface EnvironmentReport {
  readonly platform: NodeJS.Platform
  readonly arch: string
  readonly release: string
  /** Version of the Node that the doctor runs in. */
  readonly node: string
  readonly electron?: string
  /** Version of jarvis-supervise that has looked. */
  readonly supervisor: string
  readonly subject: Evidence['subject']
  readonly service: string | null
  /** ISO 8601. */
  readonly takenAt: string
  readonly durationMs: number
  /** Folders on the PATH of the doctor. */
  readonly pathEntries: readonly string[]
  readonly confinement: readonly string[]
}

/** @param timings How long checks have taken, in milliseconds, where the evidence does not tell. */
export const reportOf = (evidence: Evidence, diagnosis: Diagnosis, timings: Readonly<Record<string, number>> = {}): DoctorReport => ({
  schema: 1,
  ok: diagnosis.code === 'HEALTHY',
  verdict: verdictOf(diagnosis, evidence),
  checks: checksOf(evidence, diagnosis, timings),
  environment: environmentOf(evidence),
})

const verdictOf = ({ code, title, finding }: Diagnosis, evidence: Evidence): VerdictReport => ({
  code,
  title,
  explanation: finding.explanation,
  hint: finding.hint,
  confidence: finding.confidence,
  supports: [...finding.supports],
  contradicts: [...(finding.contradicts ?? [])],
  fix: finding.fix === undefined ? null : { command: finding.fix },
  again: sameAgain(evidence),
})

const environmentOf = ({ machine, doctor, subject, service, takenAt, durationMs, environment }: Evidence): EnvironmentReport => ({
  platform: machine.platform,
  arch: machine.arch,
  release: machine.release,
  node: machine.node,
  ...(machine.electron === null ? {} : { electron: machine.electron }),
  supervisor: doctor,
  subject,
  service: service?.name ?? null,
  takenAt,
  durationMs,
  pathEntries: [...environment.path],
  confinement: [...machine.confinement],
})
