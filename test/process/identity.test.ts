import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sameProcess } from '../../src/process/identity.ts'

const seen = { pid: 4711, startTime: '123456', bootId: 'a' }

describe('two sightings', () => {
  it('of one pid, start and boot are one process', () => {
    expect(sameProcess(seen, { ...seen })).toBe(true)
  })

  it.each([
    ['another pid', { pid: 4712 }],
    ['another start', { startTime: '123457' }],
    ['another boot', { bootId: 'b' }],
    ['a start that is the same number, written otherwise', { startTime: '0123456' }],
    ['no boot on one side', { bootId: '' }],
  ])('with %s are two', (_, other) => {
    expect(sameProcess(seen, { ...seen, ...other })).toBe(false)
  })

  it('are one process only if all of it is equal, in whichever order they are compared', () => {
    const identity = fc.record({ pid: fc.nat(2), startTime: fc.constantFrom('0', '00', '1'), bootId: fc.constantFrom('', 'a') })
    fc.assert(
      fc.property(identity, identity, (a, b) => {
        expect(sameProcess(a, b)).toBe(JSON.stringify(a) === JSON.stringify(b))
        expect(sameProcess(b, a)).toBe(sameProcess(a, b))
      }),
    )
  })
})
