/** Answers that come bit by bit arrive bit by bit, and end as they ended. */
import { fail, pass, skip, when } from '../lib/kit.mjs'
import { headOf } from '../lib/message.mjs'

const linesIn = (answer) =>
  answer.parts.flatMap(({ at, bytes }) =>
    [...bytes.toString().matchAll(/\{"n":\d+,"at":(\d+)\}/g)].map(([, sent]) => ({ at, sent: Number(sent) })),
  )

/** Each line was here before the next one was sent. */
const oneByOne = (type) => async (kit) => {
  const every = 200
  const answer = await kit.ask({ path: kit.play('lines', { type, count: 4, every }) })
  const lines = linesIn(answer)
  const worst = Math.max(...lines.map(({ at, sent }) => at - sent))
  if (answer.end !== 'complete' || lines.length !== 4) return fail(`${lines.length} of 4, then ${answer.end}`)
  return when(worst < every, `at most ${worst} ms after it was sent`)
}

/** Of a client that waits for the end of an answer that was cut. */
const patience = 3000

const midStream = (how, framing) => async (kit) => {
  const answer = await kit.ask({ path: kit.play('lines', { count: 3, every: 20, end: how, framing }), ms: patience })
  return errorOf(kit, answer, kit.id)
}

/** What a cut answer has to look like to a client: an end with an error, within 1 s after the connection was cut. */
const errorOf = async (kit, answer, id) => {
  if (answer.end === 'hang') return fail('hangs')
  await kit.wait('cut', 200, id)
  // the last one, if it was asked more than once
  const lateMs = answer.endedAt - (kit.seen('cut', id).at(-1)?.at ?? answer.endedAt)
  if (lateMs > 1000) return fail(`an end after ${lateMs} ms`)
  if (answer.end === 'complete' && answer.status < 500) return fail(`a clean end, status ${answer.status}, ${answer.body.length} bytes`)
  return pass(answer.status >= 500 ? `status ${answer.status}` : `an error after ${answer.body.length} bytes`)
}

const wholeText = 'The quick brown fox.'
const wholes = {
  'content-length': Buffer.from(
    `${headOf('HTTP/1.1 200 OK', [
      ['Connection', 'close'],
      ['Content-Length', '20'],
    ])}${wholeText}`,
  ),
  chunked: Buffer.from(
    `${headOf('HTTP/1.1 200 OK', [
      ['Connection', 'close'],
      ['Transfer-Encoding', 'chunked'],
    ])}9\r\nThe quick\r\nb\r\n brown fox.\r\n0\r\n\r\n`,
  ),
}

/** The connection ends after each number of bytes there is. Only the whole answer may look like one. */
const everywhere = (how, framing) => async (kit) => {
  const whole = wholes[framing]
  const wrong = []
  let next = 0
  const look = async (at) => {
    const id = kit.another()
    const answer = await kit.ask({ path: kit.raw(whole, { at, ending: how }, id), ms: patience })
    if (at < whole.length) return errorOf(kit, answer, id)
    const isWhole = answer.end === 'complete' && answer.status === 200 && answer.body.toString() === wholeText
    return when(isWhole, `the whole answer: ${answer.end}, status ${answer.status}`)
  }
  const worker = async () => {
    while (next <= whole.length && wrong.length < 12) {
      const at = next
      next += 1
      const { result, seen } = await look(at)
      if (result === 'fail') wrong.push({ at, seen })
    }
  }
  await Promise.all(Array.from({ length: 12 }, worker))
  const [first] = wrong.sort((a, b) => a.at - b.at)
  if (first === undefined) return pass(`an error after each of 0 to ${whole.length - 1} bytes, clean after ${whole.length}`)
  return fail(`${wrong.length >= 12 ? '12 and more' : wrong.length} of ${whole.length + 1} wrong; after ${first.at} bytes: ${first.seen}`)
}

const quiet = (path) => async (kit) => {
  if (!kit.slow) return skip('only with --slow')
  const answer = await kit.ask({ path: path(kit), ms: 38_000 })
  return when(
    answer.end === 'complete' && answer.status === 200,
    `${answer.end}, status ${answer.status}, after ${Math.round(answer.tookMs / 1000)} s`,
  )
}

