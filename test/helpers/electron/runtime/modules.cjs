'use strict'
/** Modules that only Electron has, to be found by CommonJS and ESM wherever they are asked for. */
const Module = require('node:module')

const provided = new Map()

const isName = (name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== 'default'

/** @param {string[]} specifiers by which it is asked for */
exports.provide = (specifiers, exported) => {
  for (const specifier of specifiers) provided.set(specifier, exported)
}

/** The names that ESM may import of each. */
exports.names = () => Object.fromEntries([...provided].map(([specifier, exported]) => [specifier, Object.keys(exported).filter(isName)]))

exports.patchModules = () => {
  // ESM asks from a text of ours
  globalThis[Symbol.for('stand-in.modules')] = provided
  const { _load: load, _resolveFilename: resolve } = Module
  Module._load = (request, ...rest) => (provided.has(request) ? provided.get(request) : load(request, ...rest))
  Module._resolveFilename = (request, ...rest) => (provided.has(request) ? request : resolve(request, ...rest))
}
