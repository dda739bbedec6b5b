/**
 * Keeps the last output of a service, bounded in bytes. Chunks are copied as they come and cut into lines only when
 * somebody asks: a backend that writes 100 MB/s costs no more than moving the bytes.
 */
import type { OutputStream } from '../launch/launcher.ts'
import { type Line, LineSplitter } from './lines.ts'

export interface LogLine extends Line {
  /** Wall time at which its last byte came, milliseconds since 1970. */
  readonly time: number
  readonly stream: OutputStream
  readonly pid: number
}

/** A chunk as it came, or its end. */
interface Piece {
  readonly stream: OutputStream
  readonly time: number
  readonly pid: number
  /** Where it begins, counted from the first byte ever kept. */
  readonly at: number
  readonly bytes: number
  readonly endsLine: boolean
}

export const tailBytes = 256 * 1024
/** Bounds the overhead of a child that writes byte by byte. */
const tailPieces = 4096
const newline = 10

const sourceOf = ({ stream, pid }: Pick<Piece, 'stream' | 'pid'>): string => `${stream} ${pid}`

export class OutputTail {
  /** Chunks are overwritten when they were told: they are copied here, round and round. Made when there is something to keep. */
  #ring: Buffer | undefined
  /** Bytes kept until now, those that were dropped included. */
  #end = 0
  #pieces: Piece[] = []
  #from = 0
  #bytes = 0
  /** Sources whose oldest kept piece begins in the middle of a line. */
  readonly #torn = new Set<string>()

  push(stream: OutputStream, chunk: Buffer, time: number, pid: number): void {
    const tooLong = chunk.length > tailBytes
    const kept = tooLong ? chunk.subarray(chunk.length - tailBytes) : chunk
    while (this.#from < this.#pieces.length && (this.#bytes + kept.length > tailBytes || this.#pieces.length - this.#from >= tailPieces))
      this.#drop()
    if (tooLong) this.#torn.add(sourceOf({ stream, pid }))
    this.#pieces.push({ stream, time, pid, at: this.#end, bytes: kept.length, endsLine: kept.at(-1) === newline })
    this.#write(kept)
    this.#bytes += kept.length
    if (this.#from <= 1024) return
    this.#pieces = this.#pieces.slice(this.#from)
    this.#from = 0
  }

  #write(bytes: Buffer): void {
    this.#ring ??= Buffer.allocUnsafeSlow(tailBytes)
    const at = this.#end % tailBytes
    const first = bytes.copy(this.#ring, at)
    bytes.copy(this.#ring, 0, first)
    this.#end += bytes.length
  }

  /** Good until the next push. */
  #read({ at, bytes }: Piece): Buffer {
    const ring = this.#ring ?? Buffer.alloc(0)
    const from = at % tailBytes
    if (from + bytes <= tailBytes) return ring.subarray(from, from + bytes)
    return Buffer.concat([ring.subarray(from), ring.subarray(0, from + bytes - tailBytes)])
  }

  #drop(): void {
    const piece = this.#pieces[this.#from]
    if (piece === undefined) return
    this.#from += 1
    this.#bytes -= piece.bytes
    // of processes before this one nothing is kept any more
    for (const source of this.#torn) if (!source.endsWith(` ${piece.pid}`)) this.#torn.delete(source)
    if (piece.endsLine) this.#torn.delete(sourceOf(piece))
    else this.#torn.add(sourceOf(piece))
  }

  /** The last `count` lines, oldest first, of one child (`pid`) or of all. */
  lines(count: number, pid?: number): LogLine[] {
    if (count === 0) return []
    const lines: LogLine[] = []
    const open = new Map<string, { splitter: LineSplitter; last: Piece }>()
    const torn = new Set(this.#torn)
    for (const piece of this.#pieces.slice(this.#from)) {
      if (pid !== undefined && piece.pid !== pid) continue
      const source = sourceOf(piece)
      const splitter = open.get(source)?.splitter ?? new LineSplitter()
      open.set(source, { splitter, last: piece })
      const found = splitter.push(this.#read(piece))
      // the rest of a line whose beginning was dropped says nothing
      if (found.length > 0 && torn.delete(source)) found.shift()
      for (const line of found) lines.push(logLine(line, piece))
    }
    for (const [source, { splitter, last }] of open) {
      if (!torn.has(source)) for (const line of splitter.end()) lines.push(logLine(line, last))
    }
    return lines.slice(-count)
  }
}

const logLine = (line: Line, { time, stream, pid }: Piece): LogLine => ({ ...line, time, stream, pid })
