'use strict'
/** How ESM finds and reads what is ours: `electron`, and modules in archives. */
const { fileURLToPath, pathToFileURL } = require('node:url')
const { isAbsolute } = require('node:path')
const archives = require('./asar/archive.cjs')
const { exportsIn } = require('./asar/exports.cjs')
const { formatOf } = require('./asar/format.cjs')
const { resolveIn } = require('./asar/resolve.cjs')

const own = 'electron-stand-in:'

const sourceOf = (specifier, names) =>
  [
    `const exported = globalThis[Symbol.for('stand-in.modules')].get('${specifier}')`,
    'export default exported',
    ...names.map((name) => `export const ${name} = exported.${name}`),
  ].join('\n')

/** A module that hands on what CommonJS exports. */
const sourceOfCommonJs = (path, text) =>
  [
    "import { createRequire } from 'node:module'",
    `const exported = createRequire(${JSON.stringify(pathToFileURL(path).href)})(${JSON.stringify(path)})`,
    'export default exported',
    ...exportsIn(text).map((name, index) => `const e${index} = exported?.${name}\nexport { e${index} as ${name} }`),
  ].join('\n')

const pathOf = (url) => (url?.startsWith('file:') ? fileURLToPath(url.replace(/[?#].*$/, '')) : undefined)

const isInArchive = (path) => path !== undefined && archives.find(path) !== undefined

const conditions = ['node', 'import', 'module-sync']

const found = (specifier, parentURL) => {
  const parent = pathOf(parentURL)
  const asPath = specifier.startsWith('file:') ? pathOf(specifier) : isAbsolute(specifier) ? specifier : undefined
  if (asPath !== undefined) return isInArchive(asPath) ? asPath : undefined
  return isInArchive(parent) ? resolveIn(specifier, parent, conditions, { isStrict: true }) : undefined
}

const loaded = (path) => {
  const text = () => archives.read(path).toString('utf8')
  const format = formatOf(path)
  if (format === 'module') return { format, source: text(), shortCircuit: true }
  if (format === 'json') return { format, source: text(), shortCircuit: true }
  return { format: 'module', source: sourceOfCommonJs(path, format === 'commonjs' ? text() : ''), shortCircuit: true }
}

/** `require` has its own way, and comes here only where hooks are for both. */
const isRequire = ({ conditions: given = [] }) => given.includes('require')

/** @param {Record<string, string[]>} provided names by specifier */
exports.createHooks = (provided) => ({
  resolve: (specifier, context, next) => {
    if (isRequire(context)) return next(specifier, context)
    if (Object.hasOwn(provided, specifier)) return { url: `${own}${specifier}`, format: 'module', shortCircuit: true }
    const path = found(specifier, context.parentURL)
    return path === undefined ? next(specifier, context) : { url: pathToFileURL(path).href, shortCircuit: true }
  },
  load: (url, context, next) => {
    if (url.startsWith(own)) {
      const specifier = url.slice(own.length)
      return { format: 'module', source: sourceOf(specifier, provided[specifier]), shortCircuit: true }
    }
    const path = pathOf(url)
    return isRequire(context) || !isInArchive(path) ? next(url, context) : loaded(path)
  },
})
