/** A WebSocket is the backend's own, byte for byte, and so is its refusal. */
import { randomBytes } from 'node:crypto'
import { opcodes, parseClose } from '../lib/frames.mjs'
import { fail, pass, skip, when } from '../lib/kit.mjs'
import { allOf, firstOf, headOf } from '../lib/message.mjs'

const notOpen = ({ answer }) => fail(answer.status > 0 ? `not open, status ${answer.status}` : `not open, ${answer.end}`)

/** An open one, and what is done with it. */
const opened = (request, use) => async (kit) => {
  const ws = await kit.upgrade({ path: kit.play('socket'), ...request(kit) })
  return ws.isOpen ? use(ws, kit) : notOpen(ws)
}

const plain = () => ({})

/** What is sent comes back as it was. */
const echoes = (frames) =>
  opened(plain, async (ws) => {
    for (const [n, frame] of frames.entries()) {
      ws.sendFrame(frame.opcode, frame.payload, { fin: frame.fin ?? true })
      const got = await ws.frame()
      if (got === undefined) return fail(`no frame ${n + 1} of ${frames.length} came back`)
      const isSame = got.opcode === frame.opcode && got.fin === (frame.fin ?? true) && got.payload.equals(Buffer.from(frame.payload))
      if (!isSame) return fail(`frame ${n + 1} came back as opcode ${got.opcode}, ${got.payload.length} bytes`)
    }
    return pass(`${frames.length} of ${frames.length}`)
  })

const refusal = (status, fields, body) => headOf(`HTTP/1.1 ${status} Refused`, [...fields, ['Content-Length', String(body.length)]]) + body

/** The backend's end is the client's end. */
const dies = (how) =>
  opened(plain, async (ws) => {
    const began = Date.now()
    ws.text(`cut:${how}`)
    const frame = await ws.frame(1000)
    const ms = Date.now() - began
    if (frame?.opcode === opcodes.close) return pass(`closed with ${parseClose(frame.payload).code} after ${ms} ms`)
    return when(ms < 1000, ms < 1000 ? `closed after ${ms} ms` : 'still open after 1 s')
  })

const vanishes = (how) =>
  opened(plain, async (ws, kit) => {
    await kit.wait('open')
    const left = Date.now()
    ws.leave(how)
    const gone = await kit.wait('gone', 800)
    if (gone === undefined) return fail('the backend is not told within 800 ms')
    return when(gone.at - left <= 500, `told after ${Math.max(0, gone.at - left)} ms`)
  })

