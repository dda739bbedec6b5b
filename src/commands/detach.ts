import { spawn } from 'node:child_process'
import type { AnyErrorAnswer } from '../control/error-answer.ts'
import type { EventName, SupervisorEvents } from '../supervisor/events.ts'
import { onEndSignals } from './end-signals.ts'
import { interruptedTwice } from './exit-code.ts'

/** Tells a `start` that nobody looks at it: what it has to tell goes to the one that has started it, until ready. */
export const detachedVariable = 'JARVIS_DETACHED'

export const isDetached = (): boolean => process.env[detachedVariable] === '1' && process.connected

/** What it tells, in order. Anything else is not for us. */
export type DetachedMessage =
  | { readonly event: EventName; readonly service: string; readonly time: string; readonly facts: SupervisorEvents[EventName] }
  | AnyErrorAnswer

export interface DetachedListener {
  onEvent(message: Extract<DetachedMessage, { event: EventName }>): void
  onError(answer: AnyErrorAnswer): void
}

/**
 * Starts the same command again with nothing of this terminal in its hands, and waits until what it supervises is
 * ready, or has ended. Resolves with the exit code.
 */
export const detach = ({ onEvent, onError }: DetachedListener): Promise<number> => {
  const [cli = '', ...args] = process.argv.slice(1)
  const child = spawn(process.execPath, [...process.execArgv, cli, ...withoutDetach(args)], {
    env: { ...process.env, [detachedVariable]: '1' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    detached: true,
    windowsHide: true,
  })
  return new Promise((resolve, reject) => {
    let signals = 0
    // a group of its own: Ctrl-C reaches only us
    onEndSignals((times) => {
      signals = times
      child.kill(signals > 1 ? 'SIGINT' : 'SIGTERM')
    })
    child.once('error', reject)
    child.on('message', (message: DetachedMessage) => {
      if ('error' in message) return onError(message)
      onEvent(message)
      if (message.event !== 'ready') return
      child.disconnect()
      child.unref()
      resolve(0)
    })
    child.once('close', (code) => resolve(code ?? (signals > 1 ? interruptedTwice : 1)))
  })
}

/** What stands behind `--` is not ours. */
const withoutDetach = (args: readonly string[]): string[] => {
  const cut = args.indexOf('--')
  const own = cut === -1 ? args : args.slice(0, cut)
  return [...own.filter((arg) => arg !== '--detach'), ...(cut === -1 ? [] : args.slice(cut))]
}
