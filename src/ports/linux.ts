import { readdirSync, readFile, readlinkSync } from 'node:fs'
import { inSlices } from '../process/slices.ts'
import type { ProcessRow, ProcessTable } from '../process/table.ts'
import type { AddressFamily, Listener, PortOwners } from './owners.ts'
import { parseProcNet } from './proc-net.ts'

/** Listeners and their holders as /proc shows them. Reading it runs nothing. */
export const linuxPortOwners = (table: ProcessTable): PortOwners => ({
  listeners: async () => {
    const [v4, v6] = await Promise.all([read('/proc/net/tcp', 'ipv4'), read('/proc/net/tcp6', 'ipv6')])
    return [...v4, ...v6]
  },
  heldBy: async (pids, listeners) => {
    const wanted = new Set(listeners.map(({ socket }) => socket))
    const held = new Set<string>()
    for (const pid of pids) {
      if (held.size === wanted.size) break
      for (const socket of await socketsOf(pid, wanted)) held.add(socket)
    }
    return listeners.filter(({ socket }) => held.has(socket))
  },
  ownersOf: async (listeners) => {
    const wanted = new Set(listeners.map(({ socket }) => socket))
    const owners = new Map<string, ProcessRow>()
    for (const row of wanted.size === 0 ? [] : await table.list()) {
      for (const socket of await socketsOf(row.pid, wanted)) owners.set(socket, elder(owners.get(socket), row))
    }
    return listeners.map((listener) => ({ ...listener, owner: owners.get(listener.socket) }))
  },
})

/** A socket that was inherited has several holders: the first started is the one that bound it, as long as it lives. */
const elder = (a: ProcessRow | undefined, b: ProcessRow): ProcessRow =>
  a !== undefined && Number(a.startTime) <= Number(b.startTime) ? a : b

/** Nothing where it cannot be read: a kernel without IPv6 has no tcp6. (`node:fs/promises` would cost 1 ms of every start.) */
const read = (path: string, family: AddressFamily): Promise<Listener[]> =>
  new Promise((resolve) => readFile(path, 'latin1', (error, text) => resolve(error === null ? parseProcNet(text, family) : [])))

/** Those of the wanted sockets that a process has open; none when it is gone or somebody else's. */
const socketsOf = async (pid: number, wanted: ReadonlySet<string>): Promise<string[]> => {
  const links = await inSlices(descriptors(pid), (fd) => link(`/proc/${pid}/fd/${fd}`))
  return links.flatMap((target) => {
    const inode = target?.startsWith('socket:[') ? target.slice(8, -1) : undefined
    return inode !== undefined && wanted.has(inode) ? [inode] : []
  })
}

const descriptors = (pid: number): string[] => {
  try {
    return readdirSync(`/proc/${pid}/fd`)
  } catch {
    return []
  }
}

const link = (path: string): string | undefined => {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
