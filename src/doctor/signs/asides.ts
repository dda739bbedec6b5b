/**
 * What comes with the output of a backend and is not about it: advice of npm's and Node's, and the banner with which npm
 * starts a script. Nobody has ever crashed of that. Pure.
 */
import { firstError } from '../../causes/first-error.ts'
import { seen } from '../../causes/output-lines.ts'

const advice = /^npm (?:warn|notice)\b|^\(node:\d+\) .*(?<!UnhandledPromiseRejection)Warning: |^\(Use `\S+ --trace-\S+ /i
/** `> api@1.0.0 start`, and below it the command. */
const banner = /^> (?:@[\w.-]+\/)?[\w.-]+@\d\S* \S+/

/** Whether a line, by itself, only advises. */
export const isAdvice = (line: string): boolean => advice.test(seen(line))

/** Those that may be about the backend. */
export const withoutAsides = (lines: readonly string[]): string[] =>
  lines.filter((line, at) => {
    const before = at === 0 ? '' : seen(lines[at - 1] ?? '')
    return !isAdvice(line) && !banner.test(seen(line)) && !(banner.test(before) && seen(line).startsWith('> '))
  })

/** The line by which it tells people of what it died; undefined where it has said nothing that could be it. */
export const finalWords = (lines: readonly string[]): string | undefined => firstError(withoutAsides(lines))
