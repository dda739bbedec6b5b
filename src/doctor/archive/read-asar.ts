/** Reads an Electron archive: its index whole, of its files only what is asked for. */
import { type AsarIndex, type IndexEntry, type IndexFault, isWhole, readIndex } from './asar-index.ts'
import { disk, openFile, readAt, statOf } from './disk.ts'

/** Real ones have some hundred kilobytes, large ones some megabytes. */
export const mostHeaderBytes: number = 64 * 1024 * 1024
/** Two sizes of the outer pickle, two of the inner one. */
const prefixBytes = 16

export interface Archive {
  readonly index: AsarIndex
  readonly faults: readonly IndexFault[]
  /** Whether all of its index was read. */
  readonly whole: boolean
  /** Up to `length` bytes of a packed file; empty where it has none within the archive. */
  read(entry: IndexEntry, start: number, length: number): Buffer
  close(): void
}

/** A sentence without its subject: `is a pipe, not a file`. */
export interface Unreadable {
  readonly unreadable: string
}

const kindOf = (path: string): string => {
  const stats = statOf(path)
  if (stats === undefined) return 'cannot be opened'
  if (stats.isDirectory()) return 'is a folder, not a file'
  if (stats.isFIFO()) return 'is a pipe, not a file'
  return stats.isFile() ? 'cannot be opened' : 'is no file'
}

const amount = (bytes: number): string => (bytes < 10_000_000 ? `${bytes} bytes` : `${Math.round(bytes / 1_048_576)} MB`)

/** Where the index ends and the files begin, and its text; or why there is none. */
const headerIn = (fd: number, size: number): { readonly text: string; readonly base: number } | Unreadable => {
  const prefix = readAt(fd, 0, prefixBytes)
  if (prefix.length < prefixBytes) return { unreadable: `is cut off: it has ${amount(prefix.length)}, not even a whole header` }
  const [pickle, headerBytes, , textBytes] = [0, 4, 8, 12].map((at) => prefix.readUInt32LE(at)) as [number, number, number, number]
  if (pickle !== 4) return { unreadable: 'is no Electron archive: it does not begin like one' }
  if (headerBytes > mostHeaderBytes)
    return { unreadable: `claims an index of ${amount(headerBytes)}; none has more than ${amount(mostHeaderBytes)}` }
  if (textBytes + 8 > headerBytes) return { unreadable: 'is no Electron archive: the sizes in its header contradict each other' }
  const base = 8 + headerBytes
  if (base > size) return { unreadable: `is cut off: its index has ${amount(headerBytes)}, the file ${amount(size)}` }
  return { text: readAt(fd, prefixBytes, textBytes).toString('utf8'), base }
}

const mostExamples = 3

const cutOff = ({ entries }: AsarIndex, base: number, size: number): IndexFault[] => {
  let count = 0
  const examples: string[] = []
  for (const { path, offset, size: bytes } of entries.values()) {
    if (offset === null || base + offset + bytes <= size) continue
    count += 1
    if (examples.length < mostExamples) examples.push(path)
  }
  return count === 0 ? [] : [{ kind: 'beyond-end', count, examples }]
}

export const openArchive = (path: string): Archive | Unreadable => {
  const file = openFile(path)
  if (file === undefined) return { unreadable: kindOf(path) }
  const { fd, stats } = file
  const header = headerIn(fd, stats.size)
  if ('unreadable' in header) {
    disk.closeSync(fd)
    return header
  }
  const { text, base } = header
  const index = readIndex(text)
  return {
    index,
    faults: [...index.faults, ...cutOff(index, base, stats.size)],
    whole: isWhole(index),
    read: ({ offset, size }, start, length) => {
      const least = Math.min(length, size - start)
      return offset === null || least <= 0 || base + offset + start + least > stats.size
        ? Buffer.alloc(0)
        : readAt(fd, base + offset + start, least)
    },
    close: () => disk.closeSync(fd),
  }
}
