'use strict'
const { join } = require('node:path')
const { channel } = require('node:diagnostics_channel')
const { Worker } = require('node:worker_threads')

/**
 * Watches from a thread of its own whether the parent is still the same, which the main thread cannot while it is
 * blocked. `leave` is called in the main thread; if that does not lead to its end in time, the thread ends the process.
 */
exports.startGuard = (parent, leave) =>
  unseen(() => {
    const thread = new Worker(join(__dirname, 'guard-thread.cjs'), {
      name: 'jarvis-supervise',
      workerData: { parent },
      // neither the script's preloads (they may be in NODE_OPTIONS, too) nor its secrets
      execArgv: [],
      env: {},
      // else the main thread's streams would be opened for it
      stdout: true,
      stderr: true,
      // No resource limits: they save nothing, and from Node 22 on a heap below what it needs to boot aborts the process.
    })
    thread.on('message', leave)
    // no guard is no reason for a backend to end: the channel's end still tells
    thread.on('error', () => {})
    thread.unref()
  })

/** Starts a thread that scripts are not told about: those they are told about are theirs. */
const unseen = (start) => {
  const { emit } = process
  const told = channel('worker_threads')
  const silent = (name, ...args) => name !== 'worker' && Reflect.apply(emit, process, [name, ...args])
  process.emit = silent
  told.publish = () => {}
  // Node emits in the next tick
  const restore = () => process.emit === silent && Object.assign(process, { emit })
  try {
    start()
  } finally {
    delete told.publish
    process.nextTick(restore)
  }
}
