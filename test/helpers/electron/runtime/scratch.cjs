'use strict'
/** A folder for what this process needs while it runs: the driver's, which outlives it, or one that goes with it. */
const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { settings } = require('./identity.cjs')

let folder = settings.STAND_IN_SCRATCH

exports.scratch = () => {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), 'stand-in-'))
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  }
  return folder
}
