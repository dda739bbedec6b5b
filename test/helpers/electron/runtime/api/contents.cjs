'use strict'
const { EventEmitter } = require('node:events')
const { pathToFileURL } = require('node:url')
const { resolve } = require('node:path')
const { note } = require('../control.cjs')
const { createEvent } = require('./event.cjs')
const { frameOf, IpcMain } = require('./ipc.cjs')
const { NetError } = require('./net-error.cjs')
const { openPage } = require('./page.cjs')

let count = 0
const nextId = () => {
  count += 1
  return count
}
const all = new Map()

class WebContents extends EventEmitter {
  #page
  #url = ''
  /** What is there, not what is on its way. */
  #committed = ''
  #isError = false
  #title = ''
  #isLoading = false
  #waiting
  #isDestroyed = false
  #openHandler
  ipc = new IpcMain()
  id = nextId()
  navigationHistory = { canGoBack: () => false, canGoForward: () => false, clear: () => {} }

  constructor(session, preferences) {
    super()
    this.session = session
    this.preferences = preferences
    all.set(this.id, this)
    this.#page = openPage(
      {
        started: () => this.#start(),
        committed: (url, status) => this.#commit(url, status),
        failed: (error) => this.#fail(error),
        finished: () => this.#finish(),
        titled: (title) => this.#entitle(title),
        opened: (url, frameName) => this.#open(url, frameName),
        moved: (url) => this.#move(url),
        closed: () => this.destroy(),
        gone: (reason) => this.emit('render-process-gone', createEvent(), { reason, exitCode: 0 }),
      },
      this,
    )
  }

  get mainFrame() {
    return {
      ...frameOf(this.#committed, this.id, this.#isError),
      ipc: this.ipc,
      send: this.send,
      executeJavaScript: this.executeJavaScript,
    }
  }

  loadURL = (url) => {
    const address = String(url)
    this.#settle(new NetError('ERR_ABORTED', address))
    this.#url = URL.canParse(address) ? new URL(address).href : address
    const loaded = new Promise((done, failed) => {
      this.#waiting = { done, failed, url: address }
    })
    // who does not wait for it need not hear of it
    loaded.catch(() => {})
    this.#start()
    void this.#page.load(this.#url)
    return loaded
  }
  loadFile = (path, { query, search, hash } = {}) => {
    const url = pathToFileURL(resolve(require('./app.cjs').app.getAppPath(), path))
    if (search) url.search = search
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value)
    if (hash) url.hash = hash
    return this.loadURL(url.href)
  }
  reload = () => void this.loadURL(this.#url).catch(() => {})
  reloadIgnoringCache = () => this.reload()
  stop = () => {
    this.#page.stop()
    if (this.#waiting !== undefined) this.#settle(new NetError('ERR_ABORTED', this.#waiting.url))
    this.#stopped()
  }
  getURL = () => this.#url
  getTitle = () => this.#title
  isLoading = () => this.#isLoading
  isLoadingMainFrame = () => this.#isLoading
  isDestroyed = () => this.#isDestroyed
  isCrashed = () => false
  getProcessId = () => this.id
  getOSProcessId = () => 0
  getType = () => 'window'
  getUserAgent = () => `Electron/${process.versions.electron}`
  setUserAgent = () => {}
  send = (channel, ...args) => {
    const copies = structuredClone(args)
    if (this.#isDestroyed) return
    note('sent', { window: this.id, channel, args: copies })
    this.#page.send(channel, copies)
  }
  postMessage = (channel, message) => this.send(channel, message)
  setWindowOpenHandler = (handler) => {
    this.#openHandler = handler
  }
  executeJavaScript = async (code) => this.#page.execute(code)
  screenshot = (file) => this.#page.screenshot(file)
  focus = () => {}
  isFocused = () => false
  openDevTools = () => {}
  closeDevTools = () => {}
  isDevToolsOpened = () => false
  insertCSS = async () => ''
  setZoomFactor = () => {}
  setBackgroundThrottling = () => {}
  close = () => this.destroy()
  destroy = () => {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    all.delete(this.id)
    void this.#page.close()
    if (this.#waiting !== undefined) this.#settle(new NetError('ERR_FAILED', this.#waiting.url))
    this.emit('destroyed')
    require('./windows.cjs').gone(this)
  }

  #start() {
    if (this.#isLoading) return
    this.#isLoading = true
    this.emit('did-start-loading')
  }

  #commit(url, status) {
    this.#url = url
    this.#committed = url
    this.#isError = false
    this.emit('did-navigate', createEvent(), url, status ?? -1, '')
    this.emit('dom-ready', createEvent())
  }

  #entitle(title) {
    if (title === this.#title) return
    this.#title = title
    this.emit('page-title-updated', createEvent(), title, true)
  }

  #finish() {
    this.emit('did-finish-load')
    this.#stopped()
    this.#settle(undefined)
  }

  /** A load that was given up is no failure to the window, only to who waits for it. */
  #fail(error) {
    if (error.code !== 'ERR_ABORTED') {
      this.#committed = error.url
      this.#isError = true
    }
    const facts = [error.errno, error.code, error.url, true, this.id, this.id]
    this.emit('did-fail-provisional-load', createEvent(), ...facts)
    if (error.code !== 'ERR_ABORTED') {
      note('did-fail-load', { window: this.id, errno: error.errno, code: error.code, url: error.url })
      this.emit('did-fail-load', createEvent(), ...facts)
    }
    this.#stopped()
    this.#settle(error)
  }

  #stopped() {
    if (!this.#isLoading) return
    this.#isLoading = false
    this.emit('did-stop-loading')
  }

  #settle(error) {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (error === undefined) waiting?.done()
    else waiting?.failed(error)
  }

  #move(url) {
    this.#url = url
    this.#committed = url
    this.emit('did-navigate-in-page', createEvent(), url, true, this.id, this.id)
    if (this.#waiting === undefined) this.#stopped()
  }

  /** A window that the page asks for: the app may deny it. */
  #open(url, frameName) {
    const facts = { url, frameName, features: '', disposition: 'foreground-tab', referrer: { url: this.#committed, policy: 'default' } }
    const { action, overrideBrowserWindowOptions } = this.#openHandler?.(facts) ?? { action: 'allow' }
    if (action !== 'allow') return
    const { BrowserWindow } = require('./window.cjs')
    const window = new BrowserWindow(overrideBrowserWindowOptions)
    this.emit('did-create-window', window, { url, frameName })
    window.loadURL(url).catch(() => {})
  }
}

const webContents = { fromId: (id) => all.get(id), getAllWebContents: () => [...all.values()], getFocusedWebContents: () => null }

module.exports = { WebContents, webContents }
