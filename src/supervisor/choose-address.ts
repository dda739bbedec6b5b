import type { ServiceSpec } from '../config/service.ts'
import type { LaunchFailure } from '../launch/launcher.ts'
import type { Address } from '../launch/surroundings.ts'
import type { PortOwners } from '../ports/owners.ts'
import { pickPort } from '../ports/pick.ts'
import { refuse } from './deps.ts'

/** The port of the run before, while it is still to be had; else what the options say. */
export const chooseAddress = async (
  { address }: ServiceSpec,
  previous: Address | null,
  port: 'keep' | 'new',
  owners: PortOwners | null,
): Promise<Address | null> => {
  if (address === null) return null
  const { host } = address
  const strict = typeof address.port === 'number'
  const policy = !strict && previous !== null ? (port === 'keep' ? { prefer: previous.port } : 'auto') : address.port
  const avoid = port === 'new' && previous !== null ? new Set([previous.port]) : undefined
  const picked = await pickPort(policy, host, { ...(avoid && { avoid }) })
  if ('port' in picked) return { host, port: picked.port }
  throw refuse(await portFailure(host, picked.taken, picked.errno, owners))
}

const portFailure = async (
  host: string,
  port: number,
  errno: string,
  owners: PortOwners | null,
): Promise<Pick<LaunchFailure, 'code' | 'message' | 'reason' | 'hint'>> => {
  const place = `${host}:${port}`
  if (errno === 'EADDRNOTAVAIL' || errno === 'ENOTFOUND') {
    return {
      code: 'ERR_INVALID_OPTIONS',
      reason: 'ADDRESS_NOT_AVAILABLE',
      message: `${host} is not an address of this machine (${errno}).`,
      hint: 'Listen on 127.0.0.1.',
    }
  }
  if (errno === 'EACCES') {
    return {
      code: 'ERR_PORT_TAKEN',
      reason: 'PORT_PRIVILEGED',
      message: `${place} may not be listened on (EACCES).`,
      hint: 'Ask for a port of 1024 or more.',
    }
  }
  const holder = await holderOf(port, owners)
  return {
    code: 'ERR_PORT_TAKEN',
    reason: 'PORT_TAKEN',
    message: `${place} is taken${holder === undefined ? '' : ` by ${holder}`}.`,
    hint: 'End that program, ask for another port, or let the port move: { prefer: N }, --prefer-port N.',
  }
}

const holderOf = async (port: number, owners: PortOwners | null): Promise<string | undefined> => {
  if (owners === null) return undefined
  const listeners = (await owners.listeners()).filter((listener) => listener.port === port)
  const [holder] = (await owners.ownersOf(listeners)).flatMap(({ owner }) => (owner === undefined ? [] : [owner]))
  return holder && `pid ${holder.pid} (${holder.name})`
}
