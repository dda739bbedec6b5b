/**
 * What experiments prove: the same run with exactly one difference between packaged and own surroundings set right. The
 * difference that cures is the cause, whatever was said. Pure.
 */
import type { CauseCode } from '../../causes/codes.ts'
import { spokenError } from '../../causes/first-error.ts'
import type { Evidence, RunEvidence, SurroundingsDifference } from '../evidence.ts'
import { baseName, folderOf } from './paths.ts'
import { endedUnasked, linesOf, wentWell } from './reading.ts'
import { onlyIn } from './said.ts'
import type { Told } from './told.ts'

/** @param said What the run says itself; it tells which command it was that a PATH lacked. */
export const cured = (run: RunEvidence, said: Told | undefined, evidence: Evidence): Told | undefined => {
  const cures = evidence.runs.flatMap((other) => {
    const { label, repaired } = other.surroundings
    return label === 'packaged' && repaired !== null && wentWell(other, evidence) ? [repaired] : []
  })
  const [difference, ...others] = cures
  if (difference === undefined) return undefined
  const { cause, line = lastError(run), confidence } = explained[difference](run, said, evidence)
  return {
    cause,
    by: 'experiment',
    run,
    line,
    confidence,
    explanation: `In the surroundings of a packaged app it fails; with ${words[difference]} and nothing else set right it answers${line === null ? '.' : `. It says: ${line}`}`,
    supports: [
      'In its own surroundings it answers.',
      `In packaged surroundings with ${words[difference]} set right it answers.`,
      ...(said === undefined ? [] : said.supports.filter((fact) => !/^In its own/.test(fact))),
    ],
    contradicts: others.map((other) => `With ${words[other]} alone set right it answers too.`),
  }
}

/** Of which it died, though that names no cause. */
const lastError = (run: RunEvidence): string | null => (endedUnasked(run) === null ? null : (spokenError(linesOf(run)) ?? null))

const words: Readonly<Record<SurroundingsDifference, string>> = {
  PATH: 'PATH',
  cwd: 'the working directory',
  HOME: 'HOME',
  variables: 'the variables',
  stdin: 'stdin',
  ELECTRON_RUN_AS_NODE: 'ELECTRON_RUN_AS_NODE',
}

type Explained = Pick<Told, 'cause' | 'confidence'> & { readonly line?: string | undefined }
type Explain = (run: RunEvidence, said: Told | undefined, evidence: Evidence) => Explained

const proves =
  (cause: CauseCode): Explain =>
  (_run, said) => ({ cause, line: said?.line ?? undefined, confidence: 'certain' })

/** What a PATH decides beyond the commands that are not on it: which one of a name is found. */
const ofPath = new Set<CauseCode>(['NODE_NOT_IN_PATH', 'CLAUDE_NOT_FOUND', 'COMMAND_NOT_FOUND', 'NODE_TOO_OLD', 'CLAUDE_UNUSABLE'])

const lackedOnPath: Explain = (run, said, evidence) => {
  const own = evidence.runs[0]
  const found = said !== undefined && ofPath.has(said.cause) ? said : own && onlyIn(run, own)
  // a script for Node begins with `env node`: what is missing is a Node on PATH
  if (said?.cause === 'INTERPRETER_MISSING') return { cause: 'NODE_NOT_IN_PATH', line: said.line ?? undefined, confidence: 'certain' }
  if (found !== undefined && ofPath.has(found.cause)) return { cause: found.cause, line: found.line ?? undefined, confidence: 'certain' }
  const cause = isOutside(evidence.executables.claude?.path, run) ? 'CLAUDE_NOT_FOUND' : 'COMMAND_NOT_FOUND'
  // that it is PATH is proved; which command it misses is not
  return { cause, line: said?.line ?? undefined, confidence: 'likely' }
}

const isOutside = (path: string | null | undefined, run: RunEvidence): boolean =>
  path != null && baseName(path) === 'claude' && !run.surroundings.path.includes(folderOf(path))

const explained: Readonly<Record<SurroundingsDifference, Explain>> = {
  PATH: lackedOnPath,
  cwd: proves('WORKING_DIRECTORY_UNUSABLE'),
  HOME: proves('ENVIRONMENT_INCOMPLETE'),
  variables: proves('ENVIRONMENT_INCOMPLETE'),
  stdin: proves('EXITS_WHEN_STDIN_CLOSES'),
  ELECTRON_RUN_AS_NODE: proves('RUN_AS_NODE_MISSING'),
}
