/** Messages are taken apart and put together again, and mean the same. */
import { createHash, randomBytes } from 'node:crypto'
import { fail, pass, when } from '../lib/kit.mjs'
import { firstOf } from '../lib/message.mjs'

const sha1 = (bytes) => createHash('sha1').update(bytes).digest('hex')

const bodyOf = (answer) => (answer.status === 200 && answer.end === 'complete' ? JSON.parse(answer.body.toString()).body : undefined)

/** A head alone, and then a whole answer on the same connection. */
const bodiless = (method, bytes) => async (kit) => {
  const connection = await kit.open()
  connection.send(kit.requestOf({ method, path: kit.raw(bytes) }))
  const first = await connection.answer(method, 800)
  if (first.end !== 'complete') return fail(first.end)
  connection.send(kit.requestOf({ path: kit.play('echo', {}, kit.another()) }))
  const second = await connection.answer('GET', 800)
  const isClean = second.status === 200 && second.end === 'complete'
  const isClosed = second.end === 'none' && /close/i.test(first.value('connection') ?? '')
  return when(isClean || isClosed, isClosed ? `${first.status}, then closed` : `${first.status}, then ${second.status || second.end}`)
}

/** It is a race: what comes first, the answer or the end of the connection. So it is run more than once. */
const early = (how) => async (kit) => {
  const seen = []
  for (let n = 0; n < 5; n += 1) {
    const answer = await sendsTooMuch(kit, kit.play('early', { how }, kit.another()))
    const isIt = answer.status === 413 && answer.body.toString() === 'too much'
    seen.push(isIt ? 'arrived' : answer.status === 413 ? 'a 413 of its own' : answer.status > 0 ? `status ${answer.status}` : answer.end)
  }
  return when(
    seen.every((one) => one === 'arrived'),
    seen.join(', '),
  )
}

/** As a browser does: it goes on sending until it is told. */
const sendsTooMuch = async (kit, path) => {
  const total = 16 * 1024 * 1024
  const connection = await kit.open()
  const { socket } = connection
  connection.send(
    kit.requestOf({
      method: 'POST',
      path,
      fields: [
        ['Content-Length', String(total)],
        ['Content-Type', 'text/plain'],
      ],
    }),
  )
  const answer = connection.begin('POST')
  const part = Buffer.alloc(64 * 1024, 'u')
  let sent = 0
  const push = () => {
    while (sent < total && answer.status === 0 && socket.writable) {
      sent += part.length
      if (!socket.write(part)) return
    }
  }
  socket.on('drain', push)
  push()
  await answer.done
  connection.leave()
  return answer
}

/** Whole answers, the connection closed 5 ms later, and another request after a pause. */
const closing = (method, ms) => async (kit) => {
  const statuses = []
  for (let n = 0; n < 10; n += 1) {
    const path = kit.raw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', { ending: 'fin' }, kit.another())
    const { status, end } = await kit.ask({ method, path, ...(method === 'POST' && { body: '' }) })
    statuses.push(status || end)
    await kit.pause(ms)
  }
  const wrong = statuses.filter((status) => status !== 200)
  return when(wrong.length === 0, wrong.length === 0 ? '10 of 10' : `${10 - wrong.length} of 10, else ${[...new Set(wrong)].join(', ')}`)
}

/** Answers that mean two things, or nothing. */
const broken = (bytes, what) => ({
  expected: `${what}: an error, in time`,
  run: async (kit) => {
    const answer = await kit.ask({ path: kit.raw(bytes, { ending: 'close' }) })
    if (answer.end === 'hang') return fail('hangs')
    if (answer.status >= 500 || answer.end === 'none' || answer.end === 'cut')
      return pass(answer.status >= 500 ? `status ${answer.status}` : answer.end)
    return fail(`status ${answer.status}, ${answer.end}, ${JSON.stringify(answer.body.toString().slice(0, 40))}`)
  },
})

