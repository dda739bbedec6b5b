import type { Cause } from '../cause.ts'
import { killing } from '../signs/again.ts'
import { blocked, heldBy, holderOf, isGhost } from '../signs/holders.ts'
import { target } from '../signs/listeners.ts'
import { patientRun, placeOf, whoIs } from '../signs/reading.ts'

export const ghostListener: Cause = {
  code: 'GHOST_LISTENER',
  title: 'A dead server has left its port to a child',
  find: (evidence) => {
    const at = target(evidence)
    const holder = at && (patientRun(evidence) === undefined ? holderOf(evidence, at) : blocked(evidence)?.holder)
    if (!holder || !isGhost(holder, evidence)) return undefined
    const { process, listener, relation, adopted } = holder
    const carries = relation === 'carries-certificate'
    const kill = process === null ? undefined : killing(process.pid, evidence.machine.platform)
    return {
      confidence: carries ? 'certain' : 'likely',
      explanation: `${heldBy(holder)}, which has inherited the socket from a server that is gone, and serves nobody: connections are taken by the system and never answered.`,
      hint: `End that process${kill === undefined ? '' : `: \`${kill}\``}. It is a descendant of a dead server; such a server should close its socket for its children, or end them with itself.`,
      fix: kill,
      supports: [
        `${heldBy(holder)}.`,
        `It does not accept connections on ${placeOf(listener)}, and a question there got no answer.`,
        ...(adopted ? [`The process that started ${whoIs(process)} has ended.`] : []),
        ...(carries ? ['It carries the certificate of a run of this service that is over.'] : []),
      ],
    }
  },
}
