import { darwinProcessTable } from './darwin.ts'
import { linuxProcessTable } from './linux.ts'
import type { ProcessTable } from './table.ts'
import { windowsProcessTable } from './windows.ts'

/** Where nothing can be read, nothing is known: no process is proved to be ours, and so none is signalled. */
const unknownProcessTable: ProcessTable = {
  identify: () => undefined,
  list: async () => [],
  tree: async () => [],
  environmentOf: () => undefined,
  commandOf: () => '',
  usageOf: () => undefined,
}

export const processTableFor = (platform: NodeJS.Platform): ProcessTable => {
  if (platform === 'linux') return linuxProcessTable()
  if (platform === 'darwin') return darwinProcessTable()
  return platform === 'win32' ? windowsProcessTable(process.env) : unknownProcessTable
}
