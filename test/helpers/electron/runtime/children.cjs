'use strict'
/** What Electron changes of `node:child_process`: a forked script is run by its own executable, which must be told to be a Node. */
const childProcess = require('node:child_process')
const { syncBuiltinESMExports } = require('node:module')
const { mayRunAsNode } = require('./fuses.cjs')
const { executable } = require('./identity.cjs')
const { extracted } = require('./asar/extract.cjs')

exports.patchChildren = () => {
  const { fork, execFile, execFileSync } = childProcess
  childProcess.fork = (modulePath, args, options) => {
    if (!mayRunAsNode()) throw new Error('fork cannot be used in this process: the RunAsNode fuse is off')
    const given = { ...(Array.isArray(args) ? options : (args ?? options)) }
    // not a copy: Electron lets what is inherited be seen through it, too
    const env = Object.assign(Object.create(given.env ?? process.env), { ELECTRON_RUN_AS_NODE: '1' })
    return fork(modulePath, Array.isArray(args) ? args : [], { execPath: executable, ...given, env })
  }
  childProcess.execFile = (file, ...rest) => execFile(extracted(file), ...rest)
  Object.defineProperties(childProcess.execFile, Object.getOwnPropertyDescriptors(execFile))
  childProcess.execFileSync = (file, ...rest) => execFileSync(extracted(file), ...rest)
  syncBuiltinESMExports()
}
