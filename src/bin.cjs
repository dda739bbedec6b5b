#!/usr/bin/env node
'use strict'
// Starts the command, whose compiled code is kept beside it: compiling it takes 15 ms, which is a fifth of a backend's boot.
const { readFileSync, statSync } = require('node:fs')
const { dirname, join } = require('node:path')
const { Script } = require('node:vm')

const file = join(__dirname, 'command.js')
// the time of change cannot be set back, as that of the last writing can
const { size, ctimeMs, uid, mode } = statSync(file)
const version = `${process.version}-${process.arch}-`
const kept = join(__dirname, '.cache', `${version}${size}-${Math.round(ctimeMs)}`)

/** Code that somebody could have put there who may not change the command itself is not run. */
const trusted = (path) => {
  try {
    const stats = statSync(path)
    if (process.getuid !== undefined && (stats.uid !== uid || (stats.mode & 0o022 & ~mode) !== 0)) return undefined
    return readFileSync(path)
  } catch {
    // the first start, or a folder that cannot be read
    return undefined
  }
}

const cachedData = trusted(kept)
const parameters = 'exports, require, module, __filename, __dirname, importHere'
const script = new Script(`(function (${parameters}) {${readFileSync(file, 'utf8')}\n})`, { filename: file, cachedData })

/** Called when the command has run as far as it does at a start: what is compiled by then is worth keeping. */
module.keepCompiled = () => {
  if (cachedData !== undefined && script.cachedDataRejected !== true) return
  const { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } = require('node:fs')
  const folder = dirname(kept)
  const beside = `${kept}.${process.pid}`
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 })
    // of an earlier build
    for (const name of readdirSync(folder)) if (name.startsWith(version)) rmSync(join(folder, name), { force: true })
    writeFileSync(beside, script.createCachedData(), { mode: 0o644 })
    renameSync(beside, kept)
  } catch {
    // installed where this user may not write: it is compiled at every start
  }
}

// a script that was compiled before cannot import by itself (the build writes `importHere` for that)
script.runInThisContext()(exports, require, module, file, __dirname, (name) => import(name))
