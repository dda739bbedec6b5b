import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytes, duration, percent } from '../../src/commands/quantities.ts'
import { type Column, setTable } from '../../src/commands/table.ts'
import { type Paint, plain } from '../../src/supervisor/sentences.ts'

const marked: Paint = (style, text) => `<${style}>${text}</>`
const wide = { paint: plain, width: Number.POSITIVE_INFINITY }
const row = (...texts: string[]) => ({ cells: texts.map((text) => ({ text })) })

describe('a table', () => {
  const columns: readonly Column[] = [{ title: 'NAME' }, { title: 'N', align: 'right' }, { title: 'LAST' }]

  it('is as wide as what stands in it, numbers to the right, nothing behind the last word', () => {
    expect(setTable(columns, [row('a', '1', 'x'), row('longer', '1000', '')], wide)).toEqual([
      'NAME       N  LAST',
      'a          1  x',
      'longer  1000',
    ])
  })

  it('is painted without losing its columns', () => {
    const [, line] = setTable(columns, [{ cells: [{ text: 'a', style: 'bold' }, { text: '1' }, { text: 'x', style: 'green' }] }], {
      ...wide,
      paint: marked,
    })
    expect(line).toBe('<bold>a</>     1  <green>x</>')
  })

  it('has notes below a row', () => {
    const rows = [{ ...row('a', '1', 'x'), notes: [{ text: 'in /work' }] }, row('b', '2', 'y')]
    expect(setTable(columns, rows, wide).slice(1)).toEqual(['a     1  x', '  in /work', 'b     2  y'])
  })

  it('does not let a name move the cursor', () => {
    const text = setTable(columns, [{ ...row('a\u001b[2J', '1\n2', '\u009b31m'), notes: [{ text: '\rgone' }] }], wide).join('\n')
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
    expect(text).toContain('a·[2J')
  })

  describe('where there is little room', () => {
    const narrow: readonly Column[] = [
      { title: 'NAME' },
      { title: 'MEMORY', optional: 1 },
      { title: 'CPU', optional: 2 },
      { title: 'COMMAND', shrinks: true },
    ]
    const rows = [row('api', '54 MB', '0.1%', 'node --require /opt/preload.cjs /srv/app/server.js')]

    it.each([
      [200, ['NAME  MEMORY  CPU   COMMAND', 'api   54 MB   0.1%  node --require /opt/preload.cjs /srv/app/server.js']],
      [50, ['NAME  MEMORY  CPU   COMMAND', 'api   54 MB   0.1%  node --re…s /srv/app/server.js']],
      [32, ['NAME  MEMORY  COMMAND', 'api   54 MB   node …pp/server.js']],
      [24, ['NAME  COMMAND', 'api   node …pp/server.js']],
    ])('of %i columns, leaves out what can be missed, then cuts in the middle', (width, lines) => {
      const cut = setTable(narrow, rows, { paint: plain, width })
      expect(cut).toEqual(lines)
    })

    it('never takes more than there is, while there is room for what must be there', () => {
      fc.assert(
        fc.property(fc.integer({ min: 22, max: 120 }), fc.string({ maxLength: 200, unit: 'grapheme-ascii' }), (width, command) => {
          for (const line of setTable(narrow, [row('api', '54 MB', '0.1%', command)], { paint: plain, width })) {
            expect(line.length).toBeLessThanOrEqual(width)
          }
        }),
      )
    })
  })
})

describe('a quantity', () => {
  it.each([
    [0, '0s'],
    [999, '0s'],
    [8000, '8s'],
    [60_000, '1m'],
    [725_000, '12m 5s'],
    [7_380_000, '2h 3m'],
    [7_200_500, '2h'],
    [277_200_000, '3d 5h'],
    [86_400_000 + 59_000, '1d'],
  ])('%i ms: %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })

  it.each([
    [0, '0 KB'],
    [900 * 1024, '900 KB'],
    [54 * 1024 ** 2, '54 MB'],
    [1000 * 1024 ** 2, '1.0 GB'],
    [1.25 * 1024 ** 3, '1.3 GB'],
  ])('%i bytes: %s', (count, text) => {
    expect(bytes(count)).toBe(text)
  })

  it.each([
    [0, '0.0%'],
    [13.84, '13.8%'],
    [100, '100%'],
    [250.4, '250%'],
  ])('%f of a core: %s', (value, text) => {
    expect(percent(value)).toBe(text)
  })
})
