import { SupervisorError } from '../errors.ts'
import type { AppContents, AppSession, AppWindow } from './main-process.ts'
import { nothingShown, originOf, type Pages, present, type Shown, type Sight } from './presentation.ts'

export interface DisplayContext {
  readonly makeWindow: () => AppWindow
  /** Our page that waits and explains, and what is loaded before the pages of the window. */
  readonly local: { readonly url: string; readonly preload: string }
  readonly pages: () => Pages
  /** Of the front door, where that asks for one: shown to it once by each session. */
  readonly token: () => string | null
  /** A page of the backend is asked for. */
  readonly onAsked: (url: string) => void
  /** The backend is ready, and its page cannot be loaded. */
  readonly onLoadFailed: () => void
  /** A window has a session that none before it had: nothing is loaded there yet. */
  readonly onSession: (session: AppSession) => void
  readonly onClosed: () => void
  readonly onSessionEnd: () => void
}

/** Holds the one window, and shows in it what there is to be shown. */
export class Display {
  readonly #context: DisplayContext
  /** Sessions whose pages have the preload. */
  readonly #prepared = new WeakSet<object>()
  /** The token by which a session was let in. */
  readonly #admitted = new WeakMap<object, string>()
  #window: AppWindow | undefined
  #shown: Shown = nothingShown
  #rest: NodeJS.Timeout | undefined

  constructor(context: DisplayContext) {
    this.#context = context
  }

  get window(): AppWindow | undefined {
    return this.#window?.isDestroyed() ? undefined : this.#window
  }

  /** Of the backend's page that is open; it stays the backend's when that has no address for a while. */
  get origin(): string | null {
    return this.#shown.page === 'app' ? this.#shown.origin : null
  }

  /** Why the page of a ready backend is not there. */
  get loadError(): string | null {
    return this.#shown.error
  }

  show(): void {
    const { window } = this
    if (window === undefined) {
      this.#open()
      return
    }
    if (window.isMinimized()) window.restore()
    if (!window.isVisible()) window.show()
    window.focus()
  }

  /** The service has changed. */
  update(): void {
    this.#see({ type: 'service' })
  }

  #open(): void {
    const { makeWindow, onClosed, onSessionEnd } = this.#context
    const window = proved(makeWindow())
    this.#prepare(window)
    this.#window = window
    const contents = window.webContents
    const see = (sight: Sight): void => {
      if (this.#window === window) this.#see(sight)
    }
    contents.on('did-navigate', (_event, url) => {
      this.#admit(contents, url)
      see({ type: 'navigated', url: this.#withoutToken(url) })
    })
    contents.on('did-navigate-in-page', (_event, url, isMainFrame) => isMainFrame && see({ type: 'moved', url: this.#withoutToken(url) }))
    contents.on('did-fail-load', (_event, code, description, url, isMainFrame) => {
      if (isMainFrame) see({ type: 'load-failed', url: this.#withoutToken(url), code, description })
    })
    window.on('session-end', onSessionEnd)
    window.on('closed', () => {
      see({ type: 'closed' })
      if (this.#window === window) this.#window = undefined
      onClosed()
    })
    see({ type: 'opened' })
  }

  /** Before anything is loaded: pages that are there already would not have it. */
  #prepare({ webContents: { session } }: AppWindow): void {
    if (this.#prepared.has(session)) return
    this.#prepared.add(session)
    this.#context.onSession(session)
    const filePath = this.#context.local.preload
    if (session.registerPreloadScript !== undefined) session.registerPreloadScript({ type: 'frame', filePath })
    // before Electron 35
    else session.setPreloads?.([...(session.getPreloads?.() ?? []), filePath])
  }

  #see(sight: Sight): void {
    const { local, pages, onAsked, onLoadFailed } = this.#context
    const { shown, act, restMs } = present(this.#shown, sight, pages())
    this.#shown = shown
    if (restMs !== null || sight.type === 'closed') clearTimeout(this.#rest)
    if (restMs !== null) this.#rest = setTimeout(() => this.#see({ type: 'rested' }), restMs)
    if (act.do === 'load') onAsked(act.url)
    if (act.do !== 'nothing') this.#load(act.do === 'load' ? this.#withToken(act.url) : local.url)
    if (restMs !== null) onLoadFailed()
  }

  /** In the fragment, which is sent to nobody: the door's own page shows it to the door, and goes on to what was asked for. */
  #withToken(url: string): string {
    const token = this.#context.token()
    const session = this.window?.webContents.session
    if (token === null || session === undefined || this.#admitted.get(session) === token) return url
    return `${url.replace(/#.*$/s, '')}#token=${token}`
  }

  /** A page that is there without it is there by the session's cookie. */
  #admit({ session }: AppContents, url: string): void {
    const token = this.#context.token()
    const isThere = this.#shown.page === 'app' && originOf(url) === this.#shown.origin
    if (token !== null && isThere && !url.includes(token)) this.#admitted.set(session, token)
  }

  #withoutToken(url: string): string {
    const token = this.#context.token()
    return token === null ? url : url.replace(`#token=${token}`, '')
  }

  #load(url: string): void {
    // what goes wrong is told by an event, too
    this.window?.loadURL(url).catch(() => {})
  }
}

/** It is the app's code that made it. */
const proved = (window: AppWindow): AppWindow => {
  const { isDestroyed, webContents } = (window ?? {}) as Partial<AppWindow>
  const problem =
    typeof isDestroyed !== 'function'
      ? 'what is none'
      : window.isDestroyed()
        ? 'one that is closed'
        : webContents
          ? undefined
          : 'one without webContents'
  if (problem === undefined) return window
  throw new SupervisorError(
    'ERR_INVALID_OPTIONS',
    `\`window\` must return a BrowserWindow, at once and a new one each time; it has returned ${problem}`,
  )
}
