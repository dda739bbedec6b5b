/** WebSockets. */
import { acceptOf, closePayload, encodeFrame, opcodes, parseClose, readFrame } from '../lib/frames.mjs'
import { allOf, firstOf, headOf } from '../lib/message.mjs'
import { cut } from './cut.mjs'

/**
 * Upgrades, and gives back what it is sent: frame by frame, as they came. `pick` is the subprotocol, `extend` takes the first
 * extension that is offered, `after` ms pass before, `greet` comes in one piece with the upgrade, `deaf` reads nothing. A text tells it to do more:
 * `close:<code>:<reason>`, `cut:fin`, `cut:rst`.
 */
export const socket = async (exchange) => {
  const { args, request, reader } = exchange
  const key = firstOf(request.fields, 'sec-websocket-key')
  if (key === undefined || firstOf(request.fields, 'upgrade')?.toLowerCase() !== 'websocket') {
    return exchange.answer(426, 'no upgrade arrived', [['Upgrade', 'websocket']])
  }
  await exchange.pause(Number(args.get('after') ?? 0))
  const [pick, greet] = [args.get('pick'), args.get('greet')]
  const offered = allOf(request.fields, 'sec-websocket-extensions').join(', ')
  const fields = [
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Accept', acceptOf(key)],
    ...(pick === null ? [] : [['Sec-WebSocket-Protocol', pick]]),
    ...(args.has('extend') && offered !== '' ? [['Sec-WebSocket-Extensions', offered.split(',')[0].trim()]] : []),
    ['X-Kit-Answer', 'from the backend'],
  ]
  const hello = greet === null ? Buffer.alloc(0) : encodeFrame({ opcode: opcodes.text, payload: greet })
  await exchange.write(Buffer.concat([Buffer.from(headOf('HTTP/1.1 101 Switching Protocols', fields)), hello]))
  exchange.tell('open')
  if (args.has('deaf')) {
    reader.hold()
    await exchange.pause(6000)
    return 'close'
  }
  for (;;) {
    const frame = await readFrame(reader)
    if (frame.opcode === opcodes.close) {
      exchange.tell('close', parseClose(frame.payload))
      await exchange.write(encodeFrame(frame))
      return 'close'
    }
    const [order, ...words] = frame.opcode === opcodes.text && frame.fin ? frame.payload.toString().split(':') : []
    if (order === 'cut') {
      await cut(exchange, words[0])
      await exchange.gone()
      return 'close'
    }
    if (order === 'close') {
      await exchange.write(encodeFrame({ opcode: opcodes.close, payload: closePayload(Number(words[0]), words[1]) }))
      continue
    }
    await exchange.write(encodeFrame(frame.opcode === opcodes.ping ? { ...frame, opcode: opcodes.pong } : frame))
  }
}
