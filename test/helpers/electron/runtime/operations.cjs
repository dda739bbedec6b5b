'use strict'
/** What the driver may ask of the app. */
const { createRequire } = require('node:module')
const electron = require('./electron.cjs')
const { invoke, receive } = require('./api/ipc.cjs')
const { windows } = require('./api/windows.cjs')
const { createEvent } = require('./api/event.cjs')
const { offer, say } = require('./control.cjs')
const { fetchAnything } = require('./api/net.cjs')

/** Whose first argument is an event. */
const withEvent = new Set([electron.app, electron.autoUpdater])

const windowOf = (id) => {
  const window = id === undefined || id === null ? [...windows][0] : electron.BrowserWindow.fromId(id)
  if (window === null || window === undefined) throw new Error(id ? `There is no window ${id}` : 'There is no window')
  return window
}

const shown = (window) => ({
  id: window.id,
  url: window.webContents.getURL(),
  title: window.getTitle(),
  visible: window.isVisible(),
  focused: window.isFocused(),
  loading: window.webContents.isLoading(),
})

const emit = (target, event, args) => {
  const emitter = target.startsWith('window:') ? windowOf(Number(target.slice(7))) : electron[target]
  if (emitter?.emit === undefined) throw new Error(`Electron has no emitter ${target}`)
  return emitter.emit(event, ...(withEvent.has(emitter) ? [createEvent()] : []), ...args)
}

const urlOf = (window, url) => url ?? window.webContents.mainFrame.url

const streams = new Map()

const stream = async (id, url, { body, ...init }) => {
  const abort = new AbortController()
  streams.set(id, abort)
  const bytes = body === undefined || body === null ? undefined : Buffer.from(body, 'base64')
  const response = await fetchAnything(url, { ...init, signal: abort.signal, ...(bytes && { body: bytes }) })
  void pump(id, response.body)
  return { status: response.status, statusText: response.statusText, headers: [...response.headers] }
}

const pump = async (id, body) => {
  try {
    if (body !== null) for await (const chunk of body) say({ stream: id, chunk: Buffer.from(chunk).toString('base64') })
    say({ stream: id, done: true })
  } catch (error) {
    say({ stream: id, failed: String(error) })
  } finally {
    streams.delete(id)
  }
}

offer({
  emit: (target, event, ...args) => emit(target, event, args),
  windows: () => [...windows].map(shown),
  close: (id) => windowOf(id).close(),
  load: (id, url) => windowOf(id).loadURL(url),
  reload: (id) => windowOf(id).reload(),
  eval: (id, code) => windowOf(id).webContents.executeJavaScript(code),
  screenshot: (id, file) => windowOf(id).webContents.screenshot(file),
  quit: () => electron.app.quit(),
  invoke: ({ window, url }, channel, ...args) => {
    const from = windowOf(window)
    return invoke(from.webContents, urlOf(from, url), channel, args)
  },
  send: ({ window, url }, channel, ...args) => {
    const from = windowOf(window)
    receive(from.webContents, urlOf(from, url), channel, args)
  },
  clipboard: () => electron.clipboard.readText(),
  ready: () => electron.app.whenReady().then(() => true),
  path: (name) => electron.app.getPath(name),
  main: (code) => new Function('electron', 'require', `return (${code})`)(electron, createRequire(`${electron.app.getAppPath()}/`)),
  fetch: (id, url, init) => stream(id, url, init),
  abort: (id) => streams.get(id)?.abort(),
})
