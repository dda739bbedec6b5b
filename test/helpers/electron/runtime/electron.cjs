'use strict'
/** What `electron` is in the main process. */
const { app } = require('./api/app.cjs')
const { webContents } = require('./api/contents.cjs')
const desktop = require('./api/desktop.cjs')
const { ipcMain } = require('./api/ipc.cjs')
const { net } = require('./api/net.cjs')
const { protocol } = require('./api/protocol.cjs')
const { session } = require('./api/session.cjs')
const { autoUpdater } = require('./api/updater.cjs')
const { createUtilityProcess } = require('./api/utility-process.cjs')
const { BrowserWindow } = require('./api/window.cjs')

module.exports = {
  app,
  autoUpdater,
  BrowserWindow,
  ipcMain,
  net,
  protocol,
  session,
  utilityProcess: createUtilityProcess(app),
  webContents,
  ...desktop,
}
