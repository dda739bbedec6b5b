import { certificate } from '../process/group.ts'
import type { ProcessRow, ProcessTable } from '../process/table.ts'
import type { Listener, PortOwners } from './owners.ts'

/** Who holds a port that was wanted. */
export interface PortHolder {
  readonly pid: number
  readonly row: ProcessRow
  readonly command: string
  /** What is said of a process that looks like ours and is not proved to be; empty otherwise. */
  readonly likeness: string
}

const longestCommand = 80

export interface HolderWorld {
  readonly owners: PortOwners | null
  readonly table: ProcessTable
  /** How certificates of this service begin. */
  readonly instancePrefix: string
}

/** What listens on a port, or at the path of a socket. */
export const listenersOn = async (place: number | string, owners: PortOwners): Promise<readonly Listener[]> =>
  typeof place === 'string'
    ? ((await owners.listenersAt?.(place)) ?? [])
    : (await owners.listeners()).filter((listener) => listener.port === place)

/** The process behind a port, or the path of a socket; undefined where nobody listens, or the system hides who. */
export const holderOf = async (place: number | string, { owners, table, instancePrefix }: HolderWorld): Promise<PortHolder | undefined> => {
  if (owners === null) return undefined
  const [row] = (await owners.ownersOf(listenersOn(place, owners))).flatMap(({ owner }) => owner ?? [])
  if (row === undefined) return undefined
  const isAlike = table.environmentOf(row.pid, certificate)?.startsWith(`${instancePrefix}.`) ?? false
  return {
    pid: row.pid,
    row,
    command: table.commandOf(row.pid).slice(0, longestCommand) || row.name,
    likeness: isAlike ? ', which a run of this service has started, but is not proved to be the service itself' : '',
  }
}
