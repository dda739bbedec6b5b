'use strict'
/** The driver's wire: lines of JSON over a socket of its own. Without a driver it takes everything and says nothing. */
const { connect } = require('node:net')
const { createInterface } = require('node:readline')
const { settings } = require('./identity.cjs')

const operations = new Map()
let socket

const say = (message) => {
  if (socket !== undefined && !socket.destroyed) socket.write(`${JSON.stringify(message)}\n`)
}

const wordsOf = (error) => ({
  message: error instanceof Error ? error.message : String(error),
  ...(error instanceof Error && { name: error.name, code: error.code, errno: error.errno, stack: error.stack }),
})

const answer = async ({ id, name, args }) => {
  try {
    const operation = operations.get(name)
    if (operation === undefined) throw new Error(`The stand-in has no operation ${name}`)
    say({ id, result: (await operation(...args)) ?? null })
  } catch (error) {
    say({ id, error: wordsOf(error) })
  }
}

/** Something that happened, for the driver's log. */
exports.note = (type, facts = {}) => say({ type, facts })
exports.say = say
exports.offer = (all) => {
  for (const [name, operation] of Object.entries(all)) operations.set(name, operation)
}

/** @param {() => void} onLost the driver is gone, and nobody else would end this process */
exports.connectControl = (onLost) => {
  const path = settings.STAND_IN_CONTROL
  if (!path) return
  socket = connect(path)
  socket.on('error', () => {})
  socket.on('close', onLost)
  createInterface(socket).on('line', (line) => void answer(JSON.parse(line)))
}

/** Everything that was said is on its way. */
exports.flush = (then) => (socket === undefined || socket.destroyed ? then() : socket.write('', () => then()))
