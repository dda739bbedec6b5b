'use strict'
/** Who this process says it is. Loaded first: what it keeps of the real Node is gone afterwards. */
const { existsSync, readFileSync, realpathSync } = require('node:fs')
const { dirname, join, resolve } = require('node:path')
const { isMainThread } = require('node:worker_threads')

const versions = { electron: '45.4.1', chrome: '156.0.7950.32' }
const prefix = 'STAND_IN_'

/** A thread has another `process`, and the variable is gone by then. */
const inherited = () => {
  try {
    return /(?:^|\0)STAND_IN_EXECUTABLE=([^\0]*)/.exec(readFileSync('/proc/self/environ', 'utf8'))?.[1]
  } catch {
    return undefined
  }
}

const node = process.execPath
const real = (path) => (existsSync(path) ? realpathSync(path) : path)
const executable = real(resolve((isMainThread ? process.env.STAND_IN_EXECUTABLE : inherited()) ?? node))
const settings = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith(prefix)))
/** The way to Node is handed down: the executable may be a script that is looked up again. */
for (const name of Object.keys(settings)) if (name !== 'STAND_IN_NODE') delete process.env[name]

const resourcesPath =
  process.platform === 'darwin' ? join(dirname(dirname(executable)), 'Resources') : join(dirname(executable), 'resources')

const define = (name, value, more = {}) =>
  Object.defineProperty(process, name, { value, enumerable: true, configurable: true, writable: false, ...more })

/** @param {'browser' | 'utility' | undefined} type undefined: a plain Node */
const become = (type) => {
  define('execPath', executable, { writable: true })
  define('versions', Object.freeze({ ...process.versions, ...versions }))
  define('resourcesPath', resourcesPath)
  if (type !== undefined) define('type', type)
  if (process.platform === 'darwin') define('helperExecPath', executable)
}

module.exports = { become, executable, node, resourcesPath, settings, define }
