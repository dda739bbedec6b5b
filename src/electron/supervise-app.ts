import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import type { DoctorReport } from '../doctor/report.ts'
import { SupervisorError } from '../errors.ts'
import { killChild } from '../process/kill-child.ts'
import { processTableFor } from '../process/process-table.ts'
import { composeSupervisor } from '../supervisor/compose.ts'
import type { StopReport, Supervisor } from '../supervisor/controller.ts'
import type { AppOptions, AppSupervisor } from './app-options.ts'
import { type AppProtocol, appProtocol } from './app-protocol.ts'
import { type AppState, type AppVerdict, audienceOf, verdictOf } from './app-state.ts'
import { Bridge } from './bridge.ts'
import { type Housed, housed } from './defaults.ts'
import { Display } from './display.ts'
import { examine } from './examiner.ts'
import type { AppWindow, ElectronMain, PreventableEvent } from './main-process.ts'
import { originOf, type Pages } from './presentation.ts'
import { electronProblem, optionProblems } from './problems.ts'
import { deadlines, follow, initialPhase, type News, type Order, outlivesItsWindows, type Phase } from './quitting.ts'
import { Story } from './story.ts'
import { Witness } from './witness.ts'

/** Files of ours that Electron loads. */
export interface LocalFiles {
  /** URL of the page. */
  readonly page: string
  /** Path of the preload. */
  readonly preload: string
}

/** @throws SupervisorError `ERR_INVALID_OPTIONS`, naming every option that is wrong. */
export const superviseAppWith = (found: LocalFiles | undefined, electron: ElectronMain, options: AppOptions): AppSupervisor => {
  checkGiven(electron, options)
  const { window, page = '/', quitMs = 5000, singleInstance = true, scheme = 'app', ...service } = options
  const { app } = electron
  const files = checkedFiles(found)
  const hadLock = app.hasSingleInstanceLock?.() === true
  // before anything is made: the first instance has it all
  if (singleInstance && !app.requestSingleInstanceLock()) {
    app.quit()
    return secondInstance
  }
  try {
    const userData = app.getPath('userData')
    mkdirSync(userData, { recursive: true })
    const home = housed(service, {
      ...{ platform: process.platform, isPackaged: app.isPackaged, appPath: app.getAppPath(), userData },
      ...{ logs: app.getPath('logs'), name: app.getName() },
    })
    const supervisor = composeSupervisor(home.service, { baseDir: home.baseDir, stateDir: home.stateDir, electron })
    return new SupervisedApp({
      electron,
      files,
      home,
      supervisor,
      page,
      quitMs,
      scheme,
      makeWindow: window ?? (() => defaultWindow(electron)),
    })
  } catch (error) {
    // Electron shows what was thrown, and lives on without a window: the next start shall not end in silence for its sake
    if (singleInstance && !hadLock) app.releaseSingleInstanceLock?.()
    throw error
  }
}

const secondInstance: AppSupervisor = {
  supervisor: undefined,
  window: undefined,
  show: () => {},
  reaped: async () => ({ reaped: [], survivors: [] }),
  report: async () => undefined,
}

/** In a bundle this code lies where its files do not. */
const checkedFiles = (files: LocalFiles | undefined): LocalFiles => {
  if (files !== undefined && existsSync(files.preload)) return files
  throw new SupervisorError(
    'ERR_INVALID_OPTIONS',
    `${files?.preload ?? 'The preload'} is not there: jarvis-supervise was bundled, and its files were not`,
    { hint: "Keep it out of the bundle of the main script (`external: ['jarvis-supervise']`), and ship it in node_modules." },
  )
}

const checkGiven = (electron: ElectronMain, options: AppOptions): void => {
  const lack = electronProblem(electron, options)
  if (lack !== undefined) throw new SupervisorError('ERR_INVALID_OPTIONS', `superviseApp cannot begin: ${lack}`)
  const problems = optionProblems(options)
  if (problems.length > 0) throw new SupervisorError('ERR_INVALID_OPTIONS', `Invalid option: ${problems.join('; ')}`)
}

const defaultWindow = ({ BrowserWindow, app, nativeTheme }: ElectronMain): AppWindow =>
  new BrowserWindow({
    ...{ width: 1200, height: 800, minWidth: 480, minHeight: 320, title: app.getName() },
    // of our page, before it is there
    backgroundColor: nativeTheme?.shouldUseDarkColors ? '#1b1c1f' : '#f7f7f5',
  })

interface Making {
  readonly electron: ElectronMain
  readonly files: LocalFiles
  readonly home: Housed
  readonly supervisor: Supervisor
  readonly page: string
  readonly quitMs: number
  readonly scheme: string
  readonly makeWindow: () => AppWindow
}

