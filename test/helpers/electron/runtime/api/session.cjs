'use strict'
const { EventEmitter } = require('node:events')
const { randomUUID } = require('node:crypto')
const { isAbsolute } = require('node:path')
const { lifecycleState } = require('./ready.cjs')
const { fetchAnything } = require('./net.cjs')
const { protocol } = require('./protocol.cjs')

const nothing = () => {}

class Session extends EventEmitter {
  #preloads = []
  protocol = protocol
  webRequest = Object.fromEntries(
    ['onBeforeRequest', 'onBeforeSendHeaders', 'onHeadersReceived', 'onCompleted', 'onErrorOccurred'].map((name) => [name, nothing]),
  )
  cookies = { get: async () => [], set: async () => {}, flushStore: async () => {} }
  serviceWorkers = new EventEmitter()

  registerPreloadScript = ({ type, filePath, id = randomUUID() }) => {
    if (!['frame', 'service-worker'].includes(type)) throw new Error(`Invalid preload script type '${type}'`)
    if (!isAbsolute(filePath)) throw new Error(`Preload script must have absolute path: ${filePath}`)
    if (this.#preloads.some((preload) => preload.id === id)) throw new Error(`Cannot register preload script with existing ID '${id}'`)
    this.#preloads.push({ type, filePath, id })
    return id
  }
  unregisterPreloadScript = (id) => {
    const at = this.#preloads.findIndex((preload) => preload.id === id)
    if (at === -1) throw new Error(`Cannot unregister preload script with non-existing ID '${id}'`)
    this.#preloads.splice(at, 1)
  }
  getPreloadScripts = () => this.#preloads.map((preload) => ({ ...preload }))
  setPreloads = (paths) => {
    this.#preloads = paths.map((filePath) => ({ type: 'frame', filePath, id: randomUUID() }))
  }
  getPreloads = () => this.#preloads.filter(({ type }) => type === 'frame').map(({ filePath }) => filePath)
  fetch = fetchAnything
  resolveProxy = async () => 'DIRECT'
  setProxy = async () => {}
  clearCache = async () => {}
  clearStorageData = async () => {}
  setPermissionRequestHandler = nothing
  setPermissionCheckHandler = nothing
  setCertificateVerifyProc = nothing
  setUserAgent = nothing
  getUserAgent = () => `Electron/${process.versions.electron}`
  isPersistent = () => true
  closeAllConnections = async () => {}
  flushStorageData = nothing
}

const sessions = new Map()
const fromPartition = (name) => {
  if (!lifecycleState.isReady()) throw new Error('Session can only be received when app is ready')
  if (!sessions.has(name)) sessions.set(name, new Session())
  return sessions.get(name)
}

exports.session = {
  fromPartition,
  get defaultSession() {
    return fromPartition('')
  },
}
exports.sessionOf = ({ session, partition = '' }) => session ?? fromPartition(partition)
