/** Electron's executable starts as a Node only where ELECTRON_RUN_AS_NODE says so; else it is a second copy of the app. Pure. */
import type { Finding } from '../cause.ts'
import type { Evidence } from '../evidence.ts'
import { isWell } from '../signs/reading.ts'
import { toldCause } from '../signs/told-cause.ts'

const hint =
  "Set it where the app's own executable is started: env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' }. An `env` that is handed over takes the place of the whole environment. `jarvis-supervise start` sets it by itself for scripts that Electron runs."

const withoutIt = (evidence: Evidence): Finding | undefined => {
  const { app } = evidence
  if (app?.execPathChild?.runAsNode !== false || app.runAsNodeFuse === false || isWell(evidence)) return undefined
  return {
    confidence: 'certain',
    explanation:
      "A child was started with the app's own executable and without ELECTRON_RUN_AS_NODE: it is a second copy of the app, and no backend.",
    hint,
    supports: ["A child was started with the app's own executable.", 'ELECTRON_RUN_AS_NODE was not set for it.'],
  }
}

export const runAsNodeMissing = toldCause({
  code: 'RUN_AS_NODE_MISSING',
  title: 'ELECTRON_RUN_AS_NODE is not set',
  remedy: () => ({ hint }),
  otherwise: withoutIt,
})
