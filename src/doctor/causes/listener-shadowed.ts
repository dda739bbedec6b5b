import type { Cause } from '../cause.ts'
import { withFreePort } from '../signs/again.ts'
import { heldBy, likeness, shadow } from '../signs/holders.ts'
import { place, placeOf, whoIs } from '../signs/reading.ts'

export const listenerShadowed: Cause = {
  code: 'LISTENER_SHADOWED',
  title: 'Another program listens on the same port',
  find: (evidence) => {
    const found = shadow(evidence)
    if (found === undefined) return undefined
    const { at, ours, stranger, literal, isProved, isShared } = found
    const { process } = stranger
    const reachedAt = place({ host: literal, port: at.port })
    return {
      confidence: isProved ? 'certain' : 'likely',
      explanation: isShared
        ? `Both listen on ${placeOf(ours)}: the backend, and ${whoIs(process)}${stranger.user === null ? '' : ` of ${stranger.user}`}. The system gives some connections to the one and some to the other.${likeness(stranger, evidence)}`
        : `The backend listens on ${placeOf(ours)}, but ${heldBy(stranger)}: who dials ${place(at)} ${isProved ? 'reaches' : 'may reach'} that one.${likeness(stranger, evidence)}`,
      hint: isShared
        ? `End ${whoIs(process)}, or choose another port; and let the backend ask for its port without SO_REUSEPORT (\`reusePort\`, \`reuse_port\`), so that a second program on it is an error.`
        : `End ${whoIs(process)}, or let backend and window use one literal address that is theirs alone; not localhost, which means both 127.0.0.1 and ::1.`,
      fix: withFreePort(evidence),
      supports: [
        `The backend listens on ${placeOf(ours)}.`,
        `${heldBy(stranger)}.`,
        isShared
          ? `Two programs have ${reachedAt} open.`
          : isProved
            ? `${reachedAt} is the stranger's.`
            : `localhost means ${literal} too, and that is the stranger's.`,
      ],
    }
  },
}
