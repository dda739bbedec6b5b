/** Says in a sentence for people what an event tells; nothing where it is not worth one. Pure. */
import type { SupervisorEvents } from './events.ts'
import { endOf } from './failure.ts'

export type Style = 'red' | 'green' | 'yellow' | 'dim' | 'bold'

/** Paints text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string

export const plain: Paint = (_style, text) => text

type Renderer<E extends keyof SupervisorEvents> = (facts: SupervisorEvents[E], paint: Paint) => string | undefined

const placed = (place: string | undefined, paint: Paint): string => (place === undefined ? '' : ` at ${paint('bold', place)}`)

export const sentences: { readonly [E in keyof SupervisorEvents]: Renderer<E> } = {
  state: ({ from, to, delayMs = 0, attempt = 1, cause, detail }, paint) => {
    if (to === 'backoff') {
      const again = delayMs === 0 ? 'starting again' : `starting again in ${delayMs} ms`
      return paint(
        'yellow',
        `${cause === 'port lost' ? 'its port was taken meanwhile; ' : ''}${again}${attempt > 1 ? ` (attempt ${attempt})` : ''}`,
      )
    }
    if (to === 'stopping') return cause === 'requested' ? paint('dim', 'stopping') : paint('yellow', `${detail ?? cause}: ending it`)
    if (to === 'stopped') return cause === 'completed' ? 'ended with code 0' : from === 'starting' ? undefined : paint('dim', 'stopped')
    return undefined
  },
  ready: ({ url, socket, pid, startupMs, identity, launchReason }, paint) =>
    `${paint('green', 'ready')}${placed(url ?? socket, paint)} ${paint('dim', `(pid ${pid}, ${startupMs} ms)`)}${
      identity === 'unknown' && (url ?? socket) !== undefined ? paint('yellow', ' it could not be proved that the listener is ours') : ''
    }${launchReason === undefined ? '' : paint('dim', `, forked: ${launchReason}`)}`,
  exit: ({ reason, pid, requested, ...exit }, paint) =>
    paint(requested ? 'dim' : 'yellow', `pid ${pid} ${endOf(exit)}${reason === null ? '' : `: ${reason}`}`),
  reclaim: ({ port, socket, pid, command, verdict, action }, paint) => {
    const who = `pid ${pid} (${command})`
    const place = port === null ? (socket === undefined ? '' : ` on ${socket}`) : ` on port ${port}`
    if (action === 'killed') return paint('yellow', `ended ${who}${place}, which an earlier supervisor had left`)
    if (verdict === 'ours') return paint('yellow', `${who}${place}, which an earlier supervisor has left, does not end`)
    return paint(
      'yellow',
      `${socket ?? `port ${port}`} is held by ${who}, which is not ours${action === 'moved' ? '; taking another' : ''}`,
    )
  },
  unresponsive: ({ misses, silentMs, reason }, paint) =>
    paint('yellow', `does not answer (${misses} probes, ${silentMs} ms)${reason === null ? '' : `: ${reason}`}`),
  responsive: ({ silentMs }, paint) => paint('green', `answers again after ${silentMs} ms`),
  probe: ({ probe, ok, reason, latencyMs }, paint) => paint('dim', `${probe} ${ok ? `ok (${latencyMs} ms)` : reason}`),
  gateway: ({ url, tokenFile }, paint) =>
    `${paint('green', 'front door')} open at ${paint('bold', url)}${tokenFile === undefined ? '' : paint('dim', ` (token in ${tokenFile})`)}`,
  standby: ({ state, pid, detail, replaces }, paint) => {
    const why = detail === undefined ? '' : `: ${detail}`
    if (replaces !== undefined && state === 'failed') return paint('yellow', `pid ${replaces} is not replaced and goes on${why}`)
    if (replaces !== undefined)
      return state === 'starting' ? paint('dim', `starting pid ${pid} in place of pid ${replaces}${why}`) : undefined
    if (state === 'ready') return paint('dim', `standby ready${pid === undefined ? '' : ` (pid ${pid})`}`)
    if (state === 'backoff') return paint('dim', `standby ended${why}; another follows`)
    return state === 'failed' ? paint('yellow', `no standby any more${why}`) : undefined
  },
  log: () => undefined,
  failed: () => undefined,
}
