/** What the log of a supervisor tells of how its runs have ended. Pure. */
import type { LastExitEvidence } from '../evidence.ts'
import { finalWords } from '../signs/asides.ts'

/** A line of the log. */
export interface Said {
  readonly stream: 'stdout' | 'stderr' | 'supervisor'
  readonly line: string
  /** Of the supervisor, where it speaks itself. */
  readonly pid: number
  /** Milliseconds since 1970. */
  readonly time: number
}

const asked = 'stopping'
/** It does so of its own accord only. */
const startsAgain = /(?:^|; )starting again(?: in \d+ ms)?(?: \(attempt \d+\))?$/
const ended = /^pid (\d+) (?:exited|was ended)\b/

const ownWords = (lines: readonly Said[], supervisorPid: number): Said[] =>
  lines.filter(({ stream, pid }) => stream === 'supervisor' && pid === supervisorPid)

/** When it had to start its service again since somebody last asked it to: milliseconds since 1970, oldest first. */
export const recoveries = (lines: readonly Said[], supervisorPid: number): number[] => {
  const own = ownWords(lines, supervisorPid)
  const since = own.findLastIndex(({ line }) => line === asked) + 1
  return own.slice(since).flatMap(({ line, time }) => (startsAgain.test(line) ? [time] : []))
}

/** What the log adds to the end of a run. */
export const toldOfEnd = (
  lines: readonly Said[],
  supervisorPid: number,
  pid: number,
): (Pick<LastExitEvidence, 'requested' | 'words'> & { readonly time: number }) | undefined => {
  const own = ownWords(lines, supervisorPid)
  const at = own.findLastIndex(({ line }) => Number(ended.exec(line)?.[1]) === pid)
  const told = own[at]
  if (told === undefined) return undefined
  const output = lines.filter((line) => line.stream !== 'supervisor' && line.pid === pid).map(({ line }) => line)
  return { time: told.time, requested: own[at - 1]?.line === asked, words: finalWords(output) ?? null }
}
