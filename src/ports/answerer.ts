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
  /** What it said is fresh: proof in any case. */
  readonly believe?: boolean
  /** Listeners that answered here before and were ours: as long as the child has them open, they still do. */
  readonly proved?: readonly Listener[]
}

export interface ReportedListener {
  /** Literal IP address, or the path of a socket. */
  readonly address: string
  /** 0: a Unix socket, or a pipe. */
  readonly port: number
  /** As in `Listener`, where it is known. */
  readonly socket?: string
}

/** Who holds the listener that answers on an address, seen from the child `pid`. */
export interface Answerer {
  readonly verdict: Ownership | 'nobody'
  /** `pid 4711 (nginx)`, where the verdict is foreign and it can be named. */
  readonly stranger: string | null
  /** Listeners of ours that serve this address, as far as they were seen. */
  readonly serving: readonly Listener[]
  /** Listeners of ours that do not. */
  readonly elsewhere: readonly Listener[]
}

/** The kernel takes a process apart within this time. */
const endingMs = 50

/**
 * Ours is what the tree of the child holds and, where that is not enough, what its process group holds with its
 * certificate. What speaks against us is looked at twice: listeners and processes are not read in one moment.
 */
export const whoAnswers = async (question: Question, owners: PortOwners | null, table: ProcessTable): Promise<Answerer> => {
  const { pid, instanceId, target, name } = question
  if (owners === null || (question.believe === true && hasReported(question))) return untold(question)
  if (target.socketPath !== undefined && owners.listenersAt === null) return untold(question)
  const known = owners.cost === 'dear' ? believed(question) : await stillServing(question, owners, table)
  if (known !== null) return known
  const first = await look(target, owners, () => pidsOf(table.tree(pid)))
  if (first.verdict === 'ours') return { ...first, stranger: null }
  const lookAgain = () =>
    look(target, owners, async () => [
      ...(await pidsOf(table.tree(pid))),
      // a process whose parent has ended is no descendant any more
      ...(await membersOfGroup(table, pid, instanceId)).ours.map((row) => row.pid),
    ])
  let seen = await lookAgain()
  if (seen.verdict !== 'ours' && !(await owners.canTell(seen.pids))) {
    // a process that is just ending shows nothing either: in a moment it is gone, and what it did not hold is a stranger's
    await new Promise((resolve) => setTimeout(resolve, endingMs))
    seen = await lookAgain()
  }
  if (seen.verdict === 'ours') return { ...seen, stranger: null }
  if (seen.verdict === 'unknown' || !(await owners.canTell(seen.pids))) return untold(question)
  const stranger = seen.verdict === 'foreign' && name ? await nameOf(seen.strangers, owners, table) : null
  return { ...seen, stranger }
}

/** What was said or proved once is believed while nothing speaks against it, where a look costs more than the question that it is for. */
const believed = (question: Question): Answerer | null => {
  const { name, proved = [] } = question
  if (name) return null
  if (proved.length > 0) return servedBy(proved)
  return hasReported(question) ? untold(question) : null
}

/** Reads only the descriptors of the tree: the tables of the kernel cost 8 ms, and a healthy backend is asked often. */
const stillServing = async ({ pid, proved = [] }: Question, owners: PortOwners, table: ProcessTable): Promise<Answerer | null> => {
  if (proved.length === 0) return null
  const stillHeld = async (pids: readonly number[]): Promise<boolean> => (await owners.heldBy(pids, proved)).length === proved.length
  // mostly the child itself; then what it has started need not be read
  return (await stillHeld([pid])) || (await stillHeld(await pidsOf(table.tree(pid)))) ? servedBy(proved) : null
}

const servedBy = (serving: readonly Listener[]): Answerer => ({ verdict: 'ours', stranger: null, serving, elsewhere: [] })

/** Listeners first: whoever holds one of them is among the processes read afterwards. */
const look = async (target: Target, owners: PortOwners, read: () => Promise<number[]>) => {
  const listeners = await listenersFor(target, owners)
  const pids = await read()
  const ours = await owners.heldBy(pids, listeners)
  const own = new Set(ours.map(({ socket }) => socket))
  const strangers = answering(target, listeners).filter(({ socket }) => !own.has(socket))
  const serving = answering(target, ours)
  return { verdict: ownershipOf(target, listeners, ours), serving, elsewhere: elsewhere(target, ours), strangers, pids }
}

/** All that may answer there, and the ports on which ours may listen instead. */
export const listenersFor = async ({ socketPath }: Target, owners: PortOwners): Promise<Listener[]> => {
  const [onPorts, onPath] = await Promise.all([owners.listeners(), socketPath === undefined ? [] : owners.listenersAt?.(socketPath)])
  return [...onPorts, ...(onPath ?? [])]
}

/** Where a reported socket is known, it can be seen later whether it is still open. */
const untold = (question: Question): Answerer => ({
  verdict: hasReported(question) ? 'ours' : 'unknown',
  stranger: null,
  serving: reportedFor(question).filter(({ socket }) => socket !== ''),
  elsewhere: [],
})

const hasReported = (question: Question): boolean => reportedFor(question).length > 0

const reportedFor = ({ target, reported }: Question): Listener[] => {
  const asListeners = reported.map(({ address, port, socket = '' }) => ({
    family: port === 0 ? ('unix' as const) : familyOf(address),
    address,
    port,
    socket,
    acceptQueue: -1,
  }))
  return answering(target, asListeners)
}

const familyOf = (address: string): AddressFamily => (address.includes(':') ? 'ipv6' : 'ipv4')

const pidsOf = async (rows: Promise<readonly { pid: number }[]>): Promise<number[]> => (await rows).map(({ pid }) => pid)

const nameOf = async (listeners: readonly Listener[], owners: PortOwners, table: ProcessTable): Promise<string | null> => {
  const [owner] = (await owners.ownersOf(listeners)).flatMap((listener) => listener.owner ?? [])
  return owner === undefined ? null : `pid ${owner.pid} (${table.commandOf(owner.pid).slice(0, 80) || owner.name})`
}
