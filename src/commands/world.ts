import { tmpdir } from 'node:os'
import { systemClock } from '../clock.ts'
import type { OrphanWorld } from '../control/orphans.ts'
import { processTableFor } from '../process/process-table.ts'
import { shortDirOf } from '../record/places.ts'

/** What is needed to find, and to end, what dead supervisors of a state folder have left. */
export const orphanWorld = (stateDir: string): OrphanWorld => {
  const { env, platform } = process
  const shortDir = shortDirOf({ env, platform, tmp: tmpdir(), uid: process.getuid?.() })
  return { stateDir, shortDir, platform, table: processTableFor(platform), clock: systemClock }
}
