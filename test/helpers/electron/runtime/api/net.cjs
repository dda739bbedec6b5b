'use strict'
const { EventEmitter } = require('node:events')
const { handlerOf } = require('./protocol.cjs')

const fetchAnything = async (input, init = {}) => {
  const request = new Request(input, init.body === undefined ? init : { duplex: 'half', ...init })
  const handler = init.bypassCustomProtocolHandlers ? undefined : handlerOf(new URL(request.url).protocol)
  return handler === undefined ? fetch(request) : handler(request)
}

exports.fetchAnything = fetchAnything
exports.net = Object.assign(new EventEmitter(), { fetch: fetchAnything, isOnline: () => true, online: true })
