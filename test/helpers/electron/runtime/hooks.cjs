'use strict'
/** The way of ESM to what only we have: in this thread where Node can, else in that of its loader. */
const { existsSync } = require('node:fs')
const Module = require('node:module')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { createHooks } = require('./esm.cjs')
const { resourcesPath } = require('./identity.cjs')
const { names } = require('./modules.cjs')

const isCheap = typeof Module.registerHooks === 'function'

/** @param {{ isNeeded?: boolean }} what a thread is worth it only where there may be an archive */
exports.installHooks = ({ isNeeded = isCheap || existsSync(join(resourcesPath, 'app.asar')) } = {}) => {
  if (!isNeeded) return
  if (isCheap) Module.registerHooks(createHooks(names()))
  else Module.register(pathToFileURL(join(__dirname, 'hooks-thread.mjs')).href, { data: names() })
}
