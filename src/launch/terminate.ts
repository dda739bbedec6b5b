import type { Clock } from '../clock.ts'
import type { Child } from './launcher.ts'

export interface TerminateOptions {
  readonly message: unknown
  readonly signal: NodeJS.Signals
  readonly graceMs: number
  /** Whether a suspended process must be woken to take its signal (POSIX). */
  readonly wake: boolean
  /** After SIGKILL, until it is said that the kernel does not let the process go. */
  readonly killWaitMs: number
}

export interface Termination {
  /** Ends the grace now. */
  kill(): void
  /** Stops the timers; called when the child has ended. */
  dispose(): void
}

/**
 * Ends the child itself, gracefully first: message (where there is a channel and one is wanted), signal, SIGKILL.
 * What it started is none of its business: that is swept when it has ended (`sweep.ts`).
 */
export const terminate = (child: Child, options: TerminateOptions, clock: Clock, onUnkillable: () => void): Termination => {
  let cancel = (): void => {}
  let killed = false
  const after = (ms: number, next: () => void): void => {
    cancel()
    cancel = clock.setTimer(ms, next)
  }
  const kill = (): void => {
    if (killed) return
    killed = true
    child.signal('SIGKILL')
    after(options.killWaitMs, onUnkillable)
  }
  const signal = (graceMs: number): void => {
    child.signal(options.signal)
    if (options.wake) child.signal('SIGCONT')
    after(graceMs, kill)
  }
  if (options.graceMs === 0) kill()
  else if (options.message !== undefined && child.send(options.message)) after(options.graceMs / 2, () => signal(options.graceMs / 2))
  else signal(options.graceMs)
  return { kill, dispose: () => cancel() }
}