/** Ties one app to one backend: events of both go in, decisions are made elsewhere, and are carried out here. */
class SupervisedApp implements AppSupervisor {
  readonly #making: Making
  readonly supervisor: Supervisor
  readonly #witness = new Witness()
  readonly #story: Story
  readonly #display: Display
  readonly #bridge: Bridge
  /** Where the backend has a socket and no port. */
  readonly #protocol: AppProtocol | undefined
  #phase: Phase = initialPhase
  /** Who asks for the window before gets it then. */
  #hasBegun = false
  #stopped: Promise<StopReport> | undefined
  #timers: NodeJS.Timeout[] = []
  #examination: { readonly end: AbortController; readonly report: Promise<DoctorReport | undefined> } | undefined
  #verdict: AppVerdict | undefined
  #copying: Promise<void> | undefined
  /** Of the front door, where that asks for one. */
  #token: string | null = null

  constructor(making: Making) {
    this.#making = making
    const { electron, files, home, supervisor, makeWindow } = making
    this.supervisor = supervisor
    this.#protocol = protocolFor(making)
    this.#protocol?.registerScheme()
    this.#story = new Story(home.service, supervisor)
    this.#display = new Display({
      makeWindow,
      local: { url: files.page, preload: files.preload },
      pages: () => this.#pages(),
      token: () => this.#token,
      onAsked: (url) => this.#witness.asked(url),
      // somebody had no answer: whether it is well is known sooner than by the beat
      onLoadFailed: () => {
        supervisor.probe()
        this.#bridge.tell()
      },
      onSession: ({ protocol }) => this.#protocol?.handle(protocol),
      onClosed: () => this.#witness.windowClosed(),
      onSessionEnd: () => this.#tell('session-end'),
    })
    this.#bridge = new Bridge({
      ipcMain: electron.ipcMain,
      audienceOf: (url) => audienceOf(url, files.page, this.#origin()) ?? audienceOf(url, files.page, this.#display.origin),
      state: () => this.#state(),
      retry: () => this.#retry(),
      copyReport: () => this.#copyReport(),
      contents: () => this.#display.window?.webContents,
    })
    this.#listenToService()
    this.#listenToApp()
    // the app's own code makes the window: what it throws is not to end as a warning that nobody sees
    void electron.app
      .whenReady()
      .then(() => this.#begin())
      .catch(throwOutside)
  }

  get window(): AppWindow | undefined {
    return this.#display.window
  }

  show(): void {
    // a window for a backend that is gone for good would wait for ever
    if (this.#phase.phase === 'open' && this.#hasBegun) this.#display.show()
  }

  reaped(): Promise<StopReport> {
    this.#tell('reap')
    return this.#stop()
  }

  async report(): Promise<DoctorReport | undefined> {
    return this.#examination?.report ?? this.#examine(new AbortController().signal)
  }

  #begin(): void {
    if (this.#phase.phase !== 'open') return
    const { powerMonitor } = this.#making.electron
    this.#protocol?.handle()
    this.#hasBegun = true
    powerMonitor.on('suspend', () => this.#witness.sleeps())
    powerMonitor.on('resume', () => {
      this.#witness.wokeUp()
      // before anything is judged by misses from before the sleep
      this.supervisor.probe()
    })
    // the event is not in every version's types
    powerMonitor.on('shutdown', (event?: PreventableEvent) => this.#tell('shutdown', event))
    // first: while the window is being made, the backend is on its way
    this.#start(() => this.supervisor.start())
    this.#display.show()
  }

  /** What comes of it is told by events. */
  #start(start: () => Promise<unknown>): void {
    start().catch(() => {})
  }

  #retry(): void {
    if (this.#phase.phase !== 'open') throw new Error('The app is about to end: nothing is started any more')
    this.#start(() => this.supervisor.restart())
  }

  #listenToService(): void {
    const { supervisor } = this
    supervisor.on('state', (facts) => {
      this.#witness.state(facts)
      this.#story.state(facts)
      this.#forgetVerdict()
      if (facts.to === 'failed') void this.#explain()
      this.#display.update()
      this.#bridge.tell()
    })
    supervisor.on('exit', () => this.#bridge.tell())
    supervisor.on('gateway', ({ tokenFile }) => {
      this.#token = tokenFile === undefined ? null : readFileSync(tokenFile, 'utf8').trim()
    })
  }

  #listenToApp(): void {
    const { app } = this.#making.electron
    // macOS: that somebody listens is what keeps the app
    if (outlivesItsWindows(process.platform)) app.on('window-all-closed', () => {})
    app.on('will-quit', (event) => this.#tell('will-quit', event))
    app.on('second-instance', () => this.#tell('second-instance'))
    app.on('activate', (_event, hasVisibleWindows) => {
      this.#witness.activated()
      // the app may have other windows, and one of them is what its user works in
      if (hasVisibleWindows !== true || this.window === undefined) this.#tell('activate')
    })
    app.on('child-process-gone', (_event, details) => this.#witness.processGone(details))
    // whatever ends us: synchronous, since nothing else runs any more
    process.once('exit', () => this.#killLeftOver())
  }

  #tell(news: News, event?: PreventableEvent): void {
    const { phase, orders } = follow(this.#phase, news, { isDown: isDown(this.supervisor) })
    const wasQuitting = quits(this.#phase)
    this.#phase = phase
    if (quits(phase) && !wasQuitting) this.#setDeadlines()
    if (phase.phase === 'over') for (const timer of this.#timers) clearTimeout(timer)
    for (const order of orders) this.#carryOut(order, event)
  }

  #carryOut(order: Order, event: PreventableEvent | undefined): void {
    switch (order) {
      case 'hold':
        event?.preventDefault()
        break
      case 'stop':
        void this.#stop()
        break
      case 'force':
        void this.supervisor.stop({ force: true })
        break
      case 'quit':
        // not in the event that was just held: Electron still is in its quit then, and would not hear of another
        setImmediate(() => this.#making.electron.app.quit())
        break
      case 'show':
        this.show()
    }
  }

  #setDeadlines(): void {
    const { forceMs, quitMs } = deadlines(this.#making.quitMs)
    this.#timers = [setTimeout(() => this.#tell('force-due'), forceMs), setTimeout(() => this.#tell('deadline'), quitMs)]
  }

  #stop(): Promise<StopReport> {
    this.#stopped ??= this.#stopForGood()
    return this.#stopped
  }

  async #stopForGood(): Promise<StopReport> {
    this.#forgetVerdict()
    const report = await this.supervisor.stop()
    await this.supervisor[Symbol.asyncDispose]()
    this.#tell('ended')
    return report
  }

  #killLeftOver(): void {
    for (const pid of this.supervisor.pids) killChild(pid, processTableFor(process.platform))
  }

  /** Whose pages are the backend's: those that come through its front door, where it has one. */
  #origin(): string | null {
    if (this.#protocol !== undefined) return this.#protocol.origin
    const { gateway } = this.#making.home.service
    const url = gateway === undefined ? this.supervisor.url : this.supervisor.gatewayUrl
    return url === undefined ? null : originOf(url)
  }

  #pages(): Pages {
    const { files, page } = this.#making
    return { state: this.supervisor.state.state, origin: this.#origin(), start: page, localPage: files.page }
  }

  async #state(): Promise<AppState> {
    const state = await this.#story.tell()
    const { loadError } = this.#display
    return {
      ...state,
      ...(loadError !== null && state.state === 'ready' && { loadError }),
      ...(state.failure !== undefined && this.#verdict !== undefined && { verdict: this.#verdict }),
      ...(state.failure !== undefined && this.#examination !== undefined && this.#verdict === undefined && { isExamined: true as const }),
    }
  }

  #forgetVerdict(): void {
    this.#examination?.end.abort()
    this.#examination = undefined
    this.#verdict = undefined
  }

  /** The failure is shown at once; what the doctor says to it comes when it is there. */
  async #explain(): Promise<void> {
    const end = new AbortController()
    const examination = { end, report: this.#examine(end.signal) }
    this.#examination = examination
    const report = await examination.report
    if (this.#examination !== examination) return
    if (report === undefined) this.#examination = undefined
    else this.#verdict = verdictOf(report.verdict)
    this.#bridge.tell()
  }

  /** undefined: it could not look. What is known without it stands all the same. */
  async #examine(signal: AbortSignal): Promise<DoctorReport | undefined> {
    const { home } = this.#making
    try {
      return await examine({ supervisor: this.supervisor, home, witness: this.#witness }, signal)
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : new Error(String(error)))
      return undefined
    }
  }

  /** However often a page asks meanwhile: to examine is work. */
  #copyReport(): Promise<void> {
    this.#copying ??= this.#copy().finally(() => {
      this.#copying = undefined
    })
    return this.#copying
  }

  async #copy(): Promise<void> {
    const { app, clipboard } = this.#making.electron
    const { readable } = await import('./readable.ts')
    const text = readable({
      app: `${app.getName()} ${app.getVersion()}`,
      system: `Electron ${process.versions.electron ?? '?'}, ${process.platform} ${process.arch}`,
      at: new Date().toISOString(),
      state: await this.#state(),
      report: (await this.report()) ?? null,
    })
    await clipboard.writeText(text)
  }
}

const protocolFor = ({ electron: { protocol }, home, scheme, supervisor }: Making): AppProtocol | undefined => {
  // a front door has an address, whatever is behind it
  if (home.service.transport !== 'socket' || home.service.gateway !== undefined) return undefined
  if (protocol !== undefined) return appProtocol({ protocol }, { scheme, supervisor })
  throw new SupervisorError('ERR_INVALID_OPTIONS', "`transport` 'socket' needs Electron's `protocol`, which was not handed over", {
    hint: "Hand over the whole module: import * as electron from 'electron'; superviseApp(electron, …)",
  })
}

/** As if it had been thrown by a listener: Electron shows it. */
const throwOutside = (error: unknown): void =>
  void setImmediate(() => {
    throw error
  })

const quits = (phase: Phase): boolean => phase.phase === 'ending' && phase.quits

const isDown = ({ state: { state }, gatewayUrl }: Supervisor): boolean =>
  (state === 'stopped' || state === 'failed') && gatewayUrl === undefined
