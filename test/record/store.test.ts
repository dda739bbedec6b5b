import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { RunRecord } from '../../src/record/record.ts'
import { listRecords, readRecord, removeRecord, writeRecord } from '../../src/record/store.ts'
import { createTemp } from '../helpers/temp.ts'

const record = (key: string): RunRecord => ({
  version: 1,
  service: 'api',
  key,
  root: '/project',
  supervisor: { pid: 70, startTime: '1', bootId: 'b', version: '0.2.0', startedAt: '2026-01-01T00:00:00.000Z', dedicated: true },
  socket: '/state/0.sock',
  log: null,
  run: null,
})

describe('records on disk', () => {
  it('are read as they were written, for this user alone, with nothing beside them', () => {
    using temp = createTemp()
    const path = join(temp.dir, 'api-0.json')
    writeRecord(path, record('api-0'))
    writeRecord(path, { ...record('api-0'), log: '/log' })
    expect(readRecord(path)).toEqual({ ...record('api-0'), log: '/log' })
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600')
    expect(readdirSync(temp.dir)).toEqual(['api-0.json'])
  })

  it.skipIf(process.platform === 'win32').each(['api-0.json', 'api-0.json.new'])('never reach through a link at %s', (name) => {
    using temp = createTemp()
    const canary = temp.file('canary', 'alive')
    symlinkSync(canary, join(temp.dir, name))
    const path = join(temp.dir, 'api-0.json')
    if (name === 'api-0.json') expect(readRecord(path)).toBeUndefined()
    writeRecord(path, record('api-0'))
    expect(readFileSync(canary, 'utf8')).toBe('alive')
    expect(readRecord(path)).toEqual(record('api-0'))
  })

  it('are not links to whole records either', () => {
    using temp = createTemp()
    writeRecord(join(temp.dir, 'other'), record('api-0'))
    symlinkSync(join(temp.dir, 'other'), join(temp.dir, 'api-0.json'))
    expect(readRecord(join(temp.dir, 'api-0.json'))).toBeUndefined()
    expect(listRecords(temp.dir)).toEqual([])
  })

  it.each([
    ['nothing', () => {}],
    ['a torn file', (path: string) => writeFileSync(path, JSON.stringify(record('api-0')).slice(0, 50))],
    ['an empty file', (path: string) => writeFileSync(path, '')],
    ['a huge file', (path: string) => writeFileSync(path, `${JSON.stringify(record('api-0'))}${' '.repeat(100_000)}`)],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a pipe that nobody fills', (path: string) => spawnSync('mkfifo', [path])],
  ])('where there is %s there is none', (_what, put) => {
    using temp = createTemp()
    const path = join(temp.dir, 'api-0.json')
    put(path)
    expect(readRecord(path)).toBeUndefined()
    expect(listRecords(temp.dir)).toEqual([])
  })

  it('of other keys than their file says are not listed', () => {
    using temp = createTemp()
    writeRecord(join(temp.dir, 'api-0.json'), record('api-0'))
    writeRecord(join(temp.dir, 'b-1.json'), record('b-1'))
    writeRecord(join(temp.dir, 'copied-2.json'), record('api-0'))
    expect(listRecords(temp.dir).map((stored) => stored.record.key)).toEqual(['api-0', 'b-1'])
  })

  it('of a folder that is not there are none, and it is not made', () => {
    using temp = createTemp()
    expect(listRecords(join(temp.dir, 'state'))).toEqual([])
    expect(existsSync(join(temp.dir, 'state'))).toBe(false)
  })

  it('may be removed twice', () => {
    using temp = createTemp()
    const path = join(temp.dir, 'api-0.json')
    writeRecord(path, record('api-0'))
    removeRecord(path)
    removeRecord(path)
    expect(readRecord(path)).toBeUndefined()
  })

  it.skipIf(process.getuid?.() === 0)('that cannot be read are none', () => {
    using temp = createTemp()
    const path = join(temp.dir, 'api-0.json')
    writeRecord(path, record('api-0'))
    chmodSync(path, 0)
    expect(readRecord(path)).toBeUndefined()
  })
})
