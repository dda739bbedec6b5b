'use strict'
/** One Chromium for all windows, spoken to over a pipe: when this process is gone, however it ended, so is it. */
const { spawn } = require('node:child_process')
const { EventEmitter } = require('node:events')
const { join } = require('node:path')
const { note } = require('../control.cjs')
const { settings } = require('../identity.cjs')
const { scratch } = require('../scratch.cjs')

const switches = [
  ...['--headless=new', '--no-sandbox', '--no-first-run', '--no-default-browser-check', '--disable-gpu', '--disable-dev-shm-usage'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions', '--no-proxy-server'],
  ...['--disable-features=Translate,MediaRouter,OptimizationHints', '--password-store=basic', '--hide-scrollbars'],
  '--remote-debugging-pipe',
]

class Browser {
  #child
  #calls = new Map()
  #sessions = new Map()
  #count = 0
  ended

  constructor(executable) {
    this.#child = spawn(executable, [...switches, `--user-data-dir=${join(scratch(), 'chromium')}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    })
    this.ended = new Promise((resolve) => this.#child.on('exit', resolve).on('error', resolve))
    note('browser', { pid: this.#child.pid })
    const [, , , writes, reads] = this.#child.stdio
    for (const stream of [writes, reads]) stream.on('error', () => {})
    this.#write = (message) => writes.write(`${JSON.stringify(message)}\0`)
    let rest = ''
    reads.setEncoding('utf8').on('data', (chunk) => {
      const parts = (rest + chunk).split('\0')
      rest = parts.pop()
      for (const part of parts) this.#take(JSON.parse(part))
    })
    void this.ended.then(() => {
      for (const { reject } of this.#calls.values()) reject(new Error('Chromium has ended'))
      this.#calls.clear()
    })
  }

  #write

  call(method, params = {}, sessionId = undefined) {
    this.#count += 1
    const id = this.#count
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, method })
      this.#write({ id, method, params, ...(sessionId && { sessionId }) })
    })
  }

  /** A page of its own: calls go to it, its events come from it. */
  async open({ width, height }) {
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank', newWindow: true, width, height })
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true })
    const session = Object.assign(new EventEmitter(), {
      call: (method, params) => this.call(method, params, sessionId),
      close: () => this.call('Target.closeTarget', { targetId }),
    })
    this.#sessions.set(sessionId, session)
    return session
  }

  async end() {
    this.#child.kill('SIGKILL')
    await this.ended
  }

  #take({ id, result, error, method, params, sessionId }) {
    if (id !== undefined) {
      const call = this.#calls.get(id)
      this.#calls.delete(id)
      if (error === undefined) call?.resolve(result)
      else call?.reject(new Error(`${call.method}: ${error.message}`))
    } else if (method === 'Target.detachedFromTarget') {
      this.#sessions.get(params.sessionId)?.emit('closed')
      this.#sessions.delete(params.sessionId)
    } else this.#sessions.get(sessionId)?.emit(method, params)
  }
}

let browser

exports.browser = () => {
  browser ??= new Browser(settings.STAND_IN_CHROMIUM)
  return browser
}
exports.endBrowser = async () => browser?.end()
