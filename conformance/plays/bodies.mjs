/** What is done with bodies that arrive. */
import { headOf } from '../lib/message.mjs'

/** Reads nothing of the body for `ms`; then all of it, and answers with what arrived. */
export const deaf = async (exchange) => {
  exchange.reader.hold()
  await exchange.pause(Number(exchange.args.get('ms')))
  exchange.reader.release()
  const body = await exchange.body()
  await exchange.answer(200, JSON.stringify({ body }))
}

/**
 * 413 before the body has come. `how`: `linger` answers and reads on, for those who write first and read then; `half` closes its
 * side and reads on; `abrupt` answers and closes with the body unread, as most servers do.
 */
export const early = async (exchange) => {
  const { args, socket } = exchange
  const how = args.get('how')
  const fields = [['Content-Type', 'text/plain'], ['Content-Length', '8'], ...(how === 'linger' ? [] : [['Connection', 'close']])]
  await exchange.pause(Number(args.get('after') ?? 0))
  await exchange.write(`${headOf('HTTP/1.1 413 Too Large', fields)}too much`)
  if (how === 'abrupt') {
    socket.destroySoon()
    return 'close'
  }
  if (how === 'half') socket.end()
  await exchange.body()
  return undefined
}

/** Reads a body, and tells of it when the first of it is there and when it is cut. */
export const upload = async (exchange) => {
  let bytes = 0
  for await (const part of exchange.parts) {
    if (bytes === 0) exchange.tell('begun')
    bytes += part.length
  }
  await exchange.answer(200, JSON.stringify({ bytes }))
}
