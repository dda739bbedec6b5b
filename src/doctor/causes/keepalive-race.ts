/** A connection was used again in the moment in which the backend closed it for its idleness. Pure. */
import type { Cause } from '../cause.ts'
import { answersNow, dialled } from '../signs/reading.ts'

export const keepaliveRace: Cause = {
  code: 'KEEPALIVE_RACE',
  title: 'Reused connections are closed under the client',
  find: (evidence) => {
    const errors = evidence.app?.reusedConnectionErrors ?? 0
    const request = dialled(evidence)
    if (errors === 0 || request === undefined || !answersNow(evidence)) return undefined
    return {
      confidence: 'likely',
      explanation: `${errors} ${errors === 1 ? 'request' : 'requests'} on a reused connection failed, and a fresh one is answered${request.status === null ? '' : ` ${request.status}`}: the backend closes idle connections while the client uses them again.`,
      hint: 'Raise server.keepAliveTimeout in the backend (Node: 5 s) above the pause between requests, and let the client repeat a GET once after ECONNRESET, or send Connection: close.',
      supports: [`Requests on reused connections that failed: ${errors}.`, 'A fresh connection is answered.'],
    }
  },
}
