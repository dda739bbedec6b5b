import { createRequire } from 'node:module'
import type { ElectronProcesses } from './electron-processes.ts'

/**
 * Electron, where this is its main process; undefined everywhere else, where nothing is loaded. The module is Electron's own:
 * its loader answers for the name, whatever lies in `node_modules`.
 */
export const electronHere = (): ElectronProcesses | undefined => {
  if (process.versions.electron === undefined || (process as { type?: string }).type !== 'browser') return undefined
  return createRequire(process.execPath)('electron') as ElectronProcesses
}
