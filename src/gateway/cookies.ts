/** Reads the `Cookie` header. Pure. */

/** All values of one cookie: there may be several, of different paths. */
export const cookieValues = (header: string, name: string): string[] =>
  header
    .split(';')
    .filter((pair) => nameOf(pair) === name)
    .map((pair) => pair.slice(pair.indexOf('=') + 1).trim())

const nameOf = (pair: string): string => pair.slice(0, Math.max(0, pair.indexOf('='))).trim()

/** Without the sessions of doors: cookies know no ports, so that those of other doors come, too, and none is for a backend. */
export const withoutSessions = (header: string): string => {
  if (!header.includes(sessionPrefix)) return header
  return header
    .split(';')
    .filter((pair) => !isSession(pair.split('=', 1)[0]?.trim() ?? ''))
    .join(';')
    .trim()
}

const sessionPrefix = 'jarvis_'
const isSession = (name: string): boolean => /^jarvis_\d{1,5}$/.test(name)

export const sessionCookieName = (port: number): string => `${sessionPrefix}${port}`
