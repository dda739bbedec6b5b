/** Which page asks, as its browser says, and whether it may. Pure. */
import type { Asked } from './asked.ts'
import type { Names } from './hosts.ts'
import type { Problem } from './problem.ts'
import { shown } from './shown.ts'

/** Who asks, where they may. */
export interface Asker {
  /** Origins it may have: none for a program; two where it is the own page, whose scheme is not told. */
  readonly origins: readonly string[]
  /** A page that came through the door. */
  readonly isOwn: boolean
  /** The user: an address typed, a bookmark. */
  readonly isUser: boolean
  /** A page of another origin that is allowed, which has to be told that it may read the answer. */
  readonly crossOrigin: string | null
}

const program: Asker = { origins: [], isOwn: false, isUser: false, crossOrigin: null }
const user: Asker = { ...program, isUser: true }

/** As browsers write it: lower case, without the port of its scheme. */
export const originAsWritten = (origin: string): string => {
  if (!/^https?:/i.test(origin)) return origin.toLowerCase()
  try {
    return new URL(origin).origin
  } catch {
    return origin.toLowerCase()
  }
}

/**
 * Never compared with the Host: a page whose name was looked up again has both alike.
 * @param allowed As `originAsWritten` has them.
 */
export const askerOf = (asked: Asked, kind: 'request' | 'upgrade', names: Names, allowed: ReadonlySet<string>): Asker | Problem => {
  const [origin] = asked.origin
  const [said] = asked.site
  if (origin === undefined && said === undefined) {
    // over plain http browsers keep silent towards other names than loopback's: where the page is from is all they say
    const isFromElsewhere = asked.referer.length > 0 && byReferer(asked, names, allowed) === undefined
    return isFromElsewhere && !isLoopback(asked) ? notAllowed('another site') : program
  }
  if (asked.origin.length > 1 || asked.site.length > 1) return notAllowed('several origins at once')
  const site = said?.toLowerCase()
  // a form of a page that keeps its address to itself (Referrer-Policy) has no origin, and the browser knows whose it is
  const isAnonymous = origin === 'null' && site === 'same-origin' && kind === 'request'
  if (origin !== undefined && !isAnonymous) return ofOrigin(origin, names, allowed) ?? notAllowed(shown(origin))
  if (site === 'same-origin') return { origins: bothOf(asked.host[0] ?? ''), isOwn: true, isUser: false, crossOrigin: null }
  if (site === 'none') return user
  if (isNavigation(asked)) return program
  return byReferer(asked, names, allowed) ?? notAllowed('another site')
}

const ofOrigin = (said: string, names: Names, allowed: ReadonlySet<string>): Asker | undefined => {
  const origin = said.toLowerCase()
  if (names.origins.has(origin)) return { origins: [origin], isOwn: true, isUser: false, crossOrigin: null }
  if (allowed.has(origin)) return { origins: [origin], isOwn: false, isUser: false, crossOrigin: said }
  return undefined
}

const bothOf = (host: string): readonly string[] => [`http://${host.toLowerCase()}`, `https://${host.toLowerCase()}`]

/** A link may lead here, in a window of its own. */
const isNavigation = ({ method, mode, dest }: Asked): boolean => isRead(method) && isOnly(mode, 'navigate') && isOnly(dest, 'document')

/** Images and frames of an allowed page come without an Origin; no page can put another one's address here. */
const byReferer = ({ method, referer }: Asked, names: Names, allowed: ReadonlySet<string>): Asker | undefined => {
  const [, origin] = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]+)/i.exec(referer[0] ?? '') ?? []
  const asker = origin !== undefined && referer.length === 1 && isRead(method) ? ofOrigin(origin, names, allowed) : undefined
  return asker && { ...asker, crossOrigin: null }
}

const isLoopback = ({ host }: Asked): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host[0] ?? '')

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD'
const isOnly = (values: readonly string[], value: string): boolean => values.length === 1 && values[0]?.toLowerCase() === value

const notAllowed = (who: string): Problem => ({
  status: 403,
  reason: 'origin-not-allowed',
  title: 'Pages from elsewhere may not call here',
  detail: `The request comes from a page of ${who}. If that page is to call, add its origin to \`gateway.allowedOrigins\` (--gateway-origin).`,
})
