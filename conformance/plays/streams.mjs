/** Answers that come bit by bit. */
import { chunkOf, headOf, lastChunk } from '../lib/message.mjs'
import { cut } from './cut.mjs'

const types = { ndjson: 'application/x-ndjson', sse: 'text/event-stream' }

/**
 * `count` lines, one `every` ms, that say when they were sent. `type` (ndjson, sse), `framing` (chunked, close), `end`: `clean`;
 * `fin` and `rst` after the last line; `never` waits for the client to leave.
 */
export const lines = async (exchange) => {
  const { args } = exchange
  const [count, every] = [Number(args.get('count') ?? 5), Number(args.get('every') ?? 0)]
  const type = args.get('type') ?? 'ndjson'
  const isChunked = args.get('framing') !== 'close'
  const end = args.get('end') ?? 'clean'
  await exchange.body()
  const framing = isChunked ? [['Transfer-Encoding', 'chunked'], ...exchange.closing] : [['Connection', 'close']]
  await exchange.write(headOf('HTTP/1.1 200 OK', [['Content-Type', types[type]], ['Cache-Control', 'no-cache'], ...framing]))
  for (let n = 0; n < count && !exchange.socket.destroyed; n += 1) {
    await exchange.pause(every)
    const said = JSON.stringify({ n, at: Date.now() })
    const text = type === 'sse' ? `id: ${n}\ndata: ${said}\n\n` : `${said}\n`
    await exchange.write(isChunked ? chunkOf(text) : text)
  }
  if (end === 'clean') {
    if (!isChunked) return 'close'
    await exchange.write(lastChunk)
    return undefined
  }
  if (end !== 'never') await cut(exchange, end)
  await exchange.gone()
  return 'close'
}

const block = Buffer.alloc(64 * 1024, 'b')

/** `bytes` as fast as they are taken, `framing` length or chunked; tells how many are out of its hands. */
export const flood = async (exchange) => {
  const { args, socket } = exchange
  const total = Number(args.get('bytes'))
  const isChunked = args.get('framing') === 'chunked'
  await exchange.body()
  const before = socket.bytesWritten - socket.writableLength
  const tell = () => exchange.tell('taken', { bytes: socket.bytesWritten - socket.writableLength - before })
  const ticking = setInterval(tell, 50)
  try {
    const framing = isChunked ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(total)]
    await exchange.write(headOf('HTTP/1.1 200 OK', [framing, ...exchange.closing]))
    for (let left = total; left > 0 && !socket.destroyed; left -= block.length) {
      const part = block.subarray(0, left)
      await exchange.write(isChunked ? chunkOf(part) : part)
    }
    if (isChunked) await exchange.write(lastChunk)
    tell()
  } finally {
    clearInterval(ticking)
  }
}
