import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  backoffMs,
  cleanHistory,
  decayed,
  type Ending,
  type History,
  judge,
  neverReadyLimit,
  portLossLimit,
  type RestartPolicy,
} from '../../src/supervisor/policy.ts'

const policy: RestartPolicy = {
  when: 'always',
  backoff: { initialMs: 500, maxMs: 10_000, factor: 2, jitter: 0.2 },
  intensity: { maxRestarts: 5, halfLifeMs: 300_000 },
}
const crash: Ending = { wasReady: true, clean: false, portLost: false, reason: null }
const neverReady: Ending = { ...crash, wasReady: false }
const lostPort: Ending = { ...neverReady, portLost: true }
const moment = { at: 1000, random: 0.5 }
const history = (some: Partial<History>): History => ({ ...cleanHistory, ...some })

describe('whether a run is followed by another', () => {
  it.each([
    ['always', { ...crash, clean: true }, { do: 'restart', delayMs: 0 }],
    ['always', crash, { do: 'restart', delayMs: 0, port: 'keep' }],
    ['always', neverReady, { do: 'restart', delayMs: 0, port: 'keep' }],
    ['on-failure', { ...crash, clean: true }, { do: 'complete' }],
    ['on-failure', { ...neverReady, clean: true }, { do: 'complete' }],
    ['on-failure', crash, { do: 'restart' }],
    ['never', { ...crash, clean: true }, { do: 'complete' }],
    ['never', { ...neverReady, clean: true }, { do: 'complete' }],
    ['never', crash, { do: 'give-up', because: 'crashed' }],
    ['never', neverReady, { do: 'give-up', because: 'never-ready' }],
  ] satisfies [RestartPolicy['when'], Ending, object][])('%s after %j', (when, ending, verdict) => {
    expect(judge({ ...policy, when }, false, cleanHistory, ending, moment)).toMatchObject(verdict)
  })

  it.each([
    ['the first run that never became ready', history({}), neverReady, { do: 'restart', delayMs: 0 }],
    ['the second', history({ neverReady: 1 }), neverReady, { do: 'restart', delayMs: 500 }],
    ['the third', history({ neverReady: 2 }), neverReady, { do: 'give-up', because: 'never-ready' }],
    ['the fifth crash at once', history({ crashes: 4, crashedAt: 1000 }), crash, { do: 'restart', delayMs: 0 }],
    ['the sixth crash at once', history({ crashes: 5, crashedAt: 1000 }), crash, { do: 'give-up', because: 'crash-loop' }],
    ['a crash after failed starts', history({ neverReady: 2 }), crash, { do: 'restart', delayMs: 0, history: { neverReady: 0 } }],
    ['a failed start after crashes', history({ crashes: 4, crashedAt: 1000 }), neverReady, { do: 'restart', history: { crashes: 4 } }],
    ['a port lost for the first time', history({}), lostPort, { do: 'restart', delayMs: 0, port: 'new', history: { portLosses: 1 } }],
    ['a port lost for the fifth time', history({ portLosses: 4 }), lostPort, { do: 'restart', port: 'new' }],
    ['a port lost for the sixth time', history({ portLosses: portLossLimit }), lostPort, { port: 'keep', history: { neverReady: 1 } }],
    ['a port lost by a run that was ready', history({}), { ...lostPort, wasReady: true }, { do: 'restart', port: 'keep' }],
  ] satisfies [string, History, Ending, object][])('%s', (_what, before, ending, verdict) => {
    expect(judge(policy, false, before, ending, moment)).toMatchObject(verdict)
  })

  it('a strict port is given up at its first loss, but not by a run that had it', () => {
    expect(judge(policy, true, cleanHistory, lostPort, moment)).toMatchObject({ do: 'give-up', because: 'port-taken' })
    expect(judge(policy, true, cleanHistory, { ...lostPort, wasReady: true }, moment)).toMatchObject({ do: 'restart' })
  })

  it('with restarts off, a port of no particular number is still chosen anew: nothing ran yet', () => {
    expect(judge({ ...policy, when: 'never' }, false, cleanHistory, lostPort, moment)).toMatchObject({ do: 'restart', port: 'new' })
  })

  it('a half-life halves', () => {
    expect(decayed(4, 300_000, 300_000)).toBe(2)
    expect(decayed(4, 0, 300_000)).toBe(4)
    expect(decayed(4, -5, 300_000), 'a clock that went back').toBe(4)
  })

  it('whatever happened before, never-ready runs end after three and crashes count at least one', () => {
    const some = fc.record({
      crashes: fc.double({ min: 0, max: 50, noNaN: true }),
      crashedAt: fc.nat(1000),
      neverReady: fc.integer({ min: 0, max: neverReadyLimit - 1 }),
      portLosses: fc.integer({ min: 0, max: portLossLimit }),
    })
    fc.assert(
      fc.property(some, fc.boolean(), (before, wasReady) => {
        const verdict = judge(policy, false, before, wasReady ? crash : neverReady, moment)
        if (verdict.do === 'complete') throw new Error('a failure is no completion')
        if (wasReady) expect(verdict.history.crashes).toBeGreaterThanOrEqual(1)
        else expect(verdict.do).toBe(before.neverReady + 1 >= neverReadyLimit ? 'give-up' : 'restart')
      }),
    )
  })
})

describe('the pause between runs that never became ready', () => {
  it.each([
    [1, 0],
    [2, 500],
    [3, 1000],
    [4, 2000],
    [6, 8000],
    [7, 10_000],
    [50, 10_000],
    [2000, 10_000],
  ])('after %i: %i ms', (count, ms) => {
    expect(backoffMs(policy.backoff, count, 0.5)).toBe(ms)
  })

  it('jitter moves it by its part of the pause, and no further', () => {
    expect(backoffMs(policy.backoff, 2, 0)).toBe(400)
    expect(backoffMs(policy.backoff, 2, 1)).toBe(600)
    const backoff = fc.record({
      initialMs: fc.nat(5000),
      maxMs: fc.nat(60_000),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(
        backoff,
        fc.integer({ min: 2, max: 40 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (b, n, random) => {
          const base = Math.min(b.maxMs, b.initialMs * b.factor ** (n - 2))
          const pause = backoffMs(b, n, random)
          expect(pause).toBeGreaterThanOrEqual(Math.floor(base * (1 - b.jitter)))
          expect(pause).toBeLessThanOrEqual(Math.ceil(base * (1 + b.jitter)))
        },
      ),
    )
  })

  it('without jitter it never shrinks from one run to the next', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (n) => {
        const b = { ...policy.backoff, jitter: 0 }
        expect(backoffMs(b, n + 1, 0.3)).toBeGreaterThanOrEqual(backoffMs(b, n, 0.9))
      }),
    )
  })
})
