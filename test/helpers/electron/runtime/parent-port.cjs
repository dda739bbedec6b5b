'use strict'
/** `process.parentPort`: what comes before anybody listens waits. */
const { EventEmitter } = require('node:events')
const { sendFrame } = require('./frames.cjs')

class ParentPort extends EventEmitter {
  #channel
  #waiting = []
  #isStarted = false

  constructor(channel) {
    super()
    this.#channel = channel
    this.on('newListener', (name) => {
      // it is called before the listener is there
      if (name === 'message' && this.listenerCount('message') === 0) setImmediate(this.start)
    })
    this.on('removeListener', (name) => {
      if (name === 'message' && this.listenerCount('message') === 0) this.pause()
    })
  }

  start = () => {
    this.#isStarted = true
    while (this.#isStarted && this.#waiting.length > 0) this.emit('message', this.#waiting.shift())
  }
  pause = () => {
    this.#isStarted = false
  }
  postMessage = (message) => {
    if (this.#channel.writable) sendFrame(this.#channel, { kind: 'message', value: message })
  }
  take = (data) => {
    this.#waiting.push({ data, ports: [] })
    if (this.#isStarted) this.start()
  }
}

exports.createParentPort = (channel) => {
  const port = new ParentPort(channel)
  const { take } = port
  delete port.take
  return { port, deliver: take }
}
