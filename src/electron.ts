/** The door `jarvis-supervise/electron`: the backend of an Electron app, from its main process. Nothing of Electron is imported. */
import { fileURLToPath } from 'node:url'
import type { AppOptions, AppSupervisor } from './electron/app-options.ts'
import type { ElectronMain } from './electron/main-process.ts'
import { type LocalFiles, superviseAppWith } from './electron/supervise-app.ts'

export type { AppOptions, AppSupervisor } from './electron/app-options.ts'
export type { AppFailure, AppState, AppVerdict, RendererBridge } from './electron/app-state.ts'
export type { AppWindow, ElectronMain } from './electron/main-process.ts'
export { isSupervisorError, SupervisorError } from './errors.ts'
export type { ServiceStatus, StopReport, Supervisor } from './supervisor/controller.ts'

/** They lie beside this file, as written and as built. undefined: in a bundle, which does not know where it lies. */
const filesBeside = (): LocalFiles | undefined => {
  const here: string | undefined = import.meta.url
  if (here === undefined) return undefined
  return {
    page: new URL('./electron/page.html', here).href,
    preload: fileURLToPath(new URL('./electron/preload.cjs', here)),
  }
}

/**
 * Supervises the backend of an app and shows it in a window. Call it at the top of the main script, before the app is ready:
 * it takes the single-instance lock, starts the backend when the app is ready, shows a page that waits or explains until
 * the backend's own can be loaded, and keeps the app from quitting until nothing of the backend is left.
 * @throws SupervisorError `ERR_INVALID_OPTIONS`, naming every option that is wrong.
 */
export const superviseApp = (electron: ElectronMain, options: AppOptions): AppSupervisor =>
  superviseAppWith(filesBeside(), electron, options)
