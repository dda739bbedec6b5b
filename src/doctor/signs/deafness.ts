/** Why a run that lives may listen on no port, without anybody in its way. Pure. */
import { stripVTControlCharacters } from 'node:util'
import type { ProcessEvidence, RunEvidence } from '../evidence.ts'
import { lastLook, linesOf } from './reading.ts'

/** A line this long says no more than its beginning. */
const longestLine = 500

/** Its lines as people see them. */
export const readable = (run: RunEvidence): string[] =>
  linesOf(run).map((line) => stripVTControlCharacters(line.slice(0, longestLine)).trim())

const rejection = /\bUnhandledPromiseRejection|\bunhandled (?:promise )?rejection\b/i

/** The line that tells of a rejected promise that nobody handled. */
export const rejectionLine = (run: RunEvidence): string | undefined => readable(run).find((line) => rejection.test(line))

/** Processes of it that see another network than we do. */
export const awayProcesses = (run: RunEvidence): ProcessEvidence[] =>
  (lastLook(run)?.processes ?? []).filter(({ otherNetwork, state }) => otherNetwork && state !== 'Z')

/** Sockets by which tools talk to themselves: they serve no window. */
const internal = /\/tsx-\d+\/|\/vscode-|\/dbus-|\/\.X11-unix\/|Singleton(?:Socket|Cookie)|\/nx-|\/watchman|\/claude-|\/ssh-/

/** Unix sockets by which it may serve. */
export const servingSockets = (run: RunEvidence): string[] => (lastLook(run)?.unixSockets ?? []).filter((path) => !internal.test(path))

const listening = /\bDebugger listening on\b/
const waits = /\bwaiting for (?:the |a )?debugger(?! to disconnect)/i
const attached = /\bDebugger attached\b/
/** What comes with it, and what Node says by itself. */
const besides = /^For help, see: |^\(node:\d+\)|^\(Use `/
/** They let a program wait before its first line. */
const waitOption = /--inspect-(?:brk|wait)\b/

export interface DebuggerWait {
  readonly line: string
  /** The line itself says that it waits. */
  readonly saysSo: boolean
  readonly option: { readonly words: string; readonly from: 'environment' | 'command' } | undefined
}

/** It says that its debugger listens, and has said nothing since. */
export const debuggerWait = (run: RunEvidence): DebuggerWait | undefined => {
  const lines = readable(run)
  const at = lines.findIndex((line) => listening.test(line) || waits.test(line))
  const line = lines[at]
  if (line === undefined || lines.some((each) => attached.test(each))) return undefined
  const option = waitOptionOf(run)
  const saysSo = lines.some((each) => waits.test(each))
  // one that only may be debugged goes on, and mostly says something
  const wentOn = lines.slice(at).some((each) => each !== '' && !listening.test(each) && !waits.test(each) && !besides.test(each))
  return saysSo || option !== undefined || !wentOn ? { line, saysSo, option } : undefined
}

const waitOptionOf = ({ surroundings, command }: RunEvidence): DebuggerWait['option'] => {
  const inherited = waitOption.exec(surroundings.values.NODE_OPTIONS ?? '')?.[0]
  if (inherited !== undefined) return { words: inherited, from: 'environment' }
  const given = waitOption.exec(command ?? '')?.[0]
  return given === undefined ? undefined : { words: given, from: 'command' }
}

/** Something of the run itself explains it. */
export const isExplained = (run: RunEvidence): boolean =>
  rejectionLine(run) !== undefined || awayProcesses(run).length > 0 || servingSockets(run).length > 0 || debuggerWait(run) !== undefined
