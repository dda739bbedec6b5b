import { describe, expect, it } from 'vitest'
import { Doubt, tellAtLastMs } from '../../src/gateway/doubt.ts'

describe('a doubt', () => {
  const leftAfter = (losses: readonly number[], now: number): number => {
    let time = 0
    const doubt = new Doubt(() => time)
    for (time of losses) doubt.cast()
    time = now
    return doubt.leftMs
  }

  it.each([
    ['is none before anything is lost', [], 0, 0],
    ['lasts until a death would have been told', [0], 1, tellAtLastMs - 1],
    ['is over then', [0], tellAtLastMs, 0],
    ['is not made longer by what is lost meanwhile', [0, 50], 60, tellAtLastMs - 60],
    ['does not return at once where it goes on losing connections and lives', [0, 200, 999], 999, 0],
    ['returns after a second', [0, 200, 1000], 1000, tellAtLastMs],
  ])('%s', (_name, losses, now, left) => {
    expect(leftAfter(losses, now)).toBe(left)
  })
})
