/**
 * Makes whole lines of chunks that tear them. Pure but for its own carry-over. Text is bytes, one character each
 * (latin1): nothing is decoded, and what is no UTF-8 stays as it is. Memory stays bounded: a line that is too long is given
 * in pieces.
 */

/** Lines between newlines, none at the end. CRLF has become LF. */
export interface WholeLines {
  readonly text: string
  /** The first of them is a further piece of a line whose beginning was given before. */
  readonly continues: boolean
}

/** Longer lines are given in pieces of about that. */
export const longestPiece = 64 * 1024
/** How far from the end of a piece a place is looked for at which it may be torn. */
const widestGap = 4096

export class LineCarry {
  #rest = ''
  #continues = false

  /** Whether nothing is carried over. */
  get isEmpty(): boolean {
    return this.#rest === '' && !this.#continues
  }

  push(chunk: string): WholeLines[] {
    const found: WholeLines[] = []
    const end = chunk.lastIndexOf('\n')
    if (end === -1) this.#rest += chunk
    else {
      found.push({ text: withoutCr(this.#rest + chunk.slice(0, end)), continues: this.#continues })
      this.#rest = chunk.slice(end + 1)
      this.#continues = false
    }
    while (this.#rest.length > longestPiece) {
      const at = beforeLastWords(this.#rest) ?? betweenCharacters(this.#rest)
      found.push({ text: this.#rest.slice(0, at), continues: this.#continues })
      this.#rest = this.#rest.slice(at)
      this.#continues = true
    }
    return found
  }

  /** The unfinished last line, if there is one. */
  end(): WholeLines | undefined {
    const unfinished = this.#rest === '' ? undefined : { text: withoutCr(this.#rest), continues: this.#continues }
    this.#rest = ''
    this.#continues = false
    return unfinished
  }
}

const withoutCr = (text: string): string => {
  if (!text.includes('\r')) return text
  const unix = text.replaceAll('\r\n', '\n')
  return unix.endsWith('\r') ? unix.slice(0, -1) : unix
}

/** Where a text that is too long is torn, so that neither a token nor what announces it is torn apart; undefined: it has no words there. */
const beforeLastWords = (text: string): number | undefined => {
  const from = longestPiece - widestGap
  let at = longestPiece
  for (let word = 0; word < 3; word += 1) {
    while (at > from && !isOfWord(text.charCodeAt(at - 1))) at -= 1
    while (at > from && isOfWord(text.charCodeAt(at - 1))) at -= 1
  }
  return at > from ? at : undefined
}

/** Of UTF-8. */
const betweenCharacters = (text: string): number => {
  let at = longestPiece
  while (at > longestPiece - 4 && isContinuation(text.charCodeAt(at))) at -= 1
  return isContinuation(text.charCodeAt(at)) ? longestPiece : at
}

/** All but the first byte of a character. */
const isContinuation = (byte: number): boolean => byte >= 0x80 && byte < 0xc0

/** May be of a token, or of a character outside ASCII. */
const isOfWord = (byte: number): boolean =>
  (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte >= 0x80 || wordSigns.includes(byte)
/** `-` `.` `_` `~` `+` `/` `=` */
const wordSigns = [45, 46, 95, 126, 43, 47, 61]
