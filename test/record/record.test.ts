import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRecord, type RecordedRun, type RunRecord, runsOf, serializeRecord } from '../../src/record/record.ts'

const identity = fc.record({ pid: fc.integer({ min: 2, max: 4_194_304 }), startTime: fc.string(), bootId: fc.string() })
const filled = fc.string({ minLength: 1 })
const run: fc.Arbitrary<RecordedRun> = fc.record({
  child: fc.option(identity),
  pgid: fc.nat(),
  instanceId: filled,
  command: fc.string(),
  host: fc.option(fc.string()),
  port: fc.option(fc.nat(65_535)),
  launchedAt: fc.string(),
  launchedSinceBootMs: fc.nat(),
  stop: fc.record({ signal: fc.constantFrom('SIGTERM', 'SIGINT', 'SIGUSR2'), graceMs: fc.nat() }),
})
const record: fc.Arbitrary<RunRecord> = fc.record({
  version: fc.constant(1 as const),
  service: filled,
  key: filled,
  root: filled,
  supervisor: fc.record({
    pid: fc.integer({ min: 1, max: 4_194_304 }),
    startTime: fc.string(),
    bootId: fc.string(),
    version: fc.string(),
    startedAt: fc.string(),
    dedicated: fc.boolean(),
  }),
  socket: filled,
  log: fc.option(fc.string()),
  run: fc.option(run),
})

const example: RunRecord = {
  version: 1,
  service: 'api',
  key: 'api-0',
  root: '/project',
  supervisor: { pid: 70, startTime: '1', bootId: 'b', version: '0.2.0', startedAt: '2026-01-01T00:00:00.000Z', dedicated: true },
  socket: '/state/0.sock',
  log: null,
  run: {
    child: { pid: 71, startTime: '2', bootId: 'b' },
    pgid: 71,
    instanceId: 'p.u',
    command: 'node server.js',
    host: '127.0.0.1',
    port: 8080,
    launchedAt: '2026-01-01T00:00:00.000Z',
    launchedSinceBootMs: 5000,
    stop: { signal: 'SIGTERM', graceMs: 5000 },
  },
}

describe('a record', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(record, (written) => {
        expect(parseRecord(serializeRecord(written))).toEqual(written)
      }),
    )
  })

  it('names all that may run, first the service', () => {
    fc.assert(
      fc.property(record, fc.array(run, { maxLength: 4 }), (one, others) => {
        expect(parseRecord(serializeRecord({ ...one, others }))).toEqual({ ...one, others })
        expect(runsOf({ ...one, others })).toEqual([...(one.run === null ? [] : [one.run]), ...others])
        expect(runsOf(one)).toEqual(one.run === null ? [] : [one.run])
      }),
    )
  })

  it('has the socket of a service that has no port', () => {
    const onSocket = { ...example, run: { ...example.run, host: null, port: null, socket: '/state/1.sock' } }
    expect(parseRecord(serializeRecord(onSocket as RunRecord))).toEqual(onSocket)
  })

  it('that is torn anywhere is none', () => {
    const text = serializeRecord(example)
    // without its last newline it is whole
    for (let end = 0; end < text.length - 1; end += 1) expect(parseRecord(text.slice(0, end))).toBeUndefined()
  })

  it.each([
    ['garbage', 'ÿ\0{{{'],
    ['another kind of JSON', '[1, 2]'],
    ['null', 'null'],
    ['a later version', JSON.stringify({ ...example, version: 2 })],
    ['no version', JSON.stringify({ ...example, version: undefined })],
    ['a pid that is a text', JSON.stringify({ ...example, run: { ...example.run, child: { pid: '71', startTime: '2', bootId: 'b' } } })],
    ['the pid of init', JSON.stringify({ ...example, run: { ...example.run, child: { pid: 1, startTime: '2', bootId: 'b' } } })],
    [
      'pid 0, which means a whole group',
      JSON.stringify({ ...example, run: { ...example.run, child: { pid: 0, startTime: '2', bootId: 'b' } } }),
    ],
    [
      'a negative pid, which means another group',
      JSON.stringify({ ...example, run: { ...example.run, child: { pid: -5, startTime: '2', bootId: 'b' } } }),
    ],
    ['a socket that is no path', JSON.stringify({ ...example, run: { ...example.run, socket: 5 } })],
    ['a negative group', JSON.stringify({ ...example, run: { ...example.run, pgid: -1 } })],
    ['a child without a start time', JSON.stringify({ ...example, run: { ...example.run, child: { pid: 71, bootId: 'b' } } })],
    ['an empty certificate', JSON.stringify({ ...example, run: { ...example.run, instanceId: '' } })],
    ['a signal that is none', JSON.stringify({ ...example, run: { ...example.run, stop: { signal: 'kill -9', graceMs: 1 } } })],
    ['a grace that is no number', JSON.stringify({ ...example, run: { ...example.run, stop: { signal: 'SIGTERM', graceMs: null } } })],
    ['no supervisor', JSON.stringify({ ...example, supervisor: null })],
    ['others that are no list', JSON.stringify({ ...example, others: example.run })],
    ['one of the others that is nobody', JSON.stringify({ ...example, others: [example.run, null] })],
    [
      'one of the others with the pid of init',
      JSON.stringify({ ...example, others: [{ ...example.run, child: { pid: 1, startTime: '2', bootId: 'b' } }] }),
    ],
    ['no run at all', JSON.stringify({ ...example, run: undefined })],
  ])('is not %s', (_what, text) => {
    expect(parseRecord(text)).toBeUndefined()
  })

  it('of a supervisor that is the first process of a container is one', () => {
    expect(parseRecord(JSON.stringify({ ...example, supervisor: { ...example.supervisor, pid: 1 } }))).toBeDefined()
  })
})
