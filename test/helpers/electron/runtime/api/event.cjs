'use strict'
/** The first argument of Electron's listeners. */
exports.createEvent = (facts = {}) => {
  const event = {
    ...facts,
    defaultPrevented: false,
    preventDefault: () => {
      event.defaultPrevented = true
    },
  }
  return event
}

/** Emits with a new event; true where a listener prevented what would follow. */
exports.prevented = (emitter, name, ...args) => {
  const event = exports.createEvent()
  emitter.emit(name, event, ...args)
  return event.defaultPrevented
}
