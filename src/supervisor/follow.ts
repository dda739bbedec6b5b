import type { LogLine } from '../logs/tail.ts'

/** What a reader has not taken yet; beyond this the oldest are dropped, so that a slow reader costs a bounded amount. */
const backlogLines = 10_000
const backlogCharacters = 512 * 1024

export interface Following {
  /** Endless; ends with `signal`, or with `end()`. */
  readonly lines: AsyncIterable<LogLine>
  /** Unsubscribes; to be called whether the lines were read or not. */
  end(): void
}

/** Turns a subscription into a sequence. Subscribes at once. */
export const followLines = (
  subscribe: (listener: (line: LogLine) => void) => () => void,
  signal: AbortSignal | undefined,
  wallClock: () => number,
): Following => {
  const waiting: LogLine[] = []
  let characters = 0
  let dropped = 0
  let over = signal?.aborted === true
  let wake = (): void => {}
  const take = (): LogLine | undefined => {
    const line = waiting.shift()
    characters -= line?.line.length ?? 0
    return line
  }
  const gap = (): LogLine => {
    const line = `... ${dropped} ${dropped === 1 ? 'line was' : 'lines were'} dropped here: they came faster than they are read.`
    dropped = 0
    return { stream: 'stderr', line, cut: false, time: wallClock(), pid: process.pid }
  }
  const unsubscribe = subscribe((line) => {
    waiting.push(line)
    characters += line.line.length
    while (waiting.length > backlogLines || characters > backlogCharacters) {
      take()
      dropped += 1
    }
    wake()
  })
  const end = (): void => {
    over = true
    unsubscribe()
    signal?.removeEventListener('abort', end)
    wake()
  }
  if (over) unsubscribe()
  else signal?.addEventListener('abort', end)
  const read = async function* (): AsyncGenerator<LogLine> {
    while (!over) {
      if (dropped > 0) yield gap()
      const line = take()
      if (line !== undefined) yield line
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  return { lines: read(), end }
}
