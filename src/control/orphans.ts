import { rmSync } from 'node:fs'
import type { Clock } from '../clock.ts'
import { provedOrphans, type Reclaimed, reclaim } from '../ports/reclaim.ts'
import { clearSocket } from '../ports/socket-file.ts'
import { isStillThere } from '../process/signal.ts'
import type { ProcessRow, ProcessTable } from '../process/table.ts'
import { withLock } from '../record/lock.ts'
import { isServiceSocket, type PlacesInput, placesOf } from '../record/places.ts'
import { type RecordedRun, type RunRecord, runsOf } from '../record/record.ts'
import { listRecords, readRecord, removeRecord } from '../record/store.ts'
import { shakeHands } from './client.ts'

/** What a supervisor has left behind: a run, and those beside it. */
export interface Orphan {
  readonly record: RunRecord
  /** The first of which something is left. */
  readonly run: RecordedRun
  /** What of all runs is still there and proved to be ours. Not empty. */
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
    const runs = runsOf(record)
    if (runs.length === 0 || (await isSupervised(record, table))) continue
    const left = await Promise.all(runs.map(async (run) => ({ run, processes: await provedOrphans(run, table) })))
    const [first] = left.filter(({ processes }) => processes.length > 0)
    if (first !== undefined) orphans.push({ record, run: first.run, processes: left.flatMap(({ processes }) => processes) })
  }
  return orphans
}

/** Ends an orphan and clears its place; null where somebody has taken the place meanwhile. */
export const reclaimOrphan = async ({ record }: Orphan, world: OrphanWorld): Promise<Reclaimed | null> => {
  const { stateDir, shortDir, platform, table, clock } = world
  const whose = { stateDir, shortDir, platform, key: record.key }
  const places = placesOf(whose)
  const self = table.identify(process.pid)
  if (self === undefined) return null
  return withLock({ path: places.lock, platform, self, isAlive: (holder) => isStillThere(table, holder) }, async () => {
    const now = readRecord(places.record)
    const runs = now === undefined ? [] : runsOf(now)
    if (now === undefined || runs.length === 0 || (await isSupervised(now, table))) return null
    // each may take its grace
    const reclaimed = await Promise.all(runs.map((run) => reclaim(run, table, clock)))
    const survivors = reclaimed.flatMap((each) => each.survivors)
    if (survivors.length === 0) await clear(whose, runs)
    return { left: reclaimed.find(({ left }) => left !== null)?.left ?? null, survivors }
  })
}

const clear = async (whose: PlacesInput, runs: readonly RecordedRun[]): Promise<void> => {
  const { platform } = whose
  const { record, socket, serviceSocket } = placesOf(whose)
  removeRecord(record)
  if (platform !== 'win32') rmSync(socket, { force: true })
  const others = runs.flatMap((run) => run.socket ?? []).filter((path) => isServiceSocket(whose, path))
  for (const path of new Set([serviceSocket, ...others])) await clearSocket(path, platform)
}

/** A supervisor that lives is asked nothing more: what it runs is its own affair. */
const isSupervised = async ({ supervisor, socket }: RunRecord, table: ProcessTable): Promise<boolean> =>
  isStillThere(table, supervisor) || (await shakeHands(socket)) !== 'nobody'
