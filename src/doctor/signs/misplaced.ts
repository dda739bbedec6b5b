/**
 * Decides whether what is missing or forbidden is so because of the working directory: a relative path means another
 * file in another folder. Stands before the verdict that a script or command is missing. Pure.
 */
import { endsUnasked } from '../../causes/exit.ts'
import type { Confidence } from '../cause.ts'
import type { Evidence, RunEvidence } from '../evidence.ts'
import { finalWords } from './asides.ts'
import { namedEntry } from './named-entry.ts'
import { isAbsolute, isBelow, within } from './paths.ts'
import { endedUnasked, exitCause, howEnded, linesOf, named, packagedOnly } from './reading.ts'
import { ownIsWell, spokenLine, whereabouts } from './said.ts'
import type { Told } from './told.ts'
import { variablesIn } from './variables.ts'

export const misplaced = (run: RunEvidence, evidence: Evidence): Told | undefined => {
  const { cwd } = run.surroundings
  const found =
    missingCommand(run, evidence) ??
    missingEntry(run, evidence) ??
    missingFile(run, evidence) ??
    missingVariables(run, evidence) ??
    forbidden(run, evidence)
  if (found === undefined) return undefined
  const exit = endedUnasked(run)
  const ended = exit === null ? 'It was not started.' : `It ${howEnded(exit)}.`
  return {
    cause: 'WORKING_DIRECTORY_UNUSABLE',
    by: run.notStarted === null ? 'exit' : 'refusal',
    run,
    line: found.line,
    confidence: found.confidence,
    explanation: `${whereabouts(evidence, run)}Its working directory is ${cwd}, and ${found.fact}${found.line === null ? '.' : `: ${found.line}`}`,
    supports: [ended, `Its working directory was ${cwd}.`, `${capital(found.fact)}.`, ...ownIsWell(evidence)],
    contradicts: [],
  }
}

interface Misplaced {
  readonly line: string | null
  /** What was wrong there: a clause. */
  readonly fact: string
  readonly confidence: Confidence
}

/** In the folder in which a desktop starts apps, or in another than its own. */
const isElsewhere = (run: RunEvidence, evidence: Evidence): boolean => {
  const { cwd } = run.surroundings
  const own = evidence.runs[0]?.surroundings.cwd
  return /^(?:\/|[A-Z]:\\(?:Windows(?:\\System32)?\\?)?)$/i.test(cwd) || (packagedOnly(evidence) === run && own !== cwd)
}

const missingCommand = (run: RunEvidence, evidence: Evidence): Misplaced | undefined => {
  const facts = run.notStarted?.facts
  if (!facts || facts.fileExists || !facts.cwdExists || !isRelative(facts.command) || !isElsewhere(run, evidence)) return undefined
  return { line: null, fact: `it is looked for there, as ${facts.file ?? within(facts.cwd, facts.command)}`, confidence: 'certain' }
}

/** A path, not a name that is looked up on PATH. */
const isRelative = (path: string): boolean => /[\\/]/.test(path) && !isAbsolute(path)

const missingEntry = (run: RunEvidence, evidence: Evidence): Misplaced | undefined => {
  const words = named(run)
  if (exitCause(run) !== 'ENTRY_MISSING' || words?.cause !== 'ENTRY_MISSING' || !isElsewhere(run, evidence)) return undefined
  const line = spokenLine(words, linesOf(run))
  const path = namedEntry(line)
  if (path === undefined) return undefined
  const { cwd } = run.surroundings
  const given = isAbsolute(path) ? relativeWords(run, evidence).find((word) => within(cwd, word) === path) : path
  return given === undefined ? undefined : { line, fact: `it looks there for ${given}`, confidence: 'certain' }
}

/** Of its command line. */
const relativeWords = (run: RunEvidence, { service }: Evidence): string[] =>
  [service?.command ?? '', ...(service?.args ?? []), ...(run.command ?? '').split(/\s+/)].filter(
    (word) => word !== '' && !word.startsWith('-') && !isAbsolute(word),
  )

const noFile = [
  /\bENOENT: no such file or directory, \w+ '([^']+)'/,
  /\bspawn (\S*[\\/]\S*) ENOENT\b/,
  /\[Errno 2\] No such file or directory: '([^']+)'/,
  /\bopen ([^\s:]+): no such file or directory$/,
]

const missingFile = (run: RunEvidence, evidence: Evidence): Misplaced | undefined => {
  const line = lastError(run)
  if (line === undefined || !isElsewhere(run, evidence)) return undefined
  const path = firstMatch(noFile, line)
  if (path === undefined || isAbsolute(path)) return undefined
  return { line, fact: `it looks there for ${path}`, confidence: packagedOnly(evidence) === run ? 'certain' : 'likely' }
}

/** Variables that its own surroundings lack as well came from a file of its folder. */
const missingVariables = (run: RunEvidence, evidence: Evidence): Misplaced | undefined => {
  const words = named(run)
  if (packagedOnly(evidence) !== run || exitCause(run) !== 'ENVIRONMENT_INCOMPLETE' || !isElsewhere(run, evidence)) return undefined
  const variables = variablesIn(words?.line ?? null)
  if (words === undefined || variables.length === 0 || variables.some((name) => run.surroundings.missing.includes(name))) return undefined
  return { line: words.line, fact: `it does not find there what has set ${variables.join(', ')}, such as .env`, confidence: 'likely' }
}

const readOnly = [/\bEROFS: [^,]+, \w+ '([^']+)'/, /\[Errno 30\][^']*'([^']+)'/]
const noRight = [/\b(?:EACCES|EPERM): [^,]+, \w+ '([^']+)'/, /\[Errno 13\] Permission denied: '([^']+)'/]

const forbidden = (run: RunEvidence, evidence: Evidence): Misplaced | undefined => {
  const line = lastError(run)
  if (line === undefined) return undefined
  const path = firstMatch(readOnly, line) ?? (cannotWrite(run, evidence) ? firstMatch(noRight, line) : undefined)
  if (path === undefined) return undefined
  const { cwd } = run.surroundings
  // everything is below the root: there only a relative path, or the comparison, says that the folder matters
  const matters = !isAbsolute(path) || (isBelow(cwd, path) && (cwd !== '/' || packagedOnly(evidence) === run))
  return matters
    ? { line, fact: `it may not write ${path} there`, confidence: isAbsolute(path) && cwd === '/' ? 'likely' : 'certain' }
    : undefined
}

const cannotWrite = (run: RunEvidence, evidence: Evidence): boolean =>
  evidence.project?.cwdWritable === false || packagedOnly(evidence) === run

/** Of which it died, where its words name no cause of their own. */
const lastError = (run: RunEvidence): string | undefined => {
  const exit = endedUnasked(run)
  if (exit === null || !endsUnasked(exit)) return undefined
  const cause = exitCause(run)
  return cause === null || cause === 'WORKING_DIRECTORY_UNUSABLE' ? finalWords(linesOf(run)) : undefined
}

const firstMatch = (patterns: readonly RegExp[], text: string): string | undefined => {
  for (const pattern of patterns) {
    const found = pattern.exec(text)?.[1]
    if (found !== undefined) return found
  }
  return undefined
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
