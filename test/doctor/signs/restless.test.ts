import { describe, expect, it } from 'vitest'
import type { LastExitEvidence, SupervisedFacts } from '../../../src/doctor/evidence.ts'
import { restless } from '../../../src/doctor/signs/restless.ts'
import { running } from '../samples.ts'

const exit = (more: Partial<LastExitEvidence> = {}): LastExitEvidence => ({
  ...{ pid: 4690, code: 1, signal: null, reason: null, uptimeMs: 1100, agoMs: 4000, requested: false, words: 'Error: boom' },
  ...more,
})
const last = 'the last exit 4 s ago: exit code 1 after 1.1 s (Error: boom)'

const facts = (more: Partial<SupervisedFacts>): SupervisedFacts => ({
  ...running.service!.supervised!,
  restarts: 3,
  lastExit: exit(),
  ...more,
})
const [second, minute] = [1000, 60_000]

describe('a service that ends again and again', () => {
  it.each<[string, Partial<SupervisedFacts>, string | undefined]>([
    ['three times in a minute', { endedAgoMs: [50 * second, 20 * second, 4 * second] }, `3 restarts in the last minute; ${last}`],
    ['twice in a minute, and before', { endedAgoMs: [9 * minute, 30 * second, 4 * second] }, `2 restarts in the last minute; ${last}`],
    ['every few minutes', { endedAgoMs: [9 * minute, 5 * minute, 4 * second] }, `3 restarts in the last ten minutes; ${last}`],
    ['not for ten minutes', { endedAgoMs: [12 * minute, 11 * minute] }, undefined],
    ['once, a moment ago', { endedAgoMs: [4 * second] }, undefined],
    ['never', { restarts: 0, lastExit: null, endedAgoMs: [] }, undefined],
    ['but only as others wanted', { endedAgoMs: [], lastExit: exit({ requested: true }) }, undefined],
    ['and then as somebody wanted', { endedAgoMs: [9000, 5000], lastExit: exit({ requested: true }) }, '2 restarts in the last minute'],
    ['of which an older doctor has not asked', { lastExit: undefined, endedAgoMs: undefined }, undefined],
    ['without a log', { endedAgoMs: null, lastExit: exit({ requested: null }) }, `3 restarts; ${last}`],
    ['without a log, once', { restarts: 1, endedAgoMs: null, lastExit: exit({ requested: null }) }, undefined],
    ['without a log, long ago', { endedAgoMs: null, lastExit: exit({ requested: null, agoMs: 2 * minute }) }, undefined],
    ['without a log, nobody knows when', { endedAgoMs: null, lastExit: exit({ requested: null, agoMs: null }) }, undefined],
    [
      'without a log, perhaps as asked',
      { endedAgoMs: null, lastExit: exit({ requested: null, code: null, signal: 'SIGTERM' }) },
      undefined,
    ],
    ['without a log, politely', { endedAgoMs: null, lastExit: exit({ requested: null, code: 0 }) }, undefined],
  ])('%s', (_what, more, words) => {
    expect(restless(facts(more))).toBe(words)
  })

  it.each<[Partial<LastExitEvidence>, string]>([
    [{ code: null, signal: 'SIGSEGV', words: null }, 'the last exit 4 s ago: SIGSEGV after 1.1 s'],
    [{ reason: 'OUT_OF_HEAP', words: null }, 'the last exit 4 s ago: exit code 1 after 1.1 s (OUT_OF_HEAP)'],
    [
      { reason: 'BROKEN_PIPE', words: 'Error: write EPIPE' },
      'the last exit 4 s ago: exit code 1 after 1.1 s (BROKEN_PIPE: Error: write EPIPE)',
    ],
    [{ agoMs: 430, words: ' ' }, 'the last exit 430 ms ago: exit code 1 after 1.1 s'],
    [{ agoMs: 5 * minute, words: null }, 'the last exit 5 min ago: exit code 1 after 1.1 s'],
    [{ agoMs: null, words: null }, 'the last exit: exit code 1 after 1.1 s'],
    [{ code: 3221225477, words: null }, 'the last exit 4 s ago: exit code 0xC0000005 after 1.1 s'],
    [{ words: 'x'.repeat(500) }, `the last exit 4 s ago: exit code 1 after 1.1 s (${'x'.repeat(159)}…)`],
  ])('tells how it ended last: %j', (more, words) => {
    expect(restless(facts({ endedAgoMs: [8000, 4000], lastExit: exit(more) }))).toBe(`2 restarts in the last minute; ${words}`)
  })
})
