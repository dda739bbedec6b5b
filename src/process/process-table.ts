import { linuxProcessTable } from './linux.ts'
import type { ProcessTable } from './table.ts'

/** Where nothing can be read, nothing is known: no process is proved to be ours, and so none is signalled. */
const unknownProcessTable: ProcessTable = {
  identify: () => undefined,
  list: async () => [],
  tree: async () => [],
  environmentOf: () => undefined,
  commandOf: () => '',
  usageOf: () => undefined,
}

export const processTableFor = (platform: NodeJS.Platform): ProcessTable =>
  platform === 'linux' ? linuxProcessTable() : unknownProcessTable
