/** Whose turn it is on a connection of node:http: answers go out in the order of their requests. */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { earlyBytes } from './early-bytes.ts'

/** The answer whose turn it is; node:http has no other word for it. */
export const answeringOn = (socket: Socket & { readonly _httpMessage?: ServerResponse | null }): ServerResponse | undefined =>
  socket._httpMessage ?? undefined

/**
 * Calls `then` when every request that has come in whole has been answered, at once where there is none; with the answer to one
 * that has not. It may be that the connection is closed by then.
 */
export const whenAnswered = (socket: Socket, then: (unfinished: ServerResponse | undefined) => void): void => {
  const answering = answeringOn(socket)
  // the next one has its turn before this one is told to be closed
  if (answering?.req.complete === true) answering.once('close', () => whenAnswered(socket, then))
  else then(answering)
}

/**
 * The same for a connection that node:http has let go of, with all that has come of it since. `then` is not called if it is
 * closed by then.
 */
export const takeTurn = (socket: Socket, head: Buffer, then: (head: Buffer) => void): void => {
  if (answeringOn(socket) === undefined) {
    then(head)
    return
  }
  const early = earlyBytes(socket, head, () => socket.destroy())
  // node:http does not tell it to those who write any more
  const onDrain = (): void => void answeringOn(socket)?.emit('drain')
  socket.on('drain', onDrain)
  whenAnswered(socket, () => {
    socket.off('drain', onDrain)
    const come = early.take()
    if (socket.writable) then(Buffer.concat(come))
    else socket.resume()
  })
}
