'use strict'
/** CommonJS from archives, and scripts in them as the main one. */
const Module = require('node:module')
const { isAbsolute, resolve } = require('node:path')
const { pathToFileURL } = require('node:url')
const { find, kindOf } = require('./archive.cjs')
const { extracted } = require('./extract.cjs')
const { formatOf } = require('./format.cjs')
const { guessed, resolveIn } = require('./resolve.cjs')

const conditions = ['node', 'require', 'module-sync', 'node-addons']

const refusal = (path) => Object.assign(new Error(`require() of ES Module ${path} not supported.`), { code: 'ERR_REQUIRE_ESM' })

const resolved = (request, parent, options) => {
  if (isAbsolute(request)) return find(request) === undefined ? undefined : guessed(request)
  for (const path of options?.paths ?? []) {
    const at = join(path, 'noop.js')
    const found = find(at) === undefined ? undefined : resolveIn(request, at, conditions, { isStrict: false })
    if (found !== undefined) return found
  }
  const from = parent?.filename
  return from && find(from) !== undefined ? resolveIn(request, from, conditions, { isStrict: false }) : undefined
}

const run = async (path) => {
  try {
    if (formatOf(path) === 'module') await import(pathToFileURL(path).href)
    else Module._load(path, null, true)
  } catch (error) {
    process.nextTick(() => {
      throw error
    })
  }
}

exports.patchLoader = () => {
  const { _resolveFilename: resolveFilename, runMain } = Module
  Module._resolveFilename = (request, parent, isMain, options) =>
    resolved(String(request), parent, options) ?? resolveFilename(request, parent, isMain, options)

  const compile = Module._extensions['.js']
  const loadScript = (module, path) => {
    const found = find(path)
    if (found === undefined) return compile(module, path)
    if (formatOf(path) === 'module') throw refusal(path)
    module._compile(require('node:fs').readFileSync(path, 'utf8'), path)
  }
  Module._extensions['.js'] = loadScript
  Module._extensions['.cjs'] = loadScript
  const { dlopen } = process
  process.dlopen = (module, path, ...rest) => dlopen.call(process, module, extracted(path), ...rest)

  Module.runMain = (main = process.argv[1]) => {
    const path = main === undefined ? undefined : resolve(main)
    const found = path === undefined ? undefined : find(path)
    if (found === undefined || kindOf(path) === undefined) return runMain(main)
    void run(guessed(path) ?? path)
  }
}
