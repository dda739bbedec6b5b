import type { Clock } from '../clock.ts'
import { endsBefore, never } from './ends-before.ts'

export interface MemoryOptions {
  readonly limitBytes: number
  /** Of the whole tree, now. */
  readonly usedBytes: () => Promise<number>
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** A leak grows for minutes; a look costs a few tenths of a millisecond. */
const periodMs = 5000
/** A process that is just starting another counts twice for a moment: what is too much is looked at again. */
const secondLookMs = 1000

/** Settles with what was seen when the tree takes more than it may, twice in a row. Never settles once `signal` has aborted. */
export const watchMemory = async ({ limitBytes, usedBytes, clock, signal }: MemoryOptions): Promise<string> => {
  for (let excess = false; ; ) {
    if (await endsBefore(clock.now() + (excess ? secondLookMs : periodMs), clock, signal)) return never()
    const used = await usedBytes()
    if (signal.aborted) return never()
    if (used > limitBytes && excess) return `uses ${inMb(used)} MB of memory, limits.maxMemoryMb is ${inMb(limitBytes)}`
    excess = used > limitBytes
  }
}

const inMb = (bytes: number): number => Math.round(bytes / (1024 * 1024))
