/**
 * Decides whether a process may be ended that a dead supervisor has left. Pure: never reads, never signals.
 *
 * Only the process that was recorded (pid, kernel start time, boot) is ours. A pid that somebody else has now is stale,
 * and so is a record of an earlier boot. A certificate in the environment never proves anything by itself, since
 * whatever the backend starts inherits it; one that names another run speaks against.
 */
import { type ProcessIdentity, sameProcess } from '../process/identity.ts'

export interface Recorded {
  readonly child: ProcessIdentity
  readonly instanceId: string
}

export interface Seen {
  /** Who has the recorded pid now. */
  readonly holder: ProcessIdentity | undefined
  /** The certificate in its environment, where that can be read and has one. */
  readonly certificate: string | undefined
}

/** `ours` may be ended, `stale` is gone, `foreign` is somebody else although the record fits. */
export type OrphanVerdict = 'ours' | 'stale' | 'foreign'

export const orphanVerdict = ({ child, instanceId }: Recorded, { holder, certificate }: Seen): OrphanVerdict => {
  if (holder === undefined || !sameProcess(holder, child)) return 'stale'
  // where the system has neither a start time nor a boot id to tell, nothing is proved
  if (child.startTime === '') return 'foreign'
  return certificate === undefined || certificate === instanceId ? 'ours' : 'foreign'
}
