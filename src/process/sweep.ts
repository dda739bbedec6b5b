import { groupExists, membersOfGroup } from './group.ts'
import { sameProcess } from './identity.ts'
import { isStillThere, signalIfSame } from './signal.ts'
import type { ProcessRow, ProcessTable } from './table.ts'

export interface Swept {
  readonly reaped: readonly number[]
  readonly survivors: readonly number[]
}

/** What is killed may fork in the meantime, and takes a moment to be gone. */
const sweepMs = 1000

/**
 * Kills what is left in the process group of an ended child and carries its certificate, and waits until it is gone.
 * What is in its own group without a certificate is named as a survivor and left alone; in one that it shared, that is
 * others' affair.
 */
export const sweep = async (table: ProcessTable, pgid: number, instanceId: string, whose: 'own' | 'shared' = 'own'): Promise<Swept> => {
  const killed = new Map<number, ProcessRow>()
  const until = performance.now() + sweepMs
  let others: readonly ProcessRow[] = []
  while (groupExists(pgid) && performance.now() < until) {
    const found = await membersOfGroup(table, pgid, instanceId)
    const members = whose === 'own' ? found : { ours: found.ours, others: [] }
    for (const row of members.ours) if (signalIfSame(table, row, 'SIGKILL') === 'sent') killed.set(row.pid, row)
    // what is dying has no environment any more, and so no certificate to show
    const strange = members.others.filter((row) => !isKilled(killed, row))
    // what is being replaced by another program (exec) has none for a moment, either: it is looked at twice
    const settled = strange.every((row) => others.some((other) => sameProcess(other, row)))
    others = strange
    if (settled && members.ours.length === 0 && members.others.length === strange.length) break
    await new Promise((resolve) => setImmediate(resolve))
  }
  const left = new Set([...killed.values(), ...others].filter((row) => isStillThere(table, row)).map(({ pid }) => pid))
  return { reaped: [...killed.keys()].filter((pid) => !left.has(pid)), survivors: [...left] }
}

const isKilled = (killed: ReadonlyMap<number, ProcessRow>, row: ProcessRow): boolean => {
  const before = killed.get(row.pid)
  return before !== undefined && sameProcess(before, row)
}
