'use strict'
const { EventEmitter } = require('node:events')
const { windows } = require('./windows.cjs')

class AutoUpdater extends EventEmitter {
  setFeedURL = () => {}
  getFeedURL = () => ''
  checkForUpdates = () => {}
  /** The windows close first, and only then is it a quit. */
  quitAndInstall = () => {
    const { app } = require('./app.cjs')
    this.emit('before-quit-for-update')
    const open = [...windows]
    if (open.length === 0) return app.quit()
    let left = open.length
    for (const window of open) {
      window.once('closed', () => {
        left -= 1
        if (left === 0) app.quit()
      })
      window.close()
    }
  }
}

exports.autoUpdater = new AutoUpdater()
