/** What a request says of itself, as far as it decides whether it is let in. Pure. */

export interface Asked {
  readonly method: string
  /** As it was received. */
  readonly target: string
  /** Every value of the header, in order: a second one is not to be overlooked. */
  readonly host: readonly string[]
  readonly origin: readonly string[]
  readonly site: readonly string[]
  readonly mode: readonly string[]
  readonly dest: readonly string[]
  readonly referer: readonly string[]
  readonly token: readonly string[]
  readonly cookie: readonly string[]
  readonly protocol: readonly string[]
  /** `Access-Control-Request-Method`. */
  readonly wants: readonly string[]
}

/** A request of node:http, or what a test says it was. */
export interface Said {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[]
}

interface Fields {
  host: readonly string[]
  origin: readonly string[]
  site: readonly string[]
  mode: readonly string[]
  dest: readonly string[]
  referer: readonly string[]
  token: readonly string[]
  cookie: readonly string[]
  protocol: readonly string[]
  wants: readonly string[]
}

const none: readonly string[] = []

const and = (values: readonly string[], value: string): readonly string[] => (values === none ? [value] : [...values, value])

export const askedOf = ({ method = '', url = '', rawHeaders }: Said): Asked => {
  const asked: Fields & { readonly method: string; readonly target: string } = {
    method,
    target: url,
    host: none,
    origin: none,
    site: none,
    mode: none,
    dest: none,
    referer: none,
    token: none,
    cookie: none,
    protocol: none,
    wants: none,
  }
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) read(asked, rawHeaders[at] as string, rawHeaders[at + 1] as string)
  return asked
}

// every request comes by here, with twenty headers or so: most are of another length, and are not even put into lower case
const read = (asked: Fields, name: string, value: string): void => {
  switch (name.length) {
    case 4:
      if (name.toLowerCase() === 'host') asked.host = and(asked.host, value)
      return
    case 6:
      readShort(asked, name.toLowerCase(), value)
      return
    case 7:
      if (name.toLowerCase() === 'referer') asked.referer = and(asked.referer, value)
      return
    case 14:
      readLong(asked, name.toLowerCase(), value)
      return
    case 22:
      if (name.toLowerCase() === 'sec-websocket-protocol') asked.protocol = and(asked.protocol, value)
      return
    case 29:
      if (name.toLowerCase() === 'access-control-request-method') asked.wants = and(asked.wants, value)
  }
}

const readShort = (asked: Fields, name: string, value: string): void => {
  if (name === 'origin') asked.origin = and(asked.origin, value)
  else if (name === 'cookie') asked.cookie = and(asked.cookie, value)
}

const readLong = (asked: Fields, name: string, value: string): void => {
  if (name === 'sec-fetch-site') asked.site = and(asked.site, value)
  else if (name === 'sec-fetch-mode') asked.mode = and(asked.mode, value)
  else if (name === 'sec-fetch-dest') asked.dest = and(asked.dest, value)
  else if (name === 'x-jarvis-token') asked.token = and(asked.token, value)
}
