/** The app's own executable is to be its Node, and a fuse in it forbids that: it starts the app a second time. Pure. */
import type { Finding } from '../cause.ts'
import type { Evidence } from '../evidence.ts'
import { isWell, quoted } from '../signs/reading.ts'
import { toldCause } from '../signs/told-cause.ts'

const hint = "Start the backend with launch: 'utilityProcess', which needs no fuse, or switch RunAsNode on when the app is packaged."

const fixIn = ({ archive }: Evidence): string | undefined =>
  archive === null ? undefined : `npx @electron/fuses write --app ${quoted(archive.dir)} RunAsNode=on`

const fuseOff = (evidence: Evidence): Finding | undefined => {
  const { app, service } = evidence
  if (app?.runAsNodeFuse !== false || isWell(evidence)) return undefined
  const launch = service?.launch
  if (app.execPathChild === null && launch !== 'fork' && launch !== 'spawn') return undefined
  return {
    confidence: app.execPathChild === null ? 'likely' : 'certain',
    explanation: "The backend is to be run by the app's own executable, whose RunAsNode fuse is off: that starts the app a second time.",
    hint,
    fix: fixIn(evidence),
    supports: [
      'The RunAsNode fuse of the app is off.',
      app.execPathChild === null ? `The service is launched by ${launch}.` : "A child was started with the app's own executable.",
    ],
  }
}

export const runAsNodeFuseOff = toldCause({
  code: 'RUN_AS_NODE_FUSE_OFF',
  title: "The app's RunAsNode fuse is off",
  remedy: ({ run }, evidence) => ({ hint: run.notStarted?.hint ?? hint, fix: fixIn(evidence) }),
  otherwise: fuseOff,
})
