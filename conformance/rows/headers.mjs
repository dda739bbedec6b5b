/** What is between two hops stays there, what is for the other end arrives as it was. */
import { fail, pass, when } from '../lib/kit.mjs'
import { allOf, firstOf } from '../lib/message.mjs'

/** What the backend got of a request. */
const arrived = async (kit, request) => {
  const answer = await kit.ask({ path: kit.play('echo'), ...request })
  const event = await kit.wait('request', 500)
  return { answer, fields: event?.fields ?? [], target: event?.target, event }
}

const betweenHops = [
  ['Keep-Alive', 'timeout=77'],
  ['TE', 'gzip'],
  ['Proxy-Authorization', 'Basic a2l0'],
  ['Proxy-Connection', 'x-kit'],
  ['X-Hop', 'for this hop'],
]

const passedOf = (fields, sent) =>
  sent.filter(([name, value]) => allOf(fields, name.toLowerCase()).some((got) => got.includes(value))).map(([name]) => name)

const targets = [
  '/a%2Fb/%2e%2e/c',
  '/a;v=1/b;c',
  '/q?a=b&&c=%20+d&x=//y&z=%2F?',
  '/a//b///c',
  '/x/../y/./z',
  '/caf%C3%A9/%c3%a9',
  '/?',
  "/quote's|and{braces}[1]~!$&()*,:@",
]

