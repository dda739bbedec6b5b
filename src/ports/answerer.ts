import { membersOfGroup } from '../process/group.ts'
import type { ProcessTable } from '../process/table.ts'
import type { Listener, Ownership, PortOwners } from './owners.ts'
import { answering, elsewhere, ownershipOf, type Target } from './ownership.ts'

export interface Question {
  readonly pid: number
  readonly instanceId: string
  readonly target: Target
  /** Find out who a stranger is: reads the descriptors of every process. */
  readonly name: boolean
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
export const whoAnswers = async (
  { pid, instanceId, target, name }: Question,
  owners: PortOwners | null,
  table: ProcessTable,
): Promise<Answerer> => {
  if (owners === null) return { verdict: 'unknown', stranger: null, elsewhere: [] }
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

const pids = async (rows: Promise<readonly { pid: number }[]>): Promise<number[]> => (await rows).map(({ pid }) => pid)

const nameOf = async (listeners: readonly Listener[], owners: PortOwners, table: ProcessTable): Promise<string | null> => {
  const [owner] = (await owners.ownersOf(listeners)).flatMap((listener) => listener.owner ?? [])
  return owner === undefined ? null : `pid ${owner.pid} (${table.commandOf(owner.pid).slice(0, 80) || owner.name})`
}
