/**
 * Decides where a cause that was named is only how a deeper one looks: what else is known of the machine, the app and
 * its executables is held against it. Pure.
 */
import type { CauseCode } from '../../causes/codes.ts'
import type { Evidence, ExecutableFacts } from '../evidence.ts'
import { fileOf } from './not-started.ts'
import type { Told } from './told.ts'

type Look = (told: Told, evidence: Evidence) => Told | undefined

export const seenAgain = (told: Told, evidence: Evidence): Told => {
  for (const look of looks) {
    const other = look(told, evidence)
    // what was refuted is no better proof of what lies behind it
    if (other !== undefined) return isRefuted(told) ? { ...other, confidence: 'possible' } : other
  }
  return told
}

const isRefuted = ({ confidence, contradicts }: Told): boolean => confidence === 'possible' && contradicts.length > 0

const notFound = new Set<CauseCode>(['COMMAND_NOT_FOUND', 'CLAUDE_NOT_FOUND', 'NODE_NOT_IN_PATH'])
const cannotStart = new Set<CauseCode>([...notFound, 'NOT_EXECUTABLE', 'INTERPRETER_MISSING', 'DEPENDENCY_MISSING', 'ENTRY_MISSING'])

/** A Claude that lies there and cannot be used was passed over, and then it was called missing. */
const unusableClaude: Look = (told, { executables }) => {
  if (told.cause !== 'CLAUDE_NOT_FOUND') return undefined
  const found = passedOver(executables.claude)
  if (found === undefined) return undefined
  const fact = `${candidateWords(found)}.`
  return {
    ...told,
    cause: 'CLAUDE_UNUSABLE',
    explanation: `${told.explanation.replace(/\.$/, '')}. One is there and cannot be used: ${fact}`,
    supports: [...told.supports, fact],
  }
}

/** `/usr/bin/claude is not executable` */
export const candidateWords = ({ path, reason }: Candidate): string => `${path} ${reason}`.trim().replace(/\.$/, '')

type Candidate = ExecutableFacts['candidates'][number]

/** The first candidate that is a file, where none can be used; a placeholder before all others. */
export const passedOver = (claude: ExecutableFacts | null): Candidate | undefined => {
  if (claude === null || claude.path !== null) return undefined
  const there = claude.candidates.filter(({ usable, reason }) => usable === false && !/does not exist|not an absolute path/.test(reason))
  return there.find(({ kind }) => kind === 'stub') ?? there[0]
}

/** Flatpak and Snap show the app another file system; an AppImage is mounted while its first process lives. */
const confined: Look = (told, { machine }) => {
  const sandbox = machine.confinement.find((name) => name === 'Flatpak' || name === 'Snap')
  if (sandbox !== undefined && (notFound.has(told.cause) || told.cause === 'NOT_EXECUTABLE')) {
    return { ...told, cause: 'CONFINED_PACKAGE', confidence: 'likely', supports: [...told.supports, `It runs inside a ${sandbox}.`] }
  }
  if (!machine.confinement.includes('AppImage') || !cannotStart.has(told.cause)) return undefined
  const place = [told.line ?? '', told.explanation, fileOf(told.run) ?? '', told.run.surroundings.cwd].find((text) => inMount.test(text))
  const fact =
    place === undefined ? undefined : `${inMount.exec(place)?.[0]} is the mount of an AppImage, which goes when its first process ends.`
  const leaked = told.cause === 'DEPENDENCY_MISSING' && /shared librar/.test(told.line ?? '')
  const why = fact ?? (leaked ? 'An AppImage sets LD_LIBRARY_PATH, and what it starts inherits that.' : undefined)
  return why === undefined
    ? undefined
    : { ...told, cause: 'CONFINED_PACKAGE', confidence: 'likely', supports: [...told.supports, 'It runs inside an AppImage.', why] }
}

const inMount = /\/tmp\/\.mount_[^/\s'"]+/

const infected = /\bvirus or potentially unwanted software\b/i

/** A file that was there when it was looked for, and is gone or forbidden when it is to be started. */
const quarantined: Look = (told, { machine, executables, runs }) => {
  if (machine.platform !== 'win32') return undefined
  if (infected.test(told.line ?? told.explanation)) return { ...told, cause: 'FILE_QUARANTINED' }
  const file = fileOf(told.run)
  if (told.by !== 'refusal' || file === undefined || !cannotStart.has(told.cause)) return undefined
  const wasFound = [executables.node, executables.claude].some((found) => found?.path === file || found?.realPath === file)
  const hasRun = runs.some((run) => run.pid !== null && run.command?.startsWith(file))
  if (!wasFound && !hasRun) return undefined
  const fact = `${file} was there shortly before${hasRun ? ', and ran' : ''}.`
  return { ...told, cause: 'FILE_QUARANTINED', confidence: 'likely', supports: [...told.supports, fact] }
}

const looks: readonly Look[] = [quarantined, confined, unusableClaude]
