/** Says what was done about what dead supervisors have left, and who holds a port that was wanted. Pure. */

import type { Belonging } from '../control/ours.ts'
import type { Paint } from '../supervisor/sentences.ts'
import { printable } from './table.ts'

/** An item of `ports --reclaim --json`. */
export interface ReclaimedOrphan {
  /** That it was given. */
  readonly port: number | null
  readonly pid: number
  readonly command: string
  /** Others are never touched. */
  readonly verdict: 'ours'
  /** `refused`: it would not end. */
  readonly action: 'killed' | 'refused'
  readonly service: string
}

export const reclaimedWords = ({ port, pid, command, action, service }: ReclaimedOrphan, paint: Paint): string => {
  const who = `${paint('dim', `[${printable(service)}]`)} ${action === 'killed' ? paint('green', 'ended') : paint('red', 'could not end')}`
  return `${who} pid ${pid} (${brief(command)})${port === null ? '' : ` on port ${port}`}, which a dead supervisor had left`
}

export interface Holder {
  readonly port: number
  readonly pid: number | null
  readonly command: string | null
  readonly belonging: Belonging | undefined
  /** It was started by something that we have started. */
  readonly carriesMarker: boolean
}

export const heldWords = ({ port, pid, command, belonging, carriesMarker }: Holder, paint: Paint): string => {
  if (pid === null) return paint('yellow', `Port ${port} is held by a process that this user may not see.`)
  const held = `Port ${port} is held by pid ${pid} (${brief(command ?? '')})`
  if (belonging?.isOrphan) return paint('red', `${held}, which does not end.`)
  if (belonging !== undefined)
    return `${paint('yellow', `${held}, which is ${printable(belonging.service)}, and running.`)}\nEnd it with jarvis-supervise stop ${printable(belonging.service)}.`
  const likeness = carriesMarker ? ': something that a supervised service has started, but not proved to be the service itself' : ''
  return `${paint('yellow', `${held}, which is not ours${likeness}.`)}\nIt was left alone.`
}

const brief = (command: string): string => printable(command.length > 80 ? `${command.slice(0, 79)}…` : command)
