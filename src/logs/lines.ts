/**
 * Cuts a stream of bytes into lines. Pure but for its own carry-over: UTF-8 sequences and CRLF may be torn by chunks,
 * and a line without end is cut, so that memory stays bounded whatever is written.
 */
import { StringDecoder } from 'node:string_decoder'

export interface Line {
  readonly line: string
  /** Only the first characters are here; the rest was dropped. */
  readonly cut: boolean
}

export const lineLimit = 10_000

export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  readonly #limit: number
  #carry = ''
  /** The limit was reached; what follows up to the newline is dropped. */
  #dropping = false

  constructor(limit = lineLimit) {
    this.#limit = limit
  }

  push(chunk: Buffer): Line[] {
    return this.#split(this.#decoder.write(chunk))
  }

  /** The unfinished last line, if there is one. */
  end(): Line[] {
    const lines = this.#split(this.#decoder.end())
    if (this.#carry !== '' || this.#dropping) lines.push(this.#take(''))
    return lines
  }

  #split(text: string): Line[] {
    const lines: Line[] = []
    let from = 0
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
      lines.push(this.#take(text.slice(from, at)))
      from = at + 1
    }
    this.#keep(from === 0 ? text : text.slice(from))
    return lines
  }

  /** Completes the line that was carried over. A CR at its end belongs to the newline. */
  #take(rest: string): Line {
    const whole = this.#dropping ? this.#carry : this.#carry + rest
    const text = !this.#dropping && whole.endsWith('\r') ? whole.slice(0, -1) : whole
    const line = text.length > this.#limit ? { line: text.slice(0, this.#limit), cut: true } : { line: text, cut: this.#dropping }
    this.#carry = ''
    this.#dropping = false
    return line
  }

  #keep(text: string): void {
    if (this.#dropping) return
    this.#carry += text
    // one more than the limit: a CR may stand there
    if (this.#carry.length <= this.#limit + 1) return
    this.#carry = this.#carry.slice(0, this.#limit)
    this.#dropping = true
  }
}
