import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as shape from '../../src/config/shape.ts'

const problemsOf = (check: shape.Shape, value: unknown): shape.Problem[] => {
  const problems: shape.Problem[] = []
  check(value, 'x', problems)
  return problems
}
const fits = (check: shape.Shape, value: unknown): boolean => problemsOf(check, value).length === 0

describe('the words of shapes', () => {
  it.each([
    ['filled', shape.filled, ['a'], ['', 'a\0b', 1, null]],
    ['boolean', shape.boolean, [true, false], ['true', 0]],
    ['pattern', shape.pattern, ['a', /a/g], ['', 1, {}]],
    ['location', shape.location, ['a', new URL('file:///a')], ['', new URL('http://a'), 1]],
    ['signal', shape.signal, ['SIGTERM', 'SIGINT'], ['TERM', 'sigterm', 15, 'toString']],
    ['number', shape.number(0, 1), [0, 0.5, 1], [-0.1, 1.1, Number.NaN, '1']],
    ['integer', shape.integer(1, 3), [1, 3], [0, 4, 1.5, Number.NaN, '2']],
    ['one of', shape.oneOf('a', 'b'), ['a', 'b'], ['c', 1, undefined]],
    ['list', shape.list(shape.string), [[], ['a']], ['a', [1], {}]],
    ['record', shape.record(shape.string), [{}, { a: 'b' }, { a: undefined }], [[], 'a', { a: 1 }, null]],
  ] satisfies [string, shape.Shape, unknown[], unknown[]][])('%s', (_what, check, good, bad) => {
    for (const value of good) expect(fits(check, value), JSON.stringify(value)).toBe(true)
    for (const value of bad) expect(fits(check, value), JSON.stringify(value)).toBe(false)
  })

  it('an object has the known keys only, and those that it must have', () => {
    const check = shape.object({ name: shape.string, age: shape.number(0) }, ['name'])
    expect(problemsOf(check, { name: 'a', age: 1 })).toEqual([])
    expect(problemsOf(check, { nmae: 'a', age: 'old' }).map(({ path }) => path)).toEqual(['x.nmae', 'x.age', 'x.name'])
  })

  it('a record among alternatives is judged as the record that it was meant to be', () => {
    const check = shape.either('a text or { n: number }', shape.string, shape.object({ n: shape.number(0) }, ['n']))
    expect(problemsOf(check, { m: 1 }).map(({ path }) => path)).toEqual(['x.m', 'x.n'])
    expect(problemsOf(check, 5).map(({ message }) => message)).toEqual(['expected `x` to be a text or { n: number }, got 5 (number)'])
  })

  it('checking changes nothing', () => {
    const value = Object.freeze({ a: Object.freeze({ b: Object.freeze([1]) }) })
    expect(() => problemsOf(shape.object({ a: shape.object({ b: shape.list(shape.string) }) }), value)).not.toThrow()
  })
})

describe('the nearest word', () => {
  it.each([
    ['ports', ['port', 'host'], 'port'],
    ['ENV', ['env'], 'env'],
    ['livenes', ['readiness', 'liveness'], 'liveness'],
    ['xy', ['port', 'host'], undefined],
    ['completely', ['different'], undefined],
  ])('of %s among %j: %s', (word, known, near) => {
    expect(shape.nearest(word, known)).toBe(near)
  })

  it('a known word is nearest to itself', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (known) => {
        expect(shape.nearest(known[0]!, known)?.toLowerCase()).toBe(known[0]!.toLowerCase())
      }),
    )
  })
})
