'use strict'
/** What a specifier means to a module in an archive. */
const { isBuiltin } = require('node:module')
const { dirname, join, resolve } = require('node:path')
const { foldersAbove, kindOf } = require('./archive.cjs')
const { manifestIn } = require('./format.cjs')

const isFile = (path) => kindOf(path) === 'file'

/** As CommonJS guesses. */
const guessed = (path) => {
  const named = ['', '.js', '.json', '.node'].map((extension) => `${path}${extension}`).find(isFile)
  if (named !== undefined || kindOf(path) !== 'folder') return named
  const main = manifestIn(path)?.main
  const inside = main === undefined ? undefined : guessed(join(path, main))
  return inside ?? ['index.js', 'index.json', 'index.node'].map((name) => join(path, name)).find(isFile)
}

const conditional = (target, conditions) => {
  if (typeof target === 'string' || target === null || target === undefined) return target
  if (Array.isArray(target)) return target.map((one) => conditional(one, conditions)).find((one) => one)
  for (const [condition, value] of Object.entries(target)) {
    if (condition !== 'default' && !conditions.includes(condition)) continue
    const found = conditional(value, conditions)
    if (found !== undefined) return found
  }
  return undefined
}

/** The target of a subpath in `exports` or `imports`, patterns included. */
const mapped = (map, key, conditions) => {
  if (Object.hasOwn(map, key)) return conditional(map[key], conditions)
  for (const [pattern, target] of Object.entries(map).sort(([a], [b]) => b.length - a.length)) {
    const [head, tail] = pattern.split('*')
    if (tail === undefined || !key.startsWith(head) || !key.endsWith(tail)) continue
    return conditional(target, conditions)?.replaceAll('*', key.slice(head.length, key.length - tail.length))
  }
  return undefined
}

const isMap = (exported) => typeof exported === 'object' && exported !== null && Object.keys(exported).some((key) => key.startsWith('.'))

const inPackage = (folder, subpath, conditions) => {
  const manifest = manifestIn(folder)
  if (manifest?.exports !== undefined) {
    const map = isMap(manifest.exports) ? manifest.exports : { '.': manifest.exports }
    const target = mapped(map, subpath === '' ? '.' : `./${subpath}`, conditions)
    return target ? join(folder, target) : undefined
  }
  return guessed(join(folder, subpath))
}

const split = (specifier) => {
  const parts = specifier.split('/')
  const length = specifier.startsWith('@') ? 2 : 1
  return { name: parts.slice(0, length).join('/'), subpath: parts.slice(length).join('/') }
}

const bare = (specifier, parent, conditions) => {
  const { name, subpath } = split(specifier)
  for (const folder of foldersAbove(parent)) {
    const own = manifestIn(folder)
    if (own?.name === name && own.exports !== undefined) return inPackage(folder, subpath, conditions)
    const place = join(folder, 'node_modules', name)
    if (kindOf(place) === 'folder') return inPackage(place, subpath, conditions)
  }
  return undefined
}

const inside = (specifier, parent, conditions) => {
  for (const folder of foldersAbove(parent)) {
    const manifest = manifestIn(folder)
    if (manifest === undefined) continue
    const target = mapped(manifest.imports ?? {}, specifier, conditions)
    return target?.startsWith('.') ? join(folder, target) : target && bare(target, parent, conditions)
  }
  return undefined
}

/**
 * A path, or undefined where there is nothing or it is Node's own.
 * @param {{ isStrict: boolean }} how strict: nothing is guessed, as in ESM
 */
exports.resolveIn = (specifier, parent, conditions, { isStrict }) => {
  if (isBuiltin(specifier) || specifier.startsWith('node:') || specifier.startsWith('data:')) return undefined
  const local = (path) => (isStrict ? (isFile(path) ? path : undefined) : guessed(path))
  if (specifier.startsWith('/')) return local(specifier)
  if (/^\.\.?(\/|$)/.test(specifier)) return local(resolve(dirname(parent), specifier.replace(/[?#].*$/, '')))
  if (specifier.startsWith('#')) return inside(specifier, parent, conditions)
  return bare(specifier, parent, conditions)
}
exports.guessed = guessed
