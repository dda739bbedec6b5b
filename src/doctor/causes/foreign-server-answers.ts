import type { Cause } from '../cause.ts'
import type { Evidence, HolderEvidence, RequestEvidence } from '../evidence.ts'
import { withFreePort } from '../signs/again.ts'
import { saysTaken } from '../signs/bind-error.ts'
import { cameMeanwhile, heldBy, holderOf, likeness } from '../signs/holders.ts'
import { astray, isOurs, reaches, target } from '../signs/listeners.ts'
import { dialled, isAlive, patientRun, place, whoIs } from '../signs/reading.ts'

export const foreignServerAnswers: Cause = {
  code: 'FOREIGN_SERVER_ANSWERS',
  title: 'Another program answers in the place of the backend',
  find: (evidence) => {
    const { service } = evidence
    const at = target(evidence)
    const holder = at && holderOf(evidence, at)
    const request = answerOf(evidence)
    if (service === null || !at || !holder || request === undefined || !reaches(holder.listener, at, evidence)) return undefined
    if (!isStranger(holder, evidence) || !isInstead(evidence, holder)) return undefined
    const { process } = holder
    const status = `GET ${request.path} there: ${request.status}${request.server === null ? '' : `, Server: ${request.server}`}.`
    return {
      // of a service that only a config knows, nothing says that it should be there
      confidence: holder.relation === 'foreign' && (evidence.subject !== 'address' || service.launch === null) ? 'certain' : 'likely',
      explanation: `${heldBy(holder)}, which answers ${request.status} and is not ${service.name}.${likeness(holder, evidence)}`,
      hint: `End ${whoIs(process)} and start ${service.name}, or let the window dial where ${service.name} listens. A status alone does not tell who answers.`,
      fix: elsewhere(evidence, at.port),
      supports: [`${heldBy(holder)}.`, status, `${service.name} does not listen on ${place(at)}.`],
    }
  },
}

/** Where the backend is, or could be: what to do about the stranger is for people to decide. */
const elsewhere = (evidence: Evidence, port: number): string | undefined => {
  const own = evidence.subject === 'trial' ? null : evidence.service
  if (own !== null && typeof own.port === 'number' && own.port !== port)
    return `jarvis-supervise doctor --url http://${place({ host: own.host, port: own.port })}`
  return withFreePort(evidence)
}

const answerOf = (evidence: Evidence): RequestEvidence | undefined => {
  const request = patientRun(evidence)?.requests.at(-1) ?? dialled(evidence)
  return request?.outcome === 'answered' && (request.status ?? 500) < 500 && request.owner !== 'ours' ? request : undefined
}

/** Ours by any name is no stranger, and what cannot be seen is not known to be one. */
const isStranger = ({ relation }: HolderEvidence, { address }: Evidence): boolean =>
  (relation === 'foreign' || relation === 'carries-certificate') && address?.holders.every((other) => !isOurs(other)) === true

/** It stands where the backend is missing, and did not keep the backend from coming: that would be another cause. */
const isInstead = (evidence: Evidence, holder: HolderEvidence): boolean => {
  const run = patientRun(evidence)
  if (evidence.subject === 'address') return true
  if (evidence.subject === 'running') return run === undefined || (isAlive(run) && astray(evidence) !== undefined)
  const found = astray(evidence)
  return run !== undefined && found !== undefined && saysTaken(run, found.target.port) === undefined && cameMeanwhile(holder, evidence)
}