export const streams = [
  { name: 'ndjson', expected: 'each line arrives before the next one is sent', group: 'a2', alone: true, run: oneByOne('ndjson') },
  { name: 'sse', expected: 'each event arrives before the next one is sent', alone: true, run: oneByOne('sse') },
  {
    name: 'head-first',
    expected: 'the head arrives while the body is not there yet',
    run: async (kit) => {
      const head = headOf('HTTP/1.1 200 OK', [['Content-Length', '2']])
      const connection = await kit.open()
      connection.send(kit.requestOf({ path: kit.raw([head, 'ok'], { every: 800 }) }))
      const answer = connection.begin()
      await answer.headed
      const headedAt = Date.now()
      await answer.done
      const earlierMs = (answer.parts[0]?.at ?? headedAt) - headedAt
      return when(answer.end === 'complete' && earlierMs > 400, `${earlierMs} ms before the body, which was sent 800 ms later`)
    },
  },
  {
    name: 'pause',
    expected: 'a second of silence in a stream changes nothing',
    run: async (kit) => {
      const answer = await kit.ask({ path: kit.play('lines', { count: 2, every: 1000 }), ms: 3000 })
      return when(answer.end === 'complete' && linesIn(answer).length === 2, `${answer.end} with ${linesIn(answer).length} of 2 lines`)
    },
    boundMs: 3500,
  },
  { name: 'rst', boundMs: 4000, expected: 'reset in the middle of a stream: an error within 1 s', group: 'a2', run: midStream('rst') },
  { name: 'fin', boundMs: 4000, expected: 'closed in the middle of a stream: an error within 1 s', group: 'a2', run: midStream('fin') },
  {
    name: 'rst-close-delimited',
    boundMs: 4000,
    expected: 'reset in an answer without length: an error within 1 s',
    run: (kit) => (kit.backend.at.path === undefined ? midStream('rst', 'close')(kit) : skip('a Unix socket knows no reset')),
  },
  {
    name: 'close-delimited',
    expected: 'an answer that ends with its connection is whole',
    run: async (kit) => {
      const answer = await kit.ask({ path: kit.play('lines', { count: 3, framing: 'close' }) })
      return when(answer.end === 'complete' && linesIn(answer).length === 3, `${answer.end} with ${linesIn(answer).length} of 3 lines`)
    },
  },
  {
    name: 'http-1.0',
    expected: 'an answer of HTTP/1.0 is whole',
    run: async (kit) => {
      const answer = await kit.ask({ path: kit.raw('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold', { ending: 'close' }) })
      return when(answer.end === 'complete' && answer.body.toString() === 'old', `${answer.end}, ${JSON.stringify(answer.body.toString())}`)
    },
  },
  ...['fin', 'rst'].flatMap((how) =>
    Object.keys(wholes).map((framing) => ({
      name: `${how}-everywhere-${framing}`,
      expected: `${how === 'fin' ? 'closed' : 'reset'} after each byte of an answer (${framing}): an error within 1 s, clean only when whole`,
      boundMs: 15_000,
      run: everywhere(how, framing),
    })),
  ),
  {
    name: 'large',
    expected: '16 MiB arrive whole, with length and chunked',
    boundMs: 6000,
    run: async (kit) => {
      const bytes = 16 * 1024 * 1024
      const answers = await Promise.all(
        ['length', 'chunked'].map((framing) => kit.ask({ path: kit.play('flood', { bytes, framing }, kit.another()), ms: 5500 })),
      )
      const seen = answers.map(({ end, body }) => `${end} with ${body.length} bytes`).join(', ')
      return when(
        answers.every(({ end, body }) => end === 'complete' && body.length === bytes),
        seen,
      )
    },
  },
  {
    name: 'slow-head',
    expected: 'a head that takes 35 s is waited for (--slow)',
    boundMs: 40_000,
    isSlow: true,
    run: quiet((kit) => kit.play('late', { ms: 35_000 })),
  },
  {
    name: 'quiet',
    expected: '35 s of silence in a stream change nothing (--slow)',
    boundMs: 40_000,
    isSlow: true,
    run: quiet((kit) => kit.play('lines', { count: 1, every: 35_000 })),
  },
]
