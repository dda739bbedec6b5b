'use strict'
/** Electron's archives: which path lies in one, and what is there. Nothing in here passes through a patched `fs`. */
const fs = { ...require('node:fs') }
const { dirname, join, normalize, sep } = require('node:path')

const opened = new Map()

/** An archive is read once; it is never written to. */
const open = (path) => {
  if (!opened.has(path)) opened.set(path, read(path))
  return opened.get(path)
}

const read = (path) => {
  let fd
  try {
    if (!fs.lstatSync(path).isFile()) return null
    fd = fs.openSync(path, 'r')
    const prefix = Buffer.alloc(16)
    fs.readSync(fd, prefix, 0, 16, 0)
    const header = Buffer.alloc(prefix.readUInt32LE(12))
    fs.readSync(fd, header, 0, header.length, 16)
    return { path, fd, base: 8 + prefix.readUInt32LE(4), root: JSON.parse(header.toString('utf8')) }
  } catch {
    if (fd !== undefined) fs.closeSync(fd)
    return null
  }
}

const entryAt = (archive, inner, hops = 0) => {
  let entry = archive.root
  const names = inner.split(sep).filter((name) => name !== '')
  for (const [index, name] of names.entries()) {
    entry = Object.hasOwn(entry.files ?? {}, name) ? entry.files[name] : undefined
    if (entry === undefined) return undefined
    if (entry.link !== undefined && hops < 40) return entryAt(archive, join(entry.link, ...names.slice(index + 1)), hops + 1)
  }
  return entry
}

/**
 * @returns undefined where the path does not lead into an archive; `entry` is undefined where the archive has no such
 * path, `unpacked` the real path of what lies beside it
 */
exports.find = (path) => {
  if (typeof path !== 'string' || !path.includes('.asar') || process.noAsar) return undefined
  const whole = normalize(path)
  for (let end = whole.indexOf('.asar'); end !== -1; end = whole.indexOf('.asar', end + 1)) {
    const after = end + '.asar'.length
    if (after !== whole.length && whole[after] !== sep) continue
    const archive = open(whole.slice(0, after))
    if (archive === null) continue
    const inner = whole.slice(after + 1)
    const entry = entryAt(archive, inner)
    const unpacked = entry?.unpacked && entry.files === undefined ? join(`${archive.path}.unpacked`, inner) : undefined
    return { archive, inner, entry, unpacked }
  }
  return undefined
}

exports.bytesOf = ({ archive, entry, unpacked }) => {
  if (unpacked !== undefined) return fs.readFileSync(unpacked)
  const bytes = Buffer.alloc(entry.size)
  fs.readSync(archive.fd, bytes, 0, entry.size, archive.base + Number(entry.offset))
  return bytes
}

exports.isFile = (found) => found?.entry !== undefined && found.entry.files === undefined

exports.read = (path) => {
  const found = exports.find(path)
  if (!exports.isFile(found)) throw Object.assign(new Error(`ENOENT, ${path} not found`), { code: 'ENOENT', errno: -2, path })
  return exports.bytesOf(found)
}

exports.kindOf = (path) => {
  const found = exports.find(path)
  if (found !== undefined) return found.entry === undefined ? undefined : exports.isFile(found) ? 'file' : 'folder'
  try {
    return fs.statSync(path).isDirectory() ? 'folder' : 'file'
  } catch {
    return undefined
  }
}

/** Of a file in an archive or not. */
exports.textOf = (path) => (exports.find(path) === undefined ? fs.readFileSync(path, 'utf8') : exports.read(path).toString('utf8'))

exports.foldersAbove = function* (path) {
  for (let at = dirname(path); ; at = dirname(at)) {
    yield at
    if (at === dirname(at)) return
  }
}
