/** It listens and takes connections, and they do not come through. Pure. */
import type { Cause } from '../cause.ts'
import type { Evidence, ListenerEvidence, RequestEvidence } from '../evidence.ts'
import { dialled, endedUnasked, holderDialled, isUsable, lastAsked, lastLook, patientRun, place, placeOf } from '../signs/reading.ts'
import { hang } from '../signs/silence.ts'

export const firewall: Cause = {
  code: 'FIREWALL',
  title: 'A firewall keeps connections from the backend',
  find: (evidence) => {
    const request = lastAsked(evidence)
    const run = patientRun(evidence)
    if (request === undefined || isUsable(request) || hang(evidence) !== undefined || isElsewhere(evidence)) return undefined
    if (run !== undefined && endedUnasked(run) !== null) return undefined
    const listener = listenerFor(request, evidence)
    const dropped = request.outcome === 'connect-timeout'
    const denied = request.outcome === 'failed' && /^E(?:PERM|ACCES)$/.test(request.error ?? '')
    if (listener === undefined || !(dropped || denied)) return undefined
    const open = isWildcard(listener.address)
    const isWindows = evidence.machine.platform === 'win32'
    return {
      confidence: denied || listener.acceptQueue === 0 || (isWindows && open) ? 'likely' : 'possible',
      explanation: `${placeOf(listener)} is listened on, its queue is empty, and connections to ${place(request)} ${denied ? `are denied (${request.error})` : 'get no answer at all'}: something between drops them.`,
      hint: isWindows
        ? `Listen on 127.0.0.1, which needs no permission of the firewall${open ? '' : ', and let the security software pass the loopback'}; or allow the program in it.${rulesOf(evidence)}`
        : `Let the firewall or security software pass port ${request.port} on the loopback; listen on 127.0.0.1 where only this machine asks.${rulesOf(evidence)}`,
      supports: [
        `${placeOf(listener)} is in state LISTEN${listener.acceptQueue === 0 ? ', and nothing waits to be accepted' : ''}.`,
        `A connection to ${place(request)}: ${request.outcome}${request.error === null ? '' : ` (${request.error})`}.`,
      ],
    }
  },
}

const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::' || address === '*'

/** Another network namespace drops what is sent to it as well. */
const isElsewhere = (evidence: Evidence): boolean =>
  evidence.machine.confinement.includes('WSL') ||
  (holderDialled(evidence)?.process?.otherNetwork ?? false) ||
  (patientRun(evidence)?.looks.some(({ processes }) => processes.some(({ otherNetwork }) => otherNetwork)) ?? false)

const listenerFor = (request: RequestEvidence, evidence: Evidence): ListenerEvidence | undefined => {
  const run = patientRun(evidence)
  const family = request.host.includes(':') ? 'ipv6' : 'ipv4'
  const takes = ({ port, address, family: own }: ListenerEvidence): boolean =>
    port === request.port &&
    (address === request.host || (isWildcard(address) && (own === family || own === 'ipv6')) || !/^[\d.:a-f]+$/i.test(request.host))
  const ofRun = run && lastLook(run)?.listeners.find(takes)
  return (
    ofRun ??
    (request === dialled(evidence) || run !== undefined ? evidence.address?.holders.map(({ listener }) => listener).find(takes) : undefined)
  )
}

const rulesOf = ({ machine: { platform } }: Evidence): string => {
  if (platform === 'linux') return ' Its rules: nft list ruleset; iptables -S'
  if (platform === 'darwin') return ' Its rules: /usr/libexec/ApplicationFirewall/socketfilterfw --listapps'
  return platform === 'win32' ? ' Its rules: wf.msc' : ''
}
