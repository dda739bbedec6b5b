import type { Clock } from '../clock.ts'
import type { OutputStream } from '../launch/launcher.ts'
import type { JournalFile } from './log-file.ts'

export interface RateLimit {
  readonly bytesPerSecond: number
  /** As much may come at once. */
  readonly burstBytes: number
}

/** After a flood it is written again when as much of the burst may come. */
const resumeShare = 1 / 4
const newline = 10

/**
 * Keeps a journal that is only a copy from slowing down the output that is read elsewhere: what comes faster is left out,
 * from line to line, and how much that was is said in its place.
 */
export const limitRate = (journal: JournalFile, { bytesPerSecond, burstBytes }: RateLimit, clock: Clock): JournalFile => {
  let allowed = burstBytes
  let at = clock.now()
  /** Sources in whose lines something is left out. */
  const skipping = new Set<string>()
  let left = 0

  const refill = (): void => {
    const now = clock.now()
    allowed = Math.min(burstBytes, allowed + ((now - at) * bytesPerSecond) / 1000)
    at = now
  }
  const tell = (): void => {
    if (left === 0) return
    journal.say(`${left} bytes left out here: more than ${bytesPerSecond} bytes a second`)
    left = 0
  }
  const pass = (stream: OutputStream, chunk: Buffer, pid: number): void | Promise<void> => {
    allowed -= chunk.length
    return journal.write(stream, chunk, pid)
  }

  return {
    get facts() {
      return journal.facts
    },
    say: (text) => journal.say(text),
    write: (stream, chunk, pid) => {
      const source = `${stream} ${pid}`
      refill()
      const isSkipping = skipping.has(source)
      if (allowed >= (isSkipping ? burstBytes * resumeShare : chunk.length)) {
        if (!isSkipping) return pass(stream, chunk, pid)
        // from the next line on
        const from = chunk.indexOf(newline) + 1
        left += from === 0 ? chunk.length : from
        if (from === 0) return undefined
        skipping.delete(source)
        tell()
        return pass(stream, chunk.subarray(from), pid)
      }
      // the line that has begun is whole
      const upTo = isSkipping ? 0 : chunk.indexOf(newline) + 1
      skipping.add(source)
      left += chunk.length - upTo
      return upTo === 0 ? undefined : pass(stream, chunk.subarray(0, upTo), pid)
    },
    end: (pid) => {
      journal.end(pid)
      for (const source of skipping) if (source.endsWith(` ${pid}`)) skipping.delete(source)
      if (skipping.size === 0) tell()
    },
    close: () => {
      tell()
      return journal.close()
    },
  }
}
