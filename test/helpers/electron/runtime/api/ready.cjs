'use strict'
/** Whether the app is ready: asked by what is loaded before it. */
exports.lifecycleState = { isReady: () => require('./app.cjs').app.isReady() }
