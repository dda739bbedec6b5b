/** Reads the `Cookie` header. Pure. */

/** All values of one cookie: there may be several, of different paths. */
export const cookieValues = (header: string, name: string): string[] =>
  header
    .split(';')
    .filter((pair) => nameOf(pair) === name)
    .map((pair) => pair.slice(pair.indexOf('=') + 1).trim())

const nameOf = (pair: string): string => pair.slice(0, Math.max(0, pair.indexOf('='))).trim()
