import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineCarry, longestPiece, type WholeLines } from '../../src/logs/whole-lines.ts'

const take = (chunks: readonly string[]): WholeLines[] => {
  const carry = new LineCarry()
  return [...chunks.flatMap((chunk) => carry.push(chunk)), carry.end()].filter((lines) => lines !== undefined)
}
const joined = (lines: readonly WholeLines[]): string => lines.map(({ text }) => text).join('\n')
const cutAt = (text: string, places: readonly number[]): string[] => {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b)
  return [...at, text.length].map((end, index) => text.slice(index === 0 ? 0 : at[index - 1], end))
}

describe('whole lines of torn chunks', () => {
  it('any chunking of any text gives the same lines', () => {
    const text = fc
      .array(fc.oneof(fc.string(), fc.constantFrom('\n', '\r\n', '\r', '\n\n')), { maxLength: 30 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 12 }), (written, places) => {
        const lines = written.replaceAll('\r\n', '\n').replace(/[\r\n]$/, '')
        expect(joined(take(cutAt(written, places)))).toBe(lines)
      }),
      { numRuns: 1000 },
    )
  })

  it('nothing is given before its newline came', () => {
    const carry = new LineCarry()
    expect(carry.push('half')).toEqual([])
    expect(carry.isEmpty).toBe(false)
    expect(carry.push(' and half\nnext')).toEqual([{ text: 'half and half', continues: false }])
    expect(carry.end()).toEqual({ text: 'next', continues: false })
    expect(carry.isEmpty).toBe(true)
    expect(carry.end()).toBeUndefined()
  })
})

describe('a line that is too long', () => {
  it('is given in pieces, of which all but the first continue it, whatever the chunks', () => {
    const text = 'x'.repeat(500_000)
    for (const size of [1000, 50_000, 65_536, 500_000]) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.slice(index * size, (index + 1) * size))
      const lines = take([...chunks, '\nnext\n'])
      expect(lines.map((piece) => piece.text.length)).toEqual([
        ...Array<number>(7).fill(longestPiece),
        500_000 - 7 * longestPiece + '\nnext'.length,
      ])
      expect(lines.map(({ continues }) => continues)).toEqual([false, ...Array<boolean>(7).fill(true)])
      expect(lines.map((piece) => piece.text).join('')).toBe(`${text}\nnext`)
    }
  })

  it('is carried over no further than a piece, though 50 MB come without a newline', () => {
    const carry = new LineCarry()
    let given = 0
    for (let chunk = 0; chunk < 800; chunk += 1) given += joined(carry.push('x'.repeat(65_536))).length
    expect(given).toBeGreaterThanOrEqual(800 * 65_536 - longestPiece)
  })

  it('is torn before a word, and so that the words before it stay with it', () => {
    for (let shift = 0; shift < 60; shift += 1) {
      const secret = 'Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789'
      const text = `${'word '.repeat(13_200).slice(0, longestPiece - shift)} ${secret} ${'more words '.repeat(10)}`
      const pieces = take([text]).map((piece) => piece.text)
      expect(pieces.join('')).toBe(text)
      expect(pieces.length).toBe(2)
      // `Basic` is only known by the header, `Bearer` by itself
      expect(pieces.some((piece) => piece.includes(secret.slice('Authorization: '.length)))).toBe(true)
    }
  })

  it('is not torn within a character', () => {
    for (const shift of ['', 'a', 'ab', 'abc']) {
      const text = Buffer.from(shift + '🦊漢ö'.repeat(20_000)).toString('latin1')
      const pieces = take([text]).map((piece) => Buffer.from(piece.text, 'latin1').toString())
      expect(pieces.length).toBeGreaterThan(2)
      expect(pieces.join('')).toBe(shift + '🦊漢ö'.repeat(20_000))
    }
  })

  it('loses no byte where a CR stands at the place at which it is torn', () => {
    const text = `${'x'.repeat(longestPiece - 1)}\r${'y'.repeat(10)}`
    expect(joined(take([text, '\n'])).replaceAll('\n', '')).toBe(text)
  })
})
