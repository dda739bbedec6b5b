'use strict'
/** What the system itself is to open is copied out of the archive first: only one file, as Electron does it. */
const { find, isFile, bytesOf } = require('./archive.cjs')
const { chmodSync, mkdtempSync, writeFileSync } = require('node:fs')
const { scratch } = require('../scratch.cjs')
const { basename, join } = require('node:path')

const copies = new Map()

exports.extracted = (path) => {
  const found = find(path)
  if (!isFile(found)) return path
  if (found.unpacked !== undefined) return found.unpacked
  if (copies.has(path)) return copies.get(path)
  const folder = mkdtempSync(join(scratch(), 'copy-'))
  const copy = join(folder, basename(path))
  writeFileSync(copy, bytesOf(found))
  if (found.entry.executable) chmodSync(copy, 0o755)
  copies.set(path, copy)
  return copy
}
