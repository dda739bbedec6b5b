import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyOf, type Head, headOf } from '../../src/health/http-answer.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
const head = (text: string): Head => headOf(bytes(text)) as Head

describe('the head of an answer', () => {
  it.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', { status: 200, bodyAt: 38, framing: 5 }],
    ['HTTP/1.0 404 Not Found\r\n\r\n', { status: 404, bodyAt: 26, framing: 'until the end' }],
    ['HTTP/1.1 200\r\n\r\n', { status: 200, bodyAt: 16, framing: 'until the end' }],
    ['HTTP/1.1 503 \r\ntransfer-encoding: gzip, Chunked\r\n\r\n', { status: 503, bodyAt: 51, framing: 'chunked' }],
    ['HTTP/1.1 204 No Content\r\ncontent-length: 7\r\n\r\n', { status: 204, bodyAt: 46, framing: 0 }],
    ['HTTP/1.1 200 OK\nContent-Length: 5\n\nhello', { status: 200, bodyAt: 35, framing: 5 }],
    ['HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', { status: 200, bodyAt: 56, framing: 'until the end' }],
    ['HTTP/1.1 101 Switching Protocols\r\n\r\n', { status: 101, bodyAt: 36, framing: 'until the end' }],
  ] as const)('%j', (text, expected) => {
    expect(headOf(bytes(text))).toEqual(expected)
  })

  it.each(['', 'H', 'HTTP/1.', 'HTTP/1.1 20', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\nA: b\r\n', 'HTTP/1.1 103 Early\r\n\r\nHT'])(
    '%j is not all of it',
    (text) => {
      expect(headOf(bytes(text))).toBe('incomplete')
    },
  )

  it.each([
    'SSH-2.0-OpenSSH',
    '\x16\x03\x01',
    'HTTP/2 200\r\n\r\n',
    'HTTP/1.1 abc\r\n\r\n',
    'HTTP/1.1 20\r\n\r\n',
    'HTTP/1.1\r\n\r\n',
    'http/1.1 200 OK\r\n\r\n',
    'HTTP/1.1 103 Early\r\n\r\n'.repeat(40),
    'X',
  ])('%j is none', (text) => {
    expect(headOf(bytes(text))).toBe('not HTTP')
  })

  it('is bounded', () => {
    expect(headOf(bytes(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(20_000)}`))).toBe('not HTTP')
  })

  it('is the same wherever it was torn, and nothing makes it fail', () => {
    const text = 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
    for (let end = 0; end < 75; end += 1) expect(headOf(bytes(text.slice(0, end)))).toBe('incomplete')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, real) => {
        const found = headOf(Buffer.concat([bytes(real ? 'HTTP/1.1 200 OK\r\n' : ''), noise]))
        if (typeof found === 'object') expect(found.status).toBeGreaterThanOrEqual(100)
      }),
    )
  })
})

describe('the body of an answer', () => {
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'

  it.each([
    ['counted', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello and more', 'hello', true],
    ['counted, not all of it', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel', 'hel', false],
    ['until the end', 'HTTP/1.1 200 OK\r\n\r\nhello', 'hello', false],
    ['in chunks', `${chunked}3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n`, 'hello', true],
    ['in chunks, not all of them', `${chunked}3\r\nhel\r\n2\r\nl`, 'hell', false],
    ['in chunks that are none', `${chunked}zz\r\nhel`, '', false],
    ['in a chunk of negative size', `${chunked}-6\r\nhel`, '', false],
    ['in a chunk larger than any', `${chunked}fffffffff\r\nhel`, '', false],
    ['in chunks with zeros before their size', `${chunked}0003\r\nhel\r\n0\r\n\r\n`, 'hel', true],
  ])('%s', (_what, text, said, whole) => {
    const body = bodyOf(bytes(text), head(text), false)
    expect([body.bytes.toString(), body.whole]).toEqual([said, whole])
  })

  it('that is not counted is whole when the connection has ended', () => {
    const text = 'HTTP/1.1 200 OK\r\n\r\nhello'
    expect(bodyOf(bytes(text), head(text), true)).toEqual({ bytes: bytes('hello'), whole: true })
  })

  it('in chunks is what was put into them', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 })), (pieces) => {
        const lines = pieces.flatMap((piece) => [bytes(`${piece.length.toString(16)}\r\n`), Buffer.from(piece), bytes('\r\n')])
        const all = Buffer.concat([bytes(chunked), ...lines, bytes('0\r\n\r\n')])
        expect(bodyOf(all, headOf(all) as Head, false)).toEqual({ bytes: Buffer.concat(pieces), whole: true })
      }),
    )
  })
})
