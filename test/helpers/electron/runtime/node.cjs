'use strict'
/** Preloaded where the executable is to be a plain Node: ELECTRON_RUN_AS_NODE. Runs in its threads, too. */
const { become, executable } = require('./identity.cjs')

// what we were started with is nobody's business, and would be handed down by fork
const at = process.execArgv.findIndex((arg, index, all) => arg === '--require' && all[index + 1] === __filename)
if (at !== -1) process.execArgv.splice(at, 2)

become(undefined)
process.argv[0] = executable
if (!process.env.ELECTRON_NO_ASAR) {
  require('./asar/files.cjs').patchFiles()
  require('./asar/loader.cjs').patchLoader()
  require('./modules.cjs').patchModules()
  require('./hooks.cjs').installHooks()
}
require('./children.cjs').patchChildren()
