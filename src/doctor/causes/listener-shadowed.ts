import type { Cause } from '../cause.ts'
import { withFreePort } from '../signs/again.ts'
import { heldBy, likeness, shadow } from '../signs/holders.ts'
import { place, placeOf, whoIs } from '../signs/reading.ts'

export const listenerShadowed: Cause = {
  code: 'LISTENER_SHADOWED',
  title: 'Another program shares the port, and answers instead',
  find: (evidence) => {
    const found = shadow(evidence)
    if (found === undefined) return undefined
    const { at, ours, stranger, literal, isProved } = found
    const { process } = stranger
    const reachedAt = place({ host: literal, port: at.port })
    return {
      confidence: isProved ? 'certain' : 'likely',
      explanation: `The backend listens on ${placeOf(ours)}, but ${heldBy(stranger)}: who dials ${place(at)} ${isProved ? 'reaches' : 'may reach'} that one.${likeness(stranger, evidence)}`,
      hint: `End ${whoIs(process)}, or let backend and window use one literal address that is theirs alone; not localhost, which means both 127.0.0.1 and ::1.`,
      fix: withFreePort(evidence),
      supports: [
        `The backend listens on ${placeOf(ours)}.`,
        `${heldBy(stranger)}.`,
        isProved ? `${reachedAt} is the stranger's.` : `localhost means ${literal} too, and that is the stranger's.`,
      ],
    }
  },
}
