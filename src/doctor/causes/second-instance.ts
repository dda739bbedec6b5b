import type { Cause } from '../cause.ts'
import { bindError } from '../signs/bind-error.ts'
import { blocked, heldBy } from '../signs/holders.ts'
import { quoted, whoIs } from '../signs/reading.ts'

export const secondInstance: Cause = {
  code: 'SECOND_INSTANCE',
  title: 'Another instance runs already',
  find: (evidence) => {
    const holder = blocked(evidence)?.holder
    if (holder?.relation === 'other-service' && holder.service !== null) {
      const { service, process } = holder
      return {
        confidence: 'certain',
        explanation: `${heldBy(holder)}, which is the supervised service ${service}, and running.`,
        hint: `End it with \`jarvis-supervise stop ${quoted(service)}\`, or let the port be free to choose: port 'auto'. An app takes requestSingleInstanceLock before it starts its backend.`,
        fix: `jarvis-supervise stop ${quoted(service)}`,
        supports: [`${heldBy(holder)}.`, `${whoIs(process)} belongs to ${service}, whose supervisor lives.`],
      }
    }
    const said = bindError(evidence, 'SECOND_INSTANCE')
    return (
      said && {
        confidence: said.confidence,
        explanation: said.told,
        hint: 'End the other instance first.',
        supports: said.supports,
      }
    )
  },
}
