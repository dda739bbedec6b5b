import { rmSync } from 'node:fs'
import type { Clock } from '../clock.ts'
import { provedOrphans, type Reclaimed, reclaim } from '../ports/reclaim.ts'
import { clearSocket } from '../ports/socket-file.ts'
import { isStillThere } from '../process/signal.ts'
import type { ProcessRow, ProcessTable } from '../process/table.ts'
import { withLock } from '../record/lock.ts'
import { type Places, placesOf } from '../record/places.ts'
import type { RecordedRun, RunRecord } from '../record/record.ts'
import { listRecords, readRecord, removeRecord } from '../record/store.ts'
import { shakeHands } from './client.ts'

/** A run that its supervisor has left behind. */
export interface Orphan {
  readonly record: RunRecord
  readonly run: RecordedRun
  /** What of it still runs and is proved to be ours. Not empty. */
  readonly processes: readonly ProcessRow[]
}

export interface OrphanWorld {
  readonly stateDir: string
  readonly shortDir: string
  readonly platform: NodeJS.Platform
  readonly table: ProcessTable
  readonly clock: Clock
}

/** What dead supervisors have left in a state folder. */
export const findOrphans = async ({ stateDir, table }: OrphanWorld): Promise<Orphan[]> => {
  const orphans: Orphan[] = []
  for (const { record } of listRecords(stateDir)) {
    const { run } = record
    if (run === null || (await isSupervised(record, table))) continue
    const processes = await provedOrphans(run, table)
    if (processes.length > 0) orphans.push({ record, run, processes })
  }
  return orphans
}

/** Ends an orphan and clears its place; null where somebody has taken the place meanwhile. */
export const reclaimOrphan = async ({ record }: Orphan, world: OrphanWorld): Promise<Reclaimed | null> => {
  const { stateDir, shortDir, platform, table, clock } = world
  const places = placesOf({ stateDir, shortDir, platform, key: record.key })
  const self = table.identify(process.pid)
  if (self === undefined) return null
  return withLock({ path: places.lock, platform, self, isAlive: (holder) => isStillThere(table, holder) }, async () => {
    const now = readRecord(places.record)
    if (now?.run == null || (await isSupervised(now, table))) return null
    const reclaimed = await reclaim(now.run, table, clock)
    if (reclaimed.survivors.length === 0) await clear(places, platform)
    return reclaimed
  })
}

const clear = async ({ record, socket, serviceSocket }: Places, platform: NodeJS.Platform): Promise<void> => {
  removeRecord(record)
  if (platform !== 'win32') rmSync(socket, { force: true })
  await clearSocket(serviceSocket, platform)
}

/** A supervisor that lives is asked nothing more: what it runs is its own affair. */
const isSupervised = async ({ supervisor, socket }: RunRecord, table: ProcessTable): Promise<boolean> =>
  isStillThere(table, supervisor) || (await shakeHands(socket)) !== 'nobody'
