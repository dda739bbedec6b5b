import { describe, expect, it } from 'vitest'
import type { BackendFacts } from '../../src/gateway/backend-facts.ts'
import { problemBody } from '../../src/gateway/problem.ts'
import { roomIsFull, unavailable, waitedTooLong, withoutAddress } from '../../src/gateway/unavailable.ts'

const lastExit = { pid: 42, code: null, signal: 'SIGKILL', reason: 'KILLED_BY_OOM', uptimeMs: 1234 } as const
const facts = (some: Partial<BackendFacts>): BackendFacts => ({
  ...{ state: 'starting', restarting: false, pid: null, restarts: 0, lastExit: null },
  ...{ tail: [], nextStartInMs: null, attempt: null, failure: null, ...some },
})
const failure = {
  code: 'ERR_CRASH_LOOP',
  reason: null,
  message: 'api crashed 6 times. First: Error: canary-word',
  hint: 'Read its last lines.',
}
const failed = facts({ state: 'failed', lastExit, failure, tail: ['Error: canary-word'] })

describe('why there is nobody to answer', () => {
  it.each([
    [{ state: 'starting', attempt: 1 }, 'backend-starting', 'The backend is starting'],
    [{ state: 'starting', attempt: 2, lastExit }, 'backend-starting', 'The backend is starting again'],
    [{ state: 'stopping', restarting: true }, 'backend-restarting', 'The backend is being restarted'],
    [{ state: 'stopping', restarting: false }, 'backend-stopped', 'The backend is being stopped'],
    [{ state: 'backoff', lastExit, nextStartInMs: 500 }, 'backend-backoff', 'The backend has ended and is started again'],
    [{ state: 'stopped' }, 'backend-stopped', 'The backend has not been started'],
    [{ state: 'stopped', lastExit }, 'backend-stopped', 'The backend is stopped'],
    [{ state: 'failed', lastExit, failure }, 'backend-failed', 'The backend was given up'],
    [{ state: 'ready' }, 'backend-unreachable', 'The backend takes no connections'],
  ] satisfies [Partial<BackendFacts>, string, string][])('%j is %s: %s', (some, reason, title) => {
    expect(unavailable(facts(some))).toMatchObject({ status: 503, reason, title })
  })

  it.each([
    ['the next start, in whole seconds, rounded up', { state: 'backoff', nextStartInMs: 1001 }, null, '2'],
    ['a second at least, before a start that is due', { state: 'backoff', nextStartInMs: 0 }, 5000, '1'],
    ['as long as the last start took', { state: 'starting' }, 2300, '3'],
    ['a second, where no start was seen', { state: 'starting' }, null, '1'],
    ['as long as a start takes, when it is restarted', { state: 'stopping', restarting: true }, 2300, '3'],
    ['a second, where it is only refused', { state: 'ready' }, 2300, '1'],
    ['never, when it is stopped', { state: 'stopped' }, 2300, undefined],
    ['never, when it is being stopped', { state: 'stopping' }, 2300, undefined],
    ['never, when it was given up', { state: 'failed' }, 2300, undefined],
  ] satisfies [string, Partial<BackendFacts>, number | null, string | undefined][])(
    'asks to come again after %s',
    (_, some, startupMs, seconds) => {
      for (const problem of [
        unavailable(facts(some), startupMs),
        roomIsFull(facts(some), startupMs, 3),
        waitedTooLong(facts(some), startupMs, 10),
      ])
        expect(problem.headers?.['retry-after']).toBe(seconds)
    },
  )

  it('tells in sentences how it ended, when it starts and when to ask again', () => {
    const { detail } = unavailable(facts({ state: 'backoff', lastExit, attempt: 2, nextStartInMs: 499.5 }))
    expect(detail).toBe(
      'Its last process (pid 42) was ended by SIGKILL after 1234 ms: KILLED_BY_OOM. The next start is in 500 ms. Ask again in 1 second.',
    )
  })

  it('tells programs the state, the attempt, the next start and the last exit', () => {
    const { more } = unavailable(facts({ state: 'backoff', lastExit, attempt: 2, nextStartInMs: 499 }))
    expect(more).toEqual({ state: 'backoff', attempt: 2, nextStartInMs: 499, lastExit })
  })

  it('says why it was given up, what to do, and how to start it again', () => {
    const { detail, more } = unavailable(failed)
    expect(more).toMatchObject({ state: 'failed', failure: { code: 'ERR_CRASH_LOOP', hint: 'Read its last lines.' } })
    expect(detail).toMatch(/^It is not tried any more: api crashed 6 times\. Its last process .* Read its last lines\. Start it with/)
  })

  it('quotes output only to those who may see it', () => {
    for (const problem of [unavailable(failed), roomIsFull(failed, null, 1), waitedTooLong(failed, null, 1)]) {
      expect(problemBody(problem, false)).not.toContain('canary-word')
      const shown = JSON.parse(problemBody(problem, true)) as Record<string, unknown>
      expect(shown).toMatchObject({ tail: ['Error: canary-word'], failure, reason: problem.reason })
      expect(shown.detail).toContain('First: Error: canary-word')
    }
  })

  it('tells everybody all of why it could not be launched: nothing of that was said by the backend', () => {
    const message = 'Cannot find the script: /app/server.js does not exist'
    const { more } = unavailable(facts({ state: 'failed', failure: { ...failure, code: 'ERR_SCRIPT_NOT_FOUND', message } }))
    expect(more?.failure).toMatchObject({ message })
  })

  it('says how full the room is, and how long somebody waited', () => {
    expect(roomIsFull(facts({}), null, 256)).toMatchObject({ reason: 'waiting-room-full', detail: expect.stringContaining('256 requests') })
    expect(waitedTooLong(facts({}), null, 10_000.4)).toMatchObject({
      reason: 'waited-too-long',
      detail: expect.stringContaining('10000 ms'),
    })
  })

  it('asks nobody to come again to a backend that has no address', () => {
    expect(withoutAddress(facts({ state: 'ready' }))).toMatchObject({ status: 503, reason: 'backend-without-address', headers: {} })
  })
})
