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

export class OutputTail {
  #pieces: Piece[] = []
  #from = 0
  #bytes = 0
  /** Set when the oldest kept piece may begin in the middle of a line, per stream. */
  #torn = new Set<OutputStream>()

  push(stream: OutputStream, chunk: Buffer, time: number, pid: number): void {
    // a chunk beyond the bound would be dropped whole by the next one: keep its end
    const kept = chunk.length > tailBytes ? Buffer.from(chunk.subarray(chunk.length - tailBytes)) : chunk
    if (kept !== chunk) this.#torn.add(stream)
    this.#pieces.push({ stream, chunk: kept, time, pid })
    this.#bytes += kept.length
    while (this.#bytes > tailBytes || this.#pieces.length - this.#from > tailPieces) this.#drop()
    if (this.#from > 1024) {
      this.#pieces = this.#pieces.slice(this.#from)
      this.#from = 0
    }
  }

  #drop(): void {
    const piece = this.#pieces[this.#from]
    if (piece === undefined) return
    this.#from += 1
    this.#bytes -= piece.chunk.length
    if (piece.chunk.at(-1) !== 10) this.#torn.add(piece.stream)
    else this.#torn.delete(piece.stream)
  }

  /** The last `count` lines, oldest first, of one child (`pid`) or of all. */
  lines(count: number, pid?: number): LogLine[] {
    const lines: LogLine[] = []
    const splitters = new Map<string, { splitter: LineSplitter; piece: Piece }>()
    const torn = new Set(this.#torn)
    for (const piece of this.#pieces.slice(this.#from)) {
      const key = `${piece.stream} ${piece.pid}`
      const entry = splitters.get(key) ?? { splitter: new LineSplitter(), piece }
      entry.piece = piece
      splitters.set(key, entry)
      const found = entry.splitter.push(piece.chunk)
      // the rest of a line whose beginning was dropped says nothing
      if (found.length > 0 && torn.delete(piece.stream)) found.shift()
      for (const line of found) lines.push({ ...line, time: piece.time, stream: piece.stream, pid: piece.pid })
    }
    for (const { splitter, piece } of splitters.values()) {
      for (const line of splitter.end()) lines.push({ ...line, time: piece.time, stream: piece.stream, pid: piece.pid })
    }
    const wanted = pid === undefined ? lines : lines.filter((line) => line.pid === pid)
    return count === 0 ? [] : wanted.slice(-count)
  }
}
