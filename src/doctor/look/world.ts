import type { PortOwners } from '../../ports/owners.ts'
import type { ProcessTable } from '../../process/table.ts'
import type { Tools } from '../../process/tool.ts'

/** Through what a doctor looks at processes and sockets. */
export interface LookWorld {
  readonly platform: NodeJS.Platform
  readonly table: ProcessTable
  /** null: who listens cannot be told. */
  readonly owners: PortOwners | null
  /** Asked for commands on macOS only, where the table would run a tool for each of them. Default: those of the system. */
  readonly tools?: Tools
}
