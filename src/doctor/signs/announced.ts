/** Lines by which a backend says that it is ready. Pure. */
import { stripVTControlCharacters } from 'node:util'
import type { OutputEvidence, RunEvidence } from '../evidence.ts'

/** A line this long announces nothing that a shorter one would not, and a bad expression would take its time over it. */
const longestLine = 500

/**
 * Whether a line matches a readiness pattern, which evidence holds as text: `/source/flags` is an expression if it can be
 * one, all else is looked for as it stands.
 */
export const matcher = (pattern: string): ((text: string) => boolean) => {
  const parts = /^\/(.+)\/([a-z]*)$/s.exec(pattern)
  const expression = parts === null ? undefined : compiled(parts[1] ?? '', parts[2] ?? '')
  return (text) => {
    const line = text.slice(0, longestLine)
    return expression === undefined ? line.includes(pattern) : expression.test(line)
  }
}

/**
 * Evidence may come from anybody: an expression that could take minutes is not tried. A repeated group can, and so can
 * many repetitions in a row.
 */
const isTame = (source: string): boolean =>
  source.length <= 500 && !/\)[*+?{]|\\[1-9k]/.test(source) && (source.match(/[*+?|]|\{\d*,/g) ?? []).length <= 2

const compiled = (source: string, flags: string): RegExp | undefined => {
  if (!isTame(source)) return undefined
  try {
    // g and y remember where they stopped
    return new RegExp(source, flags.replace(/[gy]/g, ''))
  } catch {
    return undefined
  }
}

export const firstMatch = ({ output }: RunEvidence, pattern: string): OutputEvidence | undefined => {
  const matches = matcher(pattern)
  return output.find(({ text }) => matches(text))
}

const claims = /\b(?:listening|serving|ready|started|running|available|up)\b/i
const takesBack = /\b(?:already|another|in use|not|fail\w*|error|until|when|once|wait\w*|will|soon|starting|trying|before)\b|n't\b/i
const url = /\bhttps?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?![\w.:])/i

/** The first line that says that it serves at this port, or at a loopback URL without one. */
export const announcement = ({ output }: RunEvidence, port: number): OutputEvidence | undefined => {
  const thisPort = new RegExp(String.raw`(?<![\d.])${port}(?!\d)`)
  return output.find(({ text }) => {
    const line = stripVTControlCharacters(text.slice(0, longestLine))
    return claims.test(line) && !takesBack.test(line) && (thisPort.test(line) || url.test(line))
  })
}

/** Why a pattern misses although the words are there: colours between them, or the line came in pieces. */
export const nearMiss = ({ output }: RunEvidence, pattern: string): 'colours' | 'pieces' | undefined => {
  const matches = matcher(pattern)
  if (output.some(({ text }) => matches(stripVTControlCharacters(text.slice(0, longestLine))))) return 'colours'
  const inPieces = output.some(({ text, stream }, at) => {
    const next = output.slice(at + 1).find((other) => other.stream === stream)
    return next !== undefined && matches(`${text}${next.text}`)
  })
  return inPieces ? 'pieces' : undefined
}
