'use strict'
/** The fuses of the executable, which whoever packages an app may have flipped in it. */
const { readFileSync } = require('node:fs')
const { executable } = require('./identity.cjs')

// in two pieces: whoever flips fuses looks for the whole
const sentinel = ['dL7pKGdnNz796', 'PbbjQWNKmHXBZaB9tsX'].join('')

const wire = () => {
  try {
    const text = readFileSync(executable, 'latin1')
    const at = text.indexOf(`${sentinel}\x01`)
    return at === -1 ? '' : text.slice(at + sentinel.length + 2)
  } catch {
    return ''
  }
}

exports.mayRunAsNode = () => !wire().startsWith('0')
