import type { Cause, Finding } from '../cause.ts'
import type { Evidence, FamilyEvidence, ListenerEvidence } from '../evidence.ts'
import { again } from '../signs/again.ts'
import { shadow } from '../signs/holders.ts'
import { astray, listed, reaches, target } from '../signs/listeners.ts'
import { patientRun, place, placeOf } from '../signs/reading.ts'

export const addressFamilyMismatch: Cause = {
  code: 'ADDRESS_FAMILY_MISMATCH',
  title: 'The backend listens on another address than the one that is dialled',
  find: (evidence) => ofOurs(evidence) ?? ofAnybody(evidence),
}

const ofOurs = (evidence: Evidence): Finding | undefined => {
  const found = astray(evidence)
  const there = found?.listeners.filter(({ port }) => port === found.target.port) ?? []
  const [first] = there
  // somebody else is where it is missed
  if (found === undefined || first === undefined || shadow(evidence) !== undefined) return undefined
  // a name that means no address, or a connection that nobody refuses, is another matter
  if (patientRun(evidence)?.requests.at(-1)?.outcome === 'failed') return undefined
  return finding(evidence, found.target, there, first.address, 'It')
}

/** No service is known: whoever listens on the port is meant. */
const ofAnybody = (evidence: Evidence): Finding | undefined => {
  const { address, service } = evidence
  const at = target(evidence)
  if (address === null || at === null || service !== null || patientRun(evidence) !== undefined) return undefined
  const families = [address.ipv4, address.ipv6, address.named].filter((family): family is FamilyEvidence => family !== null)
  const asked = families.filter(({ request }) => request !== null)
  if (asked.length === 0 || asked.some(({ tcp }) => tcp !== 'refused' && tcp !== 'unreachable')) return undefined
  const open = families.find(({ tcp }) => tcp === 'open')?.address
  const there = address.holders
    .map(({ listener }) => listener)
    .filter((listener) => listener.port === at.port && !reaches(listener, at, evidence))
  const dial = open ?? there[0]?.address
  if (dial === undefined) return undefined
  return finding(evidence, at, there, dial, there.length === 0 ? 'Somebody' : listed(address.holders.map(whoWords)))
}

const whoWords = ({ process }: { readonly process: { readonly pid: number } | null }): string =>
  process === null ? 'Somebody' : `Pid ${process.pid}`

const finding = (
  evidence: Evidence,
  at: { readonly host: string; readonly port: number },
  listeners: readonly ListenerEvidence[],
  dial: string,
  who: string,
): Finding => {
  const places = listed(listeners.length === 0 ? [place({ host: dial, port: at.port })] : listeners.map(placeOf))
  const host = dial === '::' ? '::1' : dial
  return {
    confidence: 'certain',
    explanation: `${who} listens on ${places}, and the window dials ${place(at)}: that is refused.`,
    hint: `Let it listen on the address in the HOST variable (${at.host}), or dial ${place({ host, port: at.port })}: \`host: '${host}'\`. localhost means either, 127.0.0.1 and ::1 only themselves.`,
    fix:
      evidence.service === null
        ? `jarvis-supervise doctor --url http://${place({ host, port: at.port })}`
        : again(evidence, `--host ${host}`),
    supports: [`${who} listens on ${places}.`, `Nothing of it is reached at ${place(at)}.`],
  }
}
