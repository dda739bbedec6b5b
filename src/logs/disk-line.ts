/** How a line of output is written to disk, and read again. Pure. `2026-11-21T05:34:37.123Z 1234 out | the line` */
import type { OutputStream } from '../launch/launcher.ts'
import type { LogLine } from './tail.ts'

/** `supervisor`: what it has to say itself; `pid` is its own. */
export type DiskStream = OutputStream | 'supervisor'

/** As `LogLine`, of the supervisor, too. */
export interface DiskLogLine extends Omit<LogLine, 'stream'> {
  readonly stream: DiskStream
}

export interface DiskPrefix {
  /** Milliseconds since 1970. */
  readonly time: number
  readonly pid: number
  readonly stream: DiskStream
  /** It goes on where the line before of the same process and stream ended: one that was too long to be kept whole. Written with `+` for `|`. */
  readonly continues: boolean
}

const words: Readonly<Record<DiskStream, string>> = { stdout: 'out', stderr: 'err', supervisor: 'sup' }
const streams: Readonly<Record<string, DiskStream>> = { out: 'stdout', err: 'stderr', sup: 'supervisor' }

/** Of the longest prefix, characters. */
export const longestPrefix = '2026-11-21T05:34:37.123Z 4294967295 out | '.length

/** `time`: ISO 8601 with milliseconds, as `toISOString` gives it. */
export const diskPrefix = ({ time, pid, stream, continues }: Omit<DiskPrefix, 'time'> & { readonly time: string }): string =>
  `${time} ${pid} ${words[stream]} ${continues ? '+' : '|'} `

const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})Z (\d{1,10}) (out|err|sup) ([|+])(?: |$)/

/** undefined: the text begins no line of ours. Otherwise the line begins `length` characters on. */
export const parsePrefix = (text: string): (DiskPrefix & { readonly length: number }) | undefined => {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0, pid = 0] = match.slice(1, 9).map(Number)
  const stream = streams[match[9] ?? '']
  if (stream === undefined || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined
  const time = (((daysSince1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000 + ms
  return { time, pid, stream, continues: match[10] === '+', length: match[0].length }
}

/** What is read back of a line without its newline; undefined for what is none of ours. Nothing is cut. */
export const parseDiskLine = (text: string): (DiskLogLine & { readonly continues: boolean }) | undefined => {
  const prefix = parsePrefix(text)
  if (prefix === undefined) return undefined
  const { length, ...facts } = prefix
  return { ...facts, line: text.slice(length), cut: false }
}

const daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]

const daysSince1970 = (year: number, month: number, day: number): number => {
  // leap days are in the years that have ended, and in this one from March on
  const ended = month > 2 ? year : year - 1
  return (year - 1970) * 365 + leapDays(ended) - leapDays(1969) + (daysBeforeMonth[month - 1] ?? 0) + day - 1
}

const leapDays = (year: number): number => Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400)
