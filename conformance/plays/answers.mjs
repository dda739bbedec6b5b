/** Whole answers, and answers as strange as the suite wants them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { firstOf } from '../lib/message.mjs'
import { cut } from './cut.mjs'

const takes100 = ({ request }) => /100-continue/i.test(firstOf(request.fields, 'expect') ?? '')

/** 200 with what arrived. */
export const echo = async (exchange) => {
  if (takes100(exchange)) await exchange.write('HTTP/1.1 100 Continue\r\n\r\n')
  const body = await exchange.body()
  const { request, connection } = exchange
  exchange.tell('body', body)
  await exchange.answer(200, JSON.stringify({ ...request, connection, body }), [['Content-Type', 'application/json']])
}

/** After a while: `ms`. */
export const late = async (exchange) => {
  await exchange.body()
  await exchange.pause(Number(exchange.args.get('ms')))
  await echo(exchange)
}

/**
 * Bytes as they are given: `bytes`, base64, as many as there are, `every` ms apart. `at` ends after that many of all. `ending`:
 * `fin` and `rst` end the connection, `close` does so where there is nothing to cut, and without it it is kept.
 */
export const raw = async (exchange) => {
  const { args } = exchange
  await exchange.body()
  const parts = args.getAll('bytes').map((text) => Buffer.from(text, 'base64'))
  if (exchange.closing.length > 0) sayClosing(parts)
  let left = Number(args.get('at') ?? Number.POSITIVE_INFINITY)
  for (const [at, part] of parts.entries()) {
    if (at > 0) await exchange.pause(Number(args.get('every') ?? 0))
    await exchange.write(part.subarray(0, left))
    left -= part.length
    if (left <= 0) break
  }
  const ending = args.get('ending')
  if (ending === null) return undefined
  if (ending === 'close') return 'close'
  // what follows an answer at once looks like a part of it
  await sleep(5)
  await cut(exchange, ending)
  await exchange.gone()
  return 'close'
}

const blank = Buffer.from('\r\n\r\n')

/** A server that closes because it was asked to says so: in the last head there is. */
const sayClosing = (parts) => {
  const last = parts.at(-1)
  const end = last.indexOf(blank)
  const isHead = last.toString('latin1', 0, 9) === 'HTTP/1.1 ' && end > 0
  if (isHead && !/^connection:/im.test(last.toString('latin1', 0, end))) {
    parts[parts.length - 1] = Buffer.concat([last.subarray(0, end), Buffer.from('\r\nConnection: close'), last.subarray(end)])
  }
}

/** `bytes` of fields in the head, or as many as are taken. */
export const head = async (exchange) => {
  const limit = Number(exchange.args.get('bytes') ?? Number.POSITIVE_INFINITY)
  await exchange.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n')
  let written = 0
  for (let n = 0; written < limit && !exchange.socket.destroyed; n += 1) {
    const line = `X-Filler-${n}: ${'f'.repeat(8000)}\r\n`
    await exchange.write(line)
    written += line.length
    // lets the other side's end be noticed
    if (n % 8 === 0) await sleep(1)
  }
  exchange.tell('taken', { bytes: written })
  await exchange.write('\r\nok')
}
