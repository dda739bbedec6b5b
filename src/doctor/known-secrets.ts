/**
 * Finds values that are known to be secret, however a text spells them: as they are, percent-encoded, escaped in JSON
 * and in JSON within JSON, in base64 at any offset, in hexadecimal, cut off. Pure.
 */

/** Removes every one of them. */
export type Remover = (text: string) => string

export const mark = '[redacted]'
/** Shorter ones are words. */
export const shortest = 6

/** @param secrets Values; those of fewer than 6 characters are passed over. */
export const removerOf = (secrets: readonly string[]): Remover => {
  const values = [...new Set(secrets.map((secret) => secret.trim()))].filter(({ length }) => length >= shortest)
  if (values.length === 0) return (text) => text
  const plain = values.map((value) => searchFor(toBytes(value)))
  const others = [...new Set(values.flatMap(spellingsOf))].map(searchFor)
  return (text) => {
    const ranges: Range[] = []
    for (const reading of readingsOf(text)) {
      for (const search of plain) collectEnd(search, reading, ranges)
      for (const search of [...plain, ...others]) collect(search, reading, ranges)
    }
    return ranges.length === 0 ? text : without(text, ranges)
  }
}

/** Of a text of bytes, one per character: where each stands in the original. One more for the end. */
interface Reading {
  readonly bytes: string
  /** null: in the same place. */
  readonly at: readonly number[] | null
}

type Range = readonly [from: number, end: number]

interface Search {
  readonly whole: string
  /** So much of it gives it away. */
  readonly head: string
}

/** Texts are cut: half of a secret is one, too. */
const searchFor = (whole: string): Search => ({ whole, head: whole.slice(0, Math.max(12, Math.ceil(whole.length / 2))) })

const rangeIn = ({ at }: Reading, from: number, end: number): Range => (at === null ? [from, end] : [at[from] ?? 0, at[end] ?? from])

const collect = ({ whole, head }: Search, reading: Reading, ranges: Range[]): void => {
  const { bytes } = reading
  for (let from = bytes.indexOf(head); from !== -1; from = bytes.indexOf(head, from + 1)) {
    let length = head.length
    while (length < whole.length && bytes[from + length] === whole[length]) length += 1
    ranges.push(rangeIn(reading, from, from + length))
    from += length - 1
  }
}

/** The beginning of one where a text was cut. */
const collectEnd = ({ head }: Search, reading: Reading, ranges: Range[]): void => {
  const { bytes } = reading
  for (let length = Math.min(head.length - 1, bytes.length); length >= shortest; length -= 1) {
    if (!bytes.endsWith(head.slice(0, length))) continue
    ranges.push(rangeIn(reading, bytes.length - length, bytes.length))
    return
  }
}

const without = (text: string, ranges: readonly Range[]): string => {
  let result = ''
  let done = 0
  for (const [from, end] of [...ranges].sort((a, b) => a[0] - b[0])) {
    // what overlaps or adjoins is one
    if (from > done || result === '') result += text.slice(done, from) + mark
    done = Math.max(done, end)
  }
  return result + text.slice(done)
}

/** How deep one way of writing lies in another: JSON in a query in JSON. */
const deepest = 3

/** As it is, and with what is escaped in it unescaped, in either way, by turns. */
const readingsOf = (text: string): Reading[] => {
  const all = [bytesOf(text)]
  const known = new Set(all.map(({ bytes }) => bytes))
  let last: readonly Reading[] = all
  for (let depth = 0; depth < deepest; depth += 1) {
    const next: Reading[] = []
    for (const reading of last) {
      for (const way of ways) {
        if (!reading.bytes.includes(way.sign)) continue
        const read = unescaped(reading, way)
        if (!known.has(read.bytes)) next.push(read)
        known.add(read.bytes)
      }
    }
    all.push(...next)
    last = next
  }
  return all
}

const bytesOf = (text: string): Reading => {
  if (/^[\u0000-\u007f]*$/.test(text)) return { bytes: text, at: null }
  const at: number[] = []
  let bytes = ''
  let index = 0
  for (const character of text) {
    const own = toBytes(character)
    for (let each = 0; each < own.length; each += 1) at.push(index)
    bytes += own
    index += character.length
  }
  at.push(text.length)
  return { bytes, at }
}

const toBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

interface Way {
  /** Without it nothing is escaped. */
  readonly sign: string
  readonly pattern: RegExp
  /** The bytes that a match stands for. */
  readonly meant: (match: RegExpExecArray) => string
}

const byte = (hex: string): string => String.fromCharCode(Number.parseInt(hex, 16))
const letters: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

const ways: readonly Way[] = [
  { sign: '%', pattern: /%([0-9A-Fa-f]{2})/g, meant: ([, hex = '']) => byte(hex) },
  {
    sign: '\\',
    // a pair of units is one character
    pattern: /\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|\\(.)/gis,
    meant: ([, high, low, unit, hex, letter = '']) => {
      if (high !== undefined && low !== undefined) return toBytes(byte(high) + byte(low))
      if (unit !== undefined) return toBytes(byte(unit))
      return hex === undefined ? (letters[letter] ?? letter) : byte(hex)
    },
  },
]

const unescaped = ({ bytes, at }: Reading, { pattern, meant }: Way): Reading => {
  const places: number[] = []
  let result = ''
  let done = 0
  const place = (index: number): number => (at === null ? index : (at[index] ?? 0))
  const copy = (end: number): void => {
    for (let index = done; index < end; index += 1) places.push(place(index))
    result += bytes.slice(done, end)
  }
  for (const found of bytes.matchAll(pattern)) {
    copy(found.index)
    const own = meant(found)
    for (let each = 0; each < own.length; each += 1) places.push(place(found.index))
    result += own
    done = found.index + found[0].length
  }
  copy(bytes.length)
  places.push(place(bytes.length))
  return { bytes: result, at: places }
}

/** Besides the plain one, in bytes, one per character. */
const spellingsOf = (secret: string): string[] => {
  const hex = Buffer.from(secret).toString('hex')
  const spaced = secret.includes(' ') ? [toBytes(secret.replaceAll(' ', '+'))] : []
  return [...spaced, ...base64Of(secret), hex, hex.toUpperCase(), ...linesOf(secret).map(toBytes)]
}

/** Each line of a long one: a log has it line by line. */
const linesOf = (secret: string): string[] =>
  secret.includes('\n')
    ? secret
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line.length >= 16 && !line.startsWith('-----'))
    : []

/** By itself, and within something longer: what surrounds it colours its ends. */
const base64Of = (secret: string): string[] => {
  const own = Buffer.from(secret)
  const spellings = [0, 1, 2].map((offset) => {
    const bits = 8 * (offset + own.length)
    return Buffer.concat([Buffer.alloc(offset), own])
      .toString('base64')
      .slice(Math.ceil((8 * offset) / 6), Math.floor(bits / 6))
  })
  const all = [own.toString('base64').replace(/=+$/, ''), ...spellings]
  return [...all, ...all.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))]
}
