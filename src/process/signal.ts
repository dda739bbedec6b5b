import { errnoOf } from '../errors.ts'
import { type ProcessIdentity, sameProcess } from './identity.ts'
import type { ProcessTable } from './table.ts'

export type SignalOutcome = 'sent' | 'gone' | 'not-same' | 'not-permitted'

/** Whether a process that was seen before still runs. */
export const isStillThere = (table: Pick<ProcessTable, 'identify'>, identity: ProcessIdentity): boolean => {
  const now = table.identify(identity.pid)
  return now !== undefined && sameProcess(now, identity)
}

/** Signals a process if, in this moment, it is still the one that was seen. */
export const signalIfSame = (table: Pick<ProcessTable, 'identify'>, identity: ProcessIdentity, signal: NodeJS.Signals): SignalOutcome => {
  const now = table.identify(identity.pid)
  if (now === undefined) return 'gone'
  if (!sameProcess(now, identity)) return 'not-same'
  try {
    process.kill(identity.pid, signal)
    return 'sent'
  } catch (error) {
    // EPERM means that it is alive and somebody else's
    return errnoOf(error) === 'ESRCH' ? 'gone' : 'not-permitted'
  }
}
