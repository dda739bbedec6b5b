'use strict'
// Loaded into forked children before their script. Costs about 1 ms of the child's boot. It
// - tells the supervisor over the channel when a server listens: readiness is looked at in that moment instead of at the
//   next poll and, where the system does not say who listens, it is the proof that we do;
// - ends the child when its supervisor died without a word (SIGKILL, a crash). On Windows libuv's job object does that.

// what the child forks itself must not load this: its messages would reach the user's code
const at = process.execArgv.indexOf(__filename)
if (at > 0) process.execArgv.splice(at - 1, 2)

/** The supervisor's pid, or `0`: its child may outlive it. */
const leash = process.env.JARVIS_DIE_WITH_PARENT
delete process.env.JARVIS_DIE_WITH_PARENT

// undefined in worker threads
if (process.send !== undefined) {
  const onListening = leash === '0' || process.platform === 'win32' ? () => {} : dieWithParent(Number(leash))
  require('node:diagnostics_channel').subscribe('tracing:net.server.listen:asyncEnd', (event) => {
    report(event.server?.address())
    onListening()
  })
}

function report(address) {
  if (!process.connected || address == null) return
  // of a Unix socket or a pipe the address is its path
  const place = typeof address === 'string' ? { address, port: 0 } : { address: address.address, port: address.port }
  process.send({ 'jarvis-supervise': { listening: { pid: process.pid, ...place } } }, undefined, undefined, () => {})
}

/** `supervisor`: its pid, or NaN where it did not say. Returns what is to be called when the script listens. */
function dieWithParent(supervisor) {
  // as they are now: a script may put others in their place
  const { setTimeout: setTimer } = globalThis
  const kill = process.kill.bind(process)
  const later = (ms, next) => void setTimer(next, ms).unref()

  const parent = process.ppid
  const isOrphan = () => process.ppid !== parent

  const end = () => {
    try {
      // what the child has started would go on, and hold its port; what has left the group wanted to
      kill(-process.pid, 'SIGKILL')
    } catch {
      // leads no group
    }
    kill(process.pid, 'SIGKILL')
  }

  let leaving = false
  const leave = () => {
    if (leaving) return
    leaving = true
    if (process.listenerCount('SIGTERM') === 0) return end()
    process.once('exit', end)
    later(2000, end)
    kill(process.pid, 'SIGTERM')
  }

  // The supervisor died before it could be seen as the parent: its pid is nobody's. Somebody else's may be a wrapper.
  if (supervisor !== parent && isGone(supervisor, kill)) end()

  // A lost channel is a reason to look, and no proof: scripts may close it. The kernel closes what a process had open a
  // little before it gives its children to another parent.
  const look = (nextMs) => {
    if (isOrphan()) leave()
    else if (nextMs < 2000) later(nextMs, () => look(nextMs * 2))
  }
  const onDisconnect = () => {
    // the script may end at once for the same reason, and leave what it has started
    process.once('exit', () => isOrphan() && end())
    look(5)
  }
  // whoever listens for this keeps the process alive, and so is not to be counted: a script that is done shall end
  if (typeof process.channel?.unrefCounted === 'function') {
    process.on('disconnect', onDisconnect)
    process.channel.unrefCounted()
    // and not to be counted off either: else a script that removes all listeners would not be kept alive by its next one
    process.on('removeListener', (_name, listener) => listener === onDisconnect && process.channel?.refCounted())
  }

  // for a child whose event loop is blocked; it would cost the boot a tenth
  let guarded = false
  const guard = () => {
    if (guarded) return
    guarded = true
    try {
      require('./guard.cjs').startGuard(parent, leave)
    } catch {
      // threads are not permitted, or this file is gone: the channel's end still tells
    }
  }
  // in the first turn: Node's timers take a while to load, and a server needs them only after it listens
  setImmediate(() => later(1000, guard))
  // when the first requests have been answered: to start a thread takes what they are waiting for
  return () => guarded || later(100, guard)
}

function isGone(pid, kill) {
  // to kill(2), 0 is the caller's own group
  if (!(pid > 0)) return false
  try {
    kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}
