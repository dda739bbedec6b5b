/** Who asks whether it is well is turned away. The backend is reachable; only a readiness that insists on more never passes. Pure. */
import type { Cause } from '../cause.ts'
import type { Evidence, RequestEvidence } from '../evidence.ts'
import { endedUnasked, lastAsked, patientRun } from '../signs/reading.ts'

const turnedAway = new Set([401, 403, 421])

export const healthRequiresAuthCause: Cause = {
  code: 'HEALTH_REQUIRES_AUTH',
  title: 'The readiness address asks who is there',
  find: (evidence) => {
    const { readiness } = evidence.service ?? {}
    const range = readiness?.status ?? null
    const request = asked(evidence, readiness?.path)
    if (request === undefined || readiness?.kind !== 'http' || range === null) return undefined
    const { status } = request
    if (status === null || (status >= range[0] && status <= range[1])) return undefined
    return {
      confidence: 'certain',
      explanation: `GET ${request.path} is answered ${status}, and its readiness counts only ${range[0]} to ${range[1]}: it would never be called ready.`,
      hint: `Let any answer count (\`readiness.status: [100, 499]\`), send what it asks for (\`readiness.headers\`), or ask a path that needs no login (\`readiness.path\`, --ready PATH).`,
      supports: [`GET ${request.path}: ${status}.`, `readiness.status is [${range[0]}, ${range[1]}].`],
    }
  },
}

/** A sentence for a warning; undefined where its health needs no login. Not a fault: who turns away is reachable. */
export const healthRequiresAuth = (evidence: Evidence): string | undefined => {
  const request = asked(evidence)
  return (
    request &&
    `GET ${request.path} is answered ${request.status}: the backend is reachable, and wants to know who asks. Whoever takes that for an outage is wrong; any HTTP answer will do.`
  )
}

/** @param path Only that; default: whatever was asked last. */
const asked = (evidence: Evidence, path?: string | null): RequestEvidence | undefined => {
  const run = patientRun(evidence)
  const last = lastAsked(evidence)
  if (last === undefined || (run !== undefined && endedUnasked(run) !== null)) return undefined
  const request = path == null ? last : [...(run?.requests ?? []), last].findLast((one) => one.path === path && one.owner !== 'foreign')
  return request?.outcome === 'answered' && turnedAway.has(request.status ?? 0) ? request : undefined
}
