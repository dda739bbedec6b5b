import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BlockQueue } from '../../src/logs/block-queue.ts'

const block = 512 * 1024

describe('what waits', () => {
  it('comes out as it came in, in few blocks, however they are used again', () => {
    const length = fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(block - 10, block - 1, block, block + 1, 3 * block, 9, 10, 11))
    const step = fc.record({ push: fc.array(length, { maxLength: 5 }), take: fc.nat({ max: 2 }) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const queue = new BlockQueue()
        let waiting = ''
        let blocks = 0
        const take = (): void => {
          const taken = queue.shift()
          expect(taken?.toString('latin1') ?? '').toBe(waiting.slice(0, taken?.length ?? 0))
          waiting = waiting.slice(taken?.length ?? 0)
          if (taken !== undefined) queue.giveBack(taken)
          blocks += 1
        }
        for (const [index, { push, take: times }] of steps.entries()) {
          for (const size of push) {
            const text = String.fromCharCode(192 + index).repeat(size)
            queue.push(text)
            waiting += text
          }
          expect(queue.bytes).toBe(waiting.length)
          for (let time = 0; time < times; time += 1) take()
        }
        while (queue.bytes > 0) take()
        expect(waiting).toBe('')
        expect(blocks).toBeLessThan(100)
      }),
    )
  })

  it('is nothing at first', () => {
    expect(new BlockQueue().shift()).toBeUndefined()
  })
})
