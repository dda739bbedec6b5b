'use strict'
/** The main process: becomes Electron, then loads the app. */
const identity = require('./identity.cjs')
const { installHooks } = require('./hooks.cjs')
const { patchModules, provide } = require('./modules.cjs')
// argv as the app sees it: without us
process.argv = [identity.executable, ...process.argv.slice(2)]
identity.become('browser')
require('./asar/files.cjs').patchFiles()
require('./asar/loader.cjs').patchLoader()
require('./children.cjs').patchChildren()
const electron = require('./electron.cjs')
provide(['electron', 'electron/main', 'electron/common'], electron)
patchModules()
installHooks({ isNeeded: true })
const { say } = require('./words.cjs')
const { connectControl } = require('./control.cjs')
const { exitForReal } = require('./api/lifecycle.cjs')
require('./operations.cjs')
connectControl(() => exitForReal(1))
process.on('uncaughtException', (error) => {
  if (process.listenerCount('uncaughtException') > 1) return
  electron.dialog.showErrorBox('A JavaScript error occurred in the main process', `Uncaught Exception:\n${error.stack ?? error}`)
})
// told, and no end of the process
process.on('unhandledRejection', (error) => {
  if (process.listenerCount('unhandledRejection') > 1) return
  say(`(electron) UnhandledPromiseRejectionWarning: ${error?.stack ?? error}\n`)
})
void require('./start.cjs').start(electron.app)
