import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { variableIn } from '../../src/process/environ.ts'

const environment = (...entries: string[]): Buffer => Buffer.from(entries.map((entry) => `${entry}\0`).join(''))

describe('a variable', () => {
  it.each([
    ['the first', environment('A=1', 'B=2'), 'A', '1'],
    ['the last', environment('A=1', 'B=2'), 'B', '2'],
    ['one that is empty', environment('A=', 'B=2'), 'A', ''],
    ['one with equals signs', environment('A=b=c'), 'A', 'b=c'],
    ['one with a newline', environment('A=1\nB=2', 'B=3'), 'B', '3'],
    ['one beyond ASCII', environment('A=ü€😀'), 'A', 'ü€😀'],
    ['one that is there twice', environment('A=1', 'A=2'), 'A', '1'],
    ['one whose name another ends with', environment('XA=1', 'A=2'), 'A', '2'],
    ['one whose name another begins with', environment('AX=1', 'A=2'), 'A', '2'],
    ['one whose name another value holds', environment('B=A=1', 'A=2'), 'A', '2'],
    ['none', environment('A=1'), 'B', undefined],
    ['none in another case', environment('A=1'), 'a', undefined],
    ['none of nothing', Buffer.alloc(0), 'A', undefined],
    ['one that was cut', environment('A=1', 'B=23').subarray(0, -2), 'B', undefined],
    ['one that lost only its end', environment('A=1').subarray(0, -1), 'A', undefined],
  ])('is found: %s', (_, text, name, value) => {
    expect(variableIn(text, name)).toBe(value)
  })

  it('is found among others as they were set, and never in a text that was cut before its end', () => {
    const name = fc.stringMatching(/^[A-Z_]{1,3}$/)
    const value = fc.string().filter((text) => !text.includes('\0'))
    fc.assert(
      fc.property(fc.dictionary(name, value, { minKeys: 1 }), fc.nat(), (variables, cut) => {
        const entries = Object.entries(variables)
        const whole = environment(...entries.map(([key, text]) => `${key}=${text}`))
        const part = whole.subarray(0, cut % whole.length)
        for (const [key, text] of entries) {
          expect(variableIn(whole, key)).toBe(Buffer.from(text).toString())
          expect([undefined, Buffer.from(text).toString()]).toContain(variableIn(part, key))
        }
      }),
    )
  })
})
