import type { Line, LineUser } from './line.ts'

/** What an attempt tells of; after `onEnd` or `onLost` nothing more. */
export interface AttemptListener {
  /** Not the answer yet: 103 and its like. */
  onInformation(status: number, raw: readonly Buffer[]): void
  /** `isOpenEnded`: nothing but the end of the connection will say that it ends. */
  onHead(status: number, raw: readonly Buffer[], message: string, isOpenEnded: boolean): void
  /** false: no more, until `resume` is called. */
  onData(chunk: Buffer, resume: () => void): boolean
  onEnd(trailers: readonly (Buffer | string)[] | null): void
  onLost(error: Error): void
}

export interface AttemptOptions {
  readonly isHead: boolean
  /** Its body is written piece by piece. */
  readonly isStreamed: boolean
}

/** A request on its way to one process, once. */
export class Attempt implements LineUser {
  /** Set when a connection is chosen for it. */
  line: Line | undefined
  /** Something of it was written. */
  isSent = false
  /** The first byte of an answer has come. */
  isAnswered = false
  /** Nothing more is told of it. */
  isOver = false
  /** The client does not take what comes as fast as it comes. */
  isPaused = false
  /** Something has come since this was set to false. */
  hasMoved = false
  /** Of those who are under way to the same process; it leaves them by itself. */
  fellows: Set<Attempt> | undefined
  readonly #listener: AttemptListener
  readonly #isHead: boolean
  readonly #isStreamed: boolean
  /** Its end is the end of the connection. */
  #isOpenEnded = false
  #resume: () => void = () => {}

  constructor(listener: AttemptListener, { isHead, isStreamed }: AttemptOptions) {
    this.#listener = listener
    this.#isHead = isHead
    this.#isStreamed = isStreamed
  }

  /** Nobody wants the answer any more: the connection is closed, and nothing more is told. */
  drop(): void {
    if (this.isOver) return
    this.#close()
    if (this.isSent) this.line?.cut(new Error('Nobody waits for the answer any more.'))
  }

  /** As if the connection had broken. */
  breakOff(error: Error): void {
    if (this.isOver) return
    this.#lose(error)
    if (this.isSent) this.line?.cut(error)
  }

  onConnect(abort: (error?: Error) => void): void {
    if (this.isOver) return void abort()
    this.isSent = true
    if (this.#isStreamed) this.line?.readOn()
  }

  onResponseStarted(): void {
    this.isAnswered = true
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, message: string): boolean {
    if (this.isOver) return true
    this.hasMoved = true
    if (status < 200) {
      this.#listener.onInformation(status, raw)
      return true
    }
    const isBodyless = this.#isHead || status === 204 || status === 304
    this.#isOpenEnded = !isBodyless && !hasFrame(raw)
    this.#resume = () => {
      this.isPaused = false
      this.hasMoved = true
      resume()
    }
    this.#listener.onHead(status, raw, message, this.#isOpenEnded)
    // whatever else its headers say, there is no more of it
    if (isBodyless) this.#end(null)
    return true
  }

  onData(chunk: Buffer): boolean {
    if (this.isOver) return true
    this.hasMoved = true
    const goesOn = this.#listener.onData(chunk, this.#resume)
    this.isPaused = !goesOn
    return goesOn
  }

  onComplete(trailers: readonly (Buffer | string)[] | null): void {
    if (this.isOver) return
    // where nothing else tells the end, only a connection that was closed in peace does
    if (this.#isOpenEnded && this.line?.isTorn === true) this.#lose(new Error('The connection was reset.'))
    else this.#end(trailers)
  }

  onError(error: Error): void {
    if (!this.isOver) this.#lose(error)
  }

  #end(trailers: readonly (Buffer | string)[] | null): void {
    if (this.isOver) return
    this.#close()
    this.#listener.onEnd(trailers)
  }

  #lose(error: Error): void {
    this.#close()
    this.#listener.onLost(error)
  }

  #close(): void {
    this.isOver = true
    this.fellows?.delete(this)
  }
}

/** It says where its body ends. */
const hasFrame = (raw: readonly Buffer[]): boolean => {
  for (let i = 0; i < raw.length; i += 2) {
    const { length } = raw[i]!
    if (length !== 14 && length !== 17) continue
    const name = raw[i]!.toString('latin1').toLowerCase()
    if (name === 'content-length' || name === 'transfer-encoding') return true
  }
  return false
}
