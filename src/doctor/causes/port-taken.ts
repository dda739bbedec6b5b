import { takenPorts } from '../../causes/patterns.ts'
import type { Cause, Finding } from '../cause.ts'
import type { Evidence, HolderEvidence } from '../evidence.ts'
import { again } from '../signs/again.ts'
import { bindError } from '../signs/bind-error.ts'
import { type Blocked, blocked, daemonOf, heldBy, isGhost, likeness } from '../signs/holders.ts'
import { listenedOn } from '../signs/listeners.ts'
import { endedUnasked, isAlive, place, whoIs } from '../signs/reading.ts'

/** Others are to blame by a name of their own. */
const special = new Set<HolderEvidence['relation']>(['own-orphan', 'other-service'])

export const portTaken: Cause = {
  code: 'PORT_TAKEN',
  title: 'The port is taken by another program',
  find: (evidence) => {
    const found = blocked(evidence)
    if (found === undefined || isAlive(found.run)) return undefined
    const { holder, line } = found
    if (holder !== undefined && (special.has(holder.relation) || isGhost(holder, evidence))) return undefined
    if (!found.isSaid && daemonOf(found.run, evidence.address?.holders ?? [], found.at.port) !== undefined) return undefined
    const named = line === undefined ? [] : takenPorts([line])
    const other = named.find((port) => port !== found.at.port)
    if (other !== undefined && !named.includes(found.at.port)) return takenElsewhere(found, other, evidence)
    return takenHere(found, evidence)
  },
}

const takenHere = ({ run, at, holder, line, isSaid }: Blocked, evidence: Evidence): Finding => {
  const told = bindError(evidence, 'PORT_TAKEN')
  const own = run.notStarted === null && listenedOn(run, at.port) !== undefined && holder === undefined
  const who =
    holder !== undefined
      ? `${heldBy(holder)}.${likeness(holder, evidence)}`
      : own
        ? 'It had the port itself: it listens twice.'
        : isSocket(line)
          ? 'The socket is there already.'
          : 'Nobody is seen there any more.'
  return {
    confidence: isSaid ? (told?.confidence ?? 'certain') : 'likely',
    explanation: isSaid
      ? `${told === undefined ? `${place(at)} is taken.` : told.told.replace(/[^.!?]$/, '$&.')} ${who}`
      : `It ended before it listened, and said nothing of why. ${who}`,
    hint: hintFor(holder, own, line),
    fix: own || isSocket(line) ? undefined : again(evidence, `--prefer-port ${at.port}`),
    supports: [
      ...(told?.supports ?? []),
      ...(holder === undefined ? [] : [`${heldBy(holder)}.`]),
      ...(isSaid || endedUnasked(run) === null ? [] : [`It was to listen on ${place(at)}.`]),
    ],
  }
}

const hintFor = (holder: HolderEvidence | undefined, own: boolean, line: string | undefined): string => {
  if (own) return 'Let it call listen once.'
  if (isSocket(line)) return 'End who serves that socket, or remove the file if nobody does.'
  const end = holder?.process == null ? 'End the other program' : `End ${whoIs(holder.process)} if it is not needed`
  return `${end}, ask for another port, or let the port move: { prefer: N }, --prefer-port N.`
}

const isSocket = (line: string | undefined): boolean => / \/[^/\s]\S*$/.test(line ?? '')

/** A port besides the one that is dialled, of its own choice. */
const takenElsewhere = ({ line }: Blocked, port: number, evidence: Evidence): Finding => {
  const told = bindError(evidence, 'PORT_TAKEN')
  const holder = evidence.address?.nearby.find(({ listener }) => listener.port === port)
  return {
    confidence: told?.confidence ?? 'likely',
    explanation: `It wants port ${port} as well, which is taken${holder === undefined ? '' : `: ${heldBy(holder)}`}. ${told?.told ?? line}`,
    hint: `End who holds port ${port}, or give it another port for that; PORT names only the one that the window dials.`,
    supports: [...(told?.supports ?? []), ...(holder === undefined ? [] : [`${heldBy(holder)}.`])],
  }
}
