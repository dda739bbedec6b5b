import { isDeepStrictEqual } from 'node:util'
import type { Probe } from './probe.ts'

/** Something that calls back, until it is unsubscribed. */
export type Source<T> = (listener: (item: T) => void) => () => void

/**
 * A probe for what the child says by itself: it passes when a matching item came since it last passed, and otherwise
 * waits for one until its deadline.
 */
const heard = <T>(source: Source<T>, matches: (item: T) => boolean, missing: string, end: AbortSignal): Probe => {
  let came = false
  let wake = (): void => {}
  const unsubscribe = source((item) => {
    if (!matches(item)) return
    came = true
    wake()
  })
  end.addEventListener('abort', unsubscribe, { once: true })
  return (_target, signal) =>
    new Promise((resolve) => {
      const pass = (): void => {
        came = false
        wake = () => {}
        resolve({ ok: true })
      }
      if (came) return pass()
      wake = pass
      const giveUp = (): void => {
        wake = () => {}
        resolve({ ok: false, reason: missing, stage: 'other' })
      }
      signal.addEventListener('abort', giveUp, { once: true })
    })
}

/** A line of output matches. */
export const logProbe = (pattern: string | RegExp, lines: Source<string>, end: AbortSignal): Probe => {
  const matches = typeof pattern === 'string' ? (line: string) => line.includes(pattern) : withoutState(pattern)
  return heard(lines, matches, `no line of output matched ${pattern}`, end)
}

/** A regular expression with the flag g or y remembers where it stopped. */
const withoutState = (pattern: RegExp): ((line: string) => boolean) => {
  const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
  return (line) => stateless.test(line)
}

/** A message over the channel equals the wanted one. */
export const ipcProbe = (wanted: unknown, messages: Source<unknown>, end: AbortSignal): Probe => {
  const matches = (message: unknown): boolean =>
    wanted === undefined
      ? message === 'ready' || (message as { type?: unknown } | null)?.type === 'ready'
      : isDeepStrictEqual(message, wanted)
  return heard(messages, matches, `no message ${wanted === undefined ? "'ready'" : JSON.stringify(wanted)} came over the channel`, end)
}
