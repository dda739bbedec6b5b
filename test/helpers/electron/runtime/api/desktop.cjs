'use strict'
/** What of the desktop an app may talk to. Nobody is there: it is kept for the driver, and answered as by who presses Enter. */
const { EventEmitter } = require('node:events')
const { note } = require('../control.cjs')
const { say } = require('../words.cjs')

let text = ''

const clipboard = {
  writeText: (value) => {
    text = String(value)
    note('clipboard', { text })
  },
  readText: () => text,
  clear: () => {
    text = ''
  },
  availableFormats: () => (text === '' ? [] : ['text/plain']),
}

const shell = {
  openExternal: async (url) => note('shell', { action: 'openExternal', target: url }),
  openPath: async (path) => {
    note('shell', { action: 'openPath', target: path })
    return ''
  },
  showItemInFolder: (path) => note('shell', { action: 'showItemInFolder', target: path }),
  beep: () => {},
}

const messageBox = (...args) => {
  const options = args.at(-1)
  note('dialog', { kind: 'message', ...options })
  return options.defaultId ?? 0
}

const dialog = {
  showErrorBox: (title, content) => {
    note('dialog', { kind: 'error', title, content })
    // as Electron does where there is no desktop yet
    say(`${title}\n${content}\n`)
  },
  showMessageBox: async (...args) => ({ response: messageBox(...args), checkboxChecked: false }),
  showMessageBoxSync: (...args) => messageBox(...args),
  showOpenDialog: async () => ({ canceled: true, filePaths: [] }),
  showSaveDialog: async () => ({ canceled: true, filePath: '' }),
}

const powerMonitor = Object.assign(new EventEmitter(), {
  getSystemIdleState: () => 'active',
  getSystemIdleTime: () => 0,
  isOnBatteryPower: () => false,
  getCurrentThermalState: () => 'nominal',
})

class Menu {
  items = []
  append = (item) => void this.items.push(item)
  popup = () => {}
  static #current = null
  static buildFromTemplate = (items) => Object.assign(new Menu(), { items })
  static setApplicationMenu = (menu) => {
    Menu.#current = menu
  }
  static getApplicationMenu = () => Menu.#current
}

class Tray extends EventEmitter {
  setToolTip = () => {}
  setContextMenu = () => {}
  setImage = () => {}
  destroy = () => {}
  isDestroyed = () => false
}

class Notification extends EventEmitter {
  constructor(options = {}) {
    super()
    this.options = options
  }
  show = () => note('notification', this.options)
  close = () => {}
  static isSupported = () => true
}

const image = {
  isEmpty: () => true,
  toDataURL: () => '',
  toPNG: () => Buffer.alloc(0),
  resize: () => image,
  getSize: () => ({ width: 0, height: 0 }),
}

module.exports = {
  clipboard,
  shell,
  dialog,
  powerMonitor,
  Menu,
  MenuItem: class MenuItem {},
  Tray,
  Notification,
  nativeImage: { createEmpty: () => image, createFromPath: () => image, createFromDataURL: () => image },
  nativeTheme: Object.assign(new EventEmitter(), { shouldUseDarkColors: false, themeSource: 'system' }),
  screen: Object.assign(new EventEmitter(), {
    getPrimaryDisplay: () => ({ id: 1, workAreaSize: { width: 1920, height: 1080 }, bounds: { x: 0, y: 0, width: 1920, height: 1080 } }),
    getAllDisplays: () => [],
  }),
  globalShortcut: { register: () => true, unregister: () => {}, unregisterAll: () => {}, isRegistered: () => false },
  powerSaveBlocker: { start: () => 1, stop: () => true, isStarted: () => false },
  crashReporter: { start: () => {} },
  safeStorage: { isEncryptionAvailable: () => false },
}
