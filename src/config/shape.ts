/**
 * The few words in which the shape of options is written down, and the check of a value against it. Pure: collects
 * every problem with the path of the option that has it, changes nothing, fills in no default.
 */
import { constants } from 'node:os'

export interface Problem {
  readonly path: string
  readonly message: string
}

/** Appends a problem for each thing wrong with `value` at `path`. */
export type Shape = (value: unknown, path: string, problems: Problem[]) => void

const show = (value: unknown): string => {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol' || typeof value === 'bigint') return String(value)
  const text = asJson(value)
  const typed = typeof value === 'string' || value === null || Array.isArray(value) ? text : `${text} (${typeof value})`
  return typed.length > 80 ? `${typed.slice(0, 77)}…` : typed
}

const asJson = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    // a circle, or a number that JSON does not know: what it is says enough
    return Object.prototype.toString.call(value)
  }
}

export const expected = (path: string, what: string, value: unknown): Problem => ({
  path,
  message: `expected ${path ? `\`${path}\`` : 'the options'} to be ${what}, got ${show(value)}`,
})

/** A shape for which a plain test and its description suffice. */
const that =
  (what: string, test: (value: unknown) => boolean): Shape =>
  (value, path, problems) => {
    if (!test(value)) problems.push(expected(path, what, value))
  }

export const string = that('a text', (v) => typeof v === 'string')
export const filled = that('a text that is not empty', (v) => typeof v === 'string' && v !== '' && !v.includes('\0'))
export const boolean = that('true or false', (v) => typeof v === 'boolean')
export const anything: Shape = () => {}
export const fn = that('a function', (v) => typeof v === 'function')
export const pattern = that('a text or a regular expression', (v) => (typeof v === 'string' && v !== '') || v instanceof RegExp)
export const location = that(
  'a path or a file: URL',
  (v) => (typeof v === 'string' && v !== '') || (v instanceof URL && v.protocol === 'file:'),
)
export const signal = that('the name of a signal, such as SIGTERM', (v) => typeof v === 'string' && Object.hasOwn(constants.signals, v))

/** An option that this version does not have yet: said, never ignored. */
export const notYet: Shape = (_value, path, problems) => {
  problems.push({ path, message: `\`${path}\` is not supported by this version` })
}

export const number = (min: number, max = Number.POSITIVE_INFINITY): Shape =>
  that(
    `a number ${max === Number.POSITIVE_INFINITY ? `of at least ${min}` : `from ${min} to ${max}`}`,
    (v) => typeof v === 'number' && v >= min && v <= max,
  )

export const integer = (min: number, max: number): Shape =>
  that(`a whole number from ${min} to ${max}`, (v) => typeof v === 'number' && Number.isInteger(v) && v >= min && v <= max)

export const oneOf = (...words: readonly string[]): Shape =>
  that(`one of ${words.map((w) => `'${w}'`).join(', ')}`, (v) => typeof v === 'string' && words.includes(v))

export const only = (literal: false | 'auto'): Shape => that(show(literal), (v) => v === literal)

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RegExp) && !(value instanceof URL)

/** The first alternative that fits; where none does, the problem names them all. */
export const either =
  (what: string, ...shapes: readonly Shape[]): Shape =>
  (value, path, problems) => {
    const attempts = shapes.map((shape) => {
      const found: Problem[] = []
      shape(value, path, found)
      return found
    })
    if (attempts.some((found) => found.length === 0)) return
    // a record is meant to be the record alternative: its own problems say more than "expected one of"
    const inner = isRecord(value) ? attempts.find((found) => found.every((problem) => problem.path !== path)) : undefined
    problems.push(...(inner ?? [expected(path, what, value)]))
  }

export const list =
  (item: Shape): Shape =>
  (value, path, problems) => {
    if (!Array.isArray(value)) return void problems.push(expected(path, 'a list', value))
    for (const [index, entry] of value.entries()) item(entry, `${path}[${index}]`, problems)
  }

export const record =
  (entry: Shape): Shape =>
  (value, path, problems) => {
    if (!isRecord(value)) return void problems.push(expected(path, 'an object', value))
    for (const key of Object.keys(value)) if (value[key] !== undefined) entry(value[key], join(path, key), problems)
  }

export const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

/** Known keys only. An option that is `undefined` counts as absent. */
export const object =
  (fields: Readonly<Record<string, Shape>>, required: readonly string[] = []): Shape =>
  (value, path, problems) => {
    if (!isRecord(value)) return void problems.push(expected(path, 'an object', value))
    for (const key of Object.keys(value)) {
      const shape = Object.hasOwn(fields, key) ? fields[key] : undefined
      if (shape === undefined) problems.push(unknownKey(join(path, key), key, Object.keys(fields)))
      else if (value[key] !== undefined) shape(value[key], join(path, key), problems)
    }
    for (const key of required) {
      if (value[key] === undefined) problems.push({ path: join(path, key), message: `\`${join(path, key)}\` is missing` })
    }
  }

const unknownKey = (path: string, key: string, known: readonly string[]): Problem => {
  const near = nearest(key, known)
  return { path, message: `unknown option \`${path}\`${near ? `; did you mean \`${near}\`?` : ''}` }
}

/** The known word that is at most two edits away. */
export const nearest = (word: string, known: readonly string[]): string | undefined => {
  const limit = word.length <= 4 ? 1 : 2
  return known
    .map((other) => ({ other, d: distance(word.toLowerCase(), other.toLowerCase()) }))
    .filter(({ d }) => d <= limit)
    .sort((a, b) => a.d - b.d)[0]?.other
}

/** Edits from one word to the other; two letters that changed places are one. */
const distance = (a: string, b: string): number => {
  let [before, row] = [[] as number[], Array.from({ length: b.length + 1 }, (_, i) => i)]
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) next[j] = Math.min(next[j]!, (before[j - 2] ?? Number.POSITIVE_INFINITY) + 1)
    }
    before = row
    row = next
  }
  return row[b.length]!
}
