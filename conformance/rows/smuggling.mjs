/** Requests that two programs could read in two ways: refused, or passed on so that there is one way left. */
import { fail, pass, when } from '../lib/kit.mjs'

const hidden = (kit) => `GET /hidden/${kit.id} HTTP/1.1\r\nHost: ${kit.proxy.authority}\r\n\r\n`

const isRefused = ({ status, end }) => (status >= 400 && status < 600) || end === 'none'

const wordsOf = ({ status, end }) => (status > 0 ? `status ${status}` : end === 'none' ? 'closed' : end)

/**
 * Sends bytes, and looks at what came of them. `mustRefuse`: there is no right way to pass it on. `judge` looks at the request
 * that arrived.
 */
const attack =
  ({ bytes, mustRefuse = false, judge = () => undefined, ms = 600 }) =>
  async (kit) => {
    const connection = await kit.open()
    connection.send(Buffer.from(bytes(kit), 'latin1'))
    const answer = await connection.answer('GET', ms)
    await kit.fence()
    if (kit.seen('hidden').length > 0) return fail(`the hidden request arrived (${wordsOf(answer)})`)
    // a proxy that goes on with a connection that is to be closed: careless, but its requests are its own
    const garbage = kit.seen('garbage').find(({ text }) => !/^\w+ \/play\//.test(text))
    if (garbage !== undefined) return fail(`after the request came ${JSON.stringify(garbage.text.slice(0, 40))}`)
    const [request] = kit.seen('request')
    if (request === undefined) return when(isRefused(answer) || answer.end === 'hang', `refused, ${wordsOf(answer)}`)
    if (request.odd.length > 0) return fail(`passed on with ${request.odd.join(', ')}`)
    const wrong = judge({ request, answer, body: kit.seen('body')[0], kit })
    if (wrong !== undefined) return fail(wrong)
    return mustRefuse ? fail(`taken, ${wordsOf(answer)}`) : pass(`passed on, ${wordsOf(answer)}`)
  }

const start = (kit, method = 'POST') => `${method} ${kit.play('echo')} HTTP/1.1\r\nHost: ${kit.proxy.authority}\r\n`

const chunkedBody = (text) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`

/** The body is a body: whole, or nowhere. */
const bodyIs =
  (expected) =>
  ({ body, kit }) =>
    body === undefined || body.bytes === 0 || body.text === expected(kit)
      ? undefined
      : `the body became ${JSON.stringify(body.text.slice(0, 40))}`

const inChunked = (method) => ({
  name: `chunked-${method.toLowerCase()}`,
  expected: `a request hidden in the chunked body of ${method} stays hidden`,
  ...(method === 'DELETE' && { group: 'a2' }),
  run: attack({
    bytes: (kit) => `${start(kit, method)}Transfer-Encoding: chunked\r\n\r\n${chunkedBody(hidden(kit))}`,
    judge: bodyIs(hidden),
  }),
})

const inLength = (method) => ({
  name: `length-${method.toLowerCase()}`,
  expected: `a request hidden in the body of ${method} stays hidden`,
  run: attack({
    bytes: (kit) => `${start(kit, method)}Content-Length: ${hidden(kit).length}\r\n\r\n${hidden(kit)}`,
    judge: bodyIs(hidden),
  }),
})

const coding = (name, lines, { mustRefuse = true, otherwise = '', judge } = {}) => ({
  name,
  expected: `${lines.map((text) => text.replace('\x0b', '<VT>')).join(' with ')}: refused${otherwise}`,
  run: attack({
    bytes: (kit) => `${start(kit)}${lines.map((text) => `${text}\r\n`).join('')}\r\n${chunkedBody(hidden(kit))}`,
    mustRefuse,
    judge,
  }),
})

const namesGzip = ({ request }) =>
  request.fields.some(([field, value]) => /^transfer-encoding$/i.test(field) && /gzip/.test(value))
    ? undefined
    : 'the coding was dropped: the backend takes gzip for the body'

const lengths = (name, lines) => ({
  name,
  expected: `${lines.join(' with ')}: refused`,
  run: attack({ bytes: (kit) => `${start(kit)}${lines.map((line) => `${line}\r\n`).join('')}\r\nbody!${hidden(kit)}`, mustRefuse: true }),
})

/** A line that is not one, in the middle of a head. */
const line = (name, text, what, { mustRefuse = true } = {}) => ({
  name,
  expected: `${what}: refused${mustRefuse ? '' : ', or passed on without'}`,
  run: attack({ bytes: (kit) => `${start(kit, 'GET')}${text}\r\nConnection: close\r\n\r\n`, mustRefuse }),
})

const chunks = (name, body, what) => ({
  name,
  expected: `${what}: refused, or passed on right`,
  run: attack({
    bytes: (kit) => `${start(kit)}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${typeof body === 'function' ? body(kit) : body}`,
    judge: ({ body: arrived, answer }) =>
      arrived !== undefined && answer.status === 200 && arrived.text !== 'body'
        ? `the body became ${JSON.stringify(arrived.text.slice(0, 40))}`
        : undefined,
  }),
})

export const smuggling = [
  ...['DELETE', 'OPTIONS', 'GET', 'POST', 'PROPFIND'].map(inChunked),
  ...['DELETE', 'OPTIONS', 'GET'].map(inLength),
  {
    name: 'length-and-chunked',
    expected: 'Content-Length with Transfer-Encoding: refused, or passed on as one of them',
    run: attack({
      bytes: (kit) =>
        `${start(kit)}Content-Length: ${chunkedBody('body').length + hidden(kit).length}\r\nTransfer-Encoding: chunked\r\n\r\n${chunkedBody('body')}${hidden(kit)}`,
    }),
  },
  {
    name: 'chunked-and-length',
    expected: 'Transfer-Encoding with a Content-Length that is too short: refused, or passed on as one of them',
    run: attack({
      bytes: (kit) => `${start(kit)}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${chunkedBody(hidden(kit))}`,
    }),
  },
  coding('gzip-chunked', ['Transfer-Encoding: gzip, chunked'], {
    mustRefuse: false,
    otherwise: ', or the coding named to the backend',
    judge: namesGzip,
  }),
  coding('chunked-gzip', ['Transfer-Encoding: chunked, gzip']),
  coding('unknown-coding', ['Transfer-Encoding: xchunked']),
  coding('identity-chunked', ['Transfer-Encoding: identity', 'Transfer-Encoding: chunked'], {
    mustRefuse: false,
    otherwise: ', or passed on as chunked',
    judge: bodyIs(hidden),
  }),
  coding('tab-chunked', ['Transfer-Encoding:\x0bchunked']),
  coding('spaced-coding', ['Transfer-Encoding : chunked']),
  lengths('two-lengths', ['Content-Length: 5', 'Content-Length: 60']),
  lengths('list-of-lengths', ['Content-Length: 5, 60']),
  lengths('signed-length', ['Content-Length: +5']),
  lengths('hex-length', ['Content-Length: 0x5']),
  lengths('spaced-length', ['Content-Length : 5']),
  line('fold', 'X-Folded: one\r\n two', 'a folded line', { mustRefuse: false }),
  line('first-line-folded', ' X-Folded: one', 'a first line that begins with a space', { mustRefuse: false }),
  line('space-before-colon', 'X-Spaced : one', 'a space before the colon'),
  line('no-colon', 'X-Nothing', 'a line without a colon', { mustRefuse: false }),
  line('bare-lf', 'X-Bare: one\nX-Other: two', 'a bare LF', { mustRefuse: false }),
  line('bare-cr', 'X-Bare: one\rX-Other: two', 'a bare CR', { mustRefuse: false }),
  line('nul', 'X-Nul: one\0two', 'a NUL', { mustRefuse: false }),
  {
    name: 'trailing-length',
    expected: 'a Content-Length and a Host after the last chunk: refused, or without effect',
    run: attack({
      bytes: (kit) => `${start(kit)}Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nContent-Length: 3\r\nHost: kit.evil\r\n\r\n`,
      judge: ({ request, body }) =>
        request.fields.some(([, value]) => value === 'kit.evil') || (body !== undefined && body.text !== 'body')
          ? 'it had an effect'
          : undefined,
    }),
  },
  chunks('chunk-hex', '0x4\r\nbody\r\n0\r\n\r\n', 'a chunk of the size 0x4'),
  chunks('chunk-overflow', (kit) => `10000000000000004\r\nbody\r\n0\r\n\r\n${hidden(kit)}`, 'a chunk whose size overflows'),
  chunks('chunk-negative', (kit) => `-4\r\nbody\r\n0\r\n\r\n${hidden(kit)}`, 'a chunk of a negative size'),
  chunks('chunk-no-end', (kit) => `4\r\nbodyXX0\r\n\r\n${hidden(kit)}`, 'a chunk without its line end'),
  chunks('chunk-extension-lf', (kit) => `4;\nxx\r\nbody\r\n0\r\n\r\n${hidden(kit)}`, 'a chunk extension with a bare LF'),
]
