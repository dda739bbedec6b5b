'use strict'
/** What Node writes down when V8 gives up: it says nothing more then. */
const { existsSync, readFileSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { basename, dirname, join } = require('node:path')
const { settings } = require('../identity.cjs')

let count = 0

exports.nextReport = () => {
  count += 1
  return join(settings.STAND_IN_SCRATCH ?? tmpdir(), `stand-in-fatal-${process.pid}-${count}.json`)
}

exports.reportFlags = (path) => ['--report-on-fatalerror', `--report-directory=${dirname(path)}`, `--report-filename=${basename(path)}`]

exports.takeReport = (path) => {
  if (!existsSync(path)) return undefined
  const report = readFileSync(path, 'utf8')
  rmSync(path)
  return { location: /"event": "([^"]*)"/.exec(report)?.[1] ?? '', report }
}
