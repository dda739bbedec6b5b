'use strict'
/** A page without a browser: what its address answers is really fetched, and nothing in it runs. */
const { readFile } = require('node:fs/promises')
const http = require('node:http')
const https = require('node:https')
const { fileURLToPath } = require('node:url')
const { NetError, netError } = require('./net-error.cjs')
const { handlerOf } = require('./protocol.cjs')

const mostRedirects = 20
const unsafePorts = new Set([1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 53, 79, 110, 143, 6000, 6665, 6666, 6667, 6668, 6669])

const headers = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'user-agent': `Mozilla/5.0 Chrome/${process.versions.chrome} Electron/${process.versions.electron}`,
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'none',
}

const ask = (url, signal) =>
  new Promise((resolve, reject) => {
    const { get } = url.protocol === 'https:' ? https : http
    get(url, { headers, signal, agent: false }, resolve).on('error', reject)
  })

const textOf = async (response) => {
  const chunks = []
  for await (const chunk of response) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

const overHttp = async (url, signal) => {
  let at = url
  for (let hop = 0; hop < mostRedirects; hop += 1) {
    if (unsafePorts.has(Number(at.port))) throw new NetError('ERR_UNSAFE_PORT', url)
    const response = await ask(at, signal)
    const { location } = response.headers
    if (location === undefined || response.statusCode < 300 || response.statusCode > 399) {
      const text = await textOf(response).catch((error) => {
        throw error.code === 'ECONNRESET' ? new NetError('ERR_INCOMPLETE_CHUNKED_ENCODING', url) : error
      })
      return { url: at.href, status: response.statusCode, text }
    }
    response.resume()
    at = new URL(location, at)
  }
  throw new NetError('ERR_TOO_MANY_REDIRECTS', url)
}

const overHandler = async (handler, url) => {
  const response = await handler(new Request(url.href, { headers })).catch(() => {
    throw new NetError('ERR_UNEXPECTED', url)
  })
  if (!(response instanceof Response) || response.type === 'error') throw new NetError('ERR_FAILED', url)
  return { url: url.href, status: response.status, text: await response.text() }
}

const fetchPage = async (address, signal) => {
  if (!URL.canParse(address)) throw new NetError('ERR_INVALID_URL', address)
  const url = new URL(address)
  const handler = handlerOf(url.protocol)
  if (handler !== undefined) return overHandler(handler, url)
  if (url.protocol === 'file:') return { url: address, status: 200, text: await readFile(fileURLToPath(url), 'utf8') }
  if (url.protocol === 'data:' || url.protocol === 'about:') return { url: address, status: 200, text: decodeURIComponent(url.pathname) }
  if (!url.protocol.startsWith('http')) throw new NetError('ERR_UNKNOWN_URL_SCHEME', address)
  return overHttp(url, signal)
}

class FetchedPage {
  #tell
  #abort

  /** @param {{ committed, failed, finished, titled }} tell */
  constructor(tell) {
    this.#tell = tell
  }

  async load(address) {
    this.#abort?.abort()
    const abort = new AbortController()
    this.#abort = abort
    try {
      const { url, status, text } = await fetchPage(address, abort.signal)
      if (abort.signal.aborted) return
      this.#tell.committed(url, status)
      const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1]
      if (title !== undefined) this.#tell.titled(title)
      this.#tell.finished()
    } catch (error) {
      if (!abort.signal.aborted) this.#tell.failed(netError(error, address))
    }
  }

  stop() {
    this.#abort?.abort()
  }
  send() {}
  execute() {
    throw new Error('No script runs in this window: the stand-in was started without Chromium')
  }
  screenshot() {
    throw new Error('There is nothing to be seen: the stand-in was started without Chromium')
  }
  close() {
    this.stop()
  }
}

exports.FetchedPage = FetchedPage
