/** The window asked before the backend was ready, and shows what came of that. Pure. */
import type { Cause } from '../cause.ts'
import { answersNow, duration } from '../signs/reading.ts'

export const windowLoadedTooEarly: Cause = {
  code: 'WINDOW_LOADED_TOO_EARLY',
  title: 'The window loads before the backend is ready',
  find: (evidence) => {
    const { app } = evidence
    if (app === null || app.firstRequestAtMs === null || app.readyAtMs === null || !answersNow(evidence)) return undefined
    const { firstRequestAtMs: asked, readyAtMs: ready } = app
    // its first answer comes after it was ready; that another start has made it ready later says nothing
    if (asked >= ready || (app.backendEndedAtMs !== null && app.backendEndedAtMs < ready)) return undefined
    return {
      confidence: 'likely',
      explanation: `The window asked for the backend ${duration(ready - asked)} before that was ready; now it answers, and a reload would do.`,
      hint: 'Load the window when the backend is ready (await supervisor.start(), then loadURL), or let its page ask again until it is answered.',
      supports: [
        `The window asked ${duration(asked)} after the start of the app.`,
        `The backend was ready ${duration(ready)} after it.`,
        'It answers now.',
      ],
    }
  },
}
