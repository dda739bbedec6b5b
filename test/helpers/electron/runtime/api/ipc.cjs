'use strict'
const { EventEmitter } = require('node:events')

class IpcMain extends EventEmitter {
  #handlers = new Map()

  handle = (channel, handler) => {
    if (this.#handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`)
    if (typeof handler !== 'function') throw new TypeError(`Expected handler to be a function, but found type '${typeof handler}'`)
    this.#handlers.set(channel, handler)
  }
  handleOnce = (channel, handler) =>
    this.handle(channel, (...args) => {
      this.removeHandler(channel)
      return handler(...args)
    })
  removeHandler = (channel) => void this.#handlers.delete(channel)
  handlerOf = (channel) => this.#handlers.get(channel)
}

const ipcMain = new IpcMain()
// as for a channel of anybody: an error needs no listener
ipcMain.on('error', () => {})

/** Of schemes that Node does not know as well. */
const originOf = (url) => {
  if (!URL.canParse(url)) return 'null'
  const { origin, protocol, host } = new URL(url)
  return origin === 'null' && host !== '' ? `${protocol}//${host}` : origin
}

const frameOf = (url, frameId, isError = false) => {
  const origin = isError ? 'null' : originOf(url)
  const frame = { url, origin, routingId: frameId, frameTreeNodeId: frameId, processId: frameId, name: '', parent: null, detached: false }
  return Object.assign(frame, { top: frame })
}

const eventOf = (contents, url) => ({
  type: 'frame',
  processId: contents.id,
  frameId: contents.id,
  sender: contents,
  senderFrame: frameOf(url, contents.id),
  reply: (channel, ...args) => contents.send(channel, ...args),
})

/** What the page gets: a copy, or the error as Electron words it. */
const invoke = async (contents, url, channel, args) => {
  const handler = contents.ipc.handlerOf(channel) ?? ipcMain.handlerOf(channel)
  try {
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`)
    return structuredClone(await handler(eventOf(contents, url), ...structuredClone(args)))
  } catch (error) {
    throw new Error(`Error invoking remote method '${channel}': ${error}`)
  }
}

const receive = (contents, url, channel, args) => {
  const event = eventOf(contents, url)
  contents.emit('ipc-message', event, channel, ...args)
  contents.ipc.emit(channel, event, ...args)
  ipcMain.emit(channel, event, ...args)
}

module.exports = { IpcMain, ipcMain, invoke, receive, frameOf }
