import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Child } from '../../src/launch/launcher.ts'
import { type TerminateOptions, terminate } from '../../src/launch/terminate.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

const options: TerminateOptions = { message: undefined, signal: 'SIGTERM', graceMs: 5000, wake: true, killWaitMs: 2000 }

/** A child that writes down what is done to it, and when. */
const ending = (more: Partial<TerminateOptions> = {}, hasChannel = false) => {
  const clock = new FakeClock()
  const done: [number, unknown][] = []
  const child: Child = {
    group: 'own',
    pid: 71,
    exited: new Promise(() => {}),
    drained: new Promise(() => {}),
    onOutput: () => () => {},
    onMessage: () => () => {},
    send: (message) => {
      if (hasChannel) done.push([clock.now(), message])
      return hasChannel
    },
    signal: (signal) => done.push([clock.now(), signal]) > 0,
  }
  const termination = terminate(child, { ...options, ...more }, clock, () => done.push([clock.now(), 'unkillable']))
  return { clock, done, termination }
}

describe('the end of a child', () => {
  it('is asked for, then forced, then said to be impossible', async () => {
    const { clock, done } = ending()
    await clock.advance(60_000)
    expect(done).toEqual([
      [0, 'SIGTERM'],
      [0, 'SIGCONT'],
      [5000, 'SIGKILL'],
      [7000, 'unkillable'],
    ])
    expect(clock.pending).toBe(0)
  })

  it('is asked for by a message first, where there is a channel; the signal follows at half the grace', async () => {
    const { clock, done } = ending({ message: { type: 'bye' } }, true)
    await clock.advance(60_000)
    expect(done).toEqual([
      [0, { type: 'bye' }],
      [2500, 'SIGTERM'],
      [2500, 'SIGCONT'],
      [5000, 'SIGKILL'],
      [7000, 'unkillable'],
    ])
  })

  it('is asked for by the signal at once where there is no channel', async () => {
    const { done } = ending({ message: 'bye' })
    expect(done).toEqual([
      [0, 'SIGTERM'],
      [0, 'SIGCONT'],
    ])
  })

  it('is not asked for without grace', async () => {
    const { clock, done } = ending({ graceMs: 0, message: 'bye' }, true)
    await clock.advance(60_000)
    expect(done).toEqual([
      [0, 'SIGKILL'],
      [2000, 'unkillable'],
    ])
  })

  it('takes the signal that the options name, and wakes nobody where that is not needed', () => {
    expect(ending({ signal: 'SIGINT', wake: false }).done).toEqual([[0, 'SIGINT']])
  })

  it.each([0, 1000, 2500, 4999])('is forced %i ms on when told to, once', async (ms) => {
    const { clock, done, termination } = ending({ message: 'bye' }, true)
    await clock.advance(ms)
    termination.kill()
    termination.kill()
    await clock.advance(60_000)
    expect(done.filter(([, what]) => what === 'SIGKILL')).toEqual([[ms, 'SIGKILL']])
    expect(done.at(-1)).toEqual([ms + 2000, 'unkillable'])
    expect(clock.pending).toBe(0)
  })

  it('leaves no timer and does nothing more when the child is gone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(8000), fc.boolean(), async (ms, hasChannel) => {
        const { clock, done, termination } = ending({ message: 'bye' }, hasChannel)
        await clock.advance(ms)
        termination.dispose()
        const before = done.length
        expect(clock.pending).toBe(0)
        await clock.advance(60_000)
        expect(done).toHaveLength(before)
      }),
    )
  })

  it('is forced no sooner than the grace, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 100_000 }), fc.boolean(), async (graceMs, hasChannel) => {
        const { clock, done } = ending({ graceMs, message: 'bye' }, hasChannel)
        await clock.advance(200_000)
        expect(done.filter(([, what]) => what === 'SIGKILL')).toEqual([[graceMs, 'SIGKILL']])
      }),
    )
  })
})
