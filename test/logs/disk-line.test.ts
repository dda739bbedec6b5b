import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DiskStream, diskPrefix, longestPrefix, parseDiskLine } from '../../src/logs/disk-line.ts'

const time = Date.UTC(2026, 10, 21, 5, 34, 37, 123)

describe('a line on disk', () => {
  it('says when, who and where before what', () => {
    const of = (stream: DiskStream, continues = false): string =>
      diskPrefix({ time: new Date(time).toISOString(), pid: 1234, stream, continues })
    expect(`${of('stdout')}text`).toBe('2026-11-21T05:34:37.123Z 1234 out | text')
    expect(of('stderr')).toBe('2026-11-21T05:34:37.123Z 1234 err | ')
    expect(of('supervisor')).toBe('2026-11-21T05:34:37.123Z 1234 sup | ')
    expect(of('stdout', true)).toBe('2026-11-21T05:34:37.123Z 1234 out + ')
  })

  it('is read back as it was', () => {
    const line = {
      time: fc
        .date({ min: new Date('1970-01-01'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
        .map((date) => date.getTime()),
      pid: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      stream: fc.constantFrom<DiskStream>('stdout', 'stderr', 'supervisor'),
      continues: fc.boolean(),
      line: fc.string({ unit: 'binary' }).filter((text) => !text.includes('\n')),
    }
    fc.assert(
      fc.property(fc.record(line), ({ line, ...facts }) => {
        const prefix = diskPrefix({ ...facts, time: new Date(facts.time).toISOString() })
        expect(parseDiskLine(prefix + line)).toEqual({ ...facts, line, cut: false })
        expect(prefix.length).toBeLessThanOrEqual(longestPrefix)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['2024-02-29T23:59:59.999Z', Date.UTC(2024, 1, 29, 23, 59, 59, 999)],
    ['2024-03-01T00:00:00.000Z', Date.UTC(2024, 2, 1)],
    ['2100-02-28T00:00:00.000Z', Date.UTC(2100, 1, 28)],
    ['2100-03-01T00:00:00.000Z', Date.UTC(2100, 2, 1)],
    ['1970-01-01T00:00:00.000Z', 0],
  ])('%s is the right moment', (text, ms) => {
    expect(parseDiskLine(`${text} 1 out | `)?.time).toBe(ms)
  })

  it('may have lost the space at its end', () => {
    expect(parseDiskLine('2026-11-21T05:34:37.123Z 1234 out |')).toMatchObject({ line: '', pid: 1234 })
  })

  it.each([
    '',
    'text',
    ' 2026-11-21T05:34:37.123Z 1234 out | text',
    '2026-11-21T05:34:37.123Z 1234 out |text',
    '2026-11-21T05:34:37.123Z 1234 foo | text',
    '2026-11-21T05:34:37.123Z -1 out | text',
    '2026-11-21T05:34:37Z 1234 out | text',
    '2026-13-21T05:34:37.123Z 1234 out | text',
    '2026-11-21T25:34:37.123Z 1234 out | text',
    '2026-11-21T05:34:37.123Z 12',
  ])('%j is none', (text) => {
    expect(parseDiskLine(text)).toBeUndefined()
  })
})
