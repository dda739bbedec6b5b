'use strict'
/** One instance per user data folder: a lock there names the first, a socket tells it of the others. */
const { mkdirSync, readlinkSync, rmSync, symlinkSync } = require('node:fs')
const { createServer, connect } = require('node:net')
const { hostname } = require('node:os')
const { join } = require('node:path')
const { scratch } = require('../scratch.cjs')
const { createEvent } = require('./event.cjs')

const attempts = 5
const deliveryMs = 2000

const linkOf = (path) => {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

class Instance {
  #app
  #server
  isHeld = false
  delivered = Promise.resolve()

  constructor(app) {
    this.#app = app
  }

  request(data) {
    if (this.isHeld) return true
    const userData = this.#app.getPath('userData')
    mkdirSync(userData, { recursive: true })
    const lock = join(userData, 'SingletonLock')
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      if (this.#take(lock, userData)) return true
      const pid = Number(linkOf(lock)?.split('-').at(-1))
      if (isAlive(pid)) {
        this.#tell(linkOf(join(userData, 'SingletonSocket')), data)
        return false
      }
      rmSync(lock, { force: true })
    }
    return false
  }

  release() {
    if (!this.isHeld) return
    this.isHeld = false
    this.#server.close()
    const userData = this.#app.getPath('userData')
    for (const name of ['SingletonLock', 'SingletonSocket']) rmSync(join(userData, name), { force: true })
  }

  #take(lock, userData) {
    try {
      symlinkSync(`${hostname()}-${process.pid}`, lock)
    } catch {
      return false
    }
    this.isHeld = true
    // a path in the user data folder may be too long for a socket
    const path = join(scratch(), `instance-${process.pid}`)
    const link = join(userData, 'SingletonSocket')
    rmSync(link, { force: true })
    symlinkSync(path, link)
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#told(socket)).listen(path)
    process.on('exit', () => this.release())
    return true
  }

  #told(socket) {
    let text = ''
    socket.on('error', () => {})
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    socket.on('end', () => {
      socket.end('ack')
      const { argv, cwd, data } = JSON.parse(text)
      this.#app.whenReady().then(() => this.#app.emit('second-instance', createEvent(), argv, cwd, data))
    })
  }

  /** The process stays until this has arrived. */
  #tell(path, data) {
    if (path === undefined) return
    const message = JSON.stringify({ argv: process.argv, cwd: process.cwd(), data })
    this.delivered = new Promise((resolve) => {
      const socket = connect(path)
      const timer = setTimeout(resolve, deliveryMs)
      socket.on('error', resolve)
      socket.on('data', () => socket.end())
      socket.on('close', () => {
        clearTimeout(timer)
        resolve()
      })
      socket.end(message)
    })
  }
}

exports.Instance = Instance