export const messages = [
  {
    name: 'trailer-field',
    expected: 'a GET with the field Trailer is answered',
    run: async (kit) => {
      const { status, end } = await kit.ask({ path: kit.play('echo'), fields: [['Trailer', 'X-Kit']] })
      return when(status === 200 && end === 'complete', status > 0 ? `status ${status}` : end)
    },
  },
  {
    name: 'bodies',
    expected: '1 MiB of a request arrives whole, with length and chunked',
    run: async (kit) => {
      const text = randomBytes(512 * 1024).toString('hex')
      const seen = []
      for (const body of [text, [text.slice(0, 10), text.slice(10, 300_000), text.slice(300_000)]]) {
        const answer = await kit.ask({ method: 'POST', path: kit.play('echo', {}, kit.another()), body })
        const got = bodyOf(answer)
        seen.push(got?.sha1 === sha1(text) ? 'whole' : `${answer.end}, status ${answer.status}, ${got?.bytes} bytes`)
      }
      return when(
        seen.every((one) => one === 'whole'),
        seen.join('; '),
      )
    },
  },
  {
    name: 'empty-post',
    expected: 'a POST without a body arrives as one',
    run: async (kit) => {
      const answer = await kit.ask({ method: 'POST', path: kit.play('echo'), body: '' })
      return when(bodyOf(answer)?.bytes === 0, `${answer.end}, status ${answer.status}`)
    },
  },
  {
    name: 'methods',
    expected: 'PUT, PATCH, DELETE, OPTIONS, PROPFIND arrive with their bodies, with length and chunked',
    run: async (kit) => {
      const wrong = []
      for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
        for (const body of ['body', ['bo', 'dy']]) {
          const id = kit.another()
          const answer = await kit.ask({ method, path: kit.play('echo', {}, id), body, ms: 300 })
          const text = bodyOf(answer)?.text
          const how = `${method}${Array.isArray(body) ? ' chunked' : ''}`
          if (text !== 'body') wrong.push(`${how}: ${text === undefined ? answer.status || answer.end : JSON.stringify(text)}`)
          else if ((await kit.wait('request', 300, id))?.method !== method) wrong.push(`${how}: another method`)
        }
      }
      return when(wrong.length === 0, wrong.length === 0 ? 'all' : wrong.join('; '))
    },
  },
  {
    name: 'expect',
    expected: '100 Continue comes before the body, the answer after it',
    run: async (kit) => {
      const connection = await kit.open()
      connection.send(
        kit.requestOf({
          method: 'POST',
          path: kit.play('echo'),
          fields: [
            ['Expect', '100-continue'],
            ['Content-Length', '4'],
          ],
        }),
      )
      const answer = connection.begin('POST')
      for (let n = 0; n < 40 && answer.early.length === 0 && answer.status === 0; n += 1) await kit.pause(20)
      const told = answer.early.map(({ status }) => status)
      connection.send('body')
      await answer.done
      return when(
        told[0] === 100 && bodyOf(answer)?.text === 'body',
        `${told.join() || 'nothing'} before the body, then ${answer.status || answer.end}`,
      )
    },
  },
  {
    name: 'early-hints',
    expected: '103 is passed on, and the answer after it',
    run: async (kit) => {
      const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n'
      const answer = await kit.ask({ path: kit.raw([hints, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'], { every: 50 }) })
      const told = answer.early.map(({ status }) => status).join()
      return when(told === '103' && answer.status === 200, `${told || 'no 103'}, then ${answer.status || answer.end}`)
    },
  },
  {
    name: 'trailers',
    expected: 'the trailers of an answer are passed on',
    run: async (kit) => {
      const bytes = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: kit\r\n\r\n'
      const answer = await kit.ask({
        path: kit.raw(bytes),
        fields: [
          ['TE', 'trailers'],
          ['Connection', 'TE'],
        ],
      })
      const [trailer] = answer.trailers
      return when(answer.end === 'complete' && trailer?.[1] === 'kit', trailer ? trailer.join(': ') : `none, ${answer.end}`)
    },
  },
  {
    name: 'request-trailers',
    expected: 'the trailers of a request do not become fields of it, and its body is whole',
    run: async (kit) => {
      const connection = await kit.open()
      connection.send(
        kit.requestOf({
          method: 'POST',
          path: kit.play('echo'),
          fields: [
            ['Transfer-Encoding', 'chunked'],
            ['Trailer', 'X-Late'],
          ],
        }),
      )
      connection.send('4\r\nbody\r\n0\r\nX-Late: yes\r\n\r\n')
      const answer = await connection.answer('POST')
      const event = await kit.wait('request', 300)
      if (event === undefined) return fail(`refused, ${answer.status || answer.end}`)
      if (firstOf(event.fields, 'x-late') !== undefined) return fail('became fields')
      return when(bodyOf(answer)?.text === 'body', `body ${JSON.stringify(bodyOf(answer)?.text)}`)
    },
  },
  {
    name: 'head',
    expected: 'an answer to HEAD has its length and no body',
    run: bodiless('HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'),
  },
  { name: '204', expected: '204 has no body', run: bodiless('GET', 'HTTP/1.1 204 No Content\r\nX-Kit: yes\r\n\r\n') },
  {
    name: '304',
    expected: '304 has no body, whatever length it names',
    run: bodiless('GET', 'HTTP/1.1 304 Not Modified\r\nETag: "kit"\r\nContent-Length: 1000\r\n\r\n'),
  },
  {
    name: 'pipelined',
    expected: 'three requests in one piece are answered in order',
    run: async (kit) => {
      const connection = await kit.open()
      const paths = [kit.play('late', { ms: 200 }, kit.another()), kit.play('echo', {}, kit.another()), kit.play('echo', {}, kit.another())]
      connection.send(Buffer.concat(paths.map((path) => kit.requestOf({ path }))))
      const got = []
      for (const _ of paths) {
        const answer = await connection.answer()
        if (answer.end !== 'complete' || answer.status !== 200)
          return fail(`${got.length} answers, then ${answer.end} ${answer.status || ''}`)
        got.push(JSON.parse(answer.body.toString()).target)
      }
      return when(got.join() === paths.join(), got.join() === paths.join() ? 'in order' : 'out of order')
    },
  },
  {
    name: 'keep-alive',
    expected: 'ten requests go over one connection to the proxy',
    run: async (kit) => {
      const connection = await kit.open()
      for (let n = 0; n < 10; n += 1) {
        connection.send(kit.requestOf({ path: kit.play('echo', {}, kit.another()) }))
        const answer = await connection.answer()
        if (answer.end !== 'complete' || answer.status !== 200) return fail(`${n} answers, then ${answer.end} ${answer.status || ''}`)
      }
      return pass('ten')
    },
  },
  {
    name: 'keep-alive-backend',
    expected: 'ten requests, one after the other, go over less than ten connections to the backend',
    run: async (kit) => {
      const used = new Set()
      for (let n = 0; n < 10; n += 1) {
        const answer = await kit.ask({ path: kit.play('echo', {}, kit.another()) })
        if (answer.status === 200) used.add(JSON.parse(answer.body.toString()).connection)
      }
      return when(used.size > 0 && used.size < 10, `${used.size}`)
    },
  },
  {
    name: 'idle-close',
    expected: 'a backend closes a connection that is idle: the next request is answered all the same, a POST too',
    alone: true,
    run: closing('POST', 50),
  },
  {
    name: 'closing-race',
    expected: 'a backend closes a connection while the next GET is on its way: it is answered all the same',
    alone: true,
    run: closing('GET', 4),
  },
  {
    name: '413-lingering',
    boundMs: 8000,
    expected: '413 comes while the client still sends, and the backend reads on: it arrives',
    group: 'a2',
    run: early('linger'),
  },
  {
    name: '413-half-closed',
    boundMs: 8000,
    expected: '413 comes while the client still sends, and the backend closes its side: it arrives',
    run: early('half'),
  },
  {
    name: '413-abrupt',
    boundMs: 8000,
    expected: '413 comes while the client still sends, and the backend closes: it arrives',
    group: 'a2',
    run: early('abrupt'),
  },
  { name: 'no-http', ...broken('SSH-2.0-kit\r\n\r\n', 'an answer that is not HTTP') },
  { name: 'no-answer', ...broken('', 'a connection closed without an answer') },
  { name: 'two-lengths', ...broken('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 20\r\n\r\nok', 'an answer with two lengths') },
  {
    name: 'wrong-chunk',
    ...broken('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n', 'an answer with a chunk of no size'),
  },
  {
    name: 'length-and-chunked',
    expected: 'an answer with a length and chunked: passed on as one of them, or an error',
    run: async (kit) => {
      const bytes = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'
      const answer = await kit.ask({ path: kit.raw(bytes, { ending: 'close' }) })
      if (answer.end === 'hang') return fail('hangs')
      if (answer.odd.length > 0) return fail(answer.odd.join(', '))
      return when(
        answer.status >= 500 || answer.body.toString() === 'ok' || answer.end !== 'complete',
        answer.status ? `status ${answer.status}` : answer.end,
      )
    },
  },
  {
    name: 'poisoned',
    expected: 'what a backend sends after an answer is never the answer to another request',
    alone: true,
    run: async (kit) => {
      const extra = 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned'
      const connection = await kit.open()
      connection.send(kit.requestOf({ path: kit.raw(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok${extra}`) }))
      await connection.answer()
      const bodies = []
      for (let n = 0; n < 4; n += 1) {
        const answer = await kit.ask({ path: kit.play('echo', {}, kit.another()) })
        bodies.push(answer.body.toString().includes('poisoned') ? 'poisoned' : answer.status)
      }
      return when(!bodies.includes('poisoned'), `the next ones: ${bodies.join(', ')}`)
    },
  },
]
