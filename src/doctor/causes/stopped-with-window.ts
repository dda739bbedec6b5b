/** The last window closed, and took the backend with it; the app lives on and opens another. Pure. */
import type { Cause } from '../cause.ts'
import { answersNow, dialled } from '../signs/reading.ts'

export const stoppedWithWindow: Cause = {
  code: 'STOPPED_WITH_WINDOW',
  title: 'The backend was stopped with the last window',
  find: (evidence) => {
    const { app } = evidence
    if (app === null || app.endedBy !== 'window-all-closed' || answersNow(evidence)) return undefined
    const { backendEndedAtMs: ended, activatedAtMs: activated, readyAtMs: ready } = app
    // a backend of a later window, or an app that has ended with its windows
    if (ended === null || activated === null || activated < ended || (ready !== null && ready > ended)) return undefined
    return {
      confidence: dialled(evidence)?.outcome === 'refused' ? 'certain' : 'likely',
      explanation: `The app stopped the backend when its last window closed (${ended} ms after its start), and opened a window again ${activated - ended} ms later without starting it.`,
      hint: "Stop the backend on 'will-quit' instead of 'window-all-closed', or start it again on 'activate' before the window loads: on macOS the app outlives its windows.",
      supports: [`The backend was ended by 'window-all-closed' at ${ended} ms.`, `The app was activated at ${activated} ms.`],
    }
  },
}
