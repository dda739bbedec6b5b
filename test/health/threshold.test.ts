import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Judgement, type Misses, noMisses, type Observation, observe } from '../../src/health/threshold.ts'

const well: Observation = { ok: true, spoilt: false, repeated: false, at: 0 }
const miss: Observation = { ...well, ok: false }
const repeated: Observation = { ...miss, repeated: true }
const spoilt: Observation = { ...miss, spoilt: true }

/** Judgements of one observation after another. */
const judge = (observations: readonly Observation[], threshold: number): { judgements: Judgement[]; misses: Misses } => {
  let misses = noMisses
  const judgements = observations.map((observation) => {
    const step = observe(misses, observation, threshold)
    misses = step.misses
    return step.judgement
  })
  return { judgements, misses }
}

describe('what misses in a row mean', () => {
  it.each([
    ['nothing', [well, well], 6, ['well', 'well']],
    ['a single miss is asked again and forgotten', [miss, well], 6, ['ask-again', 'well']],
    ['two are said', [miss, repeated], 6, ['ask-again', 'unresponsive']],
    ['and its recovery, too', [miss, repeated, well, well], 6, ['ask-again', 'unresponsive', 'responsive', 'well']],
    ['said once', [miss, repeated, miss, miss], 6, ['ask-again', 'unresponsive', 'missed', 'missed']],
    ['three beats of three', [miss, repeated, miss, miss], 3, ['ask-again', 'unresponsive', 'missed', 'unhealthy']],
    ['the question asked again is no beat', [miss, repeated], 2, ['ask-again', 'unresponsive']],
    ['a threshold of one has no patience', [miss], 1, ['unhealthy']],
    ['a threshold of two', [miss, repeated, miss], 2, ['ask-again', 'unresponsive', 'unhealthy']],
    ['a good answer starts anew', [miss, repeated, well, miss, repeated, miss], 3, [...'aurau'.split('').map(word), 'missed']],
    ['what we spoilt counts for nothing', [spoilt, spoilt, miss, spoilt, repeated], 6, [...'aaaau'.split('').map(word)]],
  ] satisfies [string, Observation[], number, string[]][])('%s', (_what, observations, threshold, judgements) => {
    expect(judge(observations, threshold).judgements).toEqual(judgements)
  })

  it('silence is counted from the first miss', () => {
    const at = (time: number): Observation => ({ ...miss, at: time })
    expect(judge([{ ...well, at: 5 }, at(10), at(12), at(15)], 6).misses).toEqual({ probes: 3, beats: 3, since: 10 })
    expect(judge([at(10), { ...well, at: 12 }], 6).misses).toEqual(noMisses)
  })

  const observation = fc.record({ ok: fc.boolean(), spoilt: fc.boolean(), repeated: fc.boolean(), at: fc.nat() })

  it('unhealthy takes as many beats in a row as the threshold says, whatever else is observed', () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (observations, threshold) => {
        let inARow = 0
        for (const [index, judgement] of judge(observations, threshold).judgements.entries()) {
          const { ok, spoilt: late, repeated: again } = observations[index]!
          if (ok) inARow = 0
          else if (!late && !again) inARow += 1
          expect(judgement === 'unhealthy').toBe(!ok && !late && inARow >= threshold)
        }
      }),
    )
  })

  it('late answers alone never make it unresponsive, let alone unhealthy', () => {
    fc.assert(
      fc.property(fc.array(observation), (observations) => {
        const { judgements } = judge(
          observations.map((o) => ({ ...o, spoilt: true })),
          1,
        )
        expect(judgements.every((judgement) => judgement === 'well' || judgement === 'ask-again')).toBe(true)
      }),
    )
  })

  it('unresponsive and responsive take turns', () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 80 }), (observations) => {
        const said = judge(observations, 1_000_000).judgements.filter((j) => j === 'unresponsive' || j === 'responsive')
        expect(said).toEqual(said.map((_, index) => (index % 2 === 0 ? 'unresponsive' : 'responsive')))
      }),
    )
  })
})

function word(letter: string): Judgement {
  return ({ a: 'ask-again', u: 'unresponsive', r: 'responsive' } as const)[letter as 'a' | 'u' | 'r']
}
