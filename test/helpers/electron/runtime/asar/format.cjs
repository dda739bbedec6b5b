'use strict'
/** How a file is to be read, by its name and the nearest manifest. */
const { extname, join } = require('node:path')
const { foldersAbove, kindOf, textOf } = require('./archive.cjs')

const formats = { '.mjs': 'module', '.cjs': 'commonjs', '.json': 'json', '.node': 'addon' }

exports.manifestIn = (folder) => {
  const path = join(folder, 'package.json')
  return kindOf(path) === 'file' ? JSON.parse(textOf(path)) : undefined
}

exports.formatOf = (path) => {
  const format = formats[extname(path)]
  if (format !== undefined) return format
  for (const folder of foldersAbove(path)) {
    const manifest = exports.manifestIn(folder)
    if (manifest !== undefined) return manifest.type === 'module' ? 'module' : 'commonjs'
  }
  return 'commonjs'
}
