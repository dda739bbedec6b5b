/** One line for people for each event that matters. Pure. */
import type { SupervisorError } from '../errors.ts'
import type { SupervisorEvents } from '../supervisor/events.ts'
import { endOf } from '../supervisor/failure.ts'
import type { Paint } from './terminal.ts'

type Renderer<E extends keyof SupervisorEvents> = (facts: SupervisorEvents[E], paint: Paint) => string | undefined

export const renderers: { readonly [E in keyof SupervisorEvents]: Renderer<E> } = {
  state: ({ from, to, delayMs = 0, attempt = 1, cause }, paint) => {
    if (to === 'backoff') {
      const again = delayMs === 0 ? 'starting again' : `starting again in ${delayMs} ms`
      return paint(
        'yellow',
        `${cause === 'port lost' ? 'its port was taken meanwhile; ' : ''}${again}${attempt > 1 ? ` (attempt ${attempt})` : ''}`,
      )
    }
    if (to === 'stopping') return cause === 'requested' ? paint('dim', 'stopping') : paint('yellow', `${cause}: ending it`)
    if (to === 'stopped') return cause === 'completed' ? 'ended with code 0' : from === 'starting' ? undefined : paint('dim', 'stopped')
    return undefined
  },
  ready: ({ url, pid, startupMs, identity }, paint) =>
    `${paint('green', 'ready')}${url === null ? '' : ` at ${paint('bold', url)}`} ${paint('dim', `(pid ${pid}, ${startupMs} ms)`)}${
      identity === 'unknown' && url !== null ? paint('yellow', ' it could not be proved that the listener is ours') : ''
    }`,
  exit: ({ reason, pid, requested, ...exit }, paint) =>
    paint(requested ? 'dim' : 'yellow', `pid ${pid} ${endOf(exit)}${reason === null ? '' : `: ${reason}`}`),
  unresponsive: ({ misses, silentMs, reason }, paint) =>
    paint('yellow', `does not answer (${misses} probes, ${silentMs} ms)${reason === null ? '' : `: ${reason}`}`),
  responsive: ({ silentMs }, paint) => paint('green', `answers again after ${silentMs} ms`),
  probe: ({ probe, ok, reason, latencyMs }, paint) => paint('dim', `${probe} ${ok ? `ok (${latencyMs} ms)` : reason}`),
  log: () => undefined,
  failed: () => undefined,
}

/** An error for people: what happened, the last lines of output if there are any, what to do. */
export const renderError = ({ message, reason, hint, tail = [] }: SupervisorError, paint: Paint): string => {
  const lines = [`${paint('red', message)}${reason === undefined ? '' : ` [${reason}]`}`]
  for (const line of tail.slice(-10)) lines.push(paint('dim', `  | ${line.slice(0, 300)}`))
  if (hint !== undefined) lines.push(hint)
  return lines.join('\n')
}
