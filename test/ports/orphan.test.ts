import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orphanVerdict } from '../../src/ports/orphan.ts'

const child = { pid: 71, startTime: '1234', bootId: 'boot' }
const recorded = { child, instanceId: 'p.u' }

describe('what a dead supervisor has left', () => {
  it.each([
    ['the recorded process with its certificate', child, 'p.u', 'ours'],
    ['the recorded process that shows no certificate', child, undefined, 'ours'],
    ['nobody', undefined, undefined, 'stale'],
    ['a recycled pid', { ...child, startTime: '99' }, undefined, 'stale'],
    ['a recycled pid that carries the certificate', { ...child, startTime: '99' }, 'p.u', 'stale'],
    ['the same pid and start time of another boot', { ...child, bootId: 'earlier' }, 'p.u', 'stale'],
    ['another pid', { ...child, pid: 72 }, 'p.u', 'stale'],
    ['the recorded process with the certificate of another run', child, 'p.v', 'foreign'],
    ['the recorded process with the certificate of another service', child, 'q.u', 'foreign'],
  ] as const)('%s', (_what, holder, certificate, verdict) => {
    expect(orphanVerdict(recorded, { holder, certificate })).toBe(verdict)
  })

  it('is nothing to end where the system does not say when a process started', () => {
    const unknown = { pid: 71, startTime: '', bootId: '' }
    expect(orphanVerdict({ child: unknown, instanceId: 'p.u' }, { holder: unknown, certificate: 'p.u' })).toBe('foreign')
  })

  it('is ours only if pid, start time and boot are', () => {
    const identity = fc.record({ pid: fc.nat(3), startTime: fc.constantFrom('', '1', '2'), bootId: fc.constantFrom('', 'a', 'b') })
    const certificate = fc.option(fc.constantFrom('p.u', 'p.v'), { nil: undefined })
    fc.assert(
      fc.property(identity, fc.option(identity, { nil: undefined }), certificate, (recordedChild, holder, certificate) => {
        const verdict = orphanVerdict({ child: recordedChild, instanceId: 'p.u' }, { holder, certificate })
        if (verdict === 'ours') expect(holder).toEqual(recordedChild)
        if (certificate === 'p.v') expect(verdict).not.toBe('ours')
      }),
    )
  })
})
