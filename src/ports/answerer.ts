import { membersOfGroup } from '../process/group.ts'
import type { ProcessTable } from '../process/table.ts'
import type { AddressFamily, Listener, Ownership, PortOwners } from './owners.ts'
import { answering, elsewhere, ownershipOf, type Target } from './ownership.ts'

export interface Question {
  readonly pid: number
  readonly instanceId: string
  readonly target: Target
  /** Find out who a stranger is: reads the descriptors of every process. */
  readonly name: boolean
  /** What the child itself said over its channel: proof where the platform cannot tell. */
  readonly reported: readonly ReportedListener[]
}

export interface ReportedListener {
  readonly address: string
  readonly port: number
}

/** Who holds the listener that answers on an address, seen from the child `pid`. */
export interface Answerer {
  readonly verdict: Ownership | 'nobody'
  /** `pid 4711 (nginx)`, where the verdict is foreign and it can be named. */
  readonly stranger: string | null
  /** Listeners of ours that do not serve this address. */
  readonly elsewhere: readonly Listener[]
}

/** Ours is what the tree of the child holds and, where that is not enough, what its process group holds with its certificate. */
export const whoAnswers = async (question: Question, owners: PortOwners | null, table: ProcessTable): Promise<Answerer> => {
  const { pid, instanceId, target, name } = question
  if (owners === null) return { verdict: hasReported(question) ? 'ours' : 'unknown', stranger: null, elsewhere: [] }
  const listeners = await owners.listeners()
  const tree = await pids(table.tree(pid))
  let ours = await owners.heldBy(tree, listeners)
  let verdict = ownershipOf(target, listeners, ours)
  if (verdict === 'foreign') {
    // a process whose parent has ended is no descendant any more
    const group = (await membersOfGroup(table, pid, instanceId)).ours.map((row) => row.pid)
    ours = await owners.heldBy([...tree, ...group], listeners)
    verdict = ownershipOf(target, listeners, ours)
  }
  const stranger = verdict === 'foreign' && name ? await nameOf(answering(target, listeners), owners, table) : null
  return { verdict, stranger, elsewhere: elsewhere(target, ours) }
}

const hasReported = ({ target, reported }: Question): boolean => {
  const asListeners = reported.map(({ address, port }) => ({ family: familyOf(address), address, port, socket: '', acceptQueue: -1 }))
  return answering(target, asListeners).length > 0
}

const familyOf = (address: string): AddressFamily => (address.includes(':') ? 'ipv6' : 'ipv4')

const pids = async (rows: Promise<readonly { pid: number }[]>): Promise<number[]> => (await rows).map(({ pid }) => pid)

const nameOf = async (listeners: readonly Listener[], owners: PortOwners, table: ProcessTable): Promise<string | null> => {
  const [owner] = (await owners.ownersOf(listeners)).flatMap((listener) => listener.owner ?? [])
  return owner === undefined ? null : `pid ${owner.pid} (${table.commandOf(owner.pid).slice(0, 80) || owner.name})`
}
