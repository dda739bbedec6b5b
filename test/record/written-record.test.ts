import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RecordedRun, RunRecord } from '../../src/record/record.ts'
import { readRecord, writeRecord } from '../../src/record/store.ts'
import { WrittenRecord } from '../../src/record/written-record.ts'
import { createTemp } from '../helpers/temp.ts'

const recordOf = (pid: number): RunRecord => ({
  version: 1,
  service: 'api',
  key: 'api-0',
  root: '/project',
  supervisor: { pid, startTime: '1', bootId: 'b', version: '0.2.0', startedAt: '2026-01-01T00:00:00.000Z', dedicated: true },
  socket: '/state/0.sock',
  log: null,
  run: null,
})

const runOf = (pid: number): RecordedRun => ({
  child: { pid, startTime: '2', bootId: 'b' },
  pgid: pid,
  instanceId: 'p.u',
  command: 'node server.js',
  host: '127.0.0.1',
  port: 8080,
  launchedAt: '2026-01-01T00:00:00.000Z',
  launchedSinceBootMs: 5000,
  stop: { signal: 'SIGTERM', graceMs: 5000 },
})

const world = () => {
  const temp = createTemp()
  const folder = join(temp.dir, 'state')
  mkdirSync(folder)
  const path = join(folder, 'api-0.json')
  const warnings: string[] = []
  const written = new WrittenRecord(path, recordOf(70), (message) => warnings.push(message))
  return { folder, path, warnings, written, [Symbol.dispose]: () => temp[Symbol.dispose]() }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the record of a place that is held', () => {
  it('takes the place of what the one before has left, and is removed when the place is given up', () => {
    using here = world()
    writeRecord(here.path, recordOf(69))
    here.written.write(null)
    expect(readRecord(here.path)).toEqual(recordOf(70))
    here.written.remove()
    expect(readdirSync(here.folder)).toEqual([])
  })

  it('names others while there are any', () => {
    using here = world()
    here.written.write(runOf(71), [runOf(72)])
    expect(readRecord(here.path)).toEqual({ ...recordOf(70), run: runOf(71), others: [runOf(72)] })
    here.written.write(runOf(72))
    expect(readRecord(here.path)).toEqual({ ...recordOf(70), run: runOf(72) })
  })

  it('neither replaces nor removes that of the next one, and says so once', () => {
    using here = world()
    here.written.write(null)
    writeRecord(here.path, recordOf(71))
    here.written.write(null)
    here.written.write(null)
    here.written.remove()
    expect(readRecord(here.path)).toEqual(recordOf(71))
    expect(here.warnings).toEqual([expect.stringContaining('Another supervisor has the place of api now')])
  })

  it('is written when there is room again, and leaves no half of it until then', () => {
    using here = world()
    rmSync(here.folder, { recursive: true })
    here.written.write(null)
    expect(here.warnings).toEqual([expect.stringContaining('could not be written (ENOENT')])
    vi.advanceTimersByTime(5000)
    mkdirSync(here.folder)
    vi.advanceTimersByTime(5000)
    expect(readRecord(here.path)).toEqual(recordOf(70))
    expect(readdirSync(here.folder)).toEqual(['api-0.json'])
    expect(here.warnings).toHaveLength(1)
  })

  it('is not written any more when the place was given up', () => {
    using here = world()
    rmSync(here.folder, { recursive: true })
    here.written.write(null)
    here.written.remove()
    mkdirSync(here.folder)
    expect(vi.getTimerCount()).toBe(0)
    expect(readdirSync(here.folder)).toEqual([])
  })
})
