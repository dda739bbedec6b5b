/** The other side has closed, reset or vanished, before all that was asked for had come. */
export class Ended extends Error {
  constructor(how) {
    super(`the connection ended: ${how}`)
    this.how = how
  }
}

const enough = 64 * 1024
/** Of what is looked through for a mark. */
const most = 4 * 1024 * 1024

/** The bytes of a socket, taken as they are needed: where nobody takes, the other side has to wait. */
export class Reader {
  #socket
  #bytes = Buffer.alloc(0)
  #more = []
  #size = 0
  #held = false
  #wake = () => {}
  /** `fin`, or the code of an error (`ECONNRESET`); undefined while it is open. */
  ended

  constructor(socket) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      this.#more.push(chunk)
      this.#size += chunk.length
      if (this.#size > enough) socket.pause()
      this.#wake()
    })
    const end = (how) => {
      this.ended ??= how
      this.#wake()
    }
    // a reset that comes together with data is told as an end in peace; but then the kernel knows of no other side any more
    socket.on('end', () => end(socket.remoteAddress === undefined ? 'ECONNRESET' : 'fin'))
    socket.on('error', (error) => end(error.code ?? 'error'))
    socket.on('close', () => end('closed'))
  }

  /** Takes nothing from the socket until it is released. */
  hold() {
    this.#held = true
    this.#socket.pause()
  }

  release() {
    this.#held = false
    this.#flow()
  }

  #flow() {
    if (!this.#held) this.#socket.resume()
  }

  /** What has come and was not taken. */
  #peek() {
    if (this.#more.length > 0) this.#bytes = Buffer.concat([this.#bytes, ...this.#more.splice(0)])
    return this.#bytes
  }

  #cut(length = this.#size) {
    const taken = this.#peek().subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    this.#size = this.#bytes.length
    return taken
  }

  async #await() {
    if (this.ended !== undefined) throw new Ended(this.ended)
    await new Promise((resolve) => {
      this.#wake = resolve
      this.#flow()
    })
  }

  /** What there is, at least one byte and up to the limit; undefined at the end. */
  async some(limit) {
    while (this.#peek().length === 0) {
      if (this.ended !== undefined) return undefined
      await this.#await()
    }
    return this.#cut(limit)
  }

  /** As `some`, but the end is an error. */
  async next(limit) {
    const bytes = await this.some(limit)
    if (bytes === undefined) throw new Ended(this.ended)
    return bytes
  }

  async take(length) {
    while (this.#size < length) await this.#await()
    return this.#cut(length)
  }

  /** All up to the mark, and the mark. Throws where it does not come. */
  async until(mark) {
    let from = 0
    for (;;) {
      const bytes = this.#peek()
      const at = bytes.indexOf(mark, from)
      if (at >= 0) return this.#cut(at + mark.length)
      if (bytes.length > most) throw new RangeError(`no ${JSON.stringify(mark)} in ${bytes.length} bytes`)
      from = Math.max(0, bytes.length - mark.length)
      await this.#await()
    }
  }

  /** What has come and was not taken, without waiting. */
  rest() {
    return this.#cut()
  }
}
