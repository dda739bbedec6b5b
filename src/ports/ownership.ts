/**
 * Decides who would answer a connection to an address, from the listeners of the machine and those that are ours.
 * Pure. Chooses among listeners as the kernel does: the exact address before the wildcard of its family, that before
 * the dual-stack wildcard.
 */
import type { Listener, Ownership } from './owners.ts'

export interface Target {
  readonly host: string
  readonly port: number
}

const isIpv6 = (host: string): boolean => host.includes(':')
const isWildcard = ({ address }: Listener): boolean => address === '0.0.0.0' || address === '::'

/** The literal addresses that a host stands for. Another name than localhost is not resolved: any listener on the port may be meant. */
const literals = (host: string): string[] | null => {
  if (host === 'localhost') return ['127.0.0.1', '::1']
  return isIpv6(host) || /^[\d.]+$/.test(host) ? [host] : null
}

/** Listeners that may take a connection to one literal address, all on the same level. */
const candidates = (literal: string, onPort: readonly Listener[]): Listener[] => {
  const family = isIpv6(literal) ? 'ipv6' : 'ipv4'
  const mapped = `::ffff:${literal}`
  const levels: ((listener: Listener) => boolean)[] = [
    ({ address }) => address === literal || address === mapped,
    (listener) => listener.family === family && isWildcard(listener),
    // whether [::] takes IPv4, too, cannot be seen from outside
    ({ address }) => family === 'ipv4' && address === '::',
  ]
  for (const level of levels) {
    const found = onPort.filter(level)
    if (found.length > 0) return found
  }
  return []
}

export const answering = (target: Target, listeners: readonly Listener[]): Listener[] => {
  const onPort = listeners.filter(({ port }) => port === target.port)
  const hosts = literals(target.host)
  return hosts === null ? onPort : hosts.flatMap((literal) => candidates(literal, onPort))
}

/** `foreign` as soon as one of several sockets on the same address is not ours: connections are spread over them. */
export const ownershipOf = (
  target: Target,
  listeners: readonly Listener[],
  ours: readonly Listener[],
): Exclude<Ownership, 'unknown'> | 'nobody' => {
  const found = answering(target, listeners)
  if (found.length === 0) return 'nobody'
  const own = new Set(ours.map(({ socket }) => socket))
  return found.every(({ socket }) => own.has(socket)) ? 'ours' : 'foreign'
}

/** Listeners of ours that do not serve the target. */
export const elsewhere = (target: Target, ours: readonly Listener[]): Listener[] => {
  const serving = new Set(answering(target, ours))
  return ours.filter((listener) => !serving.has(listener))
}
