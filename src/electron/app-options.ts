/** What an app says about its backend, and what it gets. Pure: types only. */
import type { DoctorReport } from '../doctor/report.ts'
import type { CreateOptions } from '../supervisor/compose.ts'
import type { StopReport, Supervisor } from '../supervisor/controller.ts'
import type { AppWindow } from './main-process.ts'

/**
 * A service. Its script, command, `cwd` and `envFile` are relative to `app.getAppPath()`. Defaults besides the usual ones:
 * `name` is the app's, `stateDir` is `jarvis-supervise` in `userData`, logs are in `app.getPath('logs')`, and `cwd` is the app
 * in development, `userData` when packaged.
 */
export type AppOptions = CreateOptions & {
  /** Makes the window; called when the app is ready, and again when a window is wanted after it was closed. Default: 1200 × 800. */
  window?: () => AppWindow
  /** What the window loads of the backend: path, query and fragment. Default `/`. */
  page?: string
  /** From the order to quit until the app is gone, whatever its backend does, milliseconds. Default 5000. */
  quitMs?: number
  /** Whether a second start of the app only shows the window of the first. Default true. */
  singleInstance?: boolean
  /** With `transport: 'socket'`: under which scheme the window asks for the backend. Default `app`. */
  scheme?: string
}

export interface AppSupervisor {
  /** undefined in a second instance, which is about to quit. */
  readonly supervisor: Supervisor | undefined
  /** undefined while there is none. */
  readonly window: AppWindow | undefined
  /** Shows the window, made if there is none. Does nothing once the backend was stopped for good. */
  show(): void
  /**
   * Stops the backend for good, before an update is installed: nothing starts it again in this process. Resolves when nothing
   * of it is left; `survivors` names what is. Twice is the same promise.
   */
  reaped(): Promise<StopReport>
  /** What the doctor says now. undefined in a second instance. */
  report(): Promise<DoctorReport | undefined>
}
