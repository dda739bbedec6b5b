import { createServer, type Server, type ServerOptions } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errnoOf, SupervisorError } from '../errors.ts'
import type { PortHolder } from '../ports/holder.ts'
import { unsafePorts } from '../ports/unsafe.ts'

export interface ListenOptions {
  readonly port: number | 'auto'
  /** undefined: both of loopback's. */
  readonly host: string | undefined
  readonly holderOf: (port: number) => Promise<PortHolder | undefined>
  readonly server: ServerOptions
}

export interface Listening {
  readonly servers: readonly Server[]
  readonly port: number
  readonly url: string
}

/** A free port of one family may be taken in the other, and one in five hundred is refused by browsers. */
const attempts = 20

/** Rejects with a `SupervisorError`; then nothing listens. */
export const listen = async ({ port, host, holderOf, server }: ListenOptions): Promise<Listening> => {
  const hosts = hostsFor(host)
  for (let attempt = 1; ; attempt += 1) {
    const bound = await listenOnAll(hosts, port === 'auto' ? 0 : port, server)
    if ('servers' in bound) {
      if (port !== 'auto' || !unsafePorts.has(bound.port)) return { ...bound, url: `http://${calledAs(host)}:${bound.port}` }
      await Promise.all(bound.servers.map(closed))
    } else if (port !== 'auto' || errnoOf(bound.error) !== 'EADDRINUSE' || attempt === attempts) throw await failure(bound, holderOf)
  }
}

/** Browsers and programs differ in which of the two they ask first for `localhost`. */
const hostsFor = (host: string | undefined): readonly string[] =>
  host === undefined || host === 'localhost' ? ['127.0.0.1', '::1'] : [host]

/** A wildcard is no destination. */
const calledAs = (host = '127.0.0.1'): string => {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

const absent: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'])

interface Refused {
  readonly host: string
  readonly port: number
  readonly error: unknown
}

/** The same port on all of them; 0: whichever is free on the first. */
const listenOnAll = async (
  hosts: readonly string[],
  wanted: number,
  options: ServerOptions,
): Promise<{ readonly servers: readonly Server[]; readonly port: number } | Refused> => {
  const servers: Server[] = []
  let port = wanted
  for (const host of hosts) {
    try {
      const server = await listenOn(host, port, options)
      servers.push(server)
      port = (server.address() as AddressInfo).port
    } catch (error) {
      // not every machine has the second one
      if (servers.length > 0 && absent.has(errnoOf(error) ?? '')) continue
      await Promise.all(servers.map(closed))
      return { host, port, error }
    }
  }
  return { servers, port }
}

const listenOn = (host: string, port: number, options: ServerOptions): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer(options)
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject)
      resolve(server)
    })
  })

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()))

const failure = async ({ host, port, error }: Refused, holderOf: ListenOptions['holderOf']): Promise<SupervisorError> => {
  const errno = errnoOf(error)
  if (errno === undefined) throw error
  // whoever it is, that it is taken is certain
  const holder = errno === 'EADDRINUSE' ? await holderOf(port).catch(() => undefined) : undefined
  return notListening(host, port, errno, holder, error)
}

const notListening = (host: string, port: number, errno: string, holder: PortHolder | undefined, cause?: unknown): SupervisorError => {
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`
  if (errno === 'EADDRNOTAVAIL' || errno === 'ENOTFOUND' || errno === 'EAFNOSUPPORT') {
    return new SupervisorError(
      'ERR_INVALID_OPTIONS',
      `${host}, the host of the front door, is not an address of this machine (${errno}).`,
      {
        ...{ reason: 'ADDRESS_NOT_AVAILABLE', hint: 'Leave it out: the front door listens on loopback then.', cause },
      },
    )
  }
  if (errno === 'EACCES') {
    const isLow = port < 1024
    return new SupervisorError('ERR_PORT_TAKEN', `The front door may not listen on ${place} (EACCES).`, {
      reason: isLow ? 'PORT_PRIVILEGED' : 'PORT_RESERVED_BY_WINDOWS',
      hint: isLow ? 'Ask for a port of 1024 or more.' : 'Ask for another port: the system keeps this one.',
      cause,
    })
  }
  const by = holder === undefined ? '' : ` by pid ${holder.pid} (${holder.command})${holder.likeness}`
  const message = errno === 'EADDRINUSE' ? `${place} is taken${by}.` : `The front door cannot listen on ${place} (${errno}).`
  return new SupervisorError('ERR_PORT_TAKEN', message, {
    reason: 'PORT_TAKEN',
    hint: "End that program, or ask for another port: --gateway N, or `port: 'auto'` for a free one.",
    cause,
  })
}
