import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** Read ahead of who takes it. */
const aheadBytes = 64 * 1024

export interface ParcelOptions {
  /** Declared; undefined: it comes in chunks, and ends when it ends. */
  readonly length: number | undefined
  readonly limitBytes: number
  /** It is larger than it may be. */
  readonly onTooLarge: () => void
}

/** The body of a request. What has come is kept until somebody takes it; what is not wanted yet is left to the client. */
export class Parcel {
  readonly length: number | undefined
  /** All of it has come. */
  isComplete = false
  /** Some of it was given away, and is not here any more. */
  isOpened = false
  readonly #request: IncomingMessage
  readonly #limitBytes: number
  readonly #onTooLarge: () => void
  #chunks: Buffer[] = []
  #keptBytes = 0
  #totalBytes = 0
  #mayKeepBytes = aheadBytes
  #isReading = false
  #reader: ParcelReader | undefined
  #isAsked = false
  #whole: ((body: Buffer) => void) | undefined

  constructor(request: IncomingMessage, { length, limitBytes, onTooLarge }: ParcelOptions) {
    this.#request = request
    this.length = length
    this.#limitBytes = limitBytes
    this.#onTooLarge = onTooLarge
  }

  /** Reads all of it. `done` is not called if it never comes. */
  collect(done: (body: Buffer) => void): void {
    this.#mayKeepBytes = Number.POSITIVE_INFINITY
    this.#whole = done
    this.#read()
  }

  /** Reads on, as far as there is room for it. Returns how much room it may take. */
  keep(): number {
    this.#mayKeepBytes = this.length ?? Math.max(aheadBytes, this.#keptBytes)
    this.#read()
    return this.#mayKeepBytes
  }

  /** What there is of it, and what comes: for one reader at a time. */
  open(): Readable {
    this.#mayKeepBytes = aheadBytes
    this.#isAsked = false
    this.#reader = new ParcelReader(this)
    return this.#reader
  }

  /** Nobody wants it any more. */
  discard(): void {
    this.#chunks = []
    this.#keptBytes = 0
    this.#reader = undefined
    this.#whole = undefined
    this.#mayKeepBytes = 0
    if (this.#isReading) this.#request.off('data', this.#onData).off('end', this.#onEnd)
    this.#isReading = false
  }

  /** One chunk for the reader, at the next turn: what the backend has said meanwhile is read before more is written to it. */
  ask(reader: ParcelReader): void {
    setImmediate(() => {
      if (this.#reader !== reader || reader.destroyed) return
      const chunk = this.#chunks.shift()
      if (chunk !== undefined) {
        this.#keptBytes -= chunk.length
        this.isOpened = true
        reader.push(chunk)
      } else if (this.isComplete) reader.push(null)
      else this.#isAsked = true
      if (!this.isComplete) this.#read()
    })
  }

  /** Its reader wants no more. */
  left(reader: ParcelReader): void {
    if (this.#reader === reader) this.#reader = undefined
  }

  #read(): void {
    if (this.#isReading) {
      if (this.#keptBytes < this.#mayKeepBytes) this.#request.resume()
      return
    }
    this.#isReading = true
    this.#request.on('data', this.#onData).on('end', this.#onEnd)
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#totalBytes += chunk.length
    if (this.#totalBytes > this.#limitBytes) {
      this.discard()
      return void this.#onTooLarge()
    }
    if (this.#isAsked && this.#reader !== undefined) {
      this.#isAsked = false
      this.isOpened = true
      this.#reader.push(chunk)
      return
    }
    this.#chunks.push(chunk)
    this.#keptBytes += chunk.length
    if (this.#keptBytes >= this.#mayKeepBytes) this.#request.pause()
  }

  readonly #onEnd = (): void => {
    this.isComplete = true
    const [first] = this.#chunks
    if (this.#whole !== undefined) this.#whole(this.#chunks.length === 1 ? first! : Buffer.concat(this.#chunks))
    else if (this.#isAsked) this.#reader?.push(null)
  }
}

class ParcelReader extends Readable {
  readonly #parcel: Parcel

  constructor(parcel: Parcel) {
    super({ highWaterMark: 1 })
    this.#parcel = parcel
    // whoever reads it is told by other means
    this.on('error', () => {})
  }

  override _read(): void {
    this.#parcel.ask(this)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#parcel.left(this)
    done(error)
  }
}
