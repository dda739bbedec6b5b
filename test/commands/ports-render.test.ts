import { describe, expect, it } from 'vitest'
import { renderPorts } from '../../src/commands/ports-render.ts'
import { heldWords, type ReclaimedOrphan, reclaimedWords } from '../../src/commands/reclaim-words.ts'
import type { PortRow } from '../../src/ports/table.ts'
import { type Paint, plain } from '../../src/supervisor/sentences.ts'

const marked: Paint = (style, text) => `<${style}>${text}</>`
const wide = { paint: plain, width: Number.POSITIVE_INFINITY }
const held: PortRow = {
  port: 3000,
  address: '127.0.0.1',
  family: 'IPv4',
  pid: 12,
  command: '/usr/bin/node server.js',
  user: 'ada',
  ours: false,
  startedAt: null,
}
const api = { service: 'api', isOrphan: false }

describe('the table of ports', () => {
  it('says who listens, and of which service that is', () => {
    const rows = [held, { ...held, port: 3001, ours: true }, { ...held, port: 22, address: '::', pid: null, command: null, user: null }]
    expect(renderPorts(rows, () => api, wide).split('\n')).toEqual([
      'PORT  ADDRESS    PID  USER  SERVICE  COMMAND',
      '3000  127.0.0.1   12  ada   –        node server.js',
      '3001  127.0.0.1   12  ada   api      node server.js',
      '  22  ::           –  –     –        –',
    ])
  })

  it('marks an orphan', () => {
    const text = renderPorts([{ ...held, ours: true }], () => ({ ...api, isOrphan: true }), { ...wide, paint: marked })
    expect(text).toContain('<yellow>api (orphan)</>')
  })

  it('fits into 80 columns however long a command is', () => {
    const text = renderPorts([{ ...held, command: `/usr/bin/node ${'x'.repeat(500)} server.js` }], () => undefined, {
      paint: plain,
      width: 80,
    })
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBe(80)
    expect(text).toMatch(/node x.*…x+ server\.js/)
  })
})

describe('words about reclaiming', () => {
  const reclaimed: ReclaimedOrphan = { port: 3000, pid: 12, command: 'node x', verdict: 'ours', action: 'killed', service: 'api' }

  it.each([
    [{}, '[api] ended pid 12 (node x) on port 3000, which a dead supervisor had left'],
    [{ port: null }, '[api] ended pid 12 (node x), which a dead supervisor had left'],
    [{ action: 'refused' }, '[api] could not end pid 12 (node x) on port 3000, which a dead supervisor had left'],
  ] as const)('%j', (more, words) => {
    expect(reclaimedWords({ ...reclaimed, ...more }, plain)).toBe(words)
  })

  const holder = { port: 3000, pid: 12, command: 'node x', belonging: undefined, carriesMarker: false }
  it.each([
    ['a stranger', {}, /pid 12 \(node x\), which is not ours\.\nIt was left alone\.$/],
    [
      'one that merely carries the marker',
      { carriesMarker: true },
      /not ours: something that a supervised service has started.*left alone/s,
    ],
    ['one that may not be seen', { pid: null, command: null }, /^Port 3000 is held by a process that this user may not see\.$/],
    ['a running service', { belonging: api }, /which is api, and running\.\nEnd it with jarvis-supervise stop api\.$/],
    ['an orphan that does not die', { belonging: { ...api, isOrphan: true } }, /which does not end\.$/],
  ])('name %s', (_who, more, words) => {
    expect(heldWords({ ...holder, ...more }, plain)).toMatch(words)
  })
})
