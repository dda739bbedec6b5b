'use strict'
/** Finds the app and runs it: what is packaged with the executable, else what is named on the command line. */
const fs = require('node:fs')
const Module = require('node:module')
const { dirname, extname, join, resolve } = require('node:path')
const { pathToFileURL } = require('node:url')
const { define, resourcesPath } = require('./identity.cjs')
const { say } = require('./words.cjs')

const manifestIn = (folder) => {
  try {
    return JSON.parse(fs.readFileSync(join(folder, 'package.json'), 'utf8'))
  } catch {
    return undefined
  }
}

const packaged = () => ['app.asar', 'app'].map((name) => join(resourcesPath, name)).find((folder) => manifestIn(folder) !== undefined)

const named = () => {
  const path = process.argv.slice(1).find((arg) => !arg.startsWith('-'))
  return path === undefined ? undefined : resolve(path)
}

/** The type of a file is that of its nearest manifest. */
const isModule = (path) => {
  if (extname(path) !== '.js') return extname(path) === '.mjs'
  for (let at = dirname(path); at !== dirname(at); at = dirname(at)) {
    const manifest = manifestIn(at)
    if (manifest !== undefined) return manifest.type === 'module'
  }
  return false
}

const entryOf = (path, manifest) => {
  if (fs.existsSync(path) && fs.statSync(path).isFile()) return path
  return Module._resolveFilename(join(path, manifest?.main ?? 'index.js'), null, true)
}

/** Ready comes after the app's code was loaded, however long that takes. */
exports.start = async (app) => {
  const inside = packaged()
  const path = inside ?? named()
  if (path === undefined) {
    say('No app: neither beside the executable, nor on the command line\n')
    return app.exit(1)
  }
  if (inside === undefined) define('defaultApp', true)
  const manifest = manifestIn(path)
  if (manifest?.version) app.setVersion(manifest.version)
  const name = manifest?.productName ?? manifest?.name
  if (name) app.setName(name)
  try {
    const entry = entryOf(path, manifest)
    app.setAppPath(manifest === undefined ? dirname(entry) : path)
    if (isModule(entry)) await import(pathToFileURL(entry).href)
    else Module._load(entry, null, true)
  } catch (error) {
    if (inside === undefined) say('App threw an error during load\n')
    process.emit('uncaughtException', error)
  }
  setImmediate(() => app.internals.launch())
}
