'use strict'
const { EventEmitter } = require('node:events')
const { mkdirSync } = require('node:fs')
const { homedir, tmpdir } = require('node:os')
const { basename, dirname, join } = require('node:path')
const { note } = require('../control.cjs')
const { executable } = require('../identity.cjs')
const { Instance } = require('./instance.cjs')
const { endPages } = require('./page.cjs')
const { Lifecycle } = require('./lifecycle.cjs')

/** Of the home folder, as the desktop knows it. */
const folders = {
  desktop: 'Desktop',
  documents: 'Documents',
  downloads: 'Downloads',
  music: 'Music',
  pictures: 'Pictures',
  videos: 'Videos',
}

/** What the log of lifecycle events tells. */
const told = [
  ...['will-finish-launching', 'ready', 'before-quit', 'window-all-closed', 'will-quit', 'quit', 'second-instance', 'activate'],
  ...['child-process-gone', 'browser-window-created'],
]

class App extends EventEmitter {
  #paths = {}
  #appPath = process.cwd()
  #version = process.versions.electron
  #name = 'Electron'
  #logsAsked = false
  #lifecycle = new Lifecycle(this)
  #instance = new Instance(this)
  #switches = new Map()

  commandLine = {
    appendSwitch: (name, value = '') => void this.#switches.set(String(name), String(value)),
    appendArgument: () => {},
    hasSwitch: (name) => this.#switches.has(name),
    getSwitchValue: (name) => this.#switches.get(name) ?? '',
    removeSwitch: (name) => void this.#switches.delete(name),
  }

  get isPackaged() {
    return !['electron', 'electron.exe'].includes(basename(executable).toLowerCase())
  }
  get name() {
    return this.#name
  }
  set name(name) {
    this.setName(name)
  }

  emit(name, ...args) {
    if (told.includes(name)) note(name, name === 'child-process-gone' ? args[1] : name === 'second-instance' ? { argv: args[1] } : {})
    return super.emit(name, ...args)
  }

  isReady = () => this.#lifecycle.isReady
  whenReady = () => this.#lifecycle.ready
  quit = () => this.#lifecycle.quit()
  exit = (code = 0) => this.#lifecycle.exit(code)
  requestSingleInstanceLock = (data) => this.#instance.request(data)
  hasSingleInstanceLock = () => this.#instance.isHeld
  releaseSingleInstanceLock = () => this.#instance.release()
  getName = () => this.#name
  setName = (name) => {
    this.#name = String(name)
  }
  getVersion = () => this.#version
  setVersion = (version) => {
    this.#version = version
  }
  getAppPath = () => this.#appPath
  setAppPath = (path) => {
    this.#appPath = path
  }
  getPath = (name) => {
    const path = this.#pathOf(name)
    if (path === undefined) throw new Error(`Failed to get '${name}' path`)
    return path
  }
  setPath = (name, path) => {
    if (this.#standard(name) === undefined) throw new Error(`Failed to set path '${name}'`)
    mkdirSync(path, { recursive: true })
    this.#paths[name] = path
  }
  setAppLogsPath = (path) => {
    this.#paths.logs = path ?? this.#standard('logs')
    mkdirSync(this.#paths.logs, { recursive: true })
  }
  getLocale = () => 'en-US'
  getSystemLocale = () => 'en-US'
  getPreferredSystemLanguages = () => ['en-US']
  getAppMetrics = () => []
  focus = () => {}
  hide = () => {}
  show = () => {}
  setAppUserModelId = () => {}
  setDesktopName = () => {}
  setAboutPanelOptions = () => {}
  disableHardwareAcceleration = () => {}
  enableSandbox = () => {}
  setLoginItemSettings = () => {}
  getLoginItemSettings = () => ({ openAtLogin: false })
  setAsDefaultProtocolClient = () => true
  isDefaultProtocolClient = () => false
  removeAsDefaultProtocolClient = () => true
  relaunch = (options = {}) => note('relaunch', { args: options.args ?? process.argv.slice(1) })
  setBadgeCount = () => false
  addRecentDocument = () => {}

  /** Of the runtime, not of Electron. */
  internals = {
    launch: () => this.#lifecycle.launch(),
    windowClosed: () => this.#lifecycle.windowClosed(),
    closeCancelled: () => this.#lifecycle.closeCancelled(),
    beforeEnd: () => Promise.all([this.#instance.delivered, endPages()]),
  }

  #pathOf(name) {
    const path = this.#paths[name] ?? this.#standard(name)
    if (name === 'logs' && !this.#logsAsked) {
      this.#logsAsked = true
      mkdirSync(path, { recursive: true })
    }
    return path
  }

  #standard(name) {
    const home = homedir()
    const isMac = process.platform === 'darwin'
    const appData = isMac ? join(home, 'Library', 'Application Support') : (process.env.XDG_CONFIG_HOME ?? join(home, '.config'))
    const userData = this.#paths.userData ?? join(appData, this.#name)
    const paths = {
      home,
      appData,
      userData,
      sessionData: userData,
      temp: tmpdir(),
      exe: executable,
      module: executable,
      assets: join(dirname(executable), 'resources'),
      logs: isMac ? join(home, 'Library', 'Logs', this.#name) : join(userData, 'logs'),
      crashDumps: join(userData, 'Crashpad'),
      cache: process.env.XDG_CACHE_HOME ?? join(home, '.cache'),
    }
    return paths[name] ?? (folders[name] === undefined ? undefined : join(home, folders[name]))
  }
}

exports.app = new App()
