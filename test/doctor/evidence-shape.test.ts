import { describe, expect, it } from 'vitest'
import type { Evidence } from '../../src/doctor/evidence.ts'
import { evidenceFrom, Misfit } from '../../src/doctor/evidence-shape.ts'
import { judge } from '../../src/doctor/judge.ts'
import { reportOf } from '../../src/doctor/report.ts'
import { restless, running } from './samples.ts'

const withSupervised = (more: Readonly<Record<string, unknown>>): unknown => ({
  ...restless,
  service: { ...restless.service, supervised: { ...restless.service!.supervised, ...more } },
})
const supervisorOf = (seen: Evidence) => reportOf(seen, judge(seen)).checks.find(({ id }) => id === 'supervisor')

describe('how the runs of a service ended, in a bundle', () => {
  it('is read as it was written', () => {
    expect(evidenceFrom(JSON.parse(JSON.stringify(restless)))).toEqual(restless)
    expect(evidenceFrom(withSupervised({ lastExit: null, endedAgoMs: null })).service?.supervised).toMatchObject({
      ...{ lastExit: null, endedAgoMs: null },
    })
  })

  it('is missing where an older doctor wrote it, and nothing is made of that', () => {
    const old = evidenceFrom(JSON.parse(JSON.stringify(running)))
    expect(old.service?.supervised).not.toHaveProperty('lastExit')
    expect(judge(old).code).toBe('HEALTHY')
    expect(supervisorOf(old)).toMatchObject({ status: 'ok', title: 'ready, 1 restart' })
  })

  it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['words for times', { endedAgoMs: ['now'] }, /^service\.supervised\.endedAgoMs\[0\] is not a number$/],
    ['no list', { endedAgoMs: 3 }, /^service\.supervised\.endedAgoMs is not a list$/],
    ['half of an exit', { lastExit: { pid: 1 } }, /^service\.supervised\.lastExit\.uptimeMs is not a number$|lastExit\.code is not/],
    [
      'an unknown cause',
      { lastExit: { ...restless.service!.supervised!.lastExit, reason: 'FATE' } },
      /lastExit\.reason is not a word known here$/,
    ],
  ])('does not fit: %s', (_what, more, words) => {
    expect(() => evidenceFrom(withSupervised(more))).toThrow(Misfit)
    expect(() => evidenceFrom(withSupervised(more))).toThrow(words)
  })
})
