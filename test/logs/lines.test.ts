import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Line, LineSplitter, lineLimit } from '../../src/logs/lines.ts'

const split = (chunks: readonly Buffer[], limit?: number): Line[] => {
  const splitter = new LineSplitter(limit)
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()]
}
const texts = (lines: readonly Line[]): string[] => lines.map(({ line }) => line)

/** Cuts bytes at the given places, wherever in a character they are. */
const cutAt = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...at, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : at[index - 1], end))
}

describe('lines of a stream', () => {
  it.each([
    ['a\nb\n', ['a', 'b']],
    ['a\nb', ['a', 'b']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['a\rb\n', ['a\rb']],
    ['\n\n', ['', '']],
    ['', []],
    ['\r\n', ['']],
    ['a\r\r\n', ['a\r']],
    ['progress 10%\rprogress 20%', ['progress 10%\rprogress 20%']],
  ])('%j is %j', (text, lines) => {
    expect(texts(split([Buffer.from(text)]))).toEqual(lines)
  })

  it('nothing is told before its newline came', () => {
    const splitter = new LineSplitter()
    expect(splitter.push(Buffer.from('half'))).toEqual([])
    expect(texts(splitter.push(Buffer.from(' and half\nnext')))).toEqual(['half and half'])
    expect(texts(splitter.end())).toEqual(['next'])
    expect(splitter.end()).toEqual([])
  })

  it('a CRLF torn in two is one newline', () => {
    expect(texts(split([Buffer.from('a\r'), Buffer.from('\nb')]))).toEqual(['a', 'b'])
  })

  it('a character torn at any of its bytes is whole again', () => {
    const bytes = Buffer.from('€ 漢字 🦊 naïve\n')
    for (let at = 0; at <= bytes.length; at += 1) expect(texts(split(cutAt(bytes, [at])))).toEqual(['€ 漢字 🦊 naïve'])
  })

  it('any chunking of any text gives the same lines', () => {
    const text = fc
      .array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\n', '\r', '\r\n', '🦊', 'xxxxxxxxxx')), { maxLength: 30 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 12 }), fc.integer({ min: 1, max: 12 }), (written, places, limit) => {
        const bytes = Buffer.from(written)
        expect(split(cutAt(bytes, places), limit)).toEqual(split([bytes], limit))
      }),
      { numRuns: 2000 },
    )
  })

  it('what is short enough is what was written, line by line', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 50 }).filter((s) => !/[\r\n]/.test(s))
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.array(fc.nat(), { maxLength: 8 }), (lines, places) => {
        expect(texts(split(cutAt(Buffer.from(`${lines.join('\n')}\n`), places)))).toEqual(lines)
      }),
    )
  })
})

describe('a line that is too long', () => {
  it('keeps its first 10 000 characters and says that it was cut', () => {
    expect(lineLimit).toBe(10_000)
    const [line, next] = split([Buffer.from(`${'x'.repeat(lineLimit + 1)}\nnext\n`)])
    expect(line).toEqual({ line: 'x'.repeat(lineLimit), cut: true })
    expect(next).toEqual({ line: 'next', cut: false })
  })

  it('of exactly 10 000 characters is whole, with LF and with CRLF', () => {
    const whole = { line: 'x'.repeat(lineLimit), cut: false }
    for (const newline of ['\n', '\r\n', '']) {
      const bytes = Buffer.from(whole.line + newline)
      expect(split([bytes])).toEqual([whole])
      expect(split(cutAt(bytes, [lineLimit, lineLimit + 1]))).toEqual([whole])
    }
  })

  it('is carried over no further than its limit, though 50 MB come without a newline', () => {
    const splitter = new LineSplitter()
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    for (let i = 0; i < 50; i += 1) expect(splitter.push(chunk)).toEqual([])
    expect(splitter.push(Buffer.from('\nnext\n'))).toEqual([
      { line: 'x'.repeat(lineLimit), cut: true },
      { line: 'next', cut: false },
    ])
  })

  it('is told as cut at the end of the stream, too', () => {
    expect(split([Buffer.alloc(20_000, 'x'), Buffer.from('y')])).toEqual([{ line: 'x'.repeat(lineLimit), cut: true }])
  })
})
