'use strict'
/**
 * Chromium alone cannot be taught an app's own schemes. They are shown to it as names of this machine, and what it asks
 * of those is put to the handlers, bodies in both directions as they stream.
 */
const { once } = require('node:events')
const { createServer } = require('node:http')
const { Readable } = require('node:stream')
const { handlerOf } = require('../api/protocol.cjs')

const shown = /^http:\/\/(.*)\.([a-z][a-z0-9+-]*)\.localhost:(\d+)(\/.*)?$/s
let gateway

const original = (url) =>
  url.replace(shown, (all, host, scheme, port, path = '/') => (Number(port) === gateway?.port ? `${scheme}://${host}${path}` : all))

const requestOf = (question) => {
  const url = original(`http://${question.headers.host}${question.url}`)
  const headers = new Headers()
  for (const [name, value] of Object.entries(question.headers))
    if (!['host', 'connection', 'transfer-encoding'].includes(name))
      headers.set(name, original(`${value}`).replace(/(?<=:\/\/[^/]*)\/$/, ''))
  const abort = new AbortController()
  const body = ['GET', 'HEAD'].includes(question.method) ? undefined : Readable.toWeb(question)
  return {
    abort,
    url,
    request: new Request(url, { method: question.method, headers, signal: abort.signal, ...(body && { body, duplex: 'half' }) }),
  }
}

const answer = async (question, reply) => {
  const { abort, url, request } = requestOf(question)
  reply.on('close', () => abort.abort())
  try {
    const response = await handlerOf(new URL(url).protocol)(request)
    reply.writeHead(response.status, [...response.headers].flat())
    reply.flushHeaders()
    if (response.body !== null) for await (const chunk of response.body) if (!reply.write(chunk)) await once(reply, 'drain')
    reply.end()
  } catch {
    // cut: a handler's failure is one of the network to the page
    reply.destroy()
  }
}

const open = async () => {
  const server = createServer((question, reply) => void answer(question, reply)).listen(0, '127.0.0.1')
  server.unref()
  await once(server, 'listening')
  return { port: server.address().port }
}

/** As Chromium is to ask for it. */
exports.toShown = async (url) => {
  if (!URL.canParse(url) || handlerOf(new URL(url).protocol) === undefined) return url
  gateway ??= await open()
  const { protocol, host, pathname, search, hash } = new URL(url)
  return `http://${host}.${protocol.slice(0, -1)}.localhost:${gateway.port}${pathname || '/'}${search}${hash}`
}
exports.fromShown = original
