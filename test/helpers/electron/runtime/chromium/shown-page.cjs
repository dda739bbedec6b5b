'use strict'
/** A page that is really shown. */
const { writeFile } = require('node:fs/promises')
const { randomUUID } = require('node:crypto')
const { note } = require('../control.cjs')
const { invoke, receive } = require('../api/ipc.cjs')
const { isNetError, NetError } = require('../api/net-error.cjs')
const { fromShown, toShown } = require('./addresses.cjs')
const { browser } = require('./browser.cjs')
const { documentScript } = require('./preload.cjs')

const failureMs = 1000
const binding = `standIn${randomUUID().replaceAll('-', '')}`
const deliver = randomUUID()

const nameOf = (text) => {
  const name = /ERR_\w+/.exec(text ?? '')?.[0]
  return name !== undefined && isNetError(name) ? name : 'ERR_FAILED'
}

class ShownPage {
  #tell
  #contents
  #session
  #scriptId
  #count = 0
  #mainFrame
  #statuses = new Map()
  #failure
  #isFailed = false

  constructor(tell, contents) {
    this.#tell = tell
    this.#contents = contents
    this.#session = this.#open()
    this.#session.catch(() => {})
    this.#expectFailure()
  }

  async load(url) {
    this.#count += 1
    const count = this.#count
    this.#expectFailure()
    try {
      const session = await this.#session
      await this.#prepare(session)
      const { errorText, loaderId } = await session.call('Page.navigate', { url: await toShown(url) })
      if (errorText === undefined) {
        // within the document: nothing is loaded
        if (loaderId === undefined && count === this.#count) this.#tell.finished()
        return
      }
      this.#failure.resolve(errorText)
      // nothing was shown instead
      if (errorText.includes('ERR_ABORTED') && count === this.#count) this.#tell.failed(new NetError('ERR_ABORTED', url))
    } catch {
      if (count === this.#count) this.#tell.failed(new NetError('ERR_FAILED', url))
    }
  }

  stop() {
    void this.#call('Page.stopLoading').catch(() => {})
  }

  send(channel, args) {
    void this.#deliver({ kind: 'message', channel, args })
  }

  async execute(code) {
    const { result, exceptionDetails } = await this.#call('Runtime.evaluate', {
      expression: code,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    })
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }

  async screenshot(file) {
    const { data } = await this.#call('Page.captureScreenshot', { format: 'png' })
    await writeFile(file, Buffer.from(data, 'base64'))
  }

  async close() {
    const session = await this.#session.catch(() => undefined)
    await session?.close().catch(() => {})
  }

  async #call(method, params) {
    return (await this.#session).call(method, params)
  }

  async #open() {
    const { width, height } = this.#contents.preferences.bounds
    const session = await browser().open({ width, height })
    session.on('Page.frameNavigated', ({ frame }) => void this.#navigated(frame))
    session.on('Page.navigatedWithinDocument', ({ frameId, url }) => {
      if (frameId === this.#mainFrame) this.#tell.moved(fromShown(url))
    })
    session.on('Page.frameStartedLoading', ({ frameId }) => frameId === this.#mainFrame && this.#tell.started())
    session.on('Page.loadEventFired', () => void this.#loaded())
    session.on('Network.responseReceived', ({ type, requestId, response }) => {
      if (type === 'Document') this.#statuses.set(requestId, response.status)
    })
    session.on('Network.loadingFailed', ({ type, errorText }) => type === 'Document' && this.#failure.resolve(errorText))
    session.on('Runtime.bindingCalled', ({ name, payload }) => name === binding && this.#called(JSON.parse(payload)))
    session.on('Runtime.consoleAPICalled', ({ type, args }) => this.#said(type, args.map((one) => one.value ?? one.description).join(' ')))
    session.on('Runtime.exceptionThrown', ({ exceptionDetails: { exception, text } }) =>
      this.#said('error', exception?.description ?? text),
    )
    session.on('Inspector.targetCrashed', () => this.#tell.gone('crashed'))
    session.on('closed', () => this.#tell.closed())
    for (const domain of ['Page', 'Runtime', 'Network']) await session.call(`${domain}.enable`)
    const { frameTree } = await session.call('Page.getFrameTree')
    this.#mainFrame = frameTree.frame.id
    await session.call('Runtime.addBinding', { name: binding })
    await session.call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false })
    await session.call('Emulation.setFocusEmulationEnabled', { enabled: true })
    return session
  }

  /** With the preload scripts that count now. */
  async #prepare(session) {
    const { session: own, preferences } = this.#contents
    const paths = own.getPreloads()
    if (preferences.preload) paths.push(preferences.preload)
    if (this.#scriptId !== undefined) await session.call('Page.removeScriptToEvaluateOnNewDocument', { identifier: this.#scriptId })
    const source = documentScript(binding, deliver, paths)
    const { identifier } = await session.call('Page.addScriptToEvaluateOnNewDocument', { source })
    this.#scriptId = identifier
  }

  #expectFailure() {
    let resolve
    const promise = new Promise((done) => {
      resolve = done
    })
    this.#failure = { promise, resolve }
  }

  async #navigated({ parentId, url, unreachableUrl, loaderId }) {
    if (parentId !== undefined) return
    this.#isFailed = unreachableUrl !== undefined
    if (!this.#isFailed) return this.#tell.committed(fromShown(url), this.#statuses.get(loaderId))
    const { promise } = this.#failure
    this.#expectFailure()
    // the reason comes by another way
    const text = await Promise.race([promise, new Promise((resolve) => setTimeout(resolve, failureMs))])
    this.#tell.failed(new NetError(nameOf(text), fromShown(unreachableUrl)))
  }

  async #loaded() {
    if (this.#isFailed) return
    const title = await this.execute('document.title').catch(() => '')
    if (title) this.#tell.titled(title)
    this.#tell.finished()
  }

  async #called({ kind, id, channel, args, url, name }) {
    const from = this.#contents.mainFrame.url
    if (kind === 'open') return this.#tell.opened(url, name)
    if (kind === 'send') return receive(this.#contents, from, channel, args)
    try {
      await this.#deliver({ kind: 'answer', id, result: await invoke(this.#contents, from, channel, args) })
    } catch (error) {
      await this.#deliver({ kind: 'answer', id, error: error.message })
    }
  }

  async #deliver(message) {
    const expression = `window[Symbol.for(${JSON.stringify(deliver)})]?.(${JSON.stringify(message)})`
    await this.#call('Runtime.evaluate', { expression }).catch(() => {})
  }

  #said(level, text) {
    note('console', { window: this.#contents.id, level, text })
    this.#contents.emit('console-message', { level, message: text })
  }
}

exports.ShownPage = ShownPage
