/** Headers of an answer, as the client gets them. Pure. */
import type { BackendSide } from './backend-side.ts'
import { readableBy } from './cross-origin.ts'
import { hopByHop, namedIn, withoutNamed } from './header-names.ts'
import { rememberSpellings } from './remember-spellings.ts'

export interface Receiver {
  /** Origin of an allowed page that is not the door's own: it may read the answer. */
  readonly crossOrigin: string | null
  /** Pages of other origins are allowed: what a cache keeps for one of them is of no use to another. */
  readonly variesByOrigin: boolean
  /** `Host` of the request: how the client calls the door. */
  readonly host: string
}

type Handling = 'pass' | 'drop' | 'connection' | 'location' | 'cors' | 'type' | 'length' | 'trailer'

const handlings: ReadonlyMap<string, Handling> = new Map<string, Handling>([
  ...[...hopByHop].map((name) => [name, 'drop'] as const),
  ['connection', 'connection'],
  ['location', 'location'],
  ['content-location', 'location'],
  ['content-type', 'type'],
  ['content-length', 'length'],
  ['trailer', 'trailer'],
])

const handlingOf = (name: string): Handling => {
  const lower = name.toLowerCase()
  return handlings.get(lower) ?? (lower.startsWith('access-control-') ? 'cors' : 'pass')
}

const handle = rememberSpellings(handlingOf)

export interface ResponseHeaders {
  /** Name and value in turn, without hop-by-hop ones and `Trailer`. */
  readonly list: string[]
  /** What `Trailer` names, for where trailers can follow; null where it is not there. */
  readonly trailer: string | null
  /** Media type in lower case, without parameters. */
  readonly type: string
  /** It says how long its body is. */
  readonly hasLength: boolean
}

/** `raw`: name and value in turn, as bytes or as text. */
export const responseHeaders = (raw: readonly (Buffer | string)[], receiver: Receiver, backend: BackendSide): ResponseHeaders => {
  let list: string[] = []
  let named: Set<string> | null = null
  let type = ''
  let hasLength = false
  let trailer: string | null = null
  for (let i = 0; i < raw.length; i += 2) {
    const name = textOf(raw[i]!)
    const value = textOf(raw[i + 1]!)
    switch (handle(name)) {
      case 'pass':
        list.push(name, value)
        break
      case 'type':
        type = mediaType(value)
        list.push(name, value)
        break
      case 'length':
        hasLength = true
        list.push(name, value)
        break
      case 'connection': {
        const names = namedIn(value)
        if (names !== null) named = named === null ? names : new Set([...named, ...names])
        break
      }
      case 'location':
        list.push(name, seenByClient(value, receiver.host, backend))
        break
      case 'cors':
        // every page of the world: nobody behind this door means that
        if (receiver.crossOrigin === null && value.trim() !== '*') list.push(name, value)
        break
      case 'trailer':
        trailer = value
        break
      case 'drop':
        break
    }
  }
  if (named !== null) list = withoutNamed(list, named)
  if (receiver.crossOrigin !== null) list.push(...readable(receiver.crossOrigin, list))
  else if (receiver.variesByOrigin && !variesAnyway(list)) list.push('vary', 'Origin')
  return { list, trailer, type, hasLength }
}

const textOf = (value: Buffer | string): string => (typeof value === 'string' ? value : value.toString('latin1'))

const mediaType = (value: string): string => {
  const end = value.indexOf(';')
  return (end < 0 ? value : value.slice(0, end)).trim().toLowerCase()
}

/** Where a backend names itself, it means the place where it is reached. */
const seenByClient = (location: string, host: string, { origins }: BackendSide): string => {
  if (host === '') return location
  for (const origin of origins) {
    if (!location.startsWith(origin)) continue
    const next = location[origin.length]
    const rest = location.slice(origin.length)
    // a path alone is right for whatever stands in front of the door and speaks TLS; one with two slashes would be a host
    if (next === '/') return /^\/(?![/\\])/.test(rest) ? rest : `http://${host}${rest}`
    if (next === undefined || next === '?' || next === '#') return `/${rest}`
  }
  return location
}

const variesAnyway = (list: readonly string[]): boolean =>
  list.some(
    (value, index) => index % 2 === 1 && list[index - 1]?.toLowerCase() === 'vary' && /(?:^|[\s,])(?:\*|origin)(?:[\s,]|$)/i.test(value),
  )

/** What a page of another origin needs to read an answer and its headers. */
const readable = (origin: string, list: readonly string[]): string[] => {
  const names = new Set<string>()
  for (let i = 0; i < list.length; i += 2) names.add(list[i]!.toLowerCase())
  const exposed = [...names].join(', ')
  return [...Object.entries(readableBy(origin)).flat(), ...(exposed === '' ? [] : ['access-control-expose-headers', exposed])]
}
