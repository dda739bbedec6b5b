/** Picks the one line of the last output that tells people what went wrong. Pure. */
import { isMark, type OutputLine, readOutput } from './output-lines.ts'

const longest = 300

/** Words that speak of an error, and not of the lack of one. */
const speaksOfError = /\b(?:fatal|panic(?:ked)?|critical|exception|error|[A-Z]\w*(?:Error|Exception))\b/i
const speaksOfNone = /\b(?:0|no|zero|without) (?:\w+ )?errors?\b|\berrors?["']?[:=] ?(?:0|null|false)\b/i
const speaksOfTrouble =
  /\b(?:failed|failure|cannot|can't|couldn't|could not|unable to|refused|denied|not found|missing|invalid|aborted|in use|segmentation fault|illegal instruction)\b/i

/**
 * The line that tells what went wrong, at most 300 characters; undefined where there is no output. For a stack its
 * headline, for Python the end of the last traceback, for Java the last `Caused by`, else the first line that looks
 * like an error.
 */
export const firstError = (tail: readonly string[]): string | undefined => {
  const lines = readOutput(tail)
  const found = errorLine(lines) ?? lastOf(lines)
  return found && shortened(found.text)
}

/** Like `firstError`, but undefined where no line speaks of an error: the last line may be an ordinary one. */
export const spokenError = (tail: readonly string[]): string | undefined => {
  const found = errorLine(readOutput(tail))
  return found && shortened(found.text)
}

const errorLine = (lines: readonly OutputLine[]): OutputLine | undefined =>
  ofPython(lines) ??
  ofJava(lines) ??
  ofRust(lines) ??
  belowSource(lines) ??
  firstHeadline(lines) ??
  firstThat(lines, speaksOfError) ??
  firstThat(lines, speaksOfTrouble)

const ofPython = (lines: readonly OutputLine[]): OutputLine | undefined => {
  const frame = lines.findLastIndex(({ text }) => /^\s+File ".+", line \d+/.test(text))
  if (frame === -1) return undefined
  return lines.slice(frame).find(({ text }) => /^[A-Za-z_]/.test(text))
}

/** The exceptions that wrap it are named first, and say only who was hit. */
const ofJava = (lines: readonly OutputLine[]): OutputLine | undefined =>
  lines.findLast(({ text }) => /^Caused by: (?:[\w$]+\.)+[A-Z]/.test(text))

const ofRust = (lines: readonly OutputLine[]): OutputLine | undefined => {
  const at = lines.findIndex(({ text }) => /^thread '.*' .*panicked at .*:$/.test(text))
  return at === -1 ? undefined : lines[at + 1]
}

/** Node and Bun quote the source, mark the place, and then say what happened; whatever was thrown. */
const belowSource = (lines: readonly OutputLine[]): OutputLine | undefined => {
  const signed = lines.some(({ text }) => /^(?:Node\.js|Bun) v\d/.test(text))
  return lines.find((line, at) => {
    const marked = lines[at - 1]
    if (marked === undefined || !isMark(marked)) return false
    return line.kind === 'error' || (signed && line.kind === 'words') || /^error: /.test(line.text)
  })
}

const firstHeadline = (lines: readonly OutputLine[]): OutputLine | undefined => lines.find(({ kind }) => kind === 'error')

const firstThat = (lines: readonly OutputLine[], speaks: RegExp): OutputLine | undefined =>
  lines.find(({ text, kind }) => kind === 'words' && speaks.test(text) && !speaksOfNone.test(text))

const lastOf = (lines: readonly OutputLine[]): OutputLine | undefined =>
  lines.findLast(({ kind }) => kind === 'words') ??
  lines.findLast(({ kind }) => kind === 'noise') ??
  // the headline is lost, its properties are not
  lines.find(({ text }) => /^\s+code: ['"]/.test(text)) ??
  lines.at(-1)

const shortened = (text: string): string => {
  const line = withoutPreamble(messageInJson(text) ?? text).trim()
  // no half of a character at the end
  return line.length <= longest ? line : `${line.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** Node says it at such length that the reason would be cut off. */
const withoutPreamble = (text: string): string =>
  text.replace(/^(UnhandledPromiseRejection: )This error originated either .* with the reason (?=["#])/, '$1')

/** What a logger that writes JSON was given to say. */
const messageInJson = (text: string): string | undefined => {
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined
  try {
    const line = JSON.parse(text) as { err?: { message?: unknown }; msg?: unknown; message?: unknown }
    const said = [line.err?.message, line.msg, line.message].find((one) => typeof one === 'string' && one !== '')
    return typeof said === 'string' ? said.split('\n')[0] : undefined
  } catch {
    return undefined
  }
}
