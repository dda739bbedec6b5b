'use strict'
/** `node:fs`, with archives that look like folders. What was before is `original-fs`. */
const fs = require('node:fs')
const Module = require('node:module')
const { join } = require('node:path')
const { fileURLToPath } = require('node:url')
const archives = require('./archive.cjs')
const { provide } = require('../modules.cjs')
const { Facts } = require('./facts.cjs')

const original = { ...fs, promises: { ...fs.promises } }

const pathOf = (path) =>
  typeof path === 'string' ? path : path instanceof URL && path.protocol === 'file:' ? fileURLToPath(path) : undefined
const find = (path) => archives.find(pathOf(path))

const failed = (code, message, { archive, inner }) =>
  Object.assign(new Error(`${code}, ${message} ${inner} in ${archive.path}`), {
    code,
    errno: code === 'ENOENT' ? -2 : -20,
    path: join(archive.path, inner),
  })
const needed = (found) => {
  if (found.entry === undefined) throw failed('ENOENT', 'not found:', found)
  return found
}
const neededFile = (found) => {
  if (!archives.isFile(needed(found))) throw failed('EISDIR', 'is a folder:', found)
  return found
}

const encodingOf = (options) => (typeof options === 'string' ? options : options?.encoding)
const decoded = (bytes, options) => (encodingOf(options) ? bytes.toString(encodingOf(options)) : bytes)
const writes = (flags) => (typeof flags === 'number' ? (flags & 3) !== 0 : /[wa+]/.test(flags ?? 'r'))

/** The system has no descriptor for a part of a file: that of a copy which nobody else sees. */
const openCopy = (found) => {
  const folder = original.mkdtempSync(join(require('node:os').tmpdir(), 'stand-in-'))
  const copy = join(folder, 'file')
  original.writeFileSync(copy, archives.bytesOf(found))
  const fd = original.openSync(copy, 'r')
  original.rmSync(folder, { recursive: true })
  return fd
}

/** What each function does where its first argument leads into an archive; what is unpacked never comes here. */
const inArchive = {
  stat: (found, options) => {
    if (found.entry === undefined && options?.throwIfNoEntry === false) return undefined
    return new Facts(needed(found), options)
  },
  access: (found, mode = fs.constants.F_OK) => {
    needed(found)
    if (mode & fs.constants.W_OK) throw failed('EACCES', 'is read-only:', found)
  },
  readFile: (found, options) => decoded(archives.bytesOf(neededFile(found)), options),
  open: (found, flags) => {
    if (writes(flags)) throw failed('EACCES', 'is read-only:', found)
    return openCopy(neededFile(found))
  },
  readdir: (found, options) => {
    const { files } = needed(found).entry
    if (files === undefined) throw failed('ENOTDIR', 'is no folder:', found)
    const parent = join(found.archive.path, found.inner)
    if (!options?.withFileTypes) return Object.keys(files)
    return Object.entries(files).map(([name, entry]) =>
      Object.assign(new Facts({ ...found, entry }), { name, parentPath: parent, path: parent }),
    )
  },
  realpath: (found) => join(original.realpathSync(needed(found).archive.path), found.inner),
  exists: (found) => found.entry !== undefined,
  copyFile: (found, to) => original.writeFileSync(to, archives.bytesOf(neededFile(found))),
  write: (found) => {
    throw failed('ENOTDIR', 'is read-only:', found)
  },
}
inArchive.lstat = inArchive.stat

const written = ['writeFile', 'appendFile', 'mkdir', 'rm', 'unlink', 'rmdir', 'rename', 'truncate', 'chmod']

const unpackedOr = (found, path) => found?.unpacked ?? path

const patchSync = (name, inside) => {
  const before = original[`${name}Sync`]
  fs[`${name}Sync`] = (path, ...rest) => {
    const found = find(path)
    if (found === undefined || found.unpacked !== undefined) return before(unpackedOr(found, path), ...rest)
    return inside(found, ...rest)
  }
}

const patchCallback = (name, inside) => {
  const before = original[name]
  const patched = (path, ...rest) => {
    const found = find(path)
    if (found === undefined || found.unpacked !== undefined) return before(unpackedOr(found, path), ...rest)
    const callback = rest.pop()
    let result
    let error = null
    try {
      result = inside(found, ...rest)
    } catch (reason) {
      error = reason
    }
    process.nextTick(() => (name === 'exists' ? callback(result) : error === null ? callback(null, result) : callback(error)))
  }
  fs[name] = patched
  const promised = before[require('node:util').promisify.custom]
  if (promised) Object.defineProperty(patched, require('node:util').promisify.custom, { value: async (path) => fs.existsSync(path) })
}

const patchPromise = (name, inside) => {
  const before = original.promises[name]
  if (before === undefined) return
  fs.promises[name] = async (path, ...rest) => {
    const found = find(path)
    if (found === undefined || found.unpacked !== undefined) return before(unpackedOr(found, path), ...rest)
    return inside(found, ...rest)
  }
}

const patch = (name, inside) => {
  patchSync(name, inside)
  patchCallback(name, inside)
  patchPromise(name, inside)
}

/** Both have a second face of their own. */
const patchRealpath = () => {
  for (const name of ['realpathSync', 'realpath']) fs[name].native = fs[name]
}

/** A handle has more than a descriptor: that of a copy, opened the usual way. */
const patchHandle = () => {
  const { open } = fs.promises
  fs.promises.open = async (path, ...rest) => {
    const found = find(path)
    if (found === undefined || found.unpacked !== undefined) return open(path, ...rest)
    const fd = inArchive.open(found, ...rest)
    try {
      return await original.promises.open(`/dev/fd/${fd}`, 'r')
    } finally {
      original.closeSync(fd)
    }
  }
}

/** Calls through, past all archives. */
const withoutArchives =
  (call) =>
  (...args) => {
    const before = process.noAsar
    process.noAsar = true
    try {
      return call(...args)
    } finally {
      process.noAsar = before
    }
  }

const originalFs = () =>
  Object.fromEntries(
    Object.entries(original).map(([name, value]) => [
      name,
      typeof value === 'function' && name.endsWith('Sync') ? withoutArchives(value) : value,
    ]),
  )

exports.patchFiles = () => {
  for (const [name, inside] of Object.entries(inArchive)) if (name !== 'write') patch(name, inside)
  for (const name of written) patch(name, inArchive.write)
  patchRealpath()
  patchHandle()
  provide(['original-fs'], originalFs())
  Module.syncBuiltinESMExports()
}
