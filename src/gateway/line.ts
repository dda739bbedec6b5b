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
  readonly #current: { wire?: Wire }

  constructor(origin: string | URL, { connect, isTcp, ...options }: LineOptions) {
    const current: { wire?: Wire } = {}
    super(origin, {
      ...options,
      connect: (target, callback) =>
        connect(target, (...[error, socket]) => {
          if (error !== null) return callback(error, null)
          current.wire = new Wire(socket, isTcp)
          callback(null, socket)
        }),
    })
    this.#current = current
  }

  /** The connection was broken off, not closed: what has no end of its own is not complete. */
  get isTorn(): boolean {
    return this.#current.wire?.isTorn ?? false
  }

  /** What is received is read to its end, even if nothing more can be written. */
  readOn(): void {
    this.#current.wire?.readOn()
  }

  /** Closes the connection. The `abort` of undici would make another one at once, with nothing to send. */
  cut(error: Error): void {
    this.#current.wire?.socket.destroy(error)
  }

  override dispatch(options: SendOptions, user: LineUser): boolean {
    user.line = this
    return super.dispatch(options, user)
  }
}

class Wire {
  readonly socket: Socket
  #wasReset = false
  #hasFailed: (() => boolean) | undefined

  constructor(socket: Socket, isTcp: boolean) {
    this.socket = socket
    // libuv makes a plain end of a reset that comes together with data; but then the kernel knows of no other side any more.
    // Asked once, it would be remembered.
    if (isTcp) {
      socket.once('end', () => {
        this.#wasReset = socket.remoteAddress === undefined
      })
    }
  }

  get isTorn(): boolean {
    return this.#wasReset || this.#hasFailed?.() === true || this.socket.errored !== null
  }

  readOn(): void {
    this.#hasFailed ??= readsOn(this.socket)
  }
}