export const upgrades = [
  {
    name: 'echo',
    expected: 'text, binary, empty, ping arrive and come back as they are',
    group: 'a2',
    run: echoes([
      { opcode: opcodes.text, payload: 'text, grün' },
      { opcode: opcodes.binary, payload: randomBytes(70_000) },
      { opcode: opcodes.binary, payload: Buffer.from([0, 255, 13, 10, 13, 10]) },
      { opcode: opcodes.text, payload: '' },
    ]),
  },
  {
    name: 'ping',
    expected: 'a ping of the client reaches the backend',
    run: opened(plain, async (ws) => {
      ws.sendFrame(opcodes.ping, 'kit')
      const got = await ws.frame()
      return when(got?.opcode === opcodes.pong && got.payload.toString() === 'kit', got === undefined ? 'no pong' : `opcode ${got.opcode}`)
    }),
  },
  {
    name: 'fragments',
    expected: 'a message in three fragments comes back whole',
    run: opened(plain, async (ws) => {
      ws.text('one ', { fin: false })
      ws.sendFrame(opcodes.continuation, 'two ', { fin: false })
      ws.sendFrame(opcodes.continuation, 'three')
      const got = []
      for (let frame = await ws.frame(); frame !== undefined; frame = frame.fin ? undefined : await ws.frame()) got.push(frame)
      const text = got.map(({ payload }) => payload.toString()).join('')
      return when(text === 'one two three' && got.at(-1).fin, `${JSON.stringify(text)} in ${got.length}`)
    }),
  },
  {
    name: 'large',
    expected: '1 MiB in one frame comes back',
    run: echoes([{ opcode: opcodes.binary, payload: randomBytes(1024 * 1024) }]),
  },
  {
    name: 'subprotocols',
    expected: 'a and b are offered, the backend sees both and picks b: the client gets b',
    group: 'a2',
    run: async (kit) => {
      const ws = await kit.upgrade({ path: kit.play('socket', { pick: 'b' }), protocols: 'a, b' })
      const request = await kit.wait('request', 300)
      const offered = allOf(request?.fields ?? [], 'sec-websocket-protocol').join(', ')
      const picked = ws.answer.value('sec-websocket-protocol')
      return when(
        ws.isOpen && offered.replace(/\s/g, '') === 'a,b' && picked === 'b',
        `offered ${offered || 'none'}, got ${picked ?? 'none'}`,
      )
    },
  },
  {
    name: 'extensions',
    expected: 'extensions are agreed on by client and backend, and their frames untouched',
    run: async (kit) => {
      const offer = 'permessage-deflate; client_max_window_bits, x-kit'
      const ws = await kit.upgrade({ path: kit.play('socket', { extend: 1 }), extensions: offer })
      const request = await kit.wait('request', 300)
      const offered = firstOf(request?.fields ?? [], 'sec-websocket-extensions')
      const taken = ws.answer.value('sec-websocket-extensions')
      if (offered !== offer || taken !== 'permessage-deflate; client_max_window_bits')
        return fail(`offered ${offered ?? 'none'}, taken ${taken ?? 'none'}`)
      ws.sendFrame(opcodes.binary, Buffer.from([1, 2, 3]), { rsv1: true })
      const got = await ws.frame()
      return when(
        got?.payload.equals(Buffer.from([1, 2, 3])) === true,
        got === undefined ? 'a frame of the extension was lost' : 'agreed, untouched',
      )
    },
  },
  {
    name: 'answer-fields',
    expected: 'fields and cookies of the 101 arrive',
    run: opened(plain, (ws) => when(ws.answer.value('x-kit-answer') === 'from the backend', ws.answer.value('x-kit-answer') ?? 'none')),
  },
  {
    name: 'forwarded',
    expected: 'forwarded headers of an upgrade are not believed, Proxy-Authorization stops',
    run: opened(
      () => ({
        fields: [
          ['X-Forwarded-For', '6.6.6.6'],
          ['X-Forwarded-Host', 'kit.evil'],
          ['Proxy-Authorization', 'Basic a2l0'],
        ],
      }),
      async (_, kit) => {
        const request = await kit.wait('request', 300)
        const passed = (request?.fields ?? []).filter(([, value]) => /6\.6\.6\.6|kit\.evil|a2l0/.test(value)).map(([name]) => name)
        return when(passed.length === 0, passed.length === 0 ? 'none passed' : `passed: ${passed.join(', ')}`)
      },
    ),
  },
  {
    name: 'refused',
    expected: 'a refusal with 401, a header and a body arrives as it is',
    group: 'a2',
    run: async (kit) => {
      const bytes = refusal(
        401,
        [
          ['WWW-Authenticate', 'Bearer realm="kit"'],
          ['Content-Type', 'application/json'],
        ],
        '{"no":"entry"}',
      )
      const { answer } = await kit.upgrade({ path: kit.raw(bytes) })
      const isRelayed =
        answer.status === 401 && answer.value('www-authenticate') === 'Bearer realm="kit"' && answer.body.toString() === '{"no":"entry"}'
      return when(
        isRelayed && answer.end === 'complete',
        answer.status > 0 ? `status ${answer.status}, ${answer.end}, ${answer.body.length} bytes` : answer.end,
      )
    },
  },
  {
    name: 'refused-chunked',
    expected: 'a refusal in chunks arrives whole',
    run: async (kit) => {
      const bytes = 'HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n'
      const { answer } = await kit.upgrade({ path: kit.raw(bytes) })
      return when(answer.status === 403 && answer.body.toString() === 'no', `${answer.status || answer.end}, ${answer.end}`)
    },
  },
  {
    name: 'refused-cut',
    expected: 'a refusal that is cut is no clean end',
    run: async (kit) => {
      const bytes = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nno'
      const { answer } = await kit.upgrade({ path: kit.raw(bytes, { ending: 'fin' }), ms: 1000 })
      if (answer.end === 'hang') return fail('hangs')
      return when(
        answer.end !== 'complete' || answer.status >= 500 || answer.closes === false,
        `${answer.status || answer.end}, ${answer.end}`,
      )
    },
  },
  {
    name: 'refused-smuggling',
    expected: 'what follows a refused upgrade does not go on to the backend as it is',
    run: async (kit) => {
      const hidden = `GET /hidden/${kit.id} HTTP/1.1\r\nHost: kit.evil\r\n\r\n`
      const { answer } = await kit.upgrade({ path: kit.raw(refusal(403, [], 'no')), early: hidden, ms: 800 })
      await kit.fence()
      const arrived = kit.seen('hidden')[0]
      const own = kit.seen('request')[0]
      if (arrived === undefined) return when(answer.status > 0, `did not arrive, ${answer.status || answer.end}`)
      return when(arrived.connection !== own?.connection && firstOf(arrived.fields, 'host') !== 'kit.evil', 'arrived')
    },
  },
  {
    name: 'cut-everywhere',
    expected: 'the backend closes or resets after each byte of its 101: an end within 1 s, no open WebSocket',
    boundMs: 15_000,
    run: async (kit) => {
      const whole = headOf('HTTP/1.1 101 Switching Protocols', [
        ['Upgrade', 'websocket'],
        ['Connection', 'Upgrade'],
        ['Sec-WebSocket-Accept', 'kit'],
      ])
      const wrong = []
      const ats = Array.from({ length: whole.length }, (_, at) => at)
      const worker = async () => {
        for (let at = ats.shift(); at !== undefined && wrong.length < 12; at = ats.shift()) {
          const ending = at % 2 === 0 ? 'fin' : 'rst'
          const id = kit.another()
          const { answer } = await kit.upgrade({ path: kit.raw(whole, { at, ending }, id), ms: 3000 })
          const cut = await kit.wait('cut', 200, id)
          const lateMs = answer.endedAt - (cut?.at ?? answer.endedAt)
          const isEnd = answer.status >= 500 || answer.end === 'none' || answer.end === 'cut'
          if (!isEnd) wrong.push(`${ending} after ${at} bytes: ${answer.end}, status ${answer.status}`)
          else if (lateMs > 1000) wrong.push(`${ending} after ${at} bytes: an end after ${lateMs} ms`)
        }
      }
      await Promise.all(Array.from({ length: 8 }, worker))
      return when(
        wrong.length === 0,
        wrong.length === 0 ? `an end after each of 0 to ${whole.length - 1} bytes` : `${wrong.length} wrong; ${wrong[0]}`,
      )
    },
  },
  {
    name: 'plain-200',
    expected: 'an upgrade that is answered 200: its body, or an error, no WebSocket',
    run: async (kit) => {
      const ws = await kit.upgrade({ path: kit.raw(refusal(200, [], 'plain')) })
      if (ws.answer.end === 'hang') return fail('hangs')
      const isRelayed = ws.answer.status === 200 && ws.answer.body.toString() === 'plain'
      return when(isRelayed || ws.answer.status >= 500, ws.answer.status > 0 ? `status ${ws.answer.status}` : ws.answer.end)
    },
  },
  {
    name: 'early-data',
    expected: 'a frame in one piece with the request arrives',
    run: async (kit) => {
      const { encodeFrame } = await import('../lib/frames.mjs')
      const early = encodeFrame({ opcode: opcodes.text, payload: 'early', masked: true })
      const ws = await kit.upgrade({ path: kit.play('socket'), early })
      if (!ws.isOpen) return notOpen(ws)
      const got = await ws.frame()
      return when(got?.payload.toString() === 'early', got === undefined ? 'lost' : 'came back')
    },
  },
  {
    name: 'greeting',
    expected: 'a frame in one piece with the 101 arrives',
    run: opened(
      (kit) => ({ path: kit.play('socket', { greet: 'hello' }) }),
      async (ws) => {
        const got = await ws.frame()
        return when(got?.payload.toString() === 'hello', got === undefined ? 'lost' : 'arrived')
      },
    ),
  },
  {
    name: 'slow',
    expected: 'an upgrade that takes 1 s is waited for, and nothing is sent before',
    run: opened(
      (kit) => ({ path: kit.play('socket', { after: 1000 }) }),
      (ws) => when(ws.answer.tookMs > 900, `open after ${ws.answer.tookMs} ms`),
    ),
  },
  {
    name: 'close-by-client',
    expected: 'close code and reason of the client reach the backend',
    run: opened(plain, async (ws, kit) => {
      ws.close(4001, 'bye')
      const told = await kit.wait('close')
      const echoed = await ws.frame()
      const back = echoed?.opcode === opcodes.close ? parseClose(echoed.payload).code : 'none'
      return when(told?.code === 4001 && told.reason === 'bye' && back === 4001, `there ${told?.code} ${told?.reason}, back ${back}`)
    }),
  },
  {
    name: 'close-by-backend',
    expected: 'close code and reason of the backend reach the client',
    run: opened(plain, async (ws) => {
      ws.text('close:4002:over')
      const got = await ws.frame()
      const { code, reason } = got?.opcode === opcodes.close ? parseClose(got.payload) : {}
      return when(code === 4002 && reason === 'over', `${code} ${reason}`)
    }),
  },
  { name: 'backend-closes', expected: 'the backend closes without a word: the client is closed within 1 s', run: dies('fin') },
  { name: 'backend-resets', expected: 'the backend dies: the client is closed within 1 s', group: 'a2', run: dies('rst') },
  { name: 'client-closes', expected: 'the client closes without a word: the backend is told within 500 ms', run: vanishes('fin') },
  { name: 'client-vanishes', expected: 'the client resets: the backend is told within 500 ms', group: 'a2', run: vanishes('rst') },
  {
    name: 'client-leaves-early',
    alone: true,
    expected: 'the client leaves before there is an answer: the backend is told within 500 ms',
    run: async (kit) => {
      const connection = await kit.open()
      connection.send(
        kit.requestOf({
          path: kit.play('socket', { after: 1800 }),
          fields: [
            ['Connection', 'Upgrade'],
            ['Upgrade', 'websocket'],
            ['Sec-WebSocket-Version', '13'],
            ['Sec-WebSocket-Key', randomBytes(16).toString('base64')],
          ],
        }),
      )
      if ((await kit.wait('request')) === undefined) return fail('the upgrade never arrived')
      const left = Date.now()
      connection.leave('rst')
      const gone = await kit.wait('gone', 800)
      if (gone === undefined) return fail('the backend is not told within 800 ms')
      return when(gone.at - left <= 500, `told after ${Math.max(0, gone.at - left)} ms`)
    },
  },
  {
    name: 'no-answer',
    expected: 'the backend closes without an answer: refused with a status',
    run: async (kit) => {
      const { answer } = await kit.upgrade({ path: kit.raw('', { ending: 'close' }) })
      return when(answer.status >= 500, answer.status > 0 ? `status ${answer.status}` : answer.end)
    },
  },
]

