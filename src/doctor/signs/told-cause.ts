/** Makes a cause of a code that the evidence may name by itself, and of what to do about it. Pure. */
import type { CauseCode } from '../../causes/codes.ts'
import type { Cause, Finding } from '../cause.ts'
import type { Evidence } from '../evidence.ts'
import { type Told, told } from './told.ts'

export interface Remedy {
  readonly hint: string
  readonly fix?: string | undefined
  readonly fixable?: boolean
  /** Instead of what was told. */
  readonly explanation?: string
  /** Besides what was told. */
  readonly supports?: readonly string[]
  readonly contradicts?: readonly string[]
}

export interface Signs {
  readonly code: CauseCode
  readonly title: string
  readonly remedy: (told: Told, evidence: Evidence) => Remedy
  /** What else the evidence may show of it, where it names no cause by itself. */
  readonly otherwise?: (evidence: Evidence) => Finding | undefined
}

export const toldCause = ({ code, title, remedy, otherwise }: Signs): Cause => ({
  code,
  title,
  find: (evidence) => {
    const found = told(evidence)
    if (found?.cause === code) return findingOf(found, remedy(found, evidence))
    return inArchive(code, evidence) ?? (found === undefined ? otherwise?.(evidence) : undefined)
  },
})

const findingOf = (found: Told, { hint, fix, fixable, explanation, supports = [], contradicts = [] }: Remedy): Finding => ({
  confidence: found.confidence,
  explanation: explanation ?? found.explanation,
  hint,
  fix,
  ...(fixable === true && { fixable }),
  supports: [...found.supports, ...supports],
  contradicts: [...found.contradicts, ...contradicts],
})

/** Of a packaged app that was looked at and not started. */
const inArchive = (code: CauseCode, { subject, archive }: Evidence): Finding | undefined => {
  if (subject !== 'package') return undefined
  const ofIt = archive?.findings.filter((finding) => finding.code === code) ?? []
  const worst = ofIt.find(({ severity }) => severity === 'fail') ?? ofIt[0]
  if (worst === undefined) return undefined
  return {
    confidence: worst.severity === 'fail' ? 'certain' : 'possible',
    explanation: worst.fact,
    hint: worst.hint,
    supports: ofIt.flatMap(({ fact, paths }) => [fact, ...paths.filter((path) => !fact.includes(path))]),
  }
}

/** For a hint about packaged surroundings: what a start does by itself. */
export const byItself = ({ run }: Told, does: string): string =>
  run.surroundings.label === 'packaged' ? ` \`jarvis-supervise start\` ${does} by itself.` : ''
