/** Decides how names that somebody else has chosen are shown: short, and without what a terminal would obey. Pure. */

const mostChars = 200
const mostListed = 5

export const shown = (name: string): string => {
  const plain = name.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\ufffd')
  return plain.length <= mostChars ? plain : `${plain.slice(0, mostChars)}…`
}

/** `a, b and 3 more`; what was cut is counted. */
export const listed = (names: readonly string[], count: number = names.length): string => {
  const first = names.slice(0, mostListed)
  const more = count - first.length
  if (more > 0) return `${first.join(', ')} and ${more} more`
  return first.length < 2 ? first.join('') : `${first.slice(0, -1).join(', ')} and ${first.at(-1)}`
}
