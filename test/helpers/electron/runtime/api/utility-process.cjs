'use strict'
/** Starts a real child that has a parent port instead of an IPC channel, as Electron's own does. */
const { spawn } = require('node:child_process')
const { EventEmitter } = require('node:events')
const { constants } = require('node:os')
const { join } = require('node:path')
const { PassThrough } = require('node:stream')
const { note } = require('../control.cjs')
const identity = require('../identity.cjs')
const { receiveFrames, sendFrame } = require('../frames.cjs')
const { createEvent } = require('./event.cjs')
const { nextReport, reportFlags, takeReport } = require('./fatal-report.cjs')
const { checked } = require('./utility-options.cjs')

const entry = join(__dirname, '..', 'utility.cjs')
/** How long `kill` waits for the process before it is ended by force. */
const reapMs = 2000
const crashes = new Set(['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV', 'SIGTRAP', 'SIGSYS'])
const kills = new Set(['SIGKILL', 'SIGINT', 'SIGTERM'])

const reasonOf = (code, signal) => {
  if (crashes.has(signal)) return 'crashed'
  if (kills.has(signal)) return 'killed'
  return code === 0 ? 'clean-exit' : 'abnormal-exit'
}

class UtilityProcess extends EventEmitter {
  #app
  #child
  #channel
  #pid
  #isKilled = false
  #isOver = false
  #report = nextReport()
  #stdout
  #stderr

  constructor(app, modulePath, { args, execArgv, env, cwd, stdio, serviceName }) {
    super()
    this.#app = app
    this.#stdout = stdio[1] === 'pipe' ? new PassThrough() : null
    this.#stderr = stdio[2] === 'pipe' ? new PassThrough() : null
    // what it is to run, and in which environment, is told over the channel: neither its command line nor /proc shows it
    const switches = ['--type=utility', '--utility-sub-type=node.mojom.NodeService', `--service-name=${serviceName}`]
    const flags = ['--unhandled-rejections=warn-with-error-code', ...reportFlags(this.#report)]
    this.#child = spawn(identity.node, [...execArgv, ...flags, entry, ...switches], {
      cwd,
      stdio: ['ignore', stdio[1], stdio[2], 'pipe'],
      argv0: identity.executable,
      env: { ...process.env, STAND_IN_EXECUTABLE: identity.executable, STAND_IN_PARENT: `${process.pid}` },
    })
    this.#channel = this.#child.stdio[3]
    this.#channel.on('error', () => {})
    receiveFrames(this.#channel, ({ kind, value }) => this.#told(kind, value))
    const given = env === undefined || Object.keys(env).length === 0 ? { ...process.env } : env
    sendFrame(this.#channel, { kind: 'start', value: { modulePath, args, execArgv, env: { ...given } } })
    for (const [stream, to] of [
      [this.#child.stdout, this.#stdout],
      [this.#child.stderr, this.#stderr],
    ])
      if (to !== null) stream.pipe(to)
    this.#child.on('spawn', () => this.#spawned())
    this.#child.on('error', () => this.#ended(null, null, serviceName, 'launch-failed'))
    this.#child.on('exit', (code, signal) => this.#ended(code, signal, serviceName))
  }

  get pid() {
    return this.#pid
  }
  get stdout() {
    return this.#stdout
  }
  get stderr() {
    return this.#stderr
  }

  postMessage = (message) => {
    if (!this.#isOver) sendFrame(this.#channel, { kind: 'message', value: message })
  }

  kill = () => {
    if (this.#pid === undefined) return false
    this.#isKilled = this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), reapMs)
    this.#child.once('exit', () => clearTimeout(timer))
    return this.#isKilled
  }

  #spawned() {
    this.#pid = this.#child.pid
    note('utility', { pid: this.#pid })
    this.emit('spawn')
  }

  #told(kind, value) {
    if (kind === 'message') this.emit('message', value)
  }

  #ended(code, signal, serviceName, reason = reasonOf(code, signal)) {
    if (this.#isOver) return
    this.#isOver = true
    this.#pid = undefined
    this.#channel?.destroy()
    const fatal = signal === 'SIGABRT' ? takeReport(this.#report) : undefined
    // V8's own end is an access to nothing there
    const raw = fatal !== undefined ? constants.signals.SIGSEGV : signal === null ? (code ?? 1) : constants.signals[signal]
    const isOwn = this.#isKilled && [constants.signals.SIGTERM, constants.signals.SIGKILL].includes(raw)
    try {
      if (fatal !== undefined && this.listenerCount('error') > 0) this.emit('error', 'FatalError', fatal.location, fatal.report)
      this.emit('exit', isOwn ? 0 : raw)
    } finally {
      // what comes later is nobody's
      this.#stdout?.removeAllListeners()
      this.#stderr?.removeAllListeners()
      this.#stdout = null
      this.#stderr = null
    }
    this.#app.emit('child-process-gone', createEvent(), {
      type: 'Utility',
      reason,
      exitCode: raw,
      serviceName: 'node.mojom.NodeService',
      name: serviceName,
    })
  }
}

/** @param {{ isReady(): boolean, emit(name: string, ...args: unknown[]): unknown }} app which hears of their end */
exports.createUtilityProcess = (app) => ({
  fork: (modulePath, args, options) => {
    const given = checked(modulePath, args, options)
    if (!app.isReady()) throw new TypeError('utilityProcess cannot be created before app is ready.')
    return new UtilityProcess(app, modulePath, given)
  },
})
