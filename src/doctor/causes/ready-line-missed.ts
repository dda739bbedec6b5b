import type { Cause } from '../cause.ts'
import { firstMatch, nearMiss } from '../signs/announced.ts'
import { answered, duration, isUsable, patientRun } from '../signs/reading.ts'

/** A line that comes with the first answer may be a little late. */
const lateMs = 1000

export const readyLineMissed: Cause = {
  code: 'READY_LINE_MISSED',
  title: 'It serves, but its ready line is never seen',
  find: (evidence) => {
    const run = patientRun(evidence)
    const { kind, pattern = null, timeoutMs = 0 } = evidence.service?.readiness ?? {}
    if (run === undefined || kind !== 'log' || pattern === null || run.readyAtMs !== null) return undefined
    const good = answered(run).filter((request) => isUsable(request))
    const [first] = good
    const last = good.at(-1)
    if (first === undefined || last === undefined || run.watchedMs - first.atMs < lateMs) return undefined
    if (firstMatch(run, pattern) !== undefined) return undefined
    const near = nearMiss(run, pattern)
    const how = near === 'colours' ? ' Colour codes stand between the words.' : near === 'pieces' ? ' It came in two lines.' : ''
    return {
      confidence: near !== undefined || run.watchedMs >= timeoutMs ? 'certain' : 'likely',
      explanation: `It answers ${last.status}, but none of its lines matches ${pattern} within ${duration(run.watchedMs)}.${how} Who waits for that line ends a backend that is well.`,
      hint: "Ask the port instead of reading its output: readiness { kind: 'http' }, or leave `readiness` out. Else name a pattern that one whole line of its output matches, without colours.",
      supports: [
        `GET ${last.path}: ${last.status}.`,
        `None of ${run.output.length} lines matches ${pattern}.`,
        ...(near === undefined ? [] : [how.trim()]),
      ],
    }
  },
}
