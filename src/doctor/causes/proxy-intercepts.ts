/** A proxy stands between Node clients and the backend, and answers in its place. Pure. */
import type { Cause } from '../cause.ts'
import type { RequestEvidence } from '../evidence.ts'
import { answersNow, dialled, quoted, strangers } from '../signs/reading.ts'
import { posixOnly } from '../signs/shell.ts'

const loopback = ['localhost', '127.0.0.1', '::1']

export const proxyIntercepts: Cause = {
  code: 'PROXY_INTERCEPTS',
  title: 'A proxy answers in place of the backend',
  find: (evidence) => {
    const proxy = evidence.address?.proxy
    const direct = dialled(evidence)
    if (!proxy || direct === undefined || direct.outcome !== 'answered' || !answersNow(evidence)) return undefined
    if (evidence.service !== null && direct.owner !== 'ours' && strangers(evidence).length > 0) return undefined
    const { request, variable } = proxy
    if (!isAnothers(request, direct)) return undefined
    const exempt = exemptions(evidence.environment.values, evidence.address?.host ?? 'localhost')
    return {
      confidence: 'likely',
      explanation: `${variable} sends Node clients through a proxy, which answers ${request.status}${request.server === null ? '' : ` (${request.server})`}; asked directly, the backend answers ${direct.status}.`,
      hint: `Exempt the backend from the proxy: NO_PROXY=${exempt} in the environment of the client (and no_proxy, for those who read that).`,
      fix: posixOnly(evidence, `export NO_PROXY=${quoted(exempt)} no_proxy=${quoted(exempt)}`),
      supports: [
        `Through the proxy of ${variable}: ${request.status}${request.server === null ? '' : `, ${request.server}`}.`,
        `Directly: ${direct.status}${direct.server === null ? '' : `, ${direct.server}`}.`,
      ],
    }
  },
}

/** An error that the backend does not give, or another server with another page. */
const isAnothers = (request: RequestEvidence, direct: RequestEvidence): boolean => {
  if (request.outcome !== 'answered' || request.status === null) return false
  if (request.status >= 400 && request.status !== direct.status) return true
  return request.server !== null && request.server !== direct.server && (request.status !== direct.status || request.head !== direct.head)
}

/** What is exempt already, and the loopback, and the host that is dialled. */
const exemptions = (values: Readonly<Record<string, string>>, host: string): string => {
  const known = (values.no_proxy ?? values.NO_PROXY ?? '').split(/[\s,]+/).filter((entry) => entry !== '')
  return [...new Set([...known, ...loopback, host])].join(',')
}
