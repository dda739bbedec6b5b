import { groupExists, membersOfGroup } from './group.ts'
import { signalIfSame } from './signal.ts'
import type { ProcessRow, ProcessTable } from './table.ts'

export interface Swept {
  readonly reaped: readonly number[]
  readonly survivors: readonly number[]
}

/** What is killed may fork in the meantime, and takes a moment to be gone. */
const sweepMs = 1000

/**
 * Kills what is left in the process group of an ended child and carries its certificate, and waits until it is gone.
 * What is in the group without a certificate is named as a survivor and left alone.
 */
export const sweep = async (table: ProcessTable, pgid: number, instanceId: string): Promise<Swept> => {
  const reaped = new Set<number>()
  const until = performance.now() + sweepMs
  let others: readonly ProcessRow[] = []
  let ours: readonly ProcessRow[] = []
  while (groupExists(pgid)) {
    const members = await membersOfGroup(table, pgid, instanceId)
    ours = members.ours
    others = members.others
    for (const row of ours) if (signalIfSame(table, row, 'SIGKILL') === 'sent') reaped.add(row.pid)
    if (ours.length === 0 || performance.now() > until) break
    await new Promise((resolve) => setImmediate(resolve))
  }
  const left = new Set([...ours, ...others].map(({ pid }) => pid).filter((pid) => table.identify(pid)?.pgid === pgid))
  return { reaped: [...reaped].filter((pid) => !left.has(pid)), survivors: [...left] }
}
