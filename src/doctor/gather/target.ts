import type { Address, TcpAddress } from '../../launch/surroundings.ts'
/** Where a question goes, in the words of those who look who answers it. Pure. */
import { reachable } from '../../launch/surroundings.ts'
import type { Target } from '../../ports/ownership.ts'
import { isSocket } from '../signs/reading.ts'

/** A wildcard is no destination; the path of a socket stands for the host. */
export const targetAt = (at: { readonly host: string; readonly port: number }): Target =>
  isSocket(at) ? { host: 'localhost', port: 0, socketPath: at.host } : reachable(at)

/** An address as evidence has it: a socket is a host without a port. */
export const placeGiven = (address: Address): TcpAddress => ('path' in address ? { host: address.path, port: 0 } : address)
