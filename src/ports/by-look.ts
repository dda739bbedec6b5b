import type { ProcessRow, ProcessTable } from '../process/table.ts'
import { holdersOf } from './holders.ts'
import type { Listener, PortOwners } from './owners.ts'

/** A tool that shows the machine's listeners, and whose they are, in one look. */
export interface Look {
  /** undefined: it cannot tell. */
  readonly see: () => Promise<Listener[] | undefined>
  /** The same for Unix sockets; null: the system has no such tool. */
  readonly seeUnix: (() => Promise<Listener[] | undefined>) | null
  /** Whether it shows what all of these processes have open. */
  readonly shows: (pids: readonly number[]) => Promise<boolean>
}

export const portOwnersByLook = ({ see, seeUnix, shows }: Look, table: Pick<ProcessTable, 'list'>): PortOwners => {
  let last: Promise<Listener[] | undefined> | undefined
  let lastUnix: typeof last
  return {
    cost: 'dear',
    listeners: async () => {
      last = see()
      return (await last) ?? []
    },
    listenersAt:
      seeUnix === null
        ? null
        : async (path) => {
            lastUnix = seeUnix()
            return ((await lastUnix) ?? []).filter(({ address }) => address === path)
          },
    heldBy: async (pids, listeners) => {
      const own = new Set(pids)
      return listeners.filter((listener) => holdersOf(listener).some((pid) => own.has(pid)))
    },
    ownersOf: async (asked) => {
      const listeners = await asked
      const rows = new Map((listeners.length === 0 ? [] : await table.list()).map((row) => [row.pid, row]))
      return listeners.map((listener) => ({ ...listener, owner: ownerAmong(holdersOf(listener).flatMap((pid) => rows.get(pid) ?? [])) }))
    },
    canTell: async (pids) => {
      last ??= see()
      const seen = [await last, lastUnix === undefined ? [] : await lastUnix]
      return seen.every((listeners) => listeners !== undefined) && shows(pids)
    },
  }
}

/**
 * The first started of several has bound the socket that the others inherited; a system manager, which binds for the
 * services it starts, is the last to name. Start times are dates here, in order as texts.
 */
const ownerAmong = (rows: readonly ProcessRow[]): ProcessRow | undefined =>
  rows.reduce<ProcessRow | undefined>((owner, row) => {
    if (owner === undefined || owner.pid === 1) return row
    return row.pid !== 1 && row.startTime < owner.startTime ? row : owner
  }, undefined)
