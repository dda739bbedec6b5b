import type { ServiceSpec } from '../config/service.ts'
import { told } from '../launch/surroundings.ts'
import type { SupervisorEvents } from './events.ts'
import type { Cause, State } from './model.ts'
import type { Run } from './run.ts'
import type { Voice } from './voice.ts'

/** What is told when the service is something else than before, or another process is it. */
export interface Change {
  readonly from: State
  readonly to: State
  readonly cause: Cause
  readonly detail: string | undefined
  /** Of the process that is the service. */
  readonly run: Run | undefined
}

export const announce = (events: Voice, { from, to, cause, detail, run }: Change, { launchReason }: ServiceSpec): void => {
  const place = told(to.state === 'ready' ? (run?.address ?? null) : null)
  events.emit('state', {
    from: from.state,
    to: to.state,
    cause,
    ...(detail !== undefined && { detail }),
    ...('pid' in to && to.pid !== null && { pid: to.pid }),
    ...present(place),
    ...('attempt' in to && { attempt: to.attempt }),
    ...('delayMs' in to && { delayMs: to.delayMs }),
  })
  if (to.state !== 'ready' || run === undefined) return
  events.emit('ready', {
    pid: to.pid,
    ...place,
    startupMs: run.startupMs,
    identity: to.identity,
    ...(launchReason !== null && { launchReason }),
  })
}

/** Of an address as it is told: what there is of it. */
const present = ({ port, url, socket }: ReturnType<typeof told>): Pick<SupervisorEvents['state'], 'port' | 'url' | 'socket'> => ({
  ...(port !== null && { port }),
  ...(url !== null && { url }),
  ...(socket !== undefined && { socket }),
})
