import type { ProcessTable } from '../process/table.ts'
import { darwinPortOwners } from './darwin.ts'
import { linuxPortOwners } from './linux.ts'
import type { PortOwners } from './owners.ts'
import { windowsPortOwners } from './windows.ts'

/** null where it cannot be told who listens: every verdict is `unknown` then. */
export const portOwnersFor = (platform: NodeJS.Platform, table: ProcessTable): PortOwners | null => {
  if (platform === 'linux') return linuxPortOwners(table)
  if (platform === 'darwin') return darwinPortOwners(table)
  return platform === 'win32' ? windowsPortOwners(table, process.env) : null
}
