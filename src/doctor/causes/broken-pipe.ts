/** It writes to a pipe that nobody reads any more, and dies of it. Pure. */
import type { Cause } from '../cause.ts'
import { after, endedUnasked, exitCause, howEnded, named, patientRun, reached } from '../signs/reading.ts'

export const brokenPipe: Cause = {
  code: 'BROKEN_PIPE',
  title: 'The backend writes to a pipe that nobody reads',
  find: (evidence) => {
    const run = patientRun(evidence)
    const exit = run && endedUnasked(run)
    if (run === undefined || !exit || exitCause(run) !== 'BROKEN_PIPE') return undefined
    const said = named(run)?.line
    const last = reached(run).at(-1)
    return {
      confidence: 'certain',
      explanation: `It ${howEnded(exit)} ${after(exit.atMs)}${said === undefined ? ': it wrote to a pipe or socket that nobody reads' : `: ${said}`}.`,
      hint: "Let it survive a reader that goes: process.stdout.on('error', () => {}), and the same for stderr and for stdin of what it starts; or write its log to a file.",
      supports: [
        `It ${howEnded(exit)}.`,
        ...(said === undefined ? [] : [`It said: ${said}`]),
        ...(last === undefined ? [] : [`The last that it was asked was GET ${last.path}.`]),
      ],
    }
  },
}
