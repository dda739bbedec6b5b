import type { ServiceSpec } from '../config/service.ts'
import type { LaunchFailure } from '../launch/launcher.ts'
import type { Address, TcpAddress } from '../launch/surroundings.ts'
import type { PortHolder } from '../ports/holder.ts'
import { type PickedPort, type PortWish, pickPort } from '../ports/pick.ts'
import type { AtPath } from '../ports/socket-file.ts'
import { longestSocketPath } from '../record/places.ts'
import { type PrepareRequest, refuse } from './deps.ts'

export interface PortsInUse {
  /** Who listens on a port, if it can be told. */
  readonly holderOf: (port: number) => Promise<PortHolder | undefined>
  /** Where a service that is to have a socket listens, by slot. */
  readonly socketPath: (slot: number) => string
  /** Frees a path of what the dead have left at it, in a folder that is made private. Rejects with `ERR_STATE_DIR`. */
  readonly clearSocket: (path: string) => Promise<AtPath>
  /** Who listens at a path, if it can be told. */
  readonly holderAt: (path: string) => Promise<PortHolder | undefined>
  /** Ends the holder if a dead supervisor of this state folder has left it; whether it is gone. */
  readonly reclaim: (holder: PortHolder) => Promise<boolean>
}

export const chooseAddress = async (request: PrepareRequest, inUse: PortsInUse): Promise<Address | null> => {
  const { address } = request.service
  if (address === null) return null
  return address === 'socket' ? chooseSocket(request, inUse) : choosePort(address, request, inUse)
}

/** The port of the run before, while it is still to be had; else what the options say. */
const choosePort = async (
  address: Exclude<ServiceSpec['address'], 'socket' | null>,
  { previous: before, port, slot, tell }: PrepareRequest,
  inUse: PortsInUse,
): Promise<TcpAddress> => {
  const { host } = address
  const previous = before !== null && 'port' in before ? before : null
  if (typeof address.port === 'object' && 'insist' in address.port) return { host, port: address.port.insist }
  const strict = typeof address.port === 'number'
  // what is preferred, the first process has
  const asked = strict || slot === 0 ? address.port : 'auto'
  const policy = !strict && previous !== null ? (port === 'keep' ? { prefer: previous.port } : 'auto') : asked
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
const addressOf = (host: string, picked: PickedPort, holder?: PortHolder): TcpAddress => {
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

/** Always the same path: what lies there from before is cleared away, unless somebody listens on it. */
const chooseSocket = async ({ slot, tell }: PrepareRequest, inUse: PortsInUse): Promise<Address> => {
  const { clearSocket } = inUse
  const path = inUse.socketPath(slot)
  const bytes = Buffer.byteLength(path)
  if (!path.startsWith('\\\\.\\pipe\\') && bytes > longestSocketPath) throw refuse(tooLong(path, bytes))
  let found = await clearSocket(path)
  if (isFree(found)) return { path }
  const holder = found === 'somebody' ? await inUse.holderAt(path) : undefined
  const facts = holder && { port: null, socket: path, pid: holder.pid, command: holder.command }
  if (holder !== undefined && facts !== undefined && (await inUse.reclaim(holder))) {
    tell({ ...facts, verdict: 'ours', action: 'killed' })
    found = await clearSocket(path)
    if (isFree(found)) return { path }
  } else if (facts !== undefined) tell({ ...facts, verdict: 'foreign', action: 'refused' })
  throw refuse(socketFailure(path, found, holder))
}

const isFree = (found: AtPath): boolean => found === 'nothing' || found === 'gone'

const tooLong = (path: string, bytes: number): Pick<LaunchFailure, 'code' | 'message' | 'reason' | 'hint'> => ({
  code: 'ERR_STATE_DIR',
  reason: 'SOCKET_PATH_TOO_LONG',
  message: `The path of the service's socket is ${bytes} bytes long, of ${longestSocketPath} at most: ${path}.`,
  hint: 'Name a state folder with a shorter path: --state-dir, `stateDir` or JARVIS_STATE_DIR.',
})

const socketFailure = (
  path: string,
  found: AtPath,
  holder: PortHolder | undefined,
): Pick<LaunchFailure, 'code' | 'message' | 'reason' | 'hint'> => ({
  code: 'ERR_PORT_TAKEN',
  reason: 'PORT_TAKEN',
  message:
    found === 'somebody'
      ? `The socket ${path} is taken${holder === undefined ? '' : ` by pid ${holder.pid} (${holder.command})${holder.likeness}`}.`
      : `The path ${path} is taken: what lies there is ${found === 'no socket' ? 'no socket' : 'of another user'}.`,
  hint:
    found === 'somebody'
      ? 'End that program: the path is meant for this service alone.'
      : 'Remove it: the path is meant for this service alone.',
})
