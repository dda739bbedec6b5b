/** A client that writes its requests byte by byte and believes nothing of the answers. */
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { acceptOf, closePayload, encodeFrame, opcodes, readFrame } from './frames.mjs'
import { allOf, firstOf, framingOf, headOf, oddities, parseHead, readBody } from './message.mjs'
import { Ended, Reader } from './reader.mjs'

const patience = 1500

/**
 * How an answer has come. `end`: `complete`; `cut` in the middle; `none`, the connection was closed without one; `hang`, nothing
 * more came in time; `garbage`, it is not HTTP.
 * @typedef {{ status: number, fields: [string, string][], body: Buffer, end: string, early: object[], parts: { at: number, bytes: Buffer }[],
 *   trailers: [string, string][], odd: string[], closes: boolean, tookMs: number, endedAt: number, value(name: string): string | undefined,
 *   values(name: string): string[] }} Answer
 */

/** @returns {Answer & { done: Promise<Answer>, headed: Promise<void> }} grows as it comes. */
const readAnswer = (reader, method, ms) => {
  const began = Date.now()
  let head
  const answer = {
    ...{
      status: 0,
      fields: [],
      body: Buffer.alloc(0),
      end: 'hang',
      early: [],
      parts: [],
      trailers: [],
      odd: [],
      closes: false,
      tookMs: 0,
      endedAt: 0,
    },
    value: (name) => firstOf(answer.fields, name),
    values: (name) => allOf(answer.fields, name),
    headed: new Promise((resolve) => {
      head = resolve
    }),
  }
  const read = async () => {
    for (;;) {
      const bytes = await reader.until('\r\n\r\n')
      const { first, fields } = parseHead(bytes)
      const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1])
      if (Number.isNaN(status)) return 'garbage'
      if (status < 200 && status !== 101) {
        answer.early.push({ status, fields })
        continue
      }
      Object.assign(answer, { status, fields, odd: oddities(bytes, fields) })
      break
    }
    head()
    const { status, fields, parts, trailers } = answer
    if (method === 'HEAD' || status === 101 || status === 204 || status === 304) return 'complete'
    const framing = framingOf(fields)
    if (framing === undefined) {
      answer.closes = true
      for (let bytes = await reader.some(); bytes !== undefined; bytes = await reader.some()) parts.push({ at: Date.now(), bytes })
      return reader.ended === 'fin' ? 'complete' : 'cut'
    }
    for await (const bytes of readBody(reader, framing, trailers)) parts.push({ at: Date.now(), bytes })
    return 'complete'
  }
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms, 'hang')
  })
  const reading = read().catch((error) => (!(error instanceof Ended) ? 'garbage' : answer.status === 0 ? 'none' : 'cut'))
  answer.done = Promise.race([reading, late]).then((end) => {
    clearTimeout(timer)
    head()
    return Object.assign(answer, {
      end,
      endedAt: Date.now(),
      tookMs: Date.now() - began,
      body: Buffer.concat(answer.parts.map(({ bytes }) => bytes)),
    })
  })
  return answer
}

/** @param {{ host: string, port: number, authority: string }} proxy */
export const clientOf = (proxy) => {
  const sockets = new Set()

  /** A connection to the proxy. Nothing is sent but what is given. */
  const open = () =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: proxy.host, port: proxy.port, noDelay: true })
      sockets.add(socket)
      const reader = new Reader(socket)
      socket.once('error', reject)
      socket.once('close', () => sockets.delete(socket))
      socket.once('connect', () => {
        resolve({
          socket,
          reader,
          send: (data) => void (socket.writable && socket.write(data)),
          /** Begins to read an answer, which is there piece by piece; `done` when it is whole, or will not be. */
          begin: (method = 'GET', ms = patience) => readAnswer(reader, method, ms),
          answer: (method = 'GET', ms = patience) => readAnswer(reader, method, ms).done,
          leave: (how) => (how === 'rst' ? socket.resetAndDestroy() : socket.destroy()),
        })
      })
    })

  /** The text of a request. `body` of text has its length said, a list of texts is sent chunked. */
  const requestOf = ({ method = 'GET', path = '/', fields = [], body, host = proxy.authority, version = 'HTTP/1.1' }) => {
    const chunks = Array.isArray(body) ? [...body.map(chunk), '0\r\n\r\n'] : body === undefined ? [] : [body]
    const framing = Array.isArray(body)
      ? [['Transfer-Encoding', 'chunked']]
      : body === undefined
        ? []
        : [['Content-Length', String(Buffer.byteLength(body))]]
    const head = headOf(`${method} ${path} ${version}`, [['Host', host], ...fields, ...framing])
    return Buffer.concat([Buffer.from(head, 'latin1'), ...chunks.map((part) => Buffer.from(part))])
  }

  /** One request on a connection of its own, and its answer. */
  const ask = async (request = {}) => {
    const connection = await open()
    connection.send(requestOf(request))
    const answer = await connection.answer(request.method, request.ms)
    if (request.keep !== true) connection.leave()
    return answer
  }

  /** Asks for a WebSocket. `protocols`, `extensions` and `fields` are offered; `early` is sent in one piece with the request. */
  const upgrade = async ({ path, protocols, extensions, fields = [], early = '', ms = patience, host, origin }) => {
    const connection = await open()
    const key = randomBytes(16).toString('base64')
    const request = requestOf({
      ...{ path, ...(host !== undefined && { host }) },
      fields: [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
        ['Sec-WebSocket-Version', '13'],
        ['Sec-WebSocket-Key', key],
        ...(origin === undefined ? [] : [['Origin', origin]]),
        ...(protocols === undefined ? [] : [['Sec-WebSocket-Protocol', protocols]]),
        ...(extensions === undefined ? [] : [['Sec-WebSocket-Extensions', extensions]]),
        ...fields,
      ],
    })
    connection.send(Buffer.concat([request, Buffer.from(early)]))
    const answer = await connection.answer('GET', ms)
    const isOpen = answer.status === 101 && answer.value('sec-websocket-accept') === acceptOf(key)
    const send = (opcode, payload, more = {}) => connection.send(encodeFrame({ opcode, payload, masked: true, ...more }))
    return {
      ...connection,
      answer,
      isOpen,
      sendFrame: send,
      text: (payload, more) => send(opcodes.text, payload, more),
      close: (code, reason) => send(opcodes.close, closePayload(code, reason)),
      /** The next frame; undefined where none comes in time or the connection is gone. */
      frame: (within = patience) => settledWithin(readFrame(connection.reader), within),
    }
  }

  return {
    ...{ open, ask, upgrade, requestOf },
    /** Closes all that is open. */
    close: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

export const settledWithin = (promise, ms) => {
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  return Promise.race([promise.catch(() => undefined), late]).finally(() => clearTimeout(timer))
}
