'use strict'
const { lifecycleState } = require('./ready.cjs')

const standard = new Set(['http', 'https', 'file', 'data', 'about', 'blob', 'chrome', 'devtools'])
const privileges = new Map()
const handlers = new Map()

const needReady = () => {
  if (!lifecycleState.isReady()) throw new Error('Session can only be received when app is ready')
}

const handlerOf = (protocol) => handlers.get(protocol.replace(/:$/, ''))

const protocol = {
  registerSchemesAsPrivileged: (schemes) => {
    if (lifecycleState.isReady()) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready')
    for (const { scheme, privileges: given = {} } of schemes) privileges.set(scheme, given)
  },
  handle: (scheme, handler) => {
    needReady()
    if (handlers.has(scheme)) throw new Error(`Failed to register protocol: ${scheme}`)
    handlers.set(scheme, async (request) => handler(request))
  },
  unhandle: (scheme) => {
    if (!handlers.delete(scheme)) throw new Error(`Failed to unhandle protocol: ${scheme}`)
  },
  isProtocolHandled: (scheme) => {
    needReady()
    return handlers.has(scheme) || standard.has(scheme)
  },
}

module.exports = { protocol, handlerOf, privilegesOf: (scheme) => privileges.get(scheme), schemes: () => [...handlers.keys()] }
