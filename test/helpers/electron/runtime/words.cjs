'use strict'
/** Words on stderr. Where nobody reads them they are lost: what went wrong must not be told of for ever. */
const { writeSync } = require('node:fs')

exports.say = (text) => {
  try {
    writeSync(2, text)
  } catch {
    // closed, or full
  }
}
