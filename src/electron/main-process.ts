/**
 * What is used of Electron's main process, as shapes: the `electron` module fits them, and nothing of it is imported, so
 * that this loads in any Node. Pure: types only.
 */
import type { ElectronProcesses, ProcessGone } from '../launch/electron-processes.ts'

export interface PreventableEvent {
  preventDefault(): void
}

export interface ElectronApp {
  readonly isPackaged: boolean
  whenReady(): Promise<unknown>
  isReady(): boolean
  getPath(name: 'userData' | 'logs' | 'home'): string
  getAppPath(): string
  getName(): string
  getVersion(): string
  requestSingleInstanceLock(): boolean
  hasSingleInstanceLock?(): boolean
  releaseSingleInstanceLock?(): void
  quit(): void
  exit(code?: number): void
  on(event: 'before-quit' | 'will-quit', listener: (event: PreventableEvent) => void): unknown
  on(event: 'window-all-closed' | 'activate' | 'second-instance', listener: () => void): unknown
  on(event: 'activate', listener: (event: unknown, hasVisibleWindows?: boolean) => void): unknown
  on(event: 'child-process-gone', listener: (event: unknown, details: ProcessGone) => void): unknown
  removeListener(event: 'child-process-gone', listener: (event: unknown, details: ProcessGone) => void): unknown
}

/** What a page of ours says over IPC comes from one of these. */
export interface SenderFrame {
  /** The page's, at this moment. */
  readonly url: string
}

export interface InvokeEvent {
  /** null: the frame has gone on or away meanwhile. */
  readonly senderFrame: SenderFrame | null
  readonly sender: AppContents
}

export interface IpcMain {
  handle(channel: string, listener: (event: InvokeEvent, ...args: unknown[]) => unknown): void
}

/** The session of a window. Which of these it has depends on Electron's version. */
export interface AppSession {
  registerPreloadScript?(script: { readonly type: 'frame' | 'service-worker'; readonly filePath: string; readonly id?: string }): string
  setPreloads?(preloads: string[]): void
  getPreloads?(): string[]
  /** Each session has its own. */
  readonly protocol?: ElectronProtocol
}

export interface AppContents {
  readonly session: AppSession
  /** What is there, not what is on its way. */
  readonly mainFrame: SenderFrame
  isDestroyed(): boolean
  send(channel: string, ...args: unknown[]): void
  on(
    event: 'did-fail-load',
    listener: (event: unknown, errorCode: number, errorDescription: string, validatedURL: string, isMainFrame: boolean) => void,
  ): unknown
  on(event: 'did-navigate', listener: (event: unknown, url: string) => void): unknown
  on(event: 'did-navigate-in-page', listener: (event: unknown, url: string, isMainFrame: boolean) => void): unknown
}

/** A `BrowserWindow`. */
export interface AppWindow {
  readonly webContents: AppContents
  /** Rejects where the page cannot be loaded, or another is loaded meanwhile. */
  loadURL(url: string): Promise<void>
  isDestroyed(): boolean
  isMinimized(): boolean
  isVisible(): boolean
  restore(): void
  show(): void
  focus(): void
  on(event: 'closed', listener: () => void): unknown
  /** Windows only: the session of the user ends, and no event of quitting comes. */
  on(event: 'session-end', listener: () => void): unknown
}

export interface WindowOptions {
  width?: number
  height?: number
  minWidth?: number
  minHeight?: number
  title?: string
  backgroundColor?: string
}

export interface PowerMonitor {
  on(event: 'suspend' | 'resume' | 'shutdown', listener: () => void): unknown
}

/** The `electron` module, as far as an app that supervises a backend needs it. */
export interface ElectronMain extends ElectronProcesses {
  readonly app: ElectronApp
  readonly BrowserWindow: new (options?: WindowOptions) => AppWindow
  readonly ipcMain: IpcMain
  readonly powerMonitor: PowerMonitor
  /** Later versions return a promise. */
  readonly clipboard: { writeText(text: string): unknown }
  readonly nativeTheme?: { readonly shouldUseDarkColors: boolean }
  /** For `transport: 'socket'`. */
  readonly protocol?: ElectronProtocol
}

export type { ElectronProcesses, ProcessGone, UtilityChild, UtilityForkOptions, UtilityProcess } from '../launch/electron-processes.ts'

export interface SchemePrivileges {
  standard?: boolean
  secure?: boolean
  supportFetchAPI?: boolean
  stream?: boolean
  corsEnabled?: boolean
}

export interface ElectronProtocol {
  /** Before `ready`, and only once: a second call takes back what the first has registered. */
  registerSchemesAsPrivileged(schemes: { scheme: string; privileges?: SchemePrivileges }[]): void
  /** After `ready`. */
  handle(scheme: string, handler: (request: Request) => Promise<Response>): void
  isProtocolHandled?(scheme: string): boolean
}

/** What a protocol of the app's own needs. */
export interface ElectronProtocols {
  readonly protocol: ElectronProtocol
}
