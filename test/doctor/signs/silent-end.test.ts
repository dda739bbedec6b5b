import { describe, expect, it } from 'vitest'
import type { ExitEvidence, RunEvidence } from '../../../src/doctor/evidence.ts'
import { endedInSilence } from '../../../src/doctor/signs/silent-end.ts'
import { request, runEvidence, said } from '../samples.ts'

const exit: ExitEvidence = { atMs: 97, code: 0, signal: null, requested: false, reason: null, oomKills: 0 }
const ended: Partial<RunEvidence> = { exit, requests: [request({ atMs: 69 })], output: [] }

describe('an end without a word after an answer', () => {
  it('is told with its moment', () => {
    expect(endedInSilence(runEvidence(ended))).toBe(97)
  })

  it.each([
    ['with a code', { exit: { ...exit, code: 1 } }],
    ['by a signal', { exit: { ...exit, code: null, signal: 'SIGTERM' } }],
    ['as it was asked to', { exit: { ...exit, requested: true } }],
    ['with last words', { output: said('Error: no database') }],
    ['in the middle of the question', { requests: [request({ outcome: 'closed', status: null })] }],
    ['before any question', { requests: [] }],
    ['never', { exit: null }],
  ] as [string, Partial<RunEvidence>][])('is none: %s', (_name, more) => {
    expect(endedInSilence(runEvidence({ ...ended, ...more }))).toBeUndefined()
  })
})
