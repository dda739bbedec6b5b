/**
 * Decides whether a version of Node is among those that `engines.node` permits. Pure. Only the ways in which people
 * really write ranges are understood; of anything else nothing is known.
 */
type Version = readonly [major: number, minor: number, patch: number]

interface Bounds {
  readonly from: Version
  /** The first that is too new; null: none is. */
  readonly below: Version | null
}

/** @returns null: the range, or the version, is not understood. */
export const meetsEngines = (version: string, range: string): boolean | null => {
  const node = versionIn(version)
  if (node === undefined || range.length > mostLetters) return null
  const met = range.split('||').map((alternative) => meetsAll(node, alternative.trim()))
  if (met.includes(true)) return true
  return met.includes(null) ? null : false
}

const mostLetters = 200

/** What is before its release, or a build of one's own, counts as the release. */
const versionIn = (text: string): Version | undefined => {
  const match = /^v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:[-+].*)?$/.exec(text.trim())
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])]
}

const meetsAll = (node: Version, alternative: string): boolean | null => {
  const words = alternative
    .replace(/(\S+)\s+-\s+(\S+)/g, '>=$1 <=$2')
    .replace(/([<>=~^])\s+/g, '$1')
    .split(/\s+/)
  const bounds = words.map(boundsIn)
  if (bounds.includes(undefined)) return null
  return bounds.every(
    (bound) => bound !== undefined && compare(node, bound.from) >= 0 && (bound.below === null || compare(node, bound.below) < 0),
  )
}

const comparator = /^(<=|>=|<|>|=|\^|~>?|)v?(\d{1,6}|[xX*])?(?:\.(\d{1,6}|[xX*]))?(?:\.(\d{1,6}|[xX*]))?$/
const first: Version = [0, 0, 0]

const boundsIn = (word: string): Bounds | undefined => {
  const match = comparator.exec(word)
  if (match === null) return undefined
  const [, operator = '', ...places] = match
  if (operator !== '' && places[0] === undefined) return undefined
  // from the first `x` on, nothing is given
  const numbers = places.map((place) => (place === undefined ? Number.NaN : Number(place)))
  const given = numbers.findIndex(Number.isNaN) === -1 ? 3 : numbers.findIndex(Number.isNaN)
  const at = (index: number): number => (index < given ? (numbers[index] ?? 0) : 0)
  const from: Version = [at(0), at(1), at(2)]
  const after = next(from, given)
  if (operator === '>=') return { from, below: null }
  if (operator === '>') return after === null ? { from, below: first } : { from: after, below: null }
  if (operator === '<=') return { from: first, below: after }
  if (operator === '<') return { from: first, below: from }
  if (operator === '^') return { from, below: next(from, from[0] > 0 ? Math.min(given, 1) : from[1] > 0 ? Math.min(given, 2) : given) }
  if (operator === '~' || operator === '~>') return { from, below: next(from, Math.min(given, 2)) }
  return { from, below: after }
}

/** The first version that differs from this one in the numbers given; null: none are. */
const next = ([major, minor, patch]: Version, given: number): Version | null => {
  if (given === 0) return null
  if (given === 1) return [major + 1, 0, 0]
  return given === 2 ? [major, minor + 1, 0] : [major, minor, patch + 1]
}

const compare = (a: Version, b: Version): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
