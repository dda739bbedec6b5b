/**
 * Reads an HTTP/1 answer as far as a probe needs it: status, framing, body. Pure, and bounded by what it is given.
 *
 * A probe asks every few seconds for as long as the backend lives. Node's own client costs 2 MB of memory and several
 * times the processor time, for agents and sockets kept alive that a probe must not have.
 */
export interface Head {
  readonly status: number
  /** Where the body begins. */
  readonly bodyAt: number
  /** Bytes of the body, or how its end is recognised. */
  readonly framing: number | 'chunked' | 'until the end'
}

/** More than that before the body is no answer that anybody could use. */
const headLimit = 64 * 1024
/** So many words in between, and no answer after them. */
const interimLimit = 16
const beginning = 'HTTP/1.'
const statusLine = /^HTTP\/1\.\d (\d{3})(?: [^\r\n]*)?\r?\n/

/** The head, once all of it is there. */
export const headOf = (bytes: Buffer, from = 0, interim = 0): Head | 'incomplete' | 'not HTTP' => {
  const text = bytes.toString('latin1', from, from + headLimit)
  if (!(text.length < beginning.length ? beginning.startsWith(text) : text.startsWith(beginning))) return 'not HTTP'
  const end = /\r?\n\r?\n/.exec(text)
  if (end === null) return text.length < headLimit ? 'incomplete' : 'not HTTP'
  const head = text.slice(0, end.index)
  const status = Number(statusLine.exec(`${head}\n`)?.[1])
  if (!(status >= 100)) return 'not HTTP'
  const bodyAt = from + end.index + end[0].length
  // a word in between (103 Early Hints), before the answer itself
  if (status >= 200 || status === 101) return { status, bodyAt, framing: framingOf(head, status) }
  return interim === interimLimit ? 'not HTTP' : headOf(bytes, bodyAt, interim + 1)
}

const framingOf = (head: string, status: number): Head['framing'] => {
  if (status === 204 || status === 304) return 0
  if (/\ntransfer-encoding:[^\n]*\bchunked\b/i.test(head)) return 'chunked'
  const length = /\ncontent-length:[ \t]*(\d+)/i.exec(head)
  return length === null ? 'until the end' : Number(length[1])
}

export interface Body {
  readonly bytes: Buffer
  /** All of it is there. */
  readonly whole: boolean
}

/** What of the body is there; `ended`: nothing more will come. */
export const bodyOf = (bytes: Buffer, { bodyAt, framing }: Head, ended: boolean): Body => {
  const rest = bytes.subarray(bodyAt)
  if (framing === 'chunked') return unchunked(rest)
  if (framing === 'until the end') return { bytes: rest, whole: ended }
  return { bytes: rest.subarray(0, framing), whole: rest.length >= framing }
}

const unchunked = (bytes: Buffer): Body => {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const digits = lineEnd === -1 ? null : /^[\da-f]{1,8}(?![\da-f])/i.exec(bytes.toString('latin1', at, lineEnd))
    // no sign, no fraction: whoever writes a negative size would have us read for ever
    const size = digits === null ? Number.NaN : Number.parseInt(digits[0], 16)
    if (Number.isNaN(size)) return { bytes: Buffer.concat(chunks), whole: false }
    if (size === 0) return { bytes: Buffer.concat(chunks), whole: true }
    at = lineEnd + 2
    chunks.push(bytes.subarray(at, at + size))
    at += size + 2
  }
}
