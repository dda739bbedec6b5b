/** Chromium lets pages ask local addresses only with a permission, and nobody gives it. Pure. */
import type { Cause } from '../cause.ts'
import type { AppFacts, Evidence } from '../evidence.ts'
import { answersNow, patientRun } from '../signs/reading.ts'

/** Of Electron; its Chromium is 150. */
const firstMajor = 43
/** Pages that are themselves served from a local address are of the same network. */
const isLocal = (host: string): boolean =>
  /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|10\..*|192\.168\..*|172\.(?:1[6-9]|2\d|3[01])\..*)$/i.test(host)

export const localNetworkAccessDenied: Cause = {
  code: 'LOCAL_NETWORK_ACCESS_DENIED',
  title: 'Chromium denies the page local addresses',
  find: (evidence) => {
    const { app, address } = evidence
    if (app === null || address === null || app.hasPermissionHandler !== false || !isLocal(address.host)) return undefined
    const major = Number(/^v?(\d+)/.exec(app.electron ?? '')?.[1] ?? 0)
    if (major < firstMajor || !isOutside(app) || !answersNow(evidence)) return undefined
    const untouched = neverConnected(app, evidence)
    return {
      confidence: untouched ? 'likely' : 'possible',
      explanation: `Electron ${app.electron} asks for a permission before a page of ${app.pageScheme ?? 'its scheme'} may reach ${address.host}, and the app has no handler that gives it; the backend itself answers.`,
      hint: "In the main process: session.defaultSession.setPermissionCheckHandler and setPermissionRequestHandler, granting 'local-network' and 'loopback-network' to your own page.",
      supports: [
        `Electron ${app.electron} (Chromium's Local Network Access is on from ${firstMajor}).`,
        `The page is of ${app.pageScheme ?? 'an unknown scheme'}, the backend on ${address.host}.`,
        'The app has no permission handler.',
        ...(untouched ? ['The window has asked, and no connection of it was seen.'] : []),
      ],
    }
  },
}

/** Of a file, or of a server that is not local. */
const isOutside = ({ pageScheme, pageUrl }: AppFacts): boolean => {
  if (pageScheme === 'file:' || pageScheme === 'app:') return true
  const host = /^https?:\/\/(\[[^\]]*\]|[^/:?#]*)/i.exec(pageUrl ?? '')?.[1]
  return host !== undefined && !isLocal(host)
}

const neverConnected = ({ firstRequestAtMs, readyAtMs }: AppFacts, evidence: Evidence): boolean => {
  const run = patientRun(evidence)
  const asked = firstRequestAtMs !== null && (readyAtMs === null || firstRequestAtMs >= readyAtMs)
  return (
    asked &&
    evidence.subject === 'running' &&
    run !== undefined &&
    run.looks.length > 0 &&
    run.looks.every(({ established }) => established === 0)
  )
}
