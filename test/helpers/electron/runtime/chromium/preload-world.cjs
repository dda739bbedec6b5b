'use strict'
/** Its text is put before the preload scripts of a page. In the page's own world: what it must not reach stays in here. */
exports.createPreloadWorld = (call) => {
  const listeners = new Map()
  const waiting = new Map()
  let count = 0

  const say = (message) => call(JSON.stringify(message))

  const on = (channel, listener) => {
    listeners.set(channel, [...(listeners.get(channel) ?? []), listener])
    return ipcRenderer
  }
  const off = (channel, listener) => {
    listeners.set(
      channel,
      (listeners.get(channel) ?? []).filter((one) => one !== listener && one.listener !== listener),
    )
    return ipcRenderer
  }

  const ipcRenderer = {
    invoke: (channel, ...args) =>
      new Promise((resolve, reject) => {
        count += 1
        waiting.set(count, { resolve, reject })
        say({ kind: 'invoke', id: count, channel, args: structuredClone(args) })
      }),
    send: (channel, ...args) => say({ kind: 'send', channel, args: structuredClone(args) }),
    on,
    addListener: on,
    once: (channel, listener) => {
      const single = (...args) => {
        off(channel, single)
        listener(...args)
      }
      return on(channel, Object.assign(single, { listener }))
    },
    off,
    removeListener: off,
    removeAllListeners: (channel) => {
      if (channel === undefined) listeners.clear()
      else listeners.delete(channel)
      return ipcRenderer
    },
  }

  /** What crosses the bridge is a copy; functions are called through it. */
  const bridged = (value) => {
    if (typeof value === 'function') return (...args) => bridged(value(...args.map(bridged)))
    if (value instanceof Promise) return value.then(bridged)
    if (Array.isArray(value)) return value.map(bridged)
    if (value === null || typeof value !== 'object') return value
    if (value instanceof Error || ![Object.prototype, null].includes(Object.getPrototypeOf(value))) return structuredClone(value)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, bridged(one)]))
  }
  const frozen = (value) => {
    if (value !== null && typeof value === 'object') for (const one of Object.values(Object.freeze(value))) frozen(one)
    return value
  }

  const contextBridge = {
    exposeInMainWorld: (name, api) => {
      if (name in window) throw new Error('Cannot bind an API on top of an existing property on the window object')
      Object.defineProperty(window, name, { value: frozen(bridged(api)), enumerable: true })
    },
  }

  const electron = { contextBridge, ipcRenderer, webFrame: {}, webUtils: {} }

  return {
    require: (name) => {
      if (['electron', 'electron/renderer', 'electron/common'].includes(name)) return electron
      throw new Error(`module not found: ${name}`)
    },
    deliver: (message) => {
      if (message.kind === 'message') {
        for (const listener of listeners.get(message.channel) ?? []) listener({ sender: ipcRenderer, ports: [] }, ...message.args)
        return
      }
      const { resolve, reject } = waiting.get(message.id)
      waiting.delete(message.id)
      if (message.error === undefined) resolve(message.result)
      else reject(new Error(message.error))
    },
    open: (url, name) => say({ kind: 'open', url: new URL(url, location.href).href, name }),
  }
}
