/** Looks at a path: what lies there, and whether what it needs to run is there too. Never executes anything, never throws. */
import { accessSync, constants, lstatSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs'
import { errnoOf, messageOf } from '../errors.ts'
import type { Content } from './content.ts'
import { isInsideAsar, onPath } from './paths.ts'
import { contentOf } from './read-head.ts'
import type { Surroundings } from './surroundings.ts'

export interface SeenFile {
  readonly state: 'file'
  readonly isLink: boolean
  readonly realPath: string
  readonly executable: boolean
  readonly content: Content
  /** What the file asks for and what is not there: an ELF's loader, the program of a `#!` line. */
  readonly missingInterpreter: string | null
}

export type Sight =
  | SeenFile
  /** `code` where the answer is "not to be seen" (a folder that may not be entered) instead of "not there". */
  | { readonly state: 'missing'; readonly code: string | null }
  | { readonly state: 'dangling'; readonly target: string }
  | { readonly state: 'no-file'; readonly what: string }
  | { readonly state: 'unreadable'; readonly code: string }
  | { readonly state: 'in-asar' }

const quiet = { throwIfNoEntry: false } as const

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const isFile = (path: string): boolean => {
  try {
    return statSync(path, quiet)?.isFile() === true
  } catch {
    return false
  }
}

/** Whether a path can be started as far as its type and mode say. */
export const isExecutableFile = (path: string): boolean => isFile(path) && isExecutable(path)

export const missingInterpreter = (content: Content, surroundings: Pick<Surroundings, 'platform' | 'env'>): string | null => {
  if (content.format === 'elf') return content.interpreter && !isFile(content.interpreter) ? content.interpreter : null
  // Windows does not read `#!` lines.
  if (content.format !== 'shebang' || surroundings.platform === 'win32') return null
  const { interpreter, throughEnv } = content
  if (!isFile(interpreter)) return interpreter
  if (throughEnv === null || throughEnv.startsWith('/')) return throughEnv === null || isFile(throughEnv) ? null : throughEnv
  return onPath(throughEnv, surroundings).some(isExecutableFile) ? null : throughEnv
}

const typeOf = (stats: Stats): string => {
  if (stats.isDirectory()) return 'a directory'
  if (stats.isSocket()) return 'a socket'
  return stats.isFIFO() ? 'a pipe' : 'a device'
}

/** The entry itself, a link not followed. */
const entryAt = (path: string): Stats | { readonly missing: string | null } => {
  try {
    return lstatSync(path, quiet) ?? { missing: null }
  } catch (error) {
    const code = errnoOf(error) ?? messageOf(error)
    // A file where a folder was expected.
    return { missing: code === 'ENOTDIR' ? null : code }
  }
}

const seeFile = (path: string, stats: Stats, isLink: boolean, surroundings: Surroundings): SeenFile => {
  const realPath = realpathSync.native(path)
  const content = contentOf(realPath, stats)
  const missing = missingInterpreter(content, surroundings)
  return { state: 'file', isLink, realPath, executable: isExecutable(path), content, missingInterpreter: missing }
}

export const see = (path: string, surroundings: Surroundings): Sight => {
  // Before any look: inside Electron, `fs` is patched and sees into archives.
  if (isInsideAsar(path)) return { state: 'in-asar' }
  const entry = entryAt(path)
  if ('missing' in entry) return { state: 'missing', code: entry.missing }
  try {
    const isLink = entry.isSymbolicLink()
    const stats = isLink ? statSync(path, quiet) : entry
    if (stats === undefined) return { state: 'dangling', target: readlinkSync(path) }
    return stats.isFile() ? seeFile(path, stats, isLink, surroundings) : { state: 'no-file', what: typeOf(stats) }
  } catch (error) {
    return { state: 'unreadable', code: errnoOf(error) ?? messageOf(error) }
  }
}
