/**
 * What a run says about the cause of its trouble: at its end, while it answers with an error, and in packaged
 * surroundings alone. A chatty log of a healthy service says nothing. Pure.
 */
import type { CauseCode } from '../../causes/codes.ts'
import { endsUnasked } from '../../causes/exit.ts'
import { readOutput } from '../../causes/output-lines.ts'
import { causeInOutput, type NamedCause } from '../../causes/patterns.ts'
import type { Confidence } from '../cause.ts'
import type { Evidence, ExecutableFacts, OutputEvidence, RequestEvidence, RunEvidence } from '../evidence.ts'
import { finalWords } from './asides.ts'
import { claudeTrouble } from './claude-trouble.ts'
import { baseName, folderOf } from './paths.ts'
import { after, endedUnasked, everListened, exitCause, howEnded, isAlive, linesOf, named, packagedOnly, reached } from './reading.ts'
import type { Told } from './told.ts'

/** An answer given this long before the end may have caused it. */
const soonMs = 1500

export const saidAtEnd = (run: RunEvidence, evidence: Evidence): Told | undefined => {
  const exit = endedUnasked(run)
  if (exit === null) return undefined
  const lines = linesOf(run)
  const reason = exitCause(run)
  // of an end without a word nothing is told but the end
  if (reason === 'EXITED_BEFORE_LISTENING') return undefined
  const words = named(run)
  // Claude's own words stand above those of who had started it
  const trouble = mayBeClaude.has(reason) && endsUnasked(exit) ? claudeTrouble(lines) : undefined
  const found: NamedCause | undefined = trouble && { cause: 'CLAUDE_UNUSABLE', line: trouble.line }
  const cause = found?.cause ?? reason
  if (cause === null) return undefined
  const line = found?.line ?? (words?.cause === cause ? spokenLine(words, lines) : (finalWords(lines) ?? null))
  const request = fatalRequest(run)
  const ended = `${howEnded(exit)} ${after(exit.atMs)}`
  const how =
    request === undefined ? ended : `${howEnded(exit)} ${Math.max(0, Math.round(exit.atMs - request.atMs))} ms after GET ${request.path}`
  return {
    cause,
    by: 'exit',
    run,
    line,
    ...certainty(cause, line, run, evidence),
    explanation: `${whereabouts(evidence, run)}It ${how}${line === null ? '' : `: ${line}`}`,
    supports: [
      `It ${ended}.`,
      ...(line === null ? [] : [`It said: ${line}`]),
      ...(request === undefined ? [] : [`It crashed on GET ${request.path} (CRASHED_ON_REQUEST), and what it said names why.`]),
      ...ownIsWell(evidence),
    ],
  }
}

/** A property may name the cause (`requireStack: []`), and the headline of its error tells people what it is about. */
export const spokenLine = ({ line }: NamedCause, lines: readonly string[]): string => {
  const said = readOutput(lines).findLast(({ text }) => text.trim() === line)
  return said?.kind === 'detail' ? (finalWords(lines) ?? line) : line
}

/** Ends that a Claude's words explain better, or at all. */
const mayBeClaude = new Set<CauseCode | null>([null, 'CLAUDE_NOT_FOUND', 'CLAUDE_UNUSABLE'])

/** The question of which it died. */
const fatalRequest = (run: RunEvidence): RequestEvidence | undefined => {
  const last = reached(run).at(-1)
  const exit = endedUnasked(run)
  if (last === undefined || exit === null) return undefined
  return last.outcome === 'closed' || last.outcome === 'no-answer' || exit.atMs - last.atMs <= soonMs ? last : undefined
}

/** It lives, and answers with an error; what it has said since it was asked, or says in the answer, names a cause. */
export const saidWithError = (run: RunEvidence, evidence: Evidence): Told | undefined => {
  const last = run.requests.at(-1)
  if (!isAlive(run) || last === undefined || !isError(last)) return undefined
  const asked = run.requests.find(isError)?.atMs ?? last.atMs
  const since = run.output.filter(({ atMs }) => atMs >= asked)
  const body = bodyOf(last)
  const words = wordsIn(linesOfOutput(since)) ?? (body.length === 0 ? undefined : wordsIn(body))
  if (words === undefined || (packagedOnly(evidence) !== undefined && saysSo(evidence.runs[0], words.cause))) return undefined
  const seen = `It answers ${last.status} to GET ${last.path}`
  const { contradicts } = certainty(words.cause, words.line, run, evidence)
  return {
    cause: words.cause,
    by: 'answer',
    run,
    line: words.line,
    confidence: contradicts.length > 0 ? 'possible' : packagedOnly(evidence) === undefined ? 'likely' : 'certain',
    explanation: `${whereabouts(evidence, run)}${seen}: ${words.line}`,
    supports: [`${seen}.`, `It says: ${words.line}`, ...ownIsWell(evidence)],
    contradicts,
  }
}

const isError = ({ outcome, status, owner }: RequestEvidence): boolean =>
  outcome === 'answered' && (status ?? 0) >= 500 && owner !== 'foreign'

