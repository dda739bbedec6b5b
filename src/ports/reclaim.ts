import type { Clock } from '../clock.ts'
import { carriersOf, certificate, groupExists, membersOfGroup } from '../process/group.ts'
import type { ProcessIdentity } from '../process/identity.ts'
import { isStillThere, signalIfSame } from '../process/signal.ts'
import { sweep } from '../process/sweep.ts'
import type { ProcessRow, ProcessTable } from '../process/table.ts'
import { type Launch, whoWasLaunched } from './launched.ts'
import { orphanVerdict, type Recorded } from './orphan.ts'

/** What a dead supervisor has written down of its child. */
export interface Abandoned extends Launch {
  /** null: it died before it could say who that is. */
  readonly child: ProcessIdentity | null
  readonly instanceId: string
  /** Process group of the child; 0 where there are none. */
  readonly pgid: number
  readonly stop: { readonly signal: string; readonly graceMs: number }
}

interface Known extends Recorded {
  readonly pgid: number
}

export interface Reclaimed {
  /** The child itself or, where it is gone, the first of its group. null: nothing of it was left. */
  readonly left: { readonly pid: number; readonly command: string } | null
  /** What of it would not end. */
  readonly survivors: readonly number[]
}

/** After SIGKILL, until it is said that the kernel does not let the process go. */
const killWaitMs = 2000
const shortestPauseMs = 1
const longestPauseMs = 10

/** Ends what is left of a run, gracefully first: the child as it asks to be ended, then what remains of its group. */
export const reclaim = async (abandoned: Abandoned, table: ProcessTable, clock: Clock): Promise<Reclaimed> => {
  const known = await knownChild(abandoned, table)
  const [first] = known === undefined ? [] : await provedMembers(known, table)
  if (known === undefined || first === undefined) return { left: null, survivors: [] }
  const left = { pid: first.pid, command: table.commandOf(first.pid) || first.name }
  const orphan = provedOrphan(known, table)
  if (orphan !== undefined) await end(orphan, abandoned.stop, table, clock)
  await sweep(table, known.pgid, known.instanceId, leadsItsGroup(known) ? 'own' : 'shared')
  const survivors = await provedMembers(known, table)
  return { left, survivors: survivors.map(({ pid }) => pid) }
}

const end = async (orphan: ProcessRow, { signal, graceMs }: Abandoned['stop'], table: ProcessTable, clock: Clock): Promise<void> => {
  // a suspended process must be woken to take its signal
  if (signalIfSame(table, orphan, signal as NodeJS.Signals) === 'sent') signalIfSame(table, orphan, 'SIGCONT')
  if (await isGone(orphan, graceMs, table, clock)) return
  signalIfSame(table, orphan, 'SIGKILL')
  await isGone(orphan, killWaitMs, table, clock)
}

/** The child itself, if it lives and may be ended. */
const provedOrphan = (recorded: Recorded, table: ProcessTable): ProcessRow | undefined => {
  const row = table.identify(recorded.child.pid)
  const seen = { holder: row, certificate: row && table.environmentOf(row.pid, certificate) }
  return orphanVerdict(recorded, seen) === 'ours' ? row : undefined
}

/** All that may be ended: the child, and what of its group carries its certificate. Of an earlier boot: nothing. */
export const provedOrphans = async (abandoned: Abandoned, table: ProcessTable): Promise<readonly ProcessRow[]> => {
  const known = await knownChild(abandoned, table)
  return known === undefined ? [] : provedMembers(known, table)
}

/** With its child, where that was written down or can be proved. */
const knownChild = async (abandoned: Abandoned, table: ProcessTable): Promise<Known | undefined> => {
  const { child, instanceId, pgid } = abandoned
  if (child !== null) return { child, instanceId, pgid }
  const launched = whoWasLaunched(abandoned, await carriersOf(table, instanceId))
  return launched && { child: launched, instanceId, pgid: launched.pgid }
}

const provedMembers = async (known: Known, table: ProcessTable): Promise<readonly ProcessRow[]> => {
  const { child, pgid, instanceId } = known
  const orphan = provedOrphan(known, table)
  const members = groupExists(pgid) ? (await membersOfGroup(table, pgid, instanceId)).ours : []
  return [...(orphan === undefined ? [] : [orphan]), ...members.filter(({ pid, bootId }) => pid !== orphan?.pid && bootId === child.bootId)]
}

/** A group that the child does not lead is not its own: others may be in it, and are not looked at. */
const leadsItsGroup = ({ child, pgid }: Known): boolean => pgid === child.pid

const isGone = async (row: ProcessRow, withinMs: number, table: ProcessTable, clock: Clock): Promise<boolean> => {
  const until = clock.now() + withinMs
  for (let pauseMs = shortestPauseMs; isStillThere(table, row); pauseMs = Math.min(longestPauseMs, 2 * pauseMs)) {
    const left = until - clock.now()
    if (left <= 0) return false
    await new Promise<void>((resolve) => clock.setTimer(Math.min(pauseMs, left), resolve))
  }
  return true
}