/** Where the backend can be taken away, and given back. */
export const down = [
  {
    name: 'http',
    expected: 'no backend: 502, 503 or 504, in time',
    group: 'a2',
    alone: true,
    boundMs: 12_000,
    run: async (kit) => {
      if (kit.backend.stop === undefined) return skip('the backend cannot be taken away here')
      await kit.backend.stop()
      const answer = await kit.ask({ path: kit.play('echo'), ms: 2000 })
      return when(
        [502, 503, 504].includes(answer.status) && answer.end === 'complete',
        answer.status > 0 ? `status ${answer.status}` : answer.end,
      )
    },
  },
  {
    name: 'upgrade',
    expected: 'no backend: an upgrade is refused with a status',
    group: 'a2',
    alone: true,
    boundMs: 12_000,
    run: async (kit) => {
      if (kit.backend.stop === undefined) return skip('the backend cannot be taken away here')
      const { answer } = await kit.upgrade({ path: kit.play('socket'), ms: 2000 })
      return when(
        answer.status >= 500,
        answer.status > 0 ? `status ${answer.status}` : answer.end === 'none' ? 'closed without a status' : answer.end,
      )
    },
  },
  {
    name: 'back',
    expected: 'the backend is back: the next request is answered',
    alone: true,
    boundMs: 12_000,
    run: async (kit) => {
      if (kit.backend.start === undefined) return skip('the backend cannot be taken away here')
      await kit.backend.start()
      await kit.journal.reopen()
      const answer = await kit.ask({ path: kit.play('echo'), ms: 3000 })
      return when(answer.status === 200, answer.status > 0 ? `status ${answer.status}` : answer.end)
    },
  },
]
