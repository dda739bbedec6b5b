import { closeSync, opendirSync, openSync, readdir, readlinkSync } from 'node:fs'
import { Slices } from '../process/slices.ts'
import type { ProcessRow, ProcessTable } from '../process/table.ts'
import type { Listener, PortOwners } from './owners.ts'
import { readListeners, readUnixListeners } from './read-listeners.ts'

/** Listeners and their holders as /proc shows them. Reading it runs nothing. */
export const linuxPortOwners = (table: ProcessTable): PortOwners => {
  const places = new Places()
  return {
    cost: 'cheap',
    listeners: async () => {
      const [v4, v6] = await Promise.all([readListeners('/proc/net/tcp', 'ipv4'), readListeners('/proc/net/tcp6', 'ipv6')])
      return [...v4, ...v6]
    },
    listenersAt: readUnixListeners,
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
    ownersOf: async (asked) => {
      // the kernel takes as long for its listeners as we for everybody's descriptors: at the same time
      const [listeners, holders] = await Promise.all([asked, socketsOfAll()])
      const wanted = socketsOf(listeners)
      const owners = new Map<string, ProcessRow>()
      for (const [pid, sockets] of holders) {
        const held = sockets.filter((socket) => wanted.has(socket))
        const row = held.length === 0 ? undefined : table.identify(pid)
        if (row !== undefined) for (const socket of held) owners.set(socket, owning(owners.get(socket), row))
      }
      return listeners.map((listener) => ({ ...listener, owner: owners.get(listener.socket) }))
    },
    canTell: async (pids) => mayRead(() => closeSync(openSync('/proc/net/tcp', 'r'))) && pids.every((pid) => showsDescriptors(pid, table)),
  }
}

/** Processes whose descriptors are listed side by side: each listing is a journey to another thread and back. */
const atOnce = 64

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
        return place !== undefined && pids.includes(place.pid) && socketIn(link(place.path) ?? '') === socket
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

/** Who has which sockets open. */
const socketsOfAll = async (): Promise<[pid: number, sockets: string[]][]> => {
  const pids = (await names('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found: [number, string[]][] = []
  const slices = new Slices()
  for (let at = 0; at < pids.length; at += atOnce) {
    const of = async (pid: number): Promise<[number, string[]]> => [pid, await socketsOfOne(pid, slices)]
    found.push(...(await Promise.all(pids.slice(at, at + atOnce).map(of))))
  }
  return found
}

const socketsOfOne = async (pid: number, slices: Slices): Promise<string[]> => {
  const sockets: string[] = []
  await lookThrough(pid, slices, (socket) => {
    sockets.push(socket)
    return false
  })
  return sockets
}

/** Those of the wanted sockets that a process has open, and where. */
const heldOf = async (wanted: ReadonlySet<string>, pid: number, slices: Slices): Promise<Map<string, string>> => {
  const held = new Map<string, string>()
  await lookThrough(pid, slices, (socket, path) => {
    if (wanted.has(socket)) held.set(socket, path)
    return held.size === wanted.size
  })
  return held
}

/** Shows the sockets that a process has open, until they are enough; none when it is gone or somebody else's. */
const lookThrough = async (pid: number, slices: Slices, areEnough: (socket: string, path: string) => boolean): Promise<void> => {
  for (const fd of await names(`/proc/${pid}/fd`)) {
    const path = `/proc/${pid}/fd/${fd}`
    const target = link(path)
    // the folder opens for some to whom all that is in it is refused (pid 1, for root in a container)
    if (target === undefined) return
    const socket = socketIn(target)
    if (socket !== '' && areEnough(socket, path)) return
    if (slices.over) await slices.pause()
  }
}

const socketIn = (target: string): string => (target.startsWith('socket:[') ? target.slice(8, -1) : '')

/** The kernel takes milliseconds to list ten thousand descriptors: not on this thread. */
const names = (folder: string): Promise<string[]> =>
  new Promise((resolve) => readdir(folder, (error, found) => resolve(error === null ? found : [])))

/** Empty when it is gone; undefined when it is refused. */
const link = (path: string): string | undefined => {
  try {
    return readlinkSync(path)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? undefined : ''
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
