import { describe, expect, it } from 'vitest'
import { ask, runEnded } from '../../src/health/ask.ts'
import type { Probe, ProbeResult } from '../../src/health/probe.ts'
import { FakeClock, settled } from '../helpers/fake-clock.ts'

const target = { host: '127.0.0.1', port: 3000 }
const ok: ProbeResult = { ok: true }

/** A probe that answers when it is told to, and what it was told. */
const held = (onAbort?: ProbeResult) => {
  let answer = (_result: ProbeResult): void => {}
  const seen: AbortSignal[] = []
  const probe: Probe = (_target, signal) => {
    seen.push(signal)
    return new Promise((resolve) => {
      answer = resolve
      if (onAbort) signal.addEventListener('abort', () => resolve(onAbort))
    })
  }
  return { probe, answer: (result: ProbeResult) => answer(result), signal: () => seen[0]! }
}

const asking = (probe: Probe, timeoutMs = 2000) => {
  const clock = new FakeClock(100)
  const run = new AbortController()
  return { clock, run, answer: ask(probe, target, { timeoutMs, clock, signal: run.signal }) }
}

describe('one question', () => {
  it('is answered with how long it took', async () => {
    const { probe, answer } = held()
    const asked = asking(probe)
    await asked.clock.advance(30)
    answer(ok)
    expect(await asked.answer).toEqual({ result: ok, at: 100, latencyMs: 30, lateMs: 0 })
    expect(asked.clock.pending).toBe(0)
  })

  it('is given up at its deadline, and the probe is told so', async () => {
    const { probe, signal } = held()
    const asked = asking(probe)
    await asked.clock.advance(1999)
    expect(signal().aborted).toBe(false)
    await asked.clock.advance(1)
    expect(signal().aborted).toBe(true)
    expect(await asked.answer).toEqual({
      result: { ok: false, reason: 'no answer within 2000 ms', stage: 'no-answer' },
      at: 100,
      latencyMs: 2000,
      lateMs: 0,
    })
  })

  it('lets a probe that is given up say how far it came', async () => {
    const reached: ProbeResult = { ok: false, reason: 'connected, no more', stage: 'no-answer' }
    const asked = asking(held(reached).probe)
    await asked.clock.advance(2000)
    expect((await asked.answer).result).toEqual(reached)
  })

  it('takes an answer that lies ready when the deadline fires late, and says how late', async () => {
    const { probe, answer } = held()
    const asked = asking(probe)
    asked.clock.oversleep(9000)
    const over = asked.clock.advance(0)
    answer(ok)
    await over
    expect(await asked.answer).toEqual({ result: ok, at: 100, latencyMs: 9000, lateMs: 7000 })
  })

  it('without an answer, lateness is told all the same', async () => {
    const asked = asking(held().probe)
    asked.clock.oversleep(9000)
    await asked.clock.advance(0)
    expect(await asked.answer).toMatchObject({ result: { ok: false }, lateMs: 7000 })
  })

  it('that is rejected is a failure with the message of the error', async () => {
    const asked = asking(async () => {
      throw new Error('my own bug')
    })
    expect((await asked.answer).result).toEqual({ ok: false, reason: 'my own bug', stage: 'other' })
    expect(asked.clock.pending).toBe(0)
  })

  it('ends with its run, at once', async () => {
    const { probe, signal } = held()
    const asked = asking(probe)
    asked.run.abort()
    expect((await asked.answer).result).toBe(runEnded)
    expect(signal().aborted).toBe(true)
    expect(asked.clock.pending).toBe(0)
  })

  it('is not asked of a run that has ended', async () => {
    let asked = 0
    const clock = new FakeClock()
    const probe: Probe = async () => {
      asked += 1
      return ok
    }
    expect((await ask(probe, target, { timeoutMs: 5, clock, signal: AbortSignal.abort() })).result).toBe(runEnded)
    expect(asked).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('is answered once, whatever comes later', async () => {
    const { probe, answer } = held()
    const asked = asking(probe)
    await asked.clock.advance(2000)
    answer(ok)
    await settled()
    expect((await asked.answer).result.ok).toBe(false)
  })
})
