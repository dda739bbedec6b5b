// A connection of a load generator: one request at a time over a raw socket, opened again whenever it was closed.
import { connect } from 'node:net'
import { now } from './time.mjs'

const emptyLine = Buffer.from('\r\n\r\n')

/** `onAnswer({ status, firstAt })` when an answer has come to its end; `onLost()` where it did not. */
export class Connection {
  #port
  #socket
  #rest = Buffer.alloc(0)
  /** What is known of the answer under way. */
  #answer
  #isAsked = false
  #isOver = false

  constructor(port, { onAnswer, onLost }) {
    this.#port = port
    this.onAnswer = onAnswer
    this.onLost = onLost
    this.#open()
  }

  ask(request) {
    this.#isAsked = true
    this.#answer = undefined
    this.#socket.write(request)
  }

  end() {
    this.#isOver = true
    this.#socket.destroy()
  }

  #open() {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    this.#socket = socket
    this.#rest = Buffer.alloc(0)
    socket.on('data', (chunk) => this.#take(chunk))
    socket.on('error', () => {})
    socket.on('close', () => this.#closed(socket))
  }

  #closed(socket) {
    if (this.#isOver || socket !== this.#socket) return
    this.#open()
    if (!this.#isAsked) return
    this.#isAsked = false
    // its end is that of the connection
    if (this.#answer !== undefined && this.#answer.length === undefined && !this.#answer.isChunked) this.onAnswer(this.#answer)
    else this.onLost()
  }

  #take(chunk) {
    if (!this.#isAsked) return
    if (this.#answer === undefined) {
      this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
      const end = this.#rest.indexOf(emptyLine)
      if (end === -1) return
      this.#answer = headOf(this.#rest.latin1Slice(0, end + 2))
      this.#rest = this.#rest.subarray(end + 4)
      this.#answer.came = this.#rest.length
      if (this.#rest.length > 0) this.#answer.firstAt = now()
    } else {
      this.#answer.firstAt ??= now()
      this.#answer.came += chunk.length
      if (this.#answer.isChunked) this.#rest = Buffer.concat([this.#rest, chunk])
    }
    const { length, isChunked, came } = this.#answer
    if (isChunked ? isWhole(this.#rest) : came >= length) this.#done()
  }

  #done() {
    const answer = this.#answer
    this.#isAsked = false
    this.#rest = Buffer.alloc(0)
    if (answer.isLast) {
      this.#socket.destroy()
      this.#open()
    }
    this.onAnswer(answer)
  }
}

const headOf = (head) => ({
  status: Number(head.slice(9, 12)),
  length: numberOf(/\r\ncontent-length: *(\d+)\r\n/i.exec(head)),
  isChunked: /\r\ntransfer-encoding: *chunked\r\n/i.test(head),
  isLast: /\r\nconnection: *close\r\n/i.test(head),
  firstAt: undefined,
  came: 0,
})

const numberOf = (match) => (match === null ? undefined : Number(match[1]))

/** Walks from chunk to chunk; no trailers. */
const isWhole = (body) => {
  for (let at = 0; ; ) {
    const line = body.indexOf('\r\n', at)
    if (line === -1) return false
    const size = Number.parseInt(body.latin1Slice(at, line), 16)
    if (size === 0) return body.length >= line + 4
    at = line + 2 + size + 2
    if (at > body.length) return false
  }
}
