import type { ProcessFacts } from '../process/facts.ts'
import type { ProcessRow, ProcessTable } from '../process/table.ts'
import type { OwnedListener, PortOwners } from './owners.ts'

/** A row of `ports --json`: a TCP listener, and who holds it. */
export interface PortRow {
  readonly port: number
  /** Literal, as bound: `127.0.0.1`, `0.0.0.0`, `::`. */
  readonly address: string
  readonly family: 'IPv4' | 'IPv6'
  /** null, like all that follows from it: the system does not tell whose it is. */
  readonly pid: number | null
  readonly command: string | null
  readonly user: string | null
  /** Held by a process that is proved to belong to a service of the state folder. */
  readonly ours: boolean
  /** ISO 8601. */
  readonly startedAt: string | null
}

export interface PortWorld {
  readonly owners: PortOwners
  readonly table: Pick<ProcessTable, 'commandOf'>
  readonly facts: ProcessFacts
  readonly isOurs: (row: ProcessRow) => boolean
  /** For what is made to be shown. */
  readonly redact: (text: string) => string
}

/** Who listens on this machine, or on one port of it; by port, then address. */
export const describePorts = async (world: PortWorld, port?: number): Promise<PortRow[]> => {
  const listeners = world.owners.listeners().then((all) => all.filter((listener) => port === undefined || listener.port === port))
  const rows = (await world.owners.ownersOf(listeners)).map((listener) => describe(listener, world))
  return rows.sort((a, b) => a.port - b.port || compare(a.address, b.address) || (a.pid ?? 0) - (b.pid ?? 0))
}

const describe = ({ port, address, family, owner }: OwnedListener, { table, facts, isOurs, redact }: PortWorld): PortRow => {
  const place = { port, address, family: family === 'ipv4' ? ('IPv4' as const) : ('IPv6' as const) }
  if (owner === undefined) return { ...place, pid: null, command: null, user: null, ours: false, startedAt: null }
  const started = facts.startedAt(owner)
  return {
    ...place,
    pid: owner.pid,
    command: redact(table.commandOf(owner.pid) || owner.name),
    user: facts.userOf(owner.pid),
    ours: isOurs(owner),
    startedAt: started === null ? null : new Date(started).toISOString(),
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
