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
export const followLines = (subscribe: (listener: (line: LogLine) => void) => () => void, signal: AbortSignal | undefined): Following => {
  const waiting: LogLine[] = []
  let characters = 0
  let over = signal?.aborted === true
  let wake = (): void => {}
  const take = (): LogLine | undefined => {
    const line = waiting.shift()
    characters -= line?.line.length ?? 0
    return line
  }
  const unsubscribe = subscribe((line) => {
    waiting.push(line)
    characters += line.line.length
    while (waiting.length > backlogLines || characters > backlogCharacters) take()
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
      const line = take()
      if (line !== undefined) yield line
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  return { lines: read(), end }
}
