import { describe, expect, it } from 'vitest'
import { inSlices } from '../../src/process/slices.ts'

describe('a long list', () => {
  it('is mapped in its order', async () => {
    const items = Array.from({ length: 1000 }, (_, i) => i)
    expect(await inSlices(items, (i) => i * 2)).toEqual(items.map((i) => i * 2))
  })

  it('that is empty gives an empty one', async () => {
    expect(await inSlices([], () => expect.fail('there is nothing to map'))).toEqual([])
  })

  it('of slow items lets the loop turn in between', async () => {
    let turns = 0
    const turn = (): void => {
      turns += 1
      next = setImmediate(turn)
    }
    let next = setImmediate(turn)
    const slow = (): number => {
      // longer than any slice
      for (const until = performance.now() + 5; performance.now() < until; );
      return turns
    }
    const seen = await inSlices([1, 2, 3, 4], slow)
    clearImmediate(next)
    expect(seen).toEqual([...new Set(seen)])
  })

  it('rejects with what the mapping throws', async () => {
    const thrown = new Error('no')
    await expect(
      inSlices([1], () => {
        throw thrown
      }),
    ).rejects.toBe(thrown)
  })
})
