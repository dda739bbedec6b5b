'use strict'
const { EventEmitter } = require('node:events')
const { note } = require('../control.cjs')
const { lifecycleState } = require('./ready.cjs')
const { WebContents } = require('./contents.cjs')
const { prevented, createEvent } = require('./event.cjs')
const { sessionOf } = require('./session.cjs')
const { windows } = require('./windows.cjs')

/** Called by apps for looks only. */
const looks = [
  ...['setMenu', 'removeMenu', 'setMenuBarVisibility', 'setAutoHideMenuBar', 'setBackgroundColor', 'setIcon', 'center', 'moveTop'],
  ...['setAlwaysOnTop', 'setResizable', 'setMinimumSize', 'setProgressBar', 'flashFrame', 'setSkipTaskbar', 'setVibrancy', 'setOpacity'],
  ...['setContentProtection', 'setOverlayIcon', 'setVisibleOnAllWorkspaces', 'setTitleBarOverlay', 'setFullScreenable', 'setMovable'],
]

let count = 0
const nextId = () => {
  count += 1
  return count
}

class BrowserWindow extends EventEmitter {
  #state = { visible: false, focused: false, minimized: false, maximized: false, fullScreen: false }
  #isDestroyed = false
  #isShowable = false
  #title
  #bounds
  id = nextId()

  constructor(options = {}) {
    if (!lifecycleState.isReady()) throw new Error('Cannot create BrowserWindow before app is ready')
    super()
    const { webPreferences = {}, width = 800, height = 600, x = 0, y = 0 } = options
    const { app } = require('./app.cjs')
    this.options = options
    this.#title = options.title ?? app.getName()
    this.#bounds = { x, y, width, height }
    this.webContents = options.webContents ?? new WebContents(sessionOf(webPreferences), { ...webPreferences, bounds: { width, height } })
    for (const name of looks) this[name] = () => {}
    windows.add(this)
    this.webContents.on('page-title-updated', (event, title, explicit) => {
      this.emit('page-title-updated', event, title, explicit)
      if (!event.defaultPrevented) this.#title = title
    })
    for (const event of ['dom-ready', 'did-fail-load']) this.webContents.once(event, () => this.#becomeShowable())
    if (options.show !== false) this.show()
    app.emit('browser-window-created', createEvent(), this)
    app.emit('web-contents-created', createEvent(), this.webContents)
  }

  loadURL = (url, options) => this.webContents.loadURL(url, options)
  loadFile = (path, options) => this.webContents.loadFile(path, options)
  reload = () => this.webContents.reload()
  getURL = () => this.webContents.getURL()
  getTitle = () => this.#title
  setTitle = (title) => {
    this.#title = title
  }
  getBounds = () => ({ ...this.#bounds })
  getContentBounds = () => ({ ...this.#bounds })
  getNormalBounds = () => ({ ...this.#bounds })
  setBounds = (bounds) => void Object.assign(this.#bounds, bounds)
  getSize = () => [this.#bounds.width, this.#bounds.height]
  setSize = (width, height) => void Object.assign(this.#bounds, { width, height })
  getPosition = () => [this.#bounds.x, this.#bounds.y]
  setPosition = (x, y) => void Object.assign(this.#bounds, { x, y })
  getParentWindow = () => this.options.parent ?? null
  getChildWindows = () => []
  isDestroyed = () => this.#isDestroyed
  isVisible = () => this.#state.visible && !this.#state.minimized
  isFocused = () => this.#state.focused
  isMinimized = () => this.#state.minimized
  isMaximized = () => this.#state.maximized
  isFullScreen = () => this.#state.fullScreen

  show = () => {
    this.showInactive()
    this.focus()
  }
  showInactive = () => {
    if (this.#change({ visible: true })) this.emit('show')
  }
  hide = () => {
    this.blur()
    if (this.#change({ visible: false })) this.emit('hide')
  }
  focus = () => {
    if (!this.#state.visible) return
    for (const other of windows) if (other !== this) other.blur()
    if (this.#change({ focused: true })) this.emit('focus')
  }
  blur = () => {
    if (this.#change({ focused: false })) this.emit('blur')
  }
  minimize = () => {
    this.blur()
    if (this.#change({ minimized: true })) this.emit('minimize')
  }
  restore = () => {
    if (this.#change({ minimized: false })) this.emit('restore')
  }
  maximize = () => void this.#change({ maximized: true })
  unmaximize = () => void this.#change({ maximized: false })
  setFullScreen = (fullScreen) => void this.#change({ fullScreen })

  /** Asks: a listener may keep it open. */
  close = () => {
    if (this.#isDestroyed) return
    if (prevented(this, 'close')) return require('./app.cjs').app.internals.closeCancelled()
    // the page is asked in its own process
    setImmediate(this.destroy)
  }
  destroy = () => {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    windows.delete(this)
    note('window-closed', { window: this.id })
    this.emit('closed')
    this.webContents.destroy()
    require('./app.cjs').app.internals.windowClosed()
  }

  #change(state) {
    const isNew = Object.entries(state).some(([name, value]) => this.#state[name] !== value)
    Object.assign(this.#state, state)
    return isNew
  }

  #becomeShowable() {
    if (this.#isShowable || this.#isDestroyed) return
    this.#isShowable = true
    this.emit('ready-to-show')
  }

  static getAllWindows = () => [...windows]
  static getFocusedWindow = () => [...windows].find((window) => window.isFocused()) ?? null
  static fromWebContents = (contents) => [...windows].find((window) => window.webContents === contents) ?? null
  static fromId = (id) => [...windows].find((window) => window.id === id) ?? null
}

exports.BrowserWindow = BrowserWindow
