import type { DiskLogLine } from '../logs/disk-line.ts'
import { readLog } from '../logs/read-log.ts'

export interface KeptOptions {
  /** Lines of output. */
  readonly tail?: number
  /** Milliseconds since 1970. */
  readonly since?: number
}

/** For what the supervisor has said among the lines that are wanted: some words at every start and end. */
const room = 16

/** What is kept of a service on disk. Of the last lines those of its own are counted; the supervisor's come with them. */
export async function* keptLines(path: string, { tail, ...options }: KeptOptions): AsyncIterable<DiskLogLine> {
  if (tail === undefined) return yield* readLog(path, options)
  for (let asked = tail + room; tail > 0; asked *= 4) {
    const lines: DiskLogLine[] = []
    for await (const line of readLog(path, { ...options, tail: asked })) lines.push(line)
    const first = startOfLast(lines, tail)
    if (first === undefined && lines.length >= asked) continue
    return yield* lines.slice(first ?? 0)
  }
}

/** Where the last lines of output begin; undefined: there are not that many. */
const startOfLast = (lines: readonly DiskLogLine[], count: number): number | undefined => {
  const own = lines.flatMap(({ stream }, at) => (stream === 'supervisor' ? [] : [at]))
  return own.at(-count)
}
