import type { OutputStream } from '../launch/launcher.ts'
import { type Line, LineSplitter } from './lines.ts'

/** Called for every line, and so with what is there anyway: an object of its own for each would cost more than the cutting. */
export type LineListener = (stream: OutputStream, line: Line) => void

/** Cuts the output of one child into lines for whoever listens; nothing is cut while nobody does. */
export class LineFeed {
  /** None: nobody listened to the last chunk of the stream. */
  readonly #splitters = new Map<OutputStream, LineSplitter>()
  readonly #listeners = new Set<LineListener>()

  subscribe(listener: LineListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** `also` hears the lines of this chunk like a subscriber. */
  push(stream: OutputStream, chunk: Buffer, also?: LineListener): void {
    if (this.#listeners.size === 0 && also === undefined) return void this.#splitters.delete(stream)
    const splitter = this.#splitters.get(stream) ?? new LineSplitter()
    this.#splitters.set(stream, splitter)
    this.#tell(stream, splitter.push(chunk), also)
  }

  /** The unfinished last lines. */
  end(also?: LineListener): void {
    for (const [stream, splitter] of this.#splitters) this.#tell(stream, splitter.end(), also)
    this.#splitters.clear()
  }

  #tell(stream: OutputStream, lines: readonly Line[], also?: LineListener): void {
    for (const line of lines) {
      also?.(stream, line)
      for (const listener of this.#listeners) listener(stream, line)
    }
  }
}
