import type { Cause, Finding } from '../cause.ts'
import type { Evidence, RunEvidence } from '../evidence.ts'
import { again } from '../signs/again.ts'
import { bindError, takenNonsense } from '../signs/bind-error.ts'
import { deaf, target } from '../signs/listeners.ts'
import { baseName } from '../signs/paths.ts'
import { after, endedUnasked, howEnded, lastLook, patientRun } from '../signs/reading.ts'

export const portNotANumber: Cause = {
  code: 'PORT_NOT_A_NUMBER',
  title: 'The backend takes something for a port that is no number',
  find: (evidence) => ofSocket(evidence) ?? ofWords(evidence) ?? ofRemains(evidence),
}

/** What a port becomes that was not set, not read or not replaced; or a number with something to it. */
const nonsense =
  /^(?:undefined|NaN|null|true|false|Infinity|\[object \w+\]|\s*|-\d+|\d+\.\d+|:\d{2,5}|\d{2,5}[^\d.]{1,3}|[\w.-]*:\d{2,5}|\$\{?\w*\}?|%\w+%|\{\w+\})$/

const isNonsense = (path: string): boolean => nonsense.test(baseName(path))

const ofSocket = (evidence: Evidence): Finding | undefined => {
  const run = deaf(evidence)?.run
  const path = run && lastLook(run)?.unixSockets.find(isNonsense)
  if (run === undefined || path === undefined) return undefined
  const name = baseName(path)
  return finding(
    evidence,
    `It gave ${JSON.stringify(name)} to listen instead of a number. Node takes that for the name of a Unix socket, and listens on ${path === '' ? 'one without a name' : path}, without an error.`,
    [`It listens on the Unix socket ${JSON.stringify(path)}, and on no port.`],
  )
}

const ofWords = (evidence: Evidence): Finding | undefined => {
  const error = bindError(evidence, 'PORT_NOT_A_NUMBER')
  return error && { ...finding(evidence, error.told, error.supports), confidence: error.confidence }
}

/** An earlier run has left such a socket, and this one runs into it. */
const ofRemains = (evidence: Evidence): Finding | undefined => {
  const run = patientRun(evidence)
  const line = run && takenNonsense(run)
  const exit = run && endedUnasked(run)
  if (run === undefined || line === undefined || !(exit || isDeaf(run, evidence))) return undefined
  const ended = exit ? `It ${howEnded(exit)} ${after(exit.atMs)}: ` : 'It runs and listens on nothing: '
  return finding(evidence, `${ended}${line}. What it gave to listen is no number, and an earlier run has left a socket of that name.`, [
    `It said: ${line}`,
  ])
}

const isDeaf = (run: RunEvidence, evidence: Evidence): boolean => deaf(evidence)?.run === run

const finding = (evidence: Evidence, explanation: string, supports: readonly string[]): Finding => {
  const port = target(evidence)?.port
  const given = port === undefined ? '' : ` It was given PORT=${port}.`
  return {
    confidence: 'certain',
    explanation,
    hint: `Take the port from the PORT variable, as a number: Number(process.env.PORT), and end with an error if that is no whole number from 0 to 65535.${given}`,
    fix:
      evidence.service?.args.some((arg) => /undefined|NaN/.test(arg)) && port !== undefined ? again(evidence, `--port ${port}`) : undefined,
    supports: [...supports, ...(port === undefined ? [] : [`It was to listen on port ${port}.`])],
  }
}