const bodyOf = ({ head }: RequestEvidence): string[] => (head ?? '').split(/\r?\n|<br\s*\/?>/i)

/** In the surroundings of a packaged app it says what it did not say in its own: a difference that explains, even where its answers are good. */
export const saidOnlyPackaged = (evidence: Evidence): Told | undefined => {
  const own = evidence.runs[0]
  const run = evidence.runs.find(({ surroundings }) => surroundings.label === 'packaged' && surroundings.repaired === null)
  if (run === undefined || own === undefined || own === run || !isAlive(run)) return undefined
  // a service that is already ill in its own surroundings is explained by those
  if (own.notStarted !== null || endedUnasked(own) !== null) return undefined
  const words = onlyIn(run, own)
  if (words === undefined) return undefined
  const { contradicts } = certainty(words.cause, words.line, run, evidence)
  return {
    cause: words.cause,
    by: 'difference',
    run,
    line: words.line,
    confidence: contradicts.length > 0 ? 'possible' : 'likely',
    explanation: `In the surroundings of a packaged app it says: ${words.line}. In its own it does not.`,
    supports: [`In packaged surroundings it says: ${words.line}`, 'In its own surroundings it does not say so.'],
    contradicts,
  }
}

/** It lives, listens on nothing, and its last words name a cause: that may be all there is to it, or not. */
export const saidInVain = (run: RunEvidence, evidence: Evidence): Told | undefined => {
  if (!isAlive(run) || everListened(run) || evidence.service?.port === 'none') return undefined
  const words = wordsIn(linesOf(run))
  if (words === undefined) return undefined
  return {
    cause: words.cause,
    by: 'words',
    run,
    line: words.line,
    confidence: 'possible',
    explanation: `${whereabouts(evidence, run)}It runs and listens on nothing; it said: ${words.line}`,
    supports: [`It said: ${words.line}`, 'It has not listened on any port.'],
    contradicts: certainty(words.cause, words.line, run, evidence).contradicts,
  }
}

/** The first cause that a line of the one names, and none of the other. */
export const onlyIn = (run: RunEvidence, own: RunEvidence): NamedCause | undefined =>
  linesOf(run)
    .map((line) => wordsIn([line]))
    .find((words) => words !== undefined && !saysSo(own, words.cause))

const saysSo = (run: RunEvidence | undefined, cause: CauseCode): boolean =>
  run !== undefined && linesOf(run).some((line) => wordsIn([line])?.cause === cause)

const wordsIn = (lines: readonly string[]): NamedCause | undefined => {
  const words = causeInOutput(lines)
  if (words !== undefined && !mayBeClaude.has(words.cause)) return words
  const trouble = claudeTrouble(lines)
  return trouble === undefined ? words : { cause: 'CLAUDE_UNUSABLE', line: trouble.line }
}

const linesOfOutput = (output: readonly OutputEvidence[]): string[] => output.map(({ text }) => text)

/** Causes that are words of the program's own choice, where no system or shell speaks. */
const onlyWords = new Set<CauseCode>(['CLAUDE_NOT_FOUND', 'ENVIRONMENT_INCOMPLETE', 'CLAUDE_UNUSABLE'])
const bySystem = /\bENOENT\b|: (?:command )?not found$|command not found: |is not recognized|Executable not found in \$PATH|No such file/
/** What Node says of a command that is not there, and of a working directory that is not there, alike. */
const failedSpawn = /\bspawn (\S+?)(?:\.exe)? ENOENT\b/

/** How much a line proves, and what speaks against it. */
const certainty = (
  cause: CauseCode,
  line: string | null,
  run: RunEvidence,
  { executables }: Evidence,
): { readonly confidence: Confidence; readonly contradicts: readonly string[] } => {
  if (onlyWords.has(cause) && !bySystem.test(line ?? '')) return { confidence: 'likely', contradicts: [] }
  const command = failedSpawn.exec(line ?? '')?.[1]
  if (command === undefined || /[\\/]/.test(command)) return { confidence: 'certain', contradicts: [] }
  const known = command === 'node' ? executables.node : command === 'claude' ? executables.claude : null
  const path = pathOf(known, command)
  if (path === null) return { confidence: 'likely', contradicts: [] }
  if (!run.surroundings.path.includes(folderOf(path))) return { confidence: 'certain', contradicts: [] }
  // what Node means may be another PATH that was handed over, or a working directory that is gone
  return { confidence: 'possible', contradicts: [`${path} lies on the PATH that it was given.`] }
}

/** Where an executable was found, if it can be found by this name. */
const pathOf = (executable: ExecutableFacts | null, name: string): string | null =>
  executable?.path != null && baseName(executable.path) === name ? executable.path : null

/** Says of which surroundings an explanation speaks, where it is not its own. */
export const whereabouts = (evidence: Evidence, run: RunEvidence): string =>
  packagedOnly(evidence) === run ? 'This happens only in the surroundings of a packaged app. ' : ''

export const ownIsWell = (evidence: Evidence): string[] =>
  packagedOnly(evidence) === undefined ? [] : ['In its own surroundings it answers.']
