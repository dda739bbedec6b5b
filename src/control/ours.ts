import { provedOrphans } from '../ports/reclaim.ts'
import { sameProcess } from '../process/identity.ts'
import type { ProcessRow } from '../process/table.ts'
import { type RecordedRun, runsOf } from '../record/record.ts'
import { listRecords } from '../record/store.ts'
import { findOrphans, type Orphan, type OrphanWorld } from './orphans.ts'

/** Of which service a process is. */
export interface Belonging {
  readonly service: string
  /** Its supervisor is dead. */
  readonly isOrphan: boolean
}

export interface Ours {
  readonly orphans: readonly Orphan[]
  /** undefined: it is not proved to be of any service of the state folder. */
  belongs(process: ProcessRow): Belonging | undefined
  /** The same of a process that was just seen. */
  serviceOf(pid: number): Belonging | undefined
}

/** All processes of the services of a state folder: of those that run, commands that supervise them, and what dead supervisors have left. */
export const findOurs = async (world: OrphanWorld): Promise<Ours> => {
  const orphans = await findOrphans(world)
  const found = new Map<number, { readonly row: ProcessRow; readonly belonging: Belonging }>()
  const add = (rows: readonly ProcessRow[], belonging: Belonging): void => {
    for (const row of rows) found.set(row.pid, { row, belonging })
  }
  for (const { record, processes } of orphans) add(processes, { service: record.service, isOrphan: true })
  const abandoned = new Set(orphans.map(({ record }) => record.key))
  for (const { record } of listRecords(world.stateDir)) {
    if (abandoned.has(record.key)) continue
    for (const run of runsOf(record)) add(await processesOf(run, world), { service: record.service, isOrphan: false })
    // its front door; what else a supervisor listens on that has other things to do is not the service's
    const supervisor = record.supervisor.dedicated ? world.table.identify(record.supervisor.pid) : undefined
    if (supervisor !== undefined && sameProcess(supervisor, record.supervisor))
      add([supervisor], { service: record.service, isOrphan: false })
  }
  return {
    orphans,
    belongs: (process) => {
      const known = found.get(process.pid)
      return known !== undefined && sameProcess(known.row, process) ? known.belonging : undefined
    },
    serviceOf: (pid) => found.get(pid)?.belonging,
  }
}

/** What descends from a child that lives is of its service, in whatever group it is. */
const processesOf = async (run: RecordedRun, { table }: OrphanWorld): Promise<ProcessRow[]> => {
  const proved = await provedOrphans(run, table)
  const [first] = proved
  const isChild = first !== undefined && (run.child === null || first.pid === run.child.pid)
  return isChild ? [...proved, ...(await table.tree(first.pid))] : [...proved]
}
