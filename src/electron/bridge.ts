import { type AppState, type Audience, channels, stateFor } from './app-state.ts'
import type { AppContents, InvokeEvent, IpcMain } from './main-process.ts'

export interface BridgeContext {
  readonly ipcMain: IpcMain
  /** Whose page that is. null: nobody's who is told anything. */
  readonly audienceOf: (url: string) => Audience | null
  readonly state: () => Promise<AppState>
  readonly retry: () => void
  readonly copyReport: () => Promise<void>
  /** Of the window that is told of changes. */
  readonly contents: () => AppContents | undefined
}

/** What pages are told, and may ask for. Every channel asks first who speaks: any page in the app can send on it. */
export class Bridge {
  readonly #context: BridgeContext
  #isTelling = false
  #isStale = false

  constructor(context: BridgeContext) {
    this.#context = context
    const { ipcMain, state, retry, copyReport } = context
    ipcMain.handle(channels.state, async (event) => stateFor(this.#whose(event), await state()))
    ipcMain.handle(channels.retry, (event) => {
      this.#whose(event)
      retry()
    })
    ipcMain.handle(channels.copyReport, (event) => {
      this.#whose(event)
      return copyReport()
    })
  }

  #whose({ senderFrame }: InvokeEvent): Audience {
    const audience = senderFrame === null ? null : this.#context.audienceOf(senderFrame.url)
    if (audience === null) throw new Error('This page has no business with the backend')
    return audience
  }

  /** Something has changed. What changes at the same time is told once, and nothing old after something new. */
  tell(): void {
    this.#isStale = true
    if (!this.#isTelling) void this.#tell()
  }

  async #tell(): Promise<void> {
    this.#isTelling = true
    while (this.#isStale) {
      await new Promise((resolve) => setImmediate(resolve))
      this.#isStale = false
      this.#send(await this.#context.state())
    }
    this.#isTelling = false
  }

  #send(state: AppState): void {
    const contents = this.#context.contents()
    if (contents === undefined || contents.isDestroyed()) return
    try {
      const audience = this.#context.audienceOf(contents.mainFrame.url)
      if (audience !== null) contents.send(channels.stateChanged, stateFor(audience, state))
    } catch {
      // the page's process has ended, and its frame throws at everybody; the page that comes after it asks by itself
    }
  }
}
