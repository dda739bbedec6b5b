/**
 * Decides what the last lines of output are: an error, what belongs to one, or words. Pure.
 *
 * A stack, an excerpt of source and the dump of an object tell of an error and are none. To tell them apart keeps a
 * quoted source line from being taken for what happened.
 */
import { stripVTControlCharacters } from 'node:util'

export type LineKind =
  /** The headline of an error that a runtime tells: `TypeError: …`, `panic: …`. */
  | 'error'
  /** What a program says. */
  | 'words'
  /** What belongs to an error: frames, properties, the rest of its message. */
  | 'detail'
  /** A piece of source code, its place, and the mark below it. */
  | 'excerpt'
  /** Says that something went wrong, not what: `npm error …`, a warning of Node's. */
  | 'noise'

export interface OutputLine {
  /** Without colours and control characters. */
  readonly text: string
  readonly kind: LineKind
}

/** More of a line says no more, and costs time. */
const longestLine = 2000

const headline = new RegExp(
  [
    String.raw`^(?:error: )?(?:Uncaught )?(?:\(in promise\) )?(?:Exception in thread "[^"]{0,80}" )?`,
    String.raw`(?:[A-Za-z_$][\w$]*(?:\.|::))*(?:[A-Z][\w$]*)?(?:Error|Exception|Rejection)(?: \[\w+\])?(?::|$)`,
    String.raw`|^(?:error: Uncaught |panic: |fatal error: |fatal runtime error: |Unhandled exception\. |Fatal Python error: |FATAL ERROR: |# Fatal )`,
    String.raw`|^thread '.*' (?:\(\d+\) )?panicked at `,
    String.raw`|^\S+:\d+:in .*\([A-Z][\w:]*\)$`,
  ].join(''),
)

const detail =
  /^ {2}|^ \w+: |^[}\])]+[,;]?$|^at \S|^(?:Emitted 'error' event|Require stack:|Required module:|Traceback \(most recent call last\):|During handling of the above|The above exception was|stack backtrace:|Stack backtrace:|goroutine \d+ \[|-{5} |<--- |\[errors\]|note: )|^- \S+$|^ *\d+: (?:0x)?\S|^[\w./-]+(?:\(\*?\w+\)\.\w+)?\(.*\)$|^\[signal |^Node\.js v\d|^Bun v\d/

const noise =
  /^\(node:\d+\)|^\(Use `|^npm (?:ERR!|error|warn)|ELIFECYCLE|^error Command failed with exit code|^error: script ".*" (?:exited|was terminated)|^exit status \d+$|^Command exited with|^\[nodemon\]|^make(?:\[\d+\])?: \*\*\*/i

const numberedSource = /^\s*\d+ \| /
const mark = /^\s*[\^~]+\s*$/
const place = /^(?:node:|file:|\/|\\\\|[A-Za-z]:[\\/]|\[)[^\n]*:\d+$/

/** A line as people see it, and no more of it than is worth a look. */
export const seen = (line: string): string =>
  stripVTControlCharacters(line.slice(0, longestLine))
    .replaceAll('\t', '    ')
    .replace(/\p{Cc}/gu, '')
    .trimEnd()

const kindOf = (text: string): LineKind => {
  if (mark.test(text) || numberedSource.test(text)) return 'excerpt'
  if (noise.test(text)) return 'noise'
  if (headline.test(text)) return 'error'
  return detail.test(text) ? 'detail' : 'words'
}

/** The last lines of output, oldest first, with what each is. Empty lines are left out. */
export const readOutput = (tail: readonly string[]): OutputLine[] => {
  const texts = tail.map(seen).filter((text) => text !== '')
  const kinds = texts.map(kindOf)
  texts.forEach((text, at) => {
    if (!mark.test(text)) return
    // what is marked is source, unless it is the error itself: some runtimes quote below it
    if (kinds[at - 1] === 'words' || kinds[at - 1] === 'detail' || place.test(texts[at - 2] ?? '')) kinds[at - 1] = 'excerpt'
    if (place.test(texts[at - 2] ?? '')) kinds[at - 2] = 'excerpt'
  })
  return texts.map((text, at) => ({ text, kind: kinds[at] ?? 'words' }))
}

/** Whether a line is the mark below a piece of source. */
export const isMark = ({ text }: OutputLine): boolean => mark.test(text)

/** Node's version as it signs its last report: 22.18 for `Node.js v22.18.0`. */
export const signedVersion = (lines: readonly OutputLine[]): number | undefined => {
  const match = lines.map(({ text }) => /^Node\.js v(\d+)\.(\d+)/.exec(text)).findLast((found) => found !== null)
  return match === undefined || match === null ? undefined : Number(match[1]) + Number(match[2]) / 100
}
