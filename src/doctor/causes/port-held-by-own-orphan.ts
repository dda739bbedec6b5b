import type { Cause, Finding } from '../cause.ts'
import type { Evidence, HolderEvidence } from '../evidence.ts'
import { blocked, heldBy, holderOf } from '../signs/holders.ts'
import { reaches, target } from '../signs/listeners.ts'
import { isAlive, patientRun, whoIs } from '../signs/reading.ts'

export const portHeldByOwnOrphan: Cause = {
  code: 'PORT_HELD_BY_OWN_ORPHAN',
  title: 'An earlier run of the backend still holds its port',
  find: (evidence) => orphanInTheWay(evidence) ?? abandoned(evidence),
}

const orphanInTheWay = (evidence: Evidence): Finding | undefined => {
  const holder = patientRun(evidence) === undefined ? orphanDialled(evidence) : blocked(evidence)?.holder
  if (holder?.relation !== 'own-orphan') return undefined
  const { listener, process, service } = holder
  const whose = service === null ? 'a dead supervisor' : `a dead supervisor of ${service}`
  return {
    confidence: 'certain',
    explanation: `${heldBy(holder)}, which ${whose} has left. The backend cannot have its port while that lives.`,
    ...cure(listener.port),
    supports: [`${heldBy(holder)}.`, `${whoIs(process)} is recorded in the state folder, and the supervisor that started it is dead.`],
  }
}

const orphanDialled = (evidence: Evidence): HolderEvidence | undefined => {
  const at = target(evidence)
  const holder = at === null ? undefined : holderOf(evidence, at)
  return at !== null && holder !== undefined && reaches(holder.listener, at, evidence) ? holder : undefined
}

/** What was examined is itself what a dead supervisor has left. */
const abandoned = (evidence: Evidence): Finding | undefined => {
  const supervised = evidence.subject === 'running' ? evidence.service?.supervised : null
  const run = patientRun(evidence)
  const at = target(evidence)
  if (supervised?.supervisor !== 'dead' || run === undefined || at === null || !isAlive(run)) return undefined
  return {
    confidence: 'certain',
    explanation: `Pid ${run.pid} of ${evidence.service?.name} runs without its supervisor (pid ${supervised.supervisorPid}), which is dead: nobody starts it again, and it keeps port ${at.port} from the next start.`,
    ...cure(at.port),
    supports: [`Supervisor ${supervised.supervisorPid} is dead, and its record names pid ${run.pid}.`, `Pid ${run.pid} is alive.`],
  }
}

const cure = (port: number): Pick<Finding, 'hint' | 'fix' | 'fixable'> => ({
  hint: `End it with \`jarvis-supervise ports ${port} --reclaim\` or \`doctor --fix\`; the next \`jarvis-supervise start\` does so by itself.`,
  fix: `jarvis-supervise ports ${port} --reclaim`,
  fixable: true,
})
