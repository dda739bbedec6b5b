import type { ProcessTable } from '../process/table.ts'
import { listenersOn } from './holder.ts'
import type { PortOwners } from './owners.ts'

/** Which of a process and what descends from it hold what listens on a port, or at the path of a socket; none where nobody can tell. */
export const serversOf = async (
  pid: number,
  place: number | string,
  { owners, table }: { readonly owners: PortOwners | null; readonly table: ProcessTable },
): Promise<readonly number[]> => {
  if (owners === null) return []
  const [tree, listeners] = await Promise.all([table.tree(pid), listenersOn(place, owners)])
  const holding = tree.map(async (row) => ((await owners.heldBy([row.pid], listeners)).length > 0 ? [row.pid] : []))
  return (await Promise.all(holding)).flat()
}
