'use strict'
/** The script that each document of a window begins with. */
const { readFileSync } = require('node:fs')
const { dirname } = require('node:path')

const { createPreloadWorld } = require('./preload-world.cjs')

const wrapped = (path) => `
  try {
    ;(function (require, module, exports, process, __filename, __dirname) {
${readFileSync(path, 'utf8')}
    })(world.require, { exports: {} }, {}, { platform: ${JSON.stringify(process.platform)}, type: 'renderer', contextIsolated: true,
      versions: ${JSON.stringify(process.versions)}, env: {}, argv: [] }, ${JSON.stringify(path)}, ${JSON.stringify(dirname(path))})
  } catch (error) {
    console.error('Unable to load preload script: ${path.replaceAll('\\', '/').replaceAll("'", '')}', error)
  }`

/** @param {string} deliver the name under which messages are handed in */
exports.documentScript = (binding, deliver, paths) => `
(() => {
  const call = window[${JSON.stringify(binding)}]
  delete window[${JSON.stringify(binding)}]
  if (window !== window.top || location.protocol === 'chrome-error:') return
  const world = (${createPreloadWorld})(call)
  Object.defineProperty(window, Symbol.for(${JSON.stringify(deliver)}), { value: world.deliver })
  window.open = (url = 'about:blank', name = '') => {
    world.open(url, name)
    return null
  }
  addEventListener('click', (event) => {
    const link = event.target?.closest?.('a[target="_blank"]')
    if (!link || event.defaultPrevented) return
    event.preventDefault()
    world.open(link.href, '_blank')
  })
  ${paths.map(wrapped).join('\n')}
})()`
