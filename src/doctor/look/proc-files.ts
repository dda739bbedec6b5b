/**
 * Reads of /proc for a look at processes that may be in any state. What the kernel answers out of its own tables (stat,
 * wchan, limits, links) it answers at once, of a hung process, too: that is read synchronously. For cmdline, environ and
 * syscall it needs the process itself, and may wait for it for ever: those are read elsewhere than on this thread, and
 * given up in time.
 */
import { close, open, read, readFileSync, readlinkSync } from 'node:fs'
import { promisify } from 'node:util'
import { within } from './within.ts'

const opened = promisify(open)
const closed = promisify(close)
const filled = promisify(read)

/** A process that does not show its command in this time hangs. */
const hungMs = 200
/** The kernel gives a page at a time, however much is asked for. */
const pieceBytes = 16 * 1024

/** Empty where it is gone, refused, or not Linux. */
export const textNow = (path: string): string => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

/** Where a link leads; empty where it is gone, refused, or not Linux. */
export const linkNow = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

/** The first `limit` bytes; undefined where they cannot be read, or not in time. */
export const headInTime = (path: string, limit: number): Promise<Buffer | undefined> => within(hungMs, headOf(path, limit), undefined)

const headOf = async (path: string, limit: number): Promise<Buffer> => {
  const file = await opened(path, 'r')
  try {
    const buffer = Buffer.alloc(limit)
    let length = 0
    while (length < limit) {
      const { bytesRead } = await filled(file, buffer, length, limit - length, null)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return buffer.subarray(0, length)
  } finally {
    await closed(file)
  }
}

/**
 * Shows a table of the kernel piece by piece, in whole lines: it may have megabytes, and the event loop turns meanwhile.
 * Gives whether all of it was shown.
 */
export const showLines = async (path: string, show: (lines: string) => void, limit = 16 * 1024 * 1024): Promise<boolean> => {
  const file = await opened(path, 'r').catch(() => undefined)
  if (file === undefined) return false
  try {
    const piece = Buffer.allocUnsafe(pieceBytes)
    let rest = ''
    for (let size = 0; size < limit; ) {
      const { bytesRead } = await filled(file, piece, 0, pieceBytes, null)
      if (bytesRead === 0) {
        if (rest !== '') show(rest)
        return true
      }
      size += bytesRead
      const text = rest + piece.toString('latin1', 0, bytesRead)
      const whole = text.lastIndexOf('\n') + 1
      if (whole > 0) show(text.slice(0, whole))
      rest = text.slice(whole)
    }
    return false
  } catch {
    return false
  } finally {
    await closed(file).catch(() => {})
  }
}
