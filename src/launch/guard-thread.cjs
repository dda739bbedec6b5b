'use strict'
const { parentPort, workerData } = require('node:worker_threads')

/** In ms. A blocked child is gone after the sum of them at the latest; the main thread has its own two seconds before. */
const pollMs = 1000
const graceMs = 2500

const polling = setInterval(() => {
  if (process.ppid === workerData.parent) return
  clearInterval(polling)
  parentPort.postMessage('orphan')
  setTimeout(end, graceMs)
}, pollMs)

const end = () => {
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    // leads no group
  }
  process.kill(process.pid, 'SIGKILL')
}
