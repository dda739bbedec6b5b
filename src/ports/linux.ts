import { closeSync, opendirSync, openSync, readdir, readlinkSync } from 'node:fs'
import { Slices } from '../process/slices.ts'
import type { ProcessRow, ProcessTable } from '../process/table.ts'
import type { Listener, PortOwners } from './owners.ts'
import { readListeners } from './read-listeners.ts'

/** Listeners and their holders as /proc shows them. Reading it runs nothing. */
export const linuxPortOwners = (table: ProcessTable): PortOwners => {
  const places = new Places()
  return {
    cost: 'cheap',
    listeners: async () => {
      const [v4, v6] = await Promise.all([readListeners('/proc/net/tcp', 'ipv4'), readListeners('/proc/net/tcp6', 'ipv6')])
      return [...v4, ...v6]
    },
    heldBy: async (pids, listeners) => {
      const wanted = socketsOf(listeners)
      const held = places.stillHeld(pids, wanted)
      const slices = new Slices()
      for (const pid of pids) {
        if (held.size === wanted.size) break
        for (const [socket, path] of await heldOf(wanted, pid, slices)) {
          held.add(socket)
          places.remember(socket, pid, path)
        }
      }
      return listeners.filter(({ socket }) => held.has(socket))
    },
    ownersOf: async (listeners) => {
      const wanted = socketsOf(listeners)
      const owners = new Map<string, ProcessRow>()
      const slices = new Slices()
      for (const row of wanted.size === 0 ? [] : await table.list()) {
        for (const socket of (await heldOf(wanted, row.pid, slices)).keys()) owners.set(socket, owning(owners.get(socket), row))
      }
      return listeners.map((listener) => ({ ...listener, owner: owners.get(listener.socket) }))
    },
    canTell: async (pids) => mayRead(() => closeSync(openSync('/proc/net/tcp', 'r'))) && pids.every((pid) => showsDescriptors(pid, table)),
  }
}

const mostPlaces = 64

/** Where sockets were found: who is asked again every few seconds whether they are still there looks there first. */
class Places {
  readonly #paths = new Map<string, { readonly pid: number; readonly path: string }>()

  remember(socket: string, pid: number, path: string): void {
    if (this.#paths.size >= mostPlaces) this.#paths.clear()
    this.#paths.set(socket, { pid, path })
  }

  /** Those of the wanted sockets that one of these processes has open where it had them open before. */
  stillHeld(pids: readonly number[], wanted: ReadonlySet<string>): Set<string> {
    return new Set(
      [...wanted].filter((socket) => {
        const place = this.#paths.get(socket)
        return place !== undefined && pids.includes(place.pid) && socketAt(place.path) === socket
      }),
    )
  }
}

/** Without those that no process holds: the kernel's own. */
const socketsOf = (listeners: readonly Listener[]): Set<string> =>
  new Set(listeners.map(({ socket }) => socket).filter((socket) => socket !== '0'))

/**
 * A socket that was inherited has several holders: the first started is the one that bound it, as long as it lives.
 * A system manager that binds for the services it starts is the last to name.
 */
const owning = (a: ProcessRow | undefined, b: ProcessRow): ProcessRow => {
  if (a === undefined || a.pid === 1) return b
  return b.pid === 1 || Number(a.startTime) <= Number(b.startTime) ? a : b
}

const socketAt = (path: string): string => {
  const target = link(path)
  return target.startsWith('socket:[') ? target.slice(8, -1) : ''
}

/** Those of the wanted sockets that a process has open, and where; none when it is gone or somebody else's. */
const heldOf = async (wanted: ReadonlySet<string>, pid: number, slices: Slices): Promise<Map<string, string>> => {
  const held = new Map<string, string>()
  for (const fd of await descriptors(pid)) {
    const path = `/proc/${pid}/fd/${fd}`
    const socket = socketAt(path)
    if (wanted.has(socket)) held.set(socket, path)
    if (held.size === wanted.size) break
    if (slices.over) await slices.pause()
  }
  return held
}

/** The kernel takes milliseconds to list ten thousand descriptors: not on this thread. */
const descriptors = (pid: number): Promise<string[]> =>
  new Promise((resolve) => readdir(`/proc/${pid}/fd`, (error, names) => resolve(error === null ? names : [])))

const link = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

/** Who is gone hides nothing, nor does a zombie, whose descriptors the kernel refuses to everybody. */
const showsDescriptors = (pid: number, table: ProcessTable): boolean =>
  mayRead(() => {
    opendirSync(`/proc/${pid}/fd`).closeSync()
    // the folder opens for some (root in a container) to whom the links in it are refused, as this one is
    readlinkSync(`/proc/${pid}/cwd`)
  }) || table.identify(pid) === undefined

const mayRead = (read: () => void): boolean => {
  try {
    read()
    return true
  } catch {
    return false
  }
}
