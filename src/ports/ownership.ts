/**
 * Decides who would answer a connection to an address, from the listeners of the machine and those that are ours.
 * Pure: resolves no name, asks nobody. Chooses among listeners as the Linux kernel does: the exact address before the
 * wildcard of its family, that before the dual-stack wildcard.
 */
import { isIP } from 'node:net'
import type { Listener, Ownership } from './owners.ts'

export interface Target {
  readonly host: string
  readonly port: number
  /** A Unix socket, or the name of a pipe, in place of host and port. */
  readonly socketPath?: string
}

/** A connection to a wildcard reaches the loopback of its family. */
const loopbackOf: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** The literal addresses that a host stands for, as the kernel's tables write them; null for a name other than localhost. */
const literals = (host: string): string[] | null => {
  if (host === 'localhost') return ['127.0.0.1', '::1']
  const literal = isIP(host) === 6 ? plainIpv6(host) : host
  return isIP(literal) === 0 ? null : [loopbackOf[literal] ?? literal]
}

/** One way of writing it, without its zone; an IPv4 address in IPv6 clothes is the IPv4 address, to the kernel too. */
const plainIpv6 = (host: string): string => {
  const short = new URL(`http://[${host.replace(/%.*$/, '')}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(short)
  if (mapped === null) return short
  const [high, low] = mapped.slice(1).map((group) => Number.parseInt(group, 16))
  return [high! >> 8, high! & 255, low! >> 8, low! & 255].join('.')
}

/** Listeners that may take a connection to one literal address, all on the same level. */
const candidates = (literal: string, onPort: readonly Listener[]): Listener[] => {
  const [mapped, wildcards] = isIP(literal) === 6 ? ['', ['::']] : [`::ffff:${literal}`, ['0.0.0.0', '::ffff:0.0.0.0']]
  const levels: ((address: string) => boolean)[] = [
    (address) => address === literal || address === mapped,
    (address) => wildcards.includes(address),
    // whether [::] takes IPv4, too, cannot be seen from outside
    (address) => address === '::',
  ]
  for (const level of levels) {
    const found = onPort.filter(({ address }) => level(address))
    if (found.length > 0) return found
  }
  return []
}

/** Who may get the connection. Which address another name than localhost means is not known: anybody on the port. */
export const answering = (target: Target, listeners: readonly Listener[]): Listener[] => {
  if (target.socketPath !== undefined) return listeners.filter(({ family, address }) => family === 'unix' && address === target.socketPath)
  const onPort = listeners.filter(({ port }) => port === target.port)
  const hosts = literals(target.host)
  return hosts === null ? onPort : hosts.flatMap((literal) => candidates(literal, onPort))
}

/** `foreign` as soon as one of several sockets on the same address is not ours: connections are spread over them. */
export const ownershipOf = (target: Target, listeners: readonly Listener[], ours: readonly Listener[]): Ownership | 'nobody' => {
  const found = answering(target, listeners)
  if (found.length === 0) return 'nobody'
  const own = new Set(ours.map(({ socket }) => socket))
  if (found.every(({ socket }) => own.has(socket))) return 'ours'
  return canBeEither(target) && found.some(({ socket }) => own.has(socket)) ? 'unknown' : 'foreign'
}

/** Which address a name means is not known; nor, of several sockets that were bound to one path, which its file leads to. */
const canBeEither = ({ host, socketPath }: Target): boolean => socketPath !== undefined || literals(host) === null

/** Where we listen instead: nowhere while one of ours serves the target, whatever else it has open (a debugger's port). */
export const elsewhere = (target: Target, ours: readonly Listener[]): readonly Listener[] =>
  answering(target, ours).length > 0 ? [] : ours
