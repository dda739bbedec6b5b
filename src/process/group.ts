import { errnoOf } from '../errors.ts'
import { inSlices } from './slices.ts'
import type { ProcessRow, ProcessTable } from './table.ts'

/** The variable in which every child carries its certificate of birth. */
export const certificate = 'JARVIS_INSTANCE'

export interface GroupMembers {
  /** In the group, and with the certificate: proved to be ours. */
  readonly ours: readonly ProcessRow[]
  /** In the group only: named, never signalled. */
  readonly others: readonly ProcessRow[]
}

/** Whether anybody is left in a process group, if only a zombie: one system call, no reading. */
export const groupExists = (pgid: number): boolean => {
  // to kill(2), 0 is the caller's own group and -1 is everybody
  if (pgid <= 1) return false
  try {
    process.kill(-pgid, 0)
    return true
  } catch (error) {
    return errnoOf(error) !== 'ESRCH'
  }
}

/** Every process that carries a certificate, wherever it has gone: one that left the group and its parents is still to be named. */
export const carriersOf = async (table: ProcessTable, instanceId: string): Promise<readonly ProcessRow[]> =>
  inSlices(await table.list(), (row) => (table.environmentOf(row.pid, certificate) === instanceId ? row : undefined)).then((rows) =>
    rows.filter((row) => row !== undefined),
  )

/** Who is left in the process group of a run. */
export const membersOfGroup = async (table: ProcessTable, pgid: number, instanceId: string): Promise<GroupMembers> => {
  const members = (await table.list()).filter((row) => row.pgid === pgid)
  const ours = new Set(members.filter(({ pid }) => table.environmentOf(pid, certificate) === instanceId))
  return { ours: [...ours], others: members.filter((row) => !ours.has(row)) }
}
