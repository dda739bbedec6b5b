/**
 * Keeps the last output of a service, bounded in bytes. Chunks are kept as they came and cut into lines only when
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

interface Piece {
  readonly stream: OutputStream
  readonly chunk: Buffer
  readonly time: number
  readonly pid: number
}

export const tailBytes = 256 * 1024
/** Bounds the overhead of a child that writes byte by byte. */
const tailPieces = 4096

const sourceOf = ({ stream, pid }: Pick<Piece, 'stream' | 'pid'>): string => `${stream} ${pid}`

export class OutputTail {
  #pieces: Piece[] = []
  #from = 0
  #bytes = 0
  /** Sources whose oldest kept piece begins in the middle of a line. */
  readonly #torn = new Set<string>()

  push(stream: OutputStream, chunk: Buffer, time: number, pid: number): void {
    const tooLong = chunk.length > tailBytes
    const kept = tooLong ? Buffer.from(chunk.subarray(chunk.length - tailBytes)) : chunk
    while (this.#from < this.#pieces.length && (this.#bytes + kept.length > tailBytes || this.#pieces.length - this.#from >= tailPieces))
      this.#drop()
    if (tooLong) this.#torn.add(sourceOf({ stream, pid }))
    this.#pieces.push({ stream, chunk: kept, time, pid })
    this.#bytes += kept.length
    if (this.#from <= 1024) return
    this.#pieces = this.#pieces.slice(this.#from)
    this.#from = 0
  }

  #drop(): void {
    const piece = this.#pieces[this.#from]
    if (piece === undefined) return
    this.#from += 1
    this.#bytes -= piece.chunk.length
    // of processes before this one nothing is kept any more
    for (const source of this.#torn) if (!source.endsWith(` ${piece.pid}`)) this.#torn.delete(source)
    if (piece.chunk.at(-1) === 10) this.#torn.delete(sourceOf(piece))
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
      const found = splitter.push(piece.chunk)
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
