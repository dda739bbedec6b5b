import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Life, type LifeSigns, noSigns, tellAtLastMs } from '../../src/gateway/life.ts'

const signs = (exiting: readonly (boolean | undefined)[], count = 1): LifeSigns => {
  const told = [...exiting]
  return { exiting: () => (told.length > 1 ? told.shift() : told[0]), tree: async () => Array.from({ length: count }) }
}

describe('a process', () => {
  it.each([
    ['lives beyond doubt where it serves alone and has not begun to end', [false], 1, true],
    ['does not where it has begun to end', [false, true], 1, false],
    ['does not where it ended long ago', [true], 0, false],
    ['does not where it has begun to end, whoever is below it', [false, true], 2, false],
    ['may have descendants that have answered in its place', [false], 2, undefined],
    ['is not known where nobody can tell', [undefined], 1, undefined],
    ['is not known where nobody can tell any more', [false, undefined], 1, undefined],
  ])('%s', async (_what, exiting, count, lives) => {
    const life = new Life(1, signs(exiting, count), () => 0)
    await turn()
    expect(life.lives).toBe(lives)
  })

  it('is not known before it was looked at', () => {
    expect(new Life(1, signs([false]), () => 0).lives).toBeUndefined()
  })

  it('is not looked at where nobody can tell', () => {
    new Life(1, { exiting: () => undefined, tree: () => expect.fail('it was') }, () => 0)
  })
})

describe('a doubt', () => {
  const leftAfter = (losses: readonly number[], now: number): number => {
    let time = 0
    const life = new Life(1, noSigns, () => time)
    for (time of losses) life.doubt()
    time = now
    return life.doubtedMs
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

  it('is none of a process that lives beyond doubt', async () => {
    const life = new Life(1, signs([false]), () => 0)
    await turn()
    life.doubt()
    expect(life.doubtedMs).toBe(0)
  })
})
