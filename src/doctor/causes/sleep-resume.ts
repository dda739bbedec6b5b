/** The machine slept, and what was connected or watched before is not any more. Pure. */
import type { Cause } from '../cause.ts'
import { answersNow, duration } from '../signs/reading.ts'

/** A shorter nap is within what probes and connections survive. */
const leastSleepMs = 5000
/** What ends later has another reason. */
const soonMs = 60_000

export const sleepResume: Cause = {
  code: 'SLEEP_RESUME',
  title: 'The machine slept, and the connection did not survive it',
  find: (evidence) => {
    const { app } = evidence
    if (app === null || app.resumedAtMs === null || app.sleptMs === null || app.sleptMs < leastSleepMs) return undefined
    const { backendEndedAtMs: ended, resumedAtMs: resumed, sleptMs: slept, endedBy, reusedConnectionErrors: errors } = app
    const answers = answersNow(evidence)
    const died = !answers && ended !== null && ended >= resumed && ended - resumed <= soonMs && endedBy !== 'window-all-closed'
    const stale = answers && errors > 0
    if (!died && !stale) return undefined
    const what = died
      ? `the backend ended ${duration(ended - resumed)} after that${endedBy === null ? '' : `, by ${endedBy === 'supervisor' ? 'its supervisor' : endedBy}`}`
      : `${errors} requests on connections from before failed`
    return {
      confidence: 'likely',
      explanation: `The machine woke up after ${duration(slept)} of sleep, and ${what}.`,
      hint:
        died && endedBy === 'supervisor'
          ? "After powerMonitor's 'resume', ask once more before a miss counts: time that was slept through is no silence. `jarvis-supervise` does so by itself."
          : "On powerMonitor's 'resume', drop pooled connections, ask the backend afresh, and start it again if it is gone.",
      supports: [
        `The machine slept for ${duration(slept)}.`,
        ...(died ? [`The backend ended ${duration(ended - resumed)} after it woke up.`] : []),
        ...(stale ? [`Requests on reused connections failed: ${errors}; a fresh one is answered.`] : []),
      ],
    }
  },
}
