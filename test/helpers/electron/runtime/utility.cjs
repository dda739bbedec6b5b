'use strict'
/** A utility process: waits for what it is to run, becomes it, and stays until it is told to go. */
const { Socket } = require('node:net')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const Module = require('node:module')
const { Worker } = require('node:worker_threads')
const identity = require('./identity.cjs')
const { installHooks } = require('./hooks.cjs')
const { patchModules, provide } = require('./modules.cjs')
const { createParentPort } = require('./parent-port.cjs')
const { receiveFrames } = require('./frames.cjs')

identity.become('utility')
require('./asar/files.cjs').patchFiles()
require('./asar/loader.cjs').patchLoader()
require('./children.cjs').patchChildren()
provide(['electron', 'electron/utility', 'electron/common'], { net: { fetch, isOnline: () => true } })
patchModules()
installHooks()
const { formatOf } = require('./asar/format.cjs')

const channel = new Socket({ fd: 3, readable: true, writable: true })
// the main process is gone: nobody is left who would end this one
channel.on('error', () => process.kill(process.pid, 'SIGKILL'))
channel.on('close', () => process.kill(process.pid, 'SIGKILL'))
const { port, deliver } = createParentPort(channel)

/** Sees that the main process is gone while the script holds the main thread. */
const watch = () =>
  new Worker(join(__dirname, 'watch.cjs'), {
    execArgv: [],
    env: {},
    stdout: true,
    stderr: true,
    workerData: Number(identity.settings.STAND_IN_PARENT),
  }).unref()

const setEnvironment = (env) => {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
  Object.assign(process.env, env)
}

const start = async ({ modulePath, args, execArgv, env }) => {
  setEnvironment(env)
  process.argv = [identity.executable, modulePath, ...args]
  process.execArgv = execArgv
  Object.defineProperty(process, 'parentPort', { value: port, enumerable: true, writable: false })
  watch()
  if (formatOf(modulePath) === 'commonjs') Module._load(modulePath, null, true)
  else await import(pathToFileURL(modulePath).href)
}

const fail = (error) =>
  process.nextTick(() => {
    throw error
  })

receiveFrames(channel, ({ kind, value }) => {
  if (kind === 'message') deliver(value)
  else if (kind === 'start') start(value).catch(fail)
})
