/** What launchers use of Electron, as shapes: the `electron` module fits them, and nothing of it is imported. Pure: types only. */
import type { Readable } from 'node:stream'

/** Of `child-process-gone`. */
export interface ProcessGone {
  readonly type: string
  readonly reason: string
  readonly exitCode: number
  readonly serviceName?: string
  readonly name?: string
}

/** A child made by `utilityProcess.fork`. */
export interface UtilityChild {
  /** undefined before `spawn` and after `exit`. */
  readonly pid: number | undefined
  readonly stdout: Readable | NodeJS.ReadableStream | null
  readonly stderr: Readable | NodeJS.ReadableStream | null
  postMessage(message: unknown): void
  /** SIGTERM on POSIX; false where it is gone. */
  kill(): boolean
  on(event: 'spawn', listener: () => void): unknown
  on(event: 'exit', listener: (code: number) => void): unknown
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'error', listener: (type: 'FatalError', location: string, report: string) => void): unknown
  removeListener(event: 'message', listener: (message: unknown) => void): unknown
}

export interface UtilityForkOptions {
  env?: Record<string, string>
  execArgv?: string[]
  cwd?: string
  stdio?: ('pipe' | 'ignore' | 'inherit')[]
  serviceName?: string
}

export interface UtilityProcess {
  fork(modulePath: string, args?: string[], options?: UtilityForkOptions): UtilityChild
}

/** The events of `app` about processes, and when it may have any. */
export interface ElectronProcesses {
  readonly app: {
    whenReady(): Promise<unknown>
    on(event: 'child-process-gone', listener: (event: unknown, details: ProcessGone) => void): unknown
    removeListener(event: 'child-process-gone', listener: (event: unknown, details: ProcessGone) => void): unknown
  }
  readonly utilityProcess: UtilityProcess
}
