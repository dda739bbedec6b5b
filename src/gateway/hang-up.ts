import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'

/** For the other side to take what it was sent last. */
const flushMs = 30_000
/** The same, where it is not the whole of it anyway. */
const lastWordsMs = 1000
/** For the other side to close as well, once it has been sent everything. */
const lingerMs = 2000

/**
 * Ends a connection so that its last words arrive: they are flushed, for 30 s, and what still comes in is read and dropped. Unread, it
 * would make the system answer with a reset, which can overtake them.
 */
export const hangUp = (socket: Socket, clock: Clock, last: Buffer | string = ''): void => {
  let cancel = clock.setTimer(flushMs, () => socket.destroy())
  socket.once('finish', () => {
    cancel()
    cancel = clock.setTimer(lingerMs, () => socket.destroy())
  })
  socket.once('close', () => cancel())
  socket.end(last, 'latin1')
  socket.resume()
}

/**
 * Ends a connection so that nobody takes it for complete: what was written before is flushed, for 1 s, then it is reset.
 * `isFramed`: the other side sees by itself that something is missing, and a plain end loses nothing of what it has been sent.
 */
export const cutOff = (socket: Socket, clock: Clock, { isFramed = false } = {}): void => {
  if (socket.destroyed) return
  const cancel = clock.setTimer(lastWordsMs, () => reset(socket))
  socket.once('close', cancel)
  socket.write(Buffer.alloc(0), () => {
    // an error of the write has destroyed it already
    if (socket.destroyed) return
    if (isFramed) socket.destroy()
    else reset(socket)
  })
}

/** `resetAndDestroy` ends it properly first, and whoever reads that end in time takes it for one. */
export const reset = (socket: Socket & { resetAndClosing?: boolean }): void => {
  socket.resetAndClosing = true
  socket.destroy()
}
