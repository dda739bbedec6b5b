import type { Cause } from '../cause.ts'
import { overlap } from '../signs/holders.ts'
import { after, endedUnasked, howEnded, place } from '../signs/reading.ts'

export const restartOverlap: Cause = {
  code: 'RESTART_OVERLAP',
  title: 'It starts the next process before the old one has let go of the port',
  find: (evidence) => {
    const found = overlap(evidence)
    if (found === undefined) return undefined
    const { run, at, line, heldAtMs } = found
    const exit = endedUnasked(run)
    const now = exit === null ? 'Processes of it live on, and none of them listens there' : `It ${howEnded(exit)} ${after(exit.atMs)}`
    return {
      confidence: 'certain',
      explanation: `It listened on port ${at.port} itself, wanted the port once more before it was free, and lost it: ${line}. ${now}.`,
      hint: `Where it restarts its own server, wait until the old process has exited and ${place(at)} is free, then start the next one; or leave restarts to the supervisor, which does so.`,
      supports: [`Its own processes listened on port ${at.port} ${after(heldAtMs)}.`, `It said: ${line}`, `${now}.`],
    }
  },
}
