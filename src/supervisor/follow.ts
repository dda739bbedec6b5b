import type { LogLine } from '../logs/tail.ts'

/** Lines that a reader has not taken yet; beyond this the oldest are dropped, so that a slow reader costs a bounded amount. */
const backlog = 10_000

/** Turns a subscription into an endless sequence that ends with `signal`, or when its reader stops reading. Subscribes at once. */
export const followLines = (
  subscribe: (listener: (line: LogLine) => void) => () => void,
  signal: AbortSignal | undefined,
): AsyncIterable<LogLine> => {
  const waiting: LogLine[] = []
  let wake = (): void => {}
  const unsubscribe = subscribe((line) => {
    waiting.push(line)
    if (waiting.length > backlog) waiting.shift()
    wake()
  })
  const onAbort = (): void => wake()
  signal?.addEventListener('abort', onAbort)
  return (async function* () {
    try {
      while (signal?.aborted !== true) {
        const line = waiting.shift()
        if (line !== undefined) yield line
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      unsubscribe()
      signal?.removeEventListener('abort', onAbort)
    }
  })()
}
