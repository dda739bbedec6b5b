'use strict'
const { workerData } = require('node:worker_threads')

const pollMs = 100

setInterval(() => {
  if (process.ppid !== workerData) process.kill(process.pid, 'SIGKILL')
}, pollMs)
