import type { Socket } from 'node:net'

/** Nobody is known to hold back that long what he has already sent. */
const longestMs = 1000

type Done = (error?: Error | null) => void

/**
 * Has what was received be read before an error of writing ends a connection: a backend that does not want the rest of an upload
 * answers, closes, and lets the kernel refuse what still comes. Its answer is there, but a failed write would throw it away.
 * Returns whether a write has failed.
 */
export const readsOn = (socket: Socket): (() => boolean) => {
  const { _write: write, _writev: writev } = socket
  let failed = false

  const holding =
    (done: Done): Done =>
    (error) => {
      if (!error) return done()
      failed = true
      const finish = (): void => {
        clearTimeout(timer)
        socket.off('end', finish).off('close', finish)
        // after those who still read the end
        process.nextTick(done, error)
      }
      const timer = setTimeout(finish, longestMs)
      if (socket.readableEnded || socket.destroyed) finish()
      else socket.once('end', finish).once('close', finish)
    }

  socket._write = (chunk, encoding, done) => write.call(socket, chunk, encoding, holding(done))
  if (writev) socket._writev = (chunks, done) => writev.call(socket, chunks, holding(done))
  return () => failed
}
