import { systemClock } from '../clock.ts'
import { findOrphans, type OrphanWorld, reclaimOrphan } from '../control/orphans.ts'
import { SupervisorError } from '../errors.ts'
import { redactShown } from '../logs/redact.ts'
import { reclaim } from '../ports/reclaim.ts'
import { sameProcess } from '../process/identity.ts'
import type { ProcessRow, ProcessTable } from '../process/table.ts'
import type { RecordedRun } from '../record/record.ts'
import type { SupervisorEvents } from './events.ts'

/** Ends what a dead supervisor of the same service has left, and tells in one event what was done. */
export const endAbandoned = async (
  run: RecordedRun,
  table: ProcessTable,
  tell: (facts: SupervisorEvents['reclaim']) => void,
): Promise<void> => {
  const { left, survivors } = await reclaim(run, table, systemClock)
  if (left === null) return
  const command = redactShown(left.command)
  const place = { port: run.port, ...(run.socket !== undefined && { socket: run.socket }) }
  tell({ ...place, pid: left.pid, command, verdict: 'ours', action: survivors.length === 0 ? 'killed' : 'refused' })
  if (survivors.length === 0) return
  throw new SupervisorError(
    'ERR_UNKILLABLE',
    `Process ${survivors.join(', ')}, which an earlier supervisor has left, is still there after SIGKILL.`,
    {
      reason: 'UNINTERRUPTIBLE_IO',
      hint: 'It waits in the kernel, usually for a disk or a network drive that is gone; only that, or a reboot, can free it.',
    },
  )
}

/** Ends the holder of a port where it belongs to what a dead supervisor of this state folder has left. */
export const reclaimHolder = async (row: ProcessRow, world: OrphanWorld): Promise<boolean> => {
  const orphan = (await findOrphans(world)).find(({ processes }) => processes.some((process) => sameProcess(process, row)))
  const reclaimed = orphan && (await reclaimOrphan(orphan, world))
  return reclaimed != null && reclaimed.survivors.length === 0
}
