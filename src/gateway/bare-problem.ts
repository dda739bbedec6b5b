/** A problem for a client whose request is not there to be looked at. */
import { STATUS_CODES } from 'node:http'
import { type Problem, problemBody, problemType } from './problem.ts'
import { rawHead } from './raw-answer.ts'

/** A whole answer, after which the connection is to be closed. */
export const bareProblem = (problem: Problem, date: Date): Buffer => {
  const body = Buffer.from(problemBody(problem, false))
  const { status, headers = {} } = problem
  const all = {
    date: date.toUTCString(),
    'content-type': problemType,
    'content-length': String(body.length),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
    connection: 'close',
  }
  return Buffer.concat([Buffer.from(rawHead(status, STATUS_CODES[status] ?? '', Object.entries(all).flat()), 'latin1'), body])
}
