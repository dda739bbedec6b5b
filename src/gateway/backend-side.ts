/** How a backend is called by those who reach it directly. Pure. */
import type { Address } from '../launch/surroundings.ts'

export interface BackendSide {
  /** Its `Host`. */
  readonly host: string
  readonly origin: string
  /** Every origin that it may name as its own: loopback has three names. */
  readonly origins: readonly string[]
}

/** On a socket it has no name of its own; `localhost` is what servers expect there. */
const onSocket: BackendSide = { host: 'localhost', origin: 'http://localhost', origins: ['http://localhost'] }

const loopback = ['127.0.0.1', 'localhost', '[::1]']

export const backendSide = (address: Address): BackendSide => {
  if ('path' in address) return onSocket
  const name = named(dialled(address.host))
  const names = loopback.includes(name) ? loopback : [name]
  const at = (each: string) => `http://${each}:${address.port}`
  return { host: `${name}:${address.port}`, origin: at(name), origins: names.map(at) }
}

/** A wildcard is no destination. */
const dialled = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host)

const named = (host: string): string => (host.includes(':') ? `[${host}]` : host)
