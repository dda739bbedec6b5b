'use strict'
/** From launch to end, in Electron's order: who may prevent what, and what follows when nobody does. */
const { mkdirSync } = require('node:fs')
const { flush, note } = require('../control.cjs')
const { define } = require('../identity.cjs')
const { createEvent, prevented } = require('./event.cjs')
const { windows } = require('./windows.cjs')

const exitForReal = process.exit

class Lifecycle {
  #app
  #isQuitting = false
  #isExiting = false
  #isOver = false
  #code = 0
  #resolve
  isReady = false
  ready = new Promise((resolve) => {
    this.#resolve = resolve
  })

  constructor(app) {
    this.#app = app
    // as in Electron, it returns: the process ends a little later
    define('exit', (code = process.exitCode ?? 0) => this.exit(code), { writable: true })
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) this.#quitOn(signal)
    // nothing in here may end the process merely because it has nothing to do
    setInterval(() => {}, 2 ** 30)
  }

  launch() {
    if (this.#isOver) return
    this.#app.emit('will-finish-launching')
    mkdirSync(this.#app.getPath('userData'), { recursive: true })
    this.isReady = true
    this.#resolve()
    this.#app.emit('ready', createEvent(), {})
  }

  quit() {
    if (this.#isQuitting) return
    this.#isQuitting = !prevented(this.#app, 'before-quit')
    if (!this.#isQuitting) return
    if (windows.size === 0) this.#leave()
    else for (const window of [...windows]) window.close()
  }

  exit(code) {
    this.#code = Number(code)
    if (!this.isReady) {
      this.#isOver = true
      return this.#end()
    }
    this.#isQuitting = true
    this.#isExiting = true
    if (windows.size === 0) this.#shutdown()
    else for (const window of [...windows]) window.destroy()
  }

  windowClosed() {
    if (windows.size > 0) return
    if (this.#isExiting) return this.#shutdown()
    if (this.#isQuitting) return this.#leave()
    // who listens decides; where nobody does, the app ends
    if (!this.#app.emit('window-all-closed')) this.quit()
  }

  closeCancelled() {
    this.#isQuitting = false
  }

  #leave() {
    if (this.#isOver) return
    if (prevented(this.#app, 'will-quit')) {
      this.#isQuitting = false
      return
    }
    this.#shutdown()
  }

  #shutdown() {
    if (this.#isOver) return
    this.#isOver = true
    this.#isQuitting = true
    this.#app.emit('quit', createEvent(), this.#code)
    setImmediate(() => this.#end())
  }

  #end() {
    note('end', { code: this.#code })
    void this.#app.internals.beforeEnd().then(() => flush(() => exitForReal.call(process, this.#code)))
  }

  /** The second one finds nobody who waits for it. */
  #quitOn(signal) {
    const listener = () => {
      if (process.listenerCount(signal) > 1) return
      process.removeListener(signal, listener)
      this.quit()
    }
    process.on(signal, listener)
  }
}

exports.Lifecycle = Lifecycle
exports.exitForReal = (code) => exitForReal.call(process, code)
