/** Headers of a request, as the backend gets them. Pure. */
import type { BackendSide } from './backend-side.ts'
import { withoutSessions } from './cookies.ts'
import { hopByHop, namedIn, withoutNamed } from './header-names.ts'
import { rememberSpellings } from './remember-spellings.ts'
import type { Visitor } from './visitor.ts'

/** What the headers themselves do not say. */
export interface Sender {
  /** Address of the client. */
  readonly address: string
  /** Port of the door. */
  readonly port: number
}

type Handling = 'pass' | 'drop' | 'host' | 'connection' | 'origin' | 'referer' | 'cookie' | 'id' | 'protocols'

const handlings: ReadonlyMap<string, Handling> = new Map<string, Handling>([
  ['host', 'host'],
  ['connection', 'connection'],
  ['origin', 'origin'],
  ['referer', 'referer'],
  ['cookie', 'cookie'],
  ['x-request-id', 'id'],
  ['sec-websocket-protocol', 'protocols'],
])

const dropped: ReadonlySet<string> = new Set([...hopByHop, 'expect', 'trailer', 'forwarded', 'via', 'x-real-ip'])

const handlingOf = (name: string): Handling => {
  const lower = name.toLowerCase()
  const handling = handlings.get(lower)
  if (handling !== undefined) return handling
  // to servers that speak CGI `X_Forwarded_For` is `X-Forwarded-For`
  const read = lower.includes('_') ? lower.replaceAll('_', '-') : lower
  if (read !== lower && (handlings.has(read) || read === 'content-length')) return 'drop'
  return dropped.has(read) || read.startsWith('x-forwarded-') || read.startsWith('x-jarvis-') ? 'drop' : 'pass'
}

const handle = rememberSpellings(handlingOf)

/**
 * Name and value in turn, `Host` first and the id of the request last. Without hop-by-hop ones and what the client says of who
 * it is or where it comes from. Whoever frames the message says how it is framed; `content-length` stays as it was.
 */
export const requestHeaders = (
  raw: readonly string[],
  visitor: Visitor,
  { address, port }: Sender,
  backend: BackendSide,
  newId: () => string,
): string[] => {
  const headers = ['host', backend.host]
  let named: Set<string> | null = null
  let host = ''
  let origin = ''
  let referer = ''
  let id = ''
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!
    const value = raw[i + 1]!
    switch (handle(name)) {
      case 'pass':
        headers.push(name, value)
        break
      case 'host':
        host ||= value
        break
      case 'connection': {
        const names = namedIn(value)
        if (names !== null) named = named === null ? names : new Set([...named, ...names])
        break
      }
      case 'origin':
        origin ||= value
        headers.push(name, visitor.isOwnOrigin ? backend.origin : value)
        break
      case 'referer':
        referer ||= value
        break
      case 'cookie': {
        const rest = withoutSessions(value)
        if (rest !== '') headers.push(name, rest)
        break
      }
      case 'id':
        if (id === '' && isSane(value)) id = value
        break
      case 'protocols': {
        const rest = withoutProtocol(value, visitor.ticketProtocol)
        if (rest !== '') headers.push(name, rest)
        break
      }
    }
  }
  if (referer !== '') headers.push('referer', seenByBackend(referer, visitor.isOwnOrigin ? origin : '', host, backend.origin))
  // before ours: what `Connection` names is the client's
  const kept = named === null ? headers : withoutNamed(headers, named)
  kept.push('x-forwarded-for', address, 'x-forwarded-proto', 'http', 'x-forwarded-host', host, 'x-forwarded-port', String(port))
  kept.push('forwarded', forwarded(address, host), 'x-request-id', id === '' ? newId() : id)
  return kept
}

const forwarded = (address: string, host: string): string =>
  `for=${address.includes(':') ? `"[${address}]"` : address};host="${host}";proto=http`

/** A page of the door's own is one of the backend's to the backend. */
const seenByBackend = (referer: string, origin: string, host: string, own: string): string => {
  for (const base of [origin, `http://${host}`, `https://${host}`]) {
    if (base === '' || !referer.startsWith(base)) continue
    const next = referer[base.length]
    if (next === undefined || next === '/' || next === '?' || next === '#') return own + referer.slice(base.length)
  }
  return referer
}

/** A few words of a log, not a message of their own. */
const isSane = (id: string): boolean => /^[\w.:/+=~@-]{1,128}$/.test(id)

const withoutProtocol = (header: string, protocol: string | null): string => {
  if (protocol === null || !header.includes(protocol)) return header
  return header
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== protocol)
    .join(', ')
}
