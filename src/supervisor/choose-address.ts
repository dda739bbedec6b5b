import type { LaunchFailure } from '../launch/launcher.ts'
import type { Address } from '../launch/surroundings.ts'
import type { PortHolder } from '../ports/holder.ts'
import { type PickedPort, type PortWish, pickPort } from '../ports/pick.ts'
import { type PrepareRequest, refuse } from './deps.ts'

export interface PortsInUse {
  /** Who listens on a port, if it can be told. */
  readonly holderOf: (port: number) => Promise<PortHolder | undefined>
  /** Ends the holder if a dead supervisor of this state folder has left it; whether it is gone. */
  readonly reclaim: (holder: PortHolder) => Promise<boolean>
}

/** The port of the run before, while it is still to be had; else what the options say. */
export const chooseAddress = async (
  { service: { address }, previous, port, tell }: PrepareRequest,
  inUse: PortsInUse,
): Promise<Address | null> => {
  if (address === null) return null
  const { host } = address
  if (typeof address.port === 'object' && 'insist' in address.port) return { host, port: address.port.insist }
  const strict = typeof address.port === 'number'
  const policy = !strict && previous !== null ? (port === 'keep' ? { prefer: previous.port } : 'auto') : address.port
  const avoid = port === 'new' && previous !== null ? new Set([previous.port]) : undefined
  const pick = (): Promise<PickedPort> => pickPort(policy, host, { ...(avoid && { avoid }) })
  const wanted = wantedPort(policy)
  let picked = await pick()
  if (wanted === null || ('port' in picked && picked.port === wanted)) return addressOf(host, picked)
  const holder = 'port' in picked || picked.errno === 'EADDRINUSE' ? await inUse.holderOf(wanted) : undefined
  const facts = holder && { port: wanted, pid: holder.pid, command: holder.command }
  if (holder !== undefined && facts !== undefined && (await inUse.reclaim(holder))) {
    tell({ ...facts, verdict: 'ours', action: 'killed' })
    picked = await pick()
    return addressOf(host, picked)
  }
  if (facts !== undefined) tell({ ...facts, verdict: 'foreign', action: 'port' in picked ? 'moved' : 'refused' })
  return addressOf(host, picked, holder)
}

const wantedPort = (policy: PortWish): number | null => {
  if (policy === 'auto') return null
  return typeof policy === 'number' ? policy : policy.prefer
}
const addressOf = (host: string, picked: PickedPort, holder?: PortHolder): Address => {
  if ('port' in picked) return { host, port: picked.port }
  throw refuse(portFailure(host, picked.taken, picked.errno, holder))
}

const portFailure = (
  host: string,
  port: number,
  errno: string,
  holder: PortHolder | undefined,
): Pick<LaunchFailure, 'code' | 'message' | 'reason' | 'hint'> => {
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
      reason: port < 1024 ? 'PORT_PRIVILEGED' : 'PORT_RESERVED_BY_WINDOWS',
      message: `${place} may not be listened on (EACCES).`,
      hint: port < 1024 ? 'Ask for a port of 1024 or more.' : 'Ask for another port: the system keeps this one.',
    }
  }
  return {
    code: 'ERR_PORT_TAKEN',
    reason: 'PORT_TAKEN',
    message: `${place} is taken${holder === undefined ? '' : ` by pid ${holder.pid} (${holder.command})${holder.likeness}`}.`,
    hint: 'End that program, ask for another port, or let the port move: { prefer: N }, --prefer-port N.',
  }
}