export const headers = [
  {
    name: 'hop-by-hop-request',
    expected: 'Connection and what it names, Keep-Alive, TE, Proxy-* of a client stop at the proxy',
    group: 'a2',
    run: async (kit) => {
      const { fields, answer } = await arrived(kit, { fields: [['Connection', 'x-hop, keep-alive'], ...betweenHops] })
      if (answer.end !== 'complete') return fail(answer.end)
      if (answer.status >= 400) return fail(`status ${answer.status}`)
      const passed = passedOf(fields, [...betweenHops, ['Connection', 'x-hop']])
      return when(passed.length === 0, passed.length === 0 ? 'none passed' : `passed: ${passed.join(', ')}`)
    },
  },
  {
    name: 'hop-by-hop-end-to-end',
    expected: 'Connection cannot take away what is for the backend: Host, and the address of the client',
    run: async (kit) => {
      const { fields, answer } = await arrived(kit, {
        fields: [
          ['Connection', 'close, host, x-forwarded-for, content-length'],
          ['X-Kit', 'kept'],
        ],
        method: 'POST',
        body: 'body',
      })
      if (answer.status >= 400 && answer.status < 500) return pass(`refused, ${answer.status}`)
      const text = answer.end === 'complete' ? JSON.parse(answer.body.toString()).body?.text : answer.end
      const isWhole = firstOf(fields, 'host') !== undefined && text === 'body'
      return when(isWhole, isWhole ? 'Host and body are there' : `Host ${firstOf(fields, 'host')}, body ${JSON.stringify(text)}`)
    },
  },
  {
    name: 'hop-by-hop-answer',
    expected: 'Connection and what it names, Keep-Alive, Proxy-*, Upgrade of an answer stop at the proxy',
    run: async (kit) => {
      const sent = [
        ['Keep-Alive', 'timeout=77'],
        ['Proxy-Connection', 'x-kit'],
        ['Proxy-Authenticate', 'Basic realm="kit"'],
        ['Upgrade', 'kit/1'],
        ['X-Hop', 'for this hop'],
      ]
      const bytes = [['Connection', 'x-hop'], ...sent, ['Content-Length', '2']].map(([name, value]) => `${name}: ${value}\r\n`).join('')
      const answer = await kit.ask({ path: kit.raw(`HTTP/1.1 200 OK\r\n${bytes}\r\nok`) })
      if (answer.status !== 200) return fail(answer.status > 0 ? `status ${answer.status}` : answer.end)
      const passed = passedOf(answer.fields, [...sent, ['Connection', 'x-hop']])
      return when(passed.length === 0, passed.length === 0 ? 'none passed' : `passed: ${passed.join(', ')}`)
    },
  },
  {
    name: 'upgrade-field',
    expected: 'Upgrade of a client that does not name it in Connection stops at the proxy, and its request is answered',
    run: async (kit) => {
      const { fields, answer } = await arrived(kit, { fields: [['Upgrade', 'kit/1']] })
      if (answer.status !== 200) return fail(answer.status > 0 ? `status ${answer.status}` : answer.end)
      return when(firstOf(fields, 'upgrade') === undefined, firstOf(fields, 'upgrade') ?? 'not passed')
    },
  },
  {
    name: 'upgrade-h2c',
    expected: 'an Upgrade to something else than a WebSocket is not passed on',
    run: async (kit) => {
      const { fields, answer, event } = await arrived(kit, {
        fields: [
          ['Connection', 'Upgrade, HTTP2-Settings'],
          ['Upgrade', 'h2c'],
          ['HTTP2-Settings', 'AAMAAABkAAQAAP__'],
        ],
      })
      if (answer.end === 'hang') return fail('hangs')
      if (event === undefined) return pass(answer.status === 0 ? 'closed' : `refused, ${answer.status}`)
      const passed = passedOf(fields, [
        ['Upgrade', 'h2c'],
        ['HTTP2-Settings', 'AAMA'],
      ])
      return when(
        passed.length === 0,
        passed.length === 0 ? `answered as a plain request, ${answer.status}` : `passed: ${passed.join(', ')}`,
      )
    },
  },
  {
    name: 'forwarded-believed',
    expected: 'X-Forwarded-For, -Proto, -Host and Forwarded of a client are not believed',
    group: 'a2',
    run: async (kit) => {
      const lies = [
        ['X-Forwarded-For', '6.6.6.6'],
        ['X-Forwarded-Proto', 'kit-proto'],
        ['X-Forwarded-Host', 'kit.evil'],
        ['Forwarded', 'for=6.6.6.6;proto=kit-proto;host=kit.evil'],
      ]
      const { fields, answer } = await arrived(kit, { fields: lies })
      if (answer.status !== 200) return fail(`${answer.end}, status ${answer.status}`)
      const believed = lies
        .filter(([name]) => /6\.6\.6\.6|kit-proto|kit\.evil/.test(allOf(fields, name.toLowerCase()).join()))
        .map(([name, value]) => (firstOf(fields, name.toLowerCase()) === value ? `${name} kept` : `${name} appended to`))
      return when(believed.length === 0, believed.length === 0 ? 'overwritten' : believed.join(', '))
    },
  },
  {
    name: 'forwarded-told',
    expected: 'the backend is told the address, the scheme and the Host of the client',
    run: async (kit) => {
      const { fields } = await arrived(kit)
      const [by, proto, host] = ['for', 'proto', 'host'].map((what) => firstOf(fields, `x-forwarded-${what}`))
      const isTold = /127\.0\.0\.1|::1/.test(by ?? '') && proto === 'http' && host === kit.proxy.authority
      const forwarded = firstOf(fields, 'forwarded')
      const seen = forwarded !== undefined && by === undefined ? forwarded : `for ${by}, proto ${proto}, host ${host}`
      return when(isTold || /for=.*(?:127\.0\.0\.1|::1)/.test(forwarded ?? ''), seen)
    },
  },
  {
    name: 'target',
    expected: 'the target arrives byte for byte: %2F, %2e%2e, ;, ?, //, dots',
    run: async (kit) => {
      const wrong = []
      for (const target of targets) {
        const id = kit.another()
        const answer = await kit.ask({ path: target, fields: [['X-Kit-Id', id]] })
        const event = await kit.wait('request', answer.status === 200 ? 300 : 50, id)
        if (event?.target !== target)
          wrong.push(`${target} ${event === undefined ? `refused, ${answer.status}` : `became ${event.target}`}`)
      }
      return when(wrong.length === 0, wrong.length === 0 ? `${targets.length} as they were sent` : wrong.join('; '))
    },
  },
  {
    name: 'target-escapes',
    expected: 'a target with %00, %0d%0a or a broken escape: byte for byte, or refused',
    run: async (kit) => {
      const seen = []
      for (const target of ['/%00', '/%0d%0aX-Injected:%20yes', '/%zz%']) {
        const id = kit.another()
        const answer = await kit.ask({ path: target, fields: [['X-Kit-Id', id]] })
        const event = await kit.wait('request', answer.status === 200 ? 300 : 50, id)
        if (event === undefined ? answer.status < 400 : event.target !== target)
          return fail(`${target} became ${event?.target ?? answer.end}`)
        seen.push(event === undefined ? `refused, ${answer.status}` : 'passed')
      }
      return pass(seen.join('; '))
    },
  },
  {
    name: 'set-cookie',
    expected: 'three Set-Cookies arrive as three, in order',
    run: async (kit) => {
      const cookies = ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2037 07:28:00 GMT', 'c=3; HttpOnly']
      const answer = await kit.ask({
        path: kit.raw(`HTTP/1.1 200 OK\r\n${cookies.map((cookie) => `Set-Cookie: ${cookie}\r\n`).join('')}Content-Length: 2\r\n\r\nok`),
      })
      const got = answer.values('set-cookie')
      return when(got.join('|') === cookies.join('|'), `${got.length} arrived`)
    },
  },
  {
    name: 'duplicates',
    expected: 'a field that is there twice arrives with both values, both ways',
    run: async (kit) => {
      const twice = [
        ['X-Twice', 'one'],
        ['X-Twice', 'two'],
      ]
      const { fields } = await arrived(kit, { fields: twice })
      const answer = await kit.ask({
        path: kit.raw('HTTP/1.1 200 OK\r\nX-Twice: one\r\nX-Twice: two\r\nContent-Length: 2\r\n\r\nok', {}, kit.another()),
      })
      const [there, back] = [allOf(fields, 'x-twice').join(', '), answer.values('x-twice').join(', ')]
      return when(there === 'one, two' && back === 'one, two', `there ${there || 'none'}; back ${back || 'none'}`)
    },
  },
  {
    name: 'case',
    expected: 'names arrive as they are written, both ways',
    run: async (kit) => {
      const { fields } = await arrived(kit, { fields: [['X-cAmElCase', 'yes']] })
      const answer = await kit.ask({
        path: kit.raw('HTTP/1.1 200 OK\r\nX-cAmElBack: yes\r\nContent-Length: 2\r\n\r\nok', {}, kit.another()),
      })
      const there = fields.find(([name]) => name.toLowerCase() === 'x-camelcase')?.[0]
      const back = answer.fields.find(([name]) => name.toLowerCase() === 'x-camelback')?.[0]
      return when(there === 'X-cAmElCase' && back === 'X-cAmElBack', `there ${there}, back ${back}`)
    },
  },
  {
    name: 'bytes',
    expected: 'bytes beyond ASCII in a value arrive as they are, both ways',
    run: async (kit) => {
      const value = 'caf\xe9 \xc3\xa9'
      const { fields } = await arrived(kit, { fields: [['X-Bytes', value]] })
      const head = Buffer.from(`HTTP/1.1 200 OK\r\nX-Bytes: ${value}\r\nContent-Length: 2\r\n\r\nok`, 'latin1')
      const answer = await kit.ask({ path: kit.raw(head, {}, kit.another()) })
      const [there, back] = [firstOf(fields, 'x-bytes'), answer.value('x-bytes')]
      return when(there === value && back === value, `there ${JSON.stringify(there)}, back ${JSON.stringify(back)}`)
    },
  },
  {
    name: 'end-to-end',
    expected: 'Authorization, Cookie, Accept-Encoding, Range, If-None-Match, User-Agent arrive as they were sent',
    run: async (kit) => {
      const sent = [
        ['Authorization', 'Bearer kit'],
        ['Cookie', 'a=1; b="2"'],
        ['Accept-Encoding', 'br;q=0.5'],
        ['Range', 'bytes=0-1'],
        ['If-None-Match', '"kit"'],
        ['User-Agent', 'kit/1'],
      ]
      const { fields } = await arrived(kit, { fields: sent })
      const missing = sent.filter(([name, value]) => allOf(fields, name.toLowerCase()).join('; ') !== value).map(([name]) => name)
      return when(missing.length === 0, missing.length === 0 ? 'all there' : `not as sent: ${missing.join(', ')}`)
    },
  },
  {
    name: 'cookies',
    expected: '8 KiB of cookies, in one field and in two, arrive whole',
    run: async (kit) => {
      const cookies = Array.from({ length: 200 }, (_, n) => `cookie${n}=${'v'.repeat(28)}`)
      const { fields, answer } = await arrived(kit, {
        fields: [
          ['Cookie', cookies.slice(0, 150).join('; ')],
          ['Cookie', cookies.slice(150).join('; ')],
        ],
      })
      const got = allOf(fields, 'cookie').join('; ')
      return when(
        got === cookies.join('; '),
        answer.status === 200 ? `${got.split('; ').length} of 200` : `${answer.end}, status ${answer.status}`,
      )
    },
  },
  {
    name: 'large-request',
    expected: 'a head of 64 KiB: passed on or refused with a status',
    run: async (kit) => {
      const { status, end } = await kit.ask({ path: kit.play('echo'), fields: [['X-Large', 'l'.repeat(64 * 1024)]] })
      // whoever refuses need not read on
      return when((status === 200 && end === 'complete') || (status >= 400 && status < 500), status > 0 ? `status ${status}` : end)
    },
  },
  {
    name: 'large-answer',
    expected: 'a head of 1 MiB in an answer: passed on, or an error, in time',
    run: async (kit) => {
      const answer = await kit.ask({ path: kit.play('head', { bytes: 1024 * 1024 }) })
      const isFine = (answer.end === 'complete' && (answer.status === 200 || answer.status >= 500)) || answer.end === 'none'
      return when(isFine, `${answer.end}, status ${answer.status}`)
    },
  },
  {
    name: 'endless-answer',
    expected: 'a head in an answer that never ends: given up, the backend told, at most 16 MiB taken',
    run: async (kit) => {
      const answer = await kit.ask({ path: kit.play('head') })
      const taken = await kit.wait('taken', 300)
      if (answer.end === 'hang') return fail('hangs')
      if (taken === undefined) return fail('it still takes from the backend')
      const mebibytes = taken.bytes / 1024 / 1024
      return when(
        (answer.status >= 500 || answer.end === 'none') && mebibytes <= 16,
        `${answer.status || answer.end}, ${mebibytes.toFixed(1)} MiB taken`,
      )
    },
  },
]
