import { holdersOf } from '../../ports/holders.ts'
import { parseUnixListeners } from '../../ports/proc-unix.ts'
import type { ListenerEvidence, TreeLook } from '../evidence.ts'
import { showLines } from './proc-files.ts'
import { asEvidence, rowOf, type SeenProcess, seeProcesses } from './process.ts'
import { established, tcpRowsOf } from './tcp-rows.ts'
import type { LookWorld } from './world.ts'

export type SeenTree = Omit<TreeLook, 'atMs' | 'why'>

/** More is not reported, and much more not even looked at. */
const mostReported = 200
const mostSeen = 1000
const mostUnixSockets = 50

/**
 * A process and what descends from it, root first, with all that it listens on; at most 200 processes. Takes a tenth of
 * a second, to see who is at work. Of a process that is gone: empty.
 *
 * @param formerPorts Ports that it has listened on before: connections of these count, too. Who has closed its listener
 * and waits for its last connections would seem to have none otherwise.
 */
export const lookAtTree = async (pid: number, world: LookWorld, formerPorts: readonly number[] = []): Promise<SeenTree> => {
  const rows = (await world.table.tree(pid)).slice(0, mostSeen)
  const root = rows.length === 0 ? rowOf(pid, world) : undefined
  const seen = await seeProcesses(root === undefined ? rows : [root], world)
  const sockets = holdersBySocket(seen)
  const listeners = await listenersOf(seen, sockets, world)
  const ports = new Set([...formerPorts, ...listeners.map(({ port }) => port)])
  const [unixSockets, connections] = await Promise.all([unixSocketsOf(sockets), connectionsOf(sockets, ports)])
  return { processes: seen.slice(0, mostReported).map(({ evidence }) => evidence), listeners, unixSockets, established: connections }
}

/** Of several holders the one nearest to the root: it has bound the socket that the others inherited. */
const holdersBySocket = (seen: readonly SeenProcess[]): ReadonlyMap<string, number> => {
  const holders = new Map<string, number>()
  for (const { evidence, descriptors } of seen) {
    for (const inode of descriptors?.sockets.keys() ?? []) if (!holders.has(inode)) holders.set(inode, evidence.pid)
  }
  return holders
}

const listenersOf = async (
  seen: readonly SeenProcess[],
  sockets: ReadonlyMap<string, number>,
  { owners }: LookWorld,
): Promise<ListenerEvidence[]> => {
  const pids = new Set(seen.map(({ evidence }) => evidence.pid))
  const listeners = (await owners?.listeners()) ?? []
  return listeners.flatMap((listener) => {
    const pid = sockets.get(listener.socket) ?? holdersOf(listener).find((holder) => pids.has(holder))
    return pid === undefined ? [] : [asEvidence(listener, pid)]
  })
}

const unixSocketsOf = async (sockets: ReadonlyMap<string, number>): Promise<string[]> => {
  const paths = new Set<string>()
  if (sockets.size > 0) {
    await showLines('/proc/net/unix', (lines) => {
      for (const { inode, path } of parseUnixListeners(lines)) if (sockets.has(inode)) paths.add(path)
    })
  }
  return [...paths].slice(0, mostUnixSockets)
}

const connectionsOf = async (sockets: ReadonlyMap<string, number>, ports: ReadonlySet<number>): Promise<number> => {
  if (sockets.size === 0 || ports.size === 0) return 0
  const inodes = new Set(sockets.keys())
  let count = 0
  const add = (lines: string): void => {
    for (const { state, localPort } of tcpRowsOf(lines, inodes)) if (state === established && ports.has(localPort)) count += 1
  }
  await Promise.all([showLines('/proc/net/tcp', add), showLines('/proc/net/tcp6', add)])
  return count
}
