import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Evidence, type LivenessOptions, type Unhealthy, watchLiveness } from '../../src/health/liveness.ts'
import type { Probe, ProbeResult } from '../../src/health/probe.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

const ok: ProbeResult = { ok: true }
const refused: ProbeResult = { ok: false, reason: 'connection refused', stage: 'refused' }
const mute: ProbeResult = { ok: false, reason: 'accepts connections but does not answer', stage: 'no-answer' }
const defaults = { periodMs: 5000, timeoutMs: 2000, failureThreshold: 6 }

/** Answers at once, but for the time in which its loop does not turn: then when that is over, if somebody still waits. */
const blockedFrom =
  (from: number, to: number) =>
  (clock: FakeClock): Probe =>
  (_target, signal) =>
    new Promise((resolve) => {
      const blocked = clock.now() >= from && clock.now() < to
      if (!blocked) return resolve(ok)
      const cancel = to === Number.POSITIVE_INFINITY ? () => {} : clock.setTimer(to - clock.now(), () => resolve(ok))
      signal.addEventListener('abort', () => {
        cancel()
        resolve(mute)
      })
    })

const watching = (makeProbe: (clock: FakeClock) => Probe, options: Partial<LivenessOptions> = {}) => {
  const clock = new FakeClock()
  const run = new AbortController()
  const told: string[] = []
  const facts: object[] = []
  const asked: number[] = []
  const world: { evidence: Evidence | null } = { evidence: null }
  let inFlight = 0
  let most = 0
  let end: { at: number; fault: Unhealthy } | undefined
  const inner = makeProbe(clock)
  const probe: Probe = async (target, signal) => {
    asked.push(clock.now())
    inFlight += 1
    most = Math.max(most, inFlight)
    try {
      return await inner(target, signal)
    } finally {
      inFlight -= 1
    }
  }
  void watchLiveness({
    ...defaults,
    probe,
    target: { host: '127.0.0.1', port: 3000 },
    clock,
    signal: run.signal,
    examine: async () => world.evidence,
    onProbe: (result) => told.push(result.ok ? 'ok' : 'miss'),
    onUnresponsive: (what) => {
      told.push('unresponsive')
      facts.push(what)
    },
    onResponsive: (what) => {
      told.push('responsive')
      facts.push(what)
    },
    ...options,
  }).then((fault) => (end = { at: clock.now(), fault }))
  return { clock, run, told, facts, asked, world, end: () => end, most: () => most }
}

describe('the beat', () => {
  it('is one question per period, from start to start, and says nothing of a backend that is well', async () => {
    const { clock, asked, told, end } = watching(() => async () => ok)
    await clock.advance(20_000)
    expect(asked).toEqual([5000, 10_000, 15_000, 20_000])
    expect(new Set(told)).toEqual(new Set(['ok']))
    expect(end()).toBeUndefined()
  })

  it('is measured from start to start though answers take long', async () => {
    const slow = (clock: FakeClock): Probe => {
      return () => new Promise((resolve) => clock.setTimer(1500, () => resolve(ok)))
    }
    const { clock, asked } = watching(slow)
    await clock.advance(20_000)
    expect(asked).toEqual([5000, 10_000, 15_000, 20_000])
  })

  it('is never two questions at once, though an answer takes longer than the period', async () => {
    const { clock, most, asked } = watching(blockedFrom(0, Number.POSITIVE_INFINITY), {
      periodMs: 100,
      timeoutMs: 1000,
      failureThreshold: 1000,
    })
    await clock.advance(30_000)
    expect(most()).toBe(1)
    expect(asked.length).toBeGreaterThan(20)
  })

  it('ends with the run: no verdict, no timer', async () => {
    for (const moment of [0, 5000, 6000, 8000]) {
      const { clock, run, end } = watching(blockedFrom(5000, Number.POSITIVE_INFINITY))
      await clock.advance(moment)
      run.abort()
      await clock.advance(100_000)
      expect(end()).toBeUndefined()
      expect(clock.pending).toBe(0)
    }
  })
})

