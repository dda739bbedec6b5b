import { statSync } from 'node:fs'
import { holdersOf as pidsIn } from '../../ports/holders.ts'
import type { Listener, OwnedListener, PortOwners } from '../../ports/owners.ts'
import type { ProcessFacts } from '../../process/facts.ts'
import { certificate } from '../../process/group.ts'
import type { ProcessRow } from '../../process/table.ts'
import type { HolderEvidence, ProcessEvidence } from '../evidence.ts'
import { acceptsConnections } from './accepts.ts'
import { isAdopted } from './adopted.ts'
import { Budget, descriptorsOf } from './descriptors.ts'
import { asEvidence, type SeeOptions, seeProcesses } from './process.ts'
import type { LookWorld } from './world.ts'

export type Relation = Pick<HolderEvidence, 'relation' | 'service'>

export interface HolderWorld extends LookWorld {
  readonly facts: ProcessFacts
  /** @param certificate The one that the process was started with, where it has one and shows it. */
  readonly relationOf: (row: ProcessRow, certificate: string | undefined) => Relation
}

const mostNearby = 20
/** Processes whose descriptors are read side by side. */
const atOnce = 64

/**
 * Who listens on a port, or at the path of a socket, by address; empty where nobody does, or where it cannot be read. A socket that several processes
 * share has one holder, the one that has bound it; it `accepts` if any of them does.
 */
export const holdersOf = async (at: number | string, world: HolderWorld): Promise<HolderEvidence[]> => {
  const owned =
    typeof at === 'string'
      ? ((await world.owners?.ownersOf(world.owners.listenersAt?.(at) ?? [])) ?? [])
      : await ownedListeners(world, (listeners) => listeners.filter((listener) => listener.port === at))
  const distinct = [
    ...new Map(owned.map((listener) => [`${listener.address} ${listener.owner?.pid ?? listener.socket}`, listener])).values(),
  ]
  return describe(distinct.sort(byAddress), world, { cpu: true })
}

/** Other listeners that the loopback reaches, nearest port first, at most 20; whether they accept is not asked. */
export const nearbyListeners = async (port: number, world: HolderWorld): Promise<HolderEvidence[]> => {
  const distance = (listener: Listener): number => Math.abs(listener.port - port)
  const owned = await ownedListeners(world, (listeners) =>
    listeners
      .filter((listener) => listener.port !== port && isLocal(listener))
      .sort((a, b) => distance(a) - distance(b) || a.port - b.port || byAddress(a, b))
      .slice(0, mostNearby),
  )
  return describe(owned, world, { cpu: false })
}

const ownedListeners = async ({ owners }: HolderWorld, choose: (listeners: Listener[]) => Listener[]): Promise<OwnedListener[]> =>
  owners === null ? [] : owners.ownersOf(owners.listeners().then(choose))

const byAddress = (a: Listener, b: Listener): number => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0)

const isLocal = ({ address }: Listener): boolean =>
  /^(?:::ffff:)?(?:127\.|0\.0\.0\.0$)/.test(address) || address === '::1' || address === '::'

const describe = async (owned: readonly OwnedListener[], world: HolderWorld, options: SeeOptions): Promise<HolderEvidence[]> => {
  const rows = new Map(owned.flatMap(({ owner }) => (owner === undefined ? [] : [[owner.pid, owner] as const])))
  const seen = new Map((await seeProcesses([...rows.values()], world, options)).map(({ evidence }) => [evidence.pid, evidence]))
  const parents = await parentsOf([...rows.values()], world)
  const holders: HolderEvidence[] = []
  for (const listener of owned) {
    const { owner } = listener
    const accepts = owner === undefined || options.cpu === false ? null : await acceptedBy(listener, owner, world)
    holders.push({
      listener: asEvidence(listener, owner?.pid ?? null),
      ...(owner === undefined ? nobodyKnown : holder(owner, seen, parents, world)),
      accepts,
    })
  }
  return holders
}

const nobodyKnown = { process: null, user: null, startedAt: null, relation: 'unknown', service: null, adopted: false } as const

const holder = (
  owner: ProcessRow,
  seen: ReadonlyMap<number, ProcessEvidence>,
  parents: ReadonlyMap<number, ProcessRow>,
  world: HolderWorld,
): Omit<HolderEvidence, 'listener' | 'accepts'> => {
  const { facts, table, platform, relationOf } = world
  const process = seen.get(owner.pid) ?? null
  // the environment of one that hangs in the kernel may not be had before it wakes up
  const hangs = owner.state === 'D' || process?.state === 'D'
  return {
    process,
    user: facts.userOf(owner.pid),
    startedAt: startedAt(owner, facts),
    ...relationOf(owner, hangs ? undefined : table.environmentOf(owner.pid, certificate)),
    adopted: isAdopted(owner, parents.get(owner.ppid), platform),
  }
}

/** ISO 8601. Elsewhere than on Linux, times of start are dates already. */
const startedAt = (row: ProcessRow, facts: ProcessFacts): string | null => {
  const ms = facts.startedAt(row) ?? (/^\d{4}-.*T/.test(row.startTime) ? Date.parse(row.startTime) : Number.NaN)
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}

/** By their pids, those that live. */
const parentsOf = async (rows: readonly ProcessRow[], { table, platform }: HolderWorld): Promise<ReadonlyMap<number, ProcessRow>> => {
  if (rows.length === 0) return new Map()
  const all = platform === 'linux' ? rows.flatMap(({ ppid }) => table.identify(ppid) ?? []) : await table.list()
  return new Map(all.map((row) => [row.pid, row]))
}

/** Whoever has bound it, or one that it has given the socket to: a cluster's workers accept what its primary has bound. */
const acceptedBy = async (listener: Listener, owner: ProcessRow, world: HolderWorld): Promise<boolean | null> => {
  const { owners, platform } = world
  if (platform !== 'linux' || owners === null) return null
  const own = await acceptsConnections(owner.pid, listener.socket)
  if (own === true) return true
  const others = (await sharing(listener, world, owners)).filter((pid) => pid !== owner.pid)
  const all = [own, ...(await Promise.all(others.map((pid) => acceptsConnections(pid, listener.socket))))]
  if (all.includes(true)) return true
  return all.includes(null) || (await mayBeSharedUnseen(owner.pid, listener)) ? null : false
}

/** All that have the socket open, as far as they show it. */
const sharing = async (listener: Listener, { table }: HolderWorld, owners: PortOwners): Promise<number[]> => {
  const tied = pidsIn(listener)
  if (tied.length > 0) return tied
  const pids = (await table.list()).map(({ pid }) => pid)
  const found: number[] = []
  for (let at = 0; at < pids.length; at += atOnce) {
    const some = pids.slice(at, at + atOnce)
    const held = await Promise.all(some.map((pid) => owners.heldBy([pid], [listener])))
    found.push(...some.filter((_, index) => (held[index]?.length ?? 0) > 0))
  }
  return found
}

/** Who has made a socket gives it to processes of its own. Those of another user do not show what they have. */
const mayBeSharedUnseen = async (pid: number, { socket }: Listener): Promise<boolean> => {
  const uid = process.geteuid?.()
  if (uid === 0) return false
  const fd = (await descriptorsOf(pid, new Budget()))?.sockets.get(socket)?.[0]
  try {
    return fd === undefined || statSync(`/proc/${pid}/fd/${fd}`).uid !== uid
  } catch {
    return true
  }
}
