import type { ProcessTable } from '../process/table.ts'
import { linuxPortOwners } from './linux.ts'
import type { PortOwners } from './owners.ts'

/** null where this platform cannot tell yet who listens: every verdict is `unknown` then. */
export const portOwnersFor = (platform: NodeJS.Platform, table: ProcessTable): PortOwners | null =>
  platform === 'linux' ? linuxPortOwners(table) : null