describe('a backend whose loop is blocked', () => {
  it('for ten seconds is called unresponsive, then responsive, and is not restarted, whenever it begins', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 5000 }), async (phase) => {
        const from = 20_000 + phase
        const { clock, told, end } = watching(blockedFrom(from, from + 10_000))
        await clock.advance(60_000)
        expect(end()).toBeUndefined()
        expect(told.filter((word) => word.includes('responsive'))).toEqual(['unresponsive', 'responsive'])
      }),
      { numRuns: 300, examples: [[0], [1], [2999], [3000], [3001], [4999], [5000]] },
    )
  })

  it('for good is given up after 20 to 35 seconds of silence, whenever it begins', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 5000 }), async (phase) => {
        const from = 20_000 + phase
        const { clock, end, most } = watching(blockedFrom(from, Number.POSITIVE_INFINITY))
        await clock.advance(60_000)
        const silence = (end()?.at ?? Number.NaN) - from
        expect(silence).toBeGreaterThanOrEqual(20_000)
        expect(silence).toBeLessThanOrEqual(35_000)
        expect(most()).toBe(1)
      }),
      { numRuns: 300, examples: [[0], [1], [4999], [5000]] },
    )
  })

  it('with a beat of one second and three misses is given up within five seconds, whenever it begins', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1000 }), async (phase) => {
        const from = 10_000 + phase
        const { clock, end } = watching(blockedFrom(from, Number.POSITIVE_INFINITY), {
          periodMs: 1000,
          timeoutMs: 1000,
          failureThreshold: 3,
        })
        await clock.advance(20_000)
        const silence = (end()?.at ?? Number.NaN) - from
        expect(silence).toBeGreaterThan(2000)
        expect(silence).toBeLessThanOrEqual(5000)
      }),
      { numRuns: 200, examples: [[0], [1], [1000]] },
    )
  })

  it('is told with the number of misses, the length of the silence and the reason', async () => {
    const { clock, facts, world, end } = watching(blockedFrom(15_000, 24_000))
    await clock.advance(14_000)
    world.evidence = { reason: 'EVENT_LOOP_BLOCKED', message: 'its loop does not turn', conclusive: false }
    await clock.advance(9000)
    world.evidence = null
    await clock.advance(20_000)
    expect(end()).toBeUndefined()
    expect(facts).toEqual([
      { misses: 2, silentMs: 4000, reason: 'EVENT_LOOP_BLOCKED' },
      { misses: expect.any(Number), silentMs: expect.any(Number), reason: null },
    ])
    expect(facts[1]).toMatchObject({ silentMs: expect.toSatisfy((ms: number) => ms >= 9000 && ms <= 14_000) })
  })

  it('is given up with what was seen last', async () => {
    const { clock, world, end } = watching(blockedFrom(0, Number.POSITIVE_INFINITY), { failureThreshold: 2 })
    world.evidence = { reason: 'EVENT_LOOP_BLOCKED', message: 'its loop does not turn', conclusive: false }
    await clock.advance(30_000)
    expect(end()?.fault).toEqual({
      reason: 'EVENT_LOOP_BLOCKED',
      message: expect.stringMatching(/^2 probes missed in a row, silent for \d+ ms; last: its loop does not turn$/),
    })
  })

  it('once in a while is never given up', async () => {
    const hiccups = (clock: FakeClock): Probe => {
      return async () => (Math.floor(clock.now() / 5000) % 3 === 0 ? ok : refused)
    }
    const { clock, end } = watching(hiccups, { failureThreshold: 3 })
    await clock.advance(600_000)
    expect(end()).toBeUndefined()
  })
})

describe('our own lateness', () => {
  it('never counts: a machine that slept through a question finds the backend as it left it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 2600, max: 10_000_000 }), { minLength: 1, maxLength: 20 }), async (sleeps) => {
        const { clock, told, end } = watching(blockedFrom(0, Number.POSITIVE_INFINITY), { failureThreshold: 1 })
        await clock.advance(5000)
        for (const ms of sleeps) {
          // asleep in the middle of a question
          clock.oversleep(ms)
          await clock.advance(0)
        }
        expect(end()).toBeUndefined()
        expect(told).not.toContain('unresponsive')
      }),
      { numRuns: 100 },
    )
  })

  it('beats that were slept through are not made up for', async () => {
    const { clock, end, asked } = watching(() => async () => ok)
    clock.oversleep(3_600_000)
    await clock.advance(0)
    expect(asked.length).toBeLessThanOrEqual(2)
    const caughtUp = asked.length
    await clock.advance(10_000)
    expect(asked.slice(caughtUp)).toEqual([3_605_000, 3_610_000])
    expect(end()).toBeUndefined()
  })

  it('a question that was spoilt is asked again at once', async () => {
    let answers: ProbeResult | Promise<never> = new Promise<never>(() => {})
    const { clock, asked, told } = watching(() => async () => answers)
    await clock.advance(5000)
    answers = ok
    clock.oversleep(60_000)
    await clock.advance(0)
    expect(asked).toEqual([5000, 65_000])
    expect(told).toEqual(['miss', 'ok'])
  })
})

