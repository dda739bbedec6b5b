/** It listens, it is ours, and it answers with an error of its own. Pure. */
import { spokenError } from '../../causes/first-error.ts'
import type { Cause } from '../cause.ts'
import type { RequestEvidence, RunEvidence } from '../evidence.ts'
import { endedUnasked, lastAsked, patientRun, place, quoted } from '../signs/reading.ts'

export const serverError: Cause = {
  code: 'SERVER_ERROR',
  title: 'The backend answers with an error',
  find: (evidence) => {
    const run = patientRun(evidence)
    const request = lastAsked(evidence)
    if (request === undefined || !isError(request) || evidence.service?.readiness.kind === 'tcp') return undefined
    if (run !== undefined && endedUnasked(run) !== null) return undefined
    const answers = (run?.requests ?? [request]).filter(({ outcome, owner }) => outcome === 'answered' && owner !== 'foreign')
    const errors = answers.filter(isError)
    const said = run && errorSince(run, errors[0]?.atMs ?? 0)
    const body = headOf(request)
    const more = evidence.service?.supervised
      ? `jarvis-supervise logs ${quoted(evidence.service.name)} --tail 50`
      : `curl -i http://${place(request)}${request.path}`
    return {
      confidence: errors.length === answers.length ? 'certain' : 'likely',
      explanation: `GET ${request.path} on ${place(request)} is answered ${request.status}${body === '' ? '' : ` ${JSON.stringify(body)}`}${said === undefined ? '.' : `; it says: ${said}`}`,
      hint: `Mend what GET ${request.path} runs into${said === undefined ? `; more of it: ${more}` : `: ${said}`}.${request.status === 503 ? ' 503 often means that it is not ready yet: something it needs is missing.' : ''}`,
      supports: [
        `Answers: ${answers.length}; with 500 or above: ${errors.length}.`,
        ...(body === '' ? [] : [`The body begins: ${body}`]),
        ...(said === undefined ? [] : [`It said: ${said}`]),
      ],
    }
  },
}

const isError = ({ outcome, status }: RequestEvidence): boolean => outcome === 'answered' && (status ?? 0) >= 500

/** The first line of the body, without tags. */
const headOf = ({ head }: RequestEvidence): string =>
  (head ?? '')
    .replace(/<(style|script|head)\b.*?<\/\1>/gis, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 160)

/** What it has said of an error since it was asked. */
const errorSince = ({ output }: RunEvidence, atMs: number): string | undefined =>
  spokenError(output.filter((line) => line.atMs >= atMs).map(({ text }) => text))
