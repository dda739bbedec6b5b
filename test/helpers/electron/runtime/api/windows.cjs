'use strict'
/** All windows that there are, in the order in which they came. */
exports.windows = new Set()

/** A page that went away by itself takes its window along. */
exports.gone = (contents) => {
  for (const window of exports.windows) if (window.webContents === contents) window.destroy()
}
