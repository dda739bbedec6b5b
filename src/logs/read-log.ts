import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { errnoOf } from '../errors.ts'
import { type DiskLogLine, longestPrefix, parseDiskLine, parsePrefix } from './disk-line.ts'
import { type Line, LineSplitter, lineLimit } from './lines.ts'
import { olderFiles } from './rotating-file.ts'

export interface ReadLogOptions {
  /** Only the last lines, that many. Default: all. */
  readonly tail?: number
  /** Only lines of that time or later, milliseconds since 1970. Default: all. */
  readonly since?: number
}

/**
 * What a log file, and those that were put aside before it, hold at this moment, oldest line first. Lines are cut as
 * those in memory are; what is no line of ours is left out. Files that are not there, or go away meanwhile, hold none.
 * @throws the system's error where a file is there and cannot be read.
 */
export async function* readLog(path: string, options: ReadLogOptions = {}): AsyncGenerator<DiskLogLine, void> {
  const { tail = Number.POSITIVE_INFINITY, since = Number.NEGATIVE_INFINITY } = options
  if (tail <= 0) return
  const files = await openFiles(path, since)
  try {
    const start = Number.isFinite(tail) ? await findStart(files, tail, since) : undefined
    for (const file of files.slice(0, (start?.index ?? files.length) + 1).reverse())
      yield* linesOf(file, file === files[start?.index ?? -1] ? (start?.at ?? 0) : 0, since)
  } finally {
    await closeAll(files)
  }
}

interface LogPart {
  readonly handle: FileHandle
  /** When it was opened: what is appended later is not read. */
  readonly size: number
}

const blockBytes = 64 * 1024

const closeAll = async (files: readonly LogPart[]): Promise<void> => {
  for (const { handle } of files) await handle.close()
}

/** The newest first: what is put aside meanwhile is met twice then, and never missed. */
const openFiles = async (path: string, since: number): Promise<LogPart[]> => {
  const files: LogPart[] = []
  const seen = new Set<string>()
  try {
    for (const number of await numbersOf(path)) {
      const handle = await openPart(number === 0 ? path : `${path}.${number}`)
      if (handle === undefined) continue
      const { dev, ino, size, mtimeMs } = await handle.stat()
      const isWanted = !seen.has(`${dev} ${ino}`) && mtimeMs + coarseMs >= since
      seen.add(`${dev} ${ino}`)
      if (isWanted) files.push({ handle, size })
      else await handle.close()
    }
    return files
  } catch (error) {
    await closeAll(files)
    throw error
  }
}

/** The clock of a file system may be behind. */
const coarseMs = 2000

/** Each with the one after it: it may be put aside at this moment. */
const numbersOf = async (path: string): Promise<readonly number[]> => {
  try {
    const numbers = [0, ...(await olderFiles(path))].flatMap((number) => [number, number + 1])
    return [...new Set(numbers)].sort((a, b) => a - b)
  } catch (error) {
    if (absent.has(errnoOf(error) ?? '')) return []
    throw error
  }
}

const { O_RDONLY } = constants
/** Not on Windows, where links need a privilege. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>

/** Not there, or something that is no file of ours. */
const absent = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EMLINK', 'EISDIR', 'ENXIO'])

const openPart = async (path: string): Promise<FileHandle | undefined> => {
  try {
    // non-blocking: a pipe somebody has put there must not hold us
    const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
    return undefined
  } catch (error) {
    if (absent.has(errnoOf(error) ?? '')) return undefined
    throw error
  }
}

/** Where the last lines begin, that many; undefined: there are not more. Only their blocks are read. */
const findStart = async (
  files: readonly LogPart[],
  tail: number,
  since: number,
): Promise<{ readonly index: number; readonly at: number } | undefined> => {
  let missing = Math.ceil(tail)
  for (const [index, file] of files.entries()) {
    for await (const starts of startsIn(file, since)) {
      const at = starts.at(-missing)
      if (at !== undefined) return { index, at }
      missing -= starts.length
    }
  }
  return undefined
}

/** Where lines begin, block by block from the end; in each from its beginning. */
async function* startsIn({ handle, size }: LogPart, since: number): AsyncGenerator<number[], void> {
  const block = Buffer.alloc(blockBytes)
  let next = ''
  for (let end = size; end > 0; end -= blockBytes) {
    const from = Math.max(0, end - blockBytes)
    const { bytesRead } = await handle.read(block, 0, end - from, from)
    const text = block.toString('latin1', 0, bytesRead) + next
    const starts: number[] = []
    const add = (at: number): void => {
      const prefix = parsePrefix(text.slice(at, at + longestPrefix))
      if (prefix !== undefined && !prefix.continues && prefix.time >= since) starts.push(from + at)
    }
    if (from === 0) add(0)
    for (let at = text.indexOf('\n'); at !== -1 && at < bytesRead; at = text.indexOf('\n', at + 1)) add(at + 1)
    yield starts
    next = text.slice(0, longestPrefix)
  }
}

async function* linesOf({ handle, size }: LogPart, from: number, since: number): AsyncGenerator<DiskLogLine, void> {
  const block = Buffer.alloc(blockBytes)
  const splitter = new LineSplitter(lineLimit + longestPrefix)
  for (let at = from; at < size; ) {
    const { bytesRead } = await handle.read(block, 0, Math.min(blockBytes, size - at), at)
    // somebody has made it shorter
    if (bytesRead === 0) break
    at += bytesRead
    yield* shown(splitter.push(block.subarray(0, bytesRead)), since)
  }
  // of a line without end the rest may still be written
  yield* shown(
    splitter.end().map(({ line }) => ({ line, cut: true })),
    since,
  )
}

function* shown(lines: readonly Line[], since: number): Generator<DiskLogLine, void> {
  for (const { line: text, cut } of lines) {
    const parsed = parseDiskLine(text)
    // what goes on where a line was cut was cut away
    if (parsed === undefined || parsed.continues || parsed.time < since) continue
    const { time, pid, stream, line } = parsed
    yield { time, pid, stream, line: line.slice(0, lineLimit), cut: cut || line.length > lineLimit }
  }
}