describe('conclusive evidence', () => {
  const gone: Evidence = { reason: 'NOTHING_LISTENS', message: 'it no longer listens', conclusive: true }

  it('is looked at twice, at most a second apart, and then enough', async () => {
    const { clock, world, asked, end } = watching(() => async () => refused)
    world.evidence = gone
    await clock.advance(4999)
    expect(end()).toBeUndefined()
    await clock.advance(1001)
    expect(end()).toEqual({ at: expect.any(Number), fault: { reason: 'NOTHING_LISTENS', message: 'it no longer listens' } })
    expect(asked).toHaveLength(2)
    expect(asked[1]! - asked[0]!).toBeLessThanOrEqual(1000)
  })

  it('that is gone at the second look was none: a dev server reloads itself', async () => {
    let answer: ProbeResult = refused
    const { clock, world, end } = watching(() => async () => answer)
    world.evidence = gone
    await clock.advance(5000)
    world.evidence = null
    answer = ok
    await clock.advance(60_000)
    expect(end()).toBeUndefined()
  })

  it('counts against a good answer: a stranger can answer well', async () => {
    const { clock, world, end } = watching(() => async () => ok)
    world.evidence = { reason: 'FOREIGN_SERVER_ANSWERS', message: 'held by nginx', conclusive: true }
    await clock.advance(6000)
    expect(end()?.fault).toEqual({ reason: 'FOREIGN_SERVER_ANSWERS', message: 'held by nginx' })
  })

  it('is looked at twice in the middle of a silence, too', async () => {
    const { clock, world, end } = watching(() => async () => refused)
    await clock.advance(12_000)
    world.evidence = gone
    await clock.advance(20_000)
    expect(end()?.at).toBeLessThanOrEqual(21_000)
  })
})

describe('a doubt', () => {
  const doubting = (makeProbe: (clock: FakeClock) => Probe, options: Partial<LivenessOptions> = {}) => {
    let doubt = (): void => {}
    const watched = watching(makeProbe, {
      onDoubt: (listener) => {
        doubt = listener
      },
      ...options,
    })
    return { ...watched, doubt: () => doubt() }
  }

  it('is asked about at once, and the beat goes on as before', async () => {
    const { clock, doubt, asked } = doubting(() => async () => ok)
    await clock.advance(7000)
    doubt()
    await clock.advance(8000)
    expect(asked).toEqual([5000, 7000, 10_000, 15_000])
  })

  it('is no beat that was missed: it takes as many more as ever until a restart', async () => {
    const { clock, doubt, end } = doubting(() => async () => mute, { failureThreshold: 3 })
    await clock.advance(11_000)
    doubt()
    await clock.advance(3999)
    expect(end()).toBeUndefined()
    await clock.advance(1)
    expect(end()).toMatchObject({ at: 15_000, fault: { message: expect.stringMatching(/^3 probes missed/) } })
  })

  it('makes a backend unresponsive by two questions, not by one', async () => {
    const { clock, doubt, asked, told } = doubting(() => async () => refused)
    await clock.advance(1000)
    doubt()
    await clock.advance(0)
    expect(asked).toEqual([1000, 1000])
    expect(told).toEqual(['miss', 'miss', 'unresponsive'])
  })

  it('clears a backend that was silent before', async () => {
    let isAsleep = true
    const { clock, doubt, told } = doubting(() => async () => (isAsleep ? mute : ok))
    await clock.advance(11_000)
    isAsleep = false
    doubt()
    await clock.advance(0)
    expect(told.slice(-2)).toEqual(['ok', 'responsive'])
  })

  it('spoils the miss of a question that was under way', async () => {
    const { clock, doubt, asked, told, end } = doubting(
      (at) => (_target, signal) =>
        at.now() > 6000
          ? Promise.resolve(ok)
          : new Promise((resolve) => signal.addEventListener('abort', () => resolve({ ok: false, reason: 'aborted' }))),
      { failureThreshold: 1 },
    )
    await clock.advance(5500)
    doubt()
    await clock.advance(2000)
    expect(told).toEqual(['miss', 'ok'])
    expect(asked).toEqual([5000, 7000])
    expect(end()).toBeUndefined()
  })

  it('does not take what is conclusive for granted sooner than the beat does', async () => {
    const { clock, doubt, world, end } = doubting(() => async () => ok)
    world.evidence = { reason: 'NOTHING_LISTENS', message: 'no listener of ours is left', conclusive: true }
    await clock.advance(1000)
    doubt()
    await clock.advance(499)
    expect(end()).toBeUndefined()
    await clock.advance(1)
    expect(end()).toMatchObject({ at: 1500 })
  })
})
