'use strict'
// Loaded into forked children before their script. Tells the supervisor over the channel when a server listens: readiness
// is looked at in that moment instead of at the next poll and, where the system does not say who listens, it is the
// proof that we do. Costs about 1 ms of the child's boot.

// what the child forks itself must not load this: its messages would reach the user's code
const at = process.execArgv.indexOf(__filename)
if (at > 0) process.execArgv.splice(at - 1, 2)

// undefined in worker threads
if (process.send !== undefined) {
  require('node:diagnostics_channel').subscribe('tracing:net.server.listen:asyncEnd', (event) => {
    const address = event.server?.address()
    // a Unix socket has a path for an address
    if (!process.connected || address === null || typeof address !== 'object') return
    process.send(
      { 'jarvis-supervise': { listening: { pid: process.pid, address: address.address, port: address.port } } },
      undefined,
      undefined,
      () => {},
    )
  })
}
