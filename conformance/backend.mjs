#!/usr/bin/env node
/**
 * A backend that misbehaves on demand, for proxies to stand in front of: `/play/<what>/<id>?…` plays it, everything else is
 * answered with what arrived. It parses by itself, so that it sees what a proxy really sends. Listens on $PORT of $HOST
 * (127.0.0.1), or on the socket $JARVIS_SOCKET. `/-kit/journal` tells, line by line, what it has seen; for the suite alone.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { firstOf, framingOf, headOf, oddities, parseHead, readBody } from './lib/message.mjs'
import { Ended, Reader } from './lib/reader.mjs'
import { plays } from './plays/index.mjs'

const journals = new Set()
const kept = []
let connections = 0

/** Tells the suite. The last ones are kept for a suite that comes later. */
const journal = (id, what, facts = {}) => {
  const line = `${JSON.stringify({ id, what, at: Date.now(), ...facts })}\n`
  kept.push(line)
  if (kept.length > 500) kept.shift()
  for (const socket of journals) socket.write(line)
}

const parseTarget = (target) => {
  const [path, query = ''] = target.split(/\?(.*)/s)
  const [, place, play, id] = path.split('/')
  const args = new URLSearchParams(query)
  if (place === 'play') return { play, id, args }
  if (place === 'hidden') return { play: 'echo', id: play, args, hidden: true }
  return { play: 'echo', args }
}

const isLast = ({ fields }) => /close/i.test(firstOf(fields, 'connection') ?? '')

/** One request, and what a play needs to answer it. */
const exchangeOf = ({ socket, reader, request, id, args, connection }) => {
  const trailers = []
  const framing = framingOf(request.fields)
  const parts = readBody(reader, framing, trailers)
  const exchange = {
    ...{ id, args, request, socket, reader, connection, framing, trailers, parts },
    /** What an answer says of the connection. */
    closing: isLast(request) ? [['Connection', 'close']] : [],
    tell: (what, facts) => journal(id, what, { connection, ...facts }),
    /** Settled when it may write on; at once where the other side is gone. */
    write: (data) =>
      new Promise((resolve) => {
        if (socket.destroyed || !socket.writable) return resolve()
        if (socket.write(data)) return resolve()
        const go = () => {
          socket.off('drain', go).off('close', go)
          resolve()
        }
        socket.on('drain', go).on('close', go)
      }),
    pause: (ms) =>
      new Promise((resolve) => {
        const go = () => {
          clearTimeout(timer)
          socket.off('close', go)
          resolve()
        }
        const timer = setTimeout(go, ms)
        socket.on('close', go)
      }),
    /** All of the body. */
    body: async () => {
      const hash = createHash('sha1')
      let bytes = 0
      let text = ''
      for await (const part of parts) {
        hash.update(part)
        bytes += part.length
        if (text.length < 1000) text += part.toString('latin1')
      }
      return { bytes, text: text.slice(0, 1000), sha1: hash.digest('hex'), trailers }
    },
    /** A whole answer, with its length. */
    answer: (status, body = '', fields = []) => {
      const bytes = Buffer.from(body)
      const head = headOf(`HTTP/1.1 ${status} Status`, [...fields, ...exchange.closing, ['Content-Length', String(bytes.length)]])
      return exchange.write(request.method === 'HEAD' ? head : Buffer.concat([Buffer.from(head), bytes]))
    },
    /** Settled when the connection is closed, by whomever. Reads meanwhile, or it would not notice. */
    gone: () =>
      new Promise((resolve) => {
        if (socket.destroyed) return resolve()
        socket.on('close', resolve)
        reader.release()
      }),
  }
  return exchange
}

/** @returns whether another request may follow. */
const exchangeOne = async (connection) => {
  const { socket, reader, number } = connection
  let bytes = await reader.until('\r\n\r\n')
  while (bytes[0] === 13 && bytes[1] === 10) bytes = bytes.subarray(2)
  if (bytes.length === 0) return true
  const { first, fields } = parseHead(bytes)
  const [, method, target, version] = /^([^ ]+) (.+) (HTTP\/1\.[01])$/.exec(first) ?? []
  if (method === undefined) {
    journal(connection.id, 'garbage', { connection: number, text: first.slice(0, 200) })
    socket.end('HTTP/1.1 400 Garbage\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    return false
  }
  if (target === '/-kit/journal') return serveJournal(socket)
  const { play, args, hidden = false, ...found } = parseTarget(target)
  const id = found.id ?? firstOf(fields, 'x-kit-id')
  connection.id = id
  if (id !== undefined) connection.ids.add(id)
  const request = { method, target, version, fields }
  journal(id, hidden ? 'hidden' : 'request', { ...request, connection: number, odd: oddities(bytes, fields) })
  const exchange = exchangeOf({ socket, reader, request, id, args, connection: number })
  const played = (plays[play] ?? plays.echo)(exchange)
  const goesOn = (await played) !== 'close'
  connection.ids.delete(id)
  if (goesOn && !isLast(request)) return true
  // a backend that keeps the connection all the same would take it for a request
  await sleep(10)
  const over = reader.rest().toString('latin1')
  if (over !== '') journal(id, 'garbage', { connection: number, text: over.slice(0, 200) })
  socket.end()
  return false
}

const serveJournal = (socket) => {
  socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n')
  for (const line of kept) socket.write(line)
  journals.add(socket)
  socket.on('close', () => journals.delete(socket))
  return false
}

const server = createServer(async (socket) => {
  socket.setNoDelay(true)
  const connection = { socket, reader: new Reader(socket), number: ++connections, id: undefined, ids: new Set() }
  const { reader, number, ids } = connection
  // once, however often it is noticed: the other side has closed or reset, or we have
  const over = () => {
    for (const id of ids) journal(id, 'gone', { connection: number, how: reader.ended })
    ids.clear()
  }
  socket.on('end', over).on('error', over).on('close', over)
  try {
    while (await exchangeOne(connection));
  } catch (error) {
    if (!(error instanceof Ended)) journal(connection.id, 'garbage', { connection: number, text: error.message })
    socket.destroy()
  }
})

const { PORT, HOST = '127.0.0.1', JARVIS_SOCKET } = process.env
server.listen(JARVIS_SOCKET === undefined ? { port: Number(PORT), host: HOST } : { path: JARVIS_SOCKET }, () => process.send?.('up'))
server.on('error', ({ message }) => {
  process.stderr.write(`${message}\n`)
  process.exit(1)
})
// it does not outlive who started it
process.on('disconnect', () => process.exit(0))
