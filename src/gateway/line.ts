import type { Socket } from 'node:net'
import { Client, type ClientOptions, type Connector, type SendHandler, type SendOptions } from './undici.ts'
import { readsOn } from './whole-reading.ts'

/** Whoever wants to know on which connection it is sent. */
export interface LineUser extends SendHandler {
  line?: Line | undefined
}

export interface LineOptions extends ClientOptions {
  readonly connect: Connector
  /** Not a Unix socket, or a pipe. */
  readonly isTcp: boolean
}

/** One connection to a backend, at most; made when there is something to send. */
export class Line extends Client {
  #isTorn: () => boolean
  #cut: (error: Error) => void

  constructor(origin: string | URL, { connect, isTcp, ...options }: LineOptions) {
    let isTorn = (): boolean => false
    let current: Socket | undefined
    super(origin, {
      ...options,
      connect: (target, callback) =>
        connect(target, (...[error, socket]) => {
          if (error !== null) return callback(error, null)
          current = socket
          isTorn = watch(socket, isTcp)
          callback(null, socket)
        }),
    })
    this.#isTorn = () => isTorn()
    this.#cut = (error) => void current?.destroy(error)
  }

  /** The connection was broken off, not closed: what has no end of its own is not complete. */
  get isTorn(): boolean {
    return this.#isTorn()
  }

  /** Closes the connection. The `abort` of undici would make another one at once, with nothing to send. */
  cut(error: Error): void {
    this.#cut(error)
  }

  override dispatch(options: SendOptions, user: LineUser): boolean {
    user.line = this
    return super.dispatch(options, user)
  }
}

const watch = (socket: Socket, isTcp: boolean): (() => boolean) => {
  const hasFailed = readsOn(socket)
  let wasReset = false
  // libuv makes a plain end of a reset that comes together with data; but then the kernel knows of no other side any more.
  // Asked once, it would be remembered.
  if (isTcp) {
    socket.once('end', () => {
      wasReset = socket.remoteAddress === undefined
    })
  }
  return () => wasReset || hasFailed() || socket.errored !== null
}
