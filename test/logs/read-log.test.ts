import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DiskLogLine, type DiskStream, diskPrefix } from '../../src/logs/disk-line.ts'
import { lineLimit } from '../../src/logs/lines.ts'
import { openLogFile } from '../../src/logs/log-file.ts'
import { type ReadLogOptions, readLog } from '../../src/logs/read-log.ts'
import { createTemp, type Temp } from '../helpers/temp.ts'

let temp: Temp
let path: string
beforeEach(() => {
  temp = createTemp()
  path = join(temp.dir, 'api.log')
})
afterEach(() => temp[Symbol.dispose]())

const start = Date.UTC(2026, 10, 21)
const on = (line: string, { time = start, stream = 'stdout' as DiskStream, continues = false } = {}): string =>
  `${diskPrefix({ time: new Date(time).toISOString(), pid: 71, stream, continues })}${line}\n`
const numbered = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, index) => on(`line ${from + index}`, { time: start + from + index })).join('')

const lines = async (options?: ReadLogOptions): Promise<DiskLogLine[]> => {
  const found: DiskLogLine[] = []
  for await (const line of readLog(path, options)) found.push(line)
  return found
}
const texts = async (options?: ReadLogOptions): Promise<string[]> => (await lines(options)).map(({ line }) => line)
const range = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, index) => `line ${from + index}`)

describe('lines on disk', () => {
  it('are read with all that is known of them', async () => {
    writeFileSync(path, on('a') + on('漢字 🦊', { stream: 'stderr', time: start + 1 }) + on('', { stream: 'supervisor' }))
    expect(await lines()).toEqual([
      { time: start, pid: 71, stream: 'stdout', line: 'a', cut: false },
      { time: start + 1, pid: 71, stream: 'stderr', line: '漢字 🦊', cut: false },
      { time: start, pid: 71, stream: 'supervisor', line: '', cut: false },
    ])
  })

  it('are read from the oldest file to the newest, in the order of their numbers', async () => {
    for (let number = 0; number <= 11; number += 1) writeFileSync(number === 0 ? path : `${path}.${number}`, numbered(3, (11 - number) * 3))
    expect(await texts()).toEqual(range(0, 36))
    expect(await texts({ tail: 10 })).toEqual(range(26, 36))
  })

  it('are what was written, however it was rotated', async () => {
    const log = openLogFile({ path, maxBytes: 4096, maxFiles: 100 })
    const text = range(0, 1000).join('\n')
    log.write('stdout', Buffer.from(text), 71)
    await log.close()
    expect(readdirSync(temp.dir).length).toBeGreaterThan(5)
    expect((await texts()).join('\n')).toBe(text)
  })

  it('are found where a file is missing in between', async () => {
    writeFileSync(path, numbered(2, 4))
    writeFileSync(`${path}.3`, numbered(4))
    expect(await texts()).toEqual(range(0, 6))
  })

  it('are none where there is no file, and no folder', async () => {
    expect(await lines()).toEqual([])
    expect(await lines({ tail: 5 })).toEqual([])
    path = join(temp.dir, 'not', 'there.log')
    expect(await lines()).toEqual([])
  })

  it('that are none of ours are left out', async () => {
    writeFileSync(path, `torn\n${on('a')}\n\0\0\0\n${on('b')}2026-11-21T05:34:3\n${on('c')}`)
    expect(await texts()).toEqual(['a', 'b', 'c'])
    expect(await texts({ tail: 2 })).toEqual(['b', 'c'])
  })

  it('are cut as those in memory are, and what goes on after a cut is left out', async () => {
    const log = openLogFile({ path, maxBytes: 10 * 1024 * 1024, maxFiles: 2 })
    log.write('stdout', Buffer.from(`${'x'.repeat(lineLimit)}\n${'y'.repeat(lineLimit + 1)}\n`), 71)
    log.write('stdout', Buffer.from(`${'z'.repeat(500_000)}\nnext\n`), 71)
    await log.close()
    expect(readFileSync(path).length).toBeGreaterThan(500_000)
    const expected = [
      { line: 'x'.repeat(lineLimit), cut: false },
      { line: 'y'.repeat(lineLimit), cut: true },
      { line: 'z'.repeat(lineLimit), cut: true },
      { line: 'next', cut: false },
    ]
    expect((await lines()).map(({ line, cut }) => ({ line, cut }))).toEqual(expected)
    expect((await lines({ tail: 2 })).map(({ line, cut }) => ({ line, cut }))).toEqual(expected.slice(2))
  })

  it('are cut where the file ends in the middle of one', async () => {
    writeFileSync(path, on('a') + on('begun').slice(0, -1))
    expect((await lines()).map(({ line, cut }) => ({ line, cut }))).toEqual([
      { line: 'a', cut: false },
      { line: 'begun', cut: true },
    ])
  })

  it('are not read from links, pipes and folders', async () => {
    symlinkSync(temp.file('elsewhere', on('secret')), path)
    spawnSync('mkfifo', [`${path}.1`])
    mkdirSync(`${path}.2`)
    writeFileSync(`${path}.3`, on('a'))
    expect(await texts()).toEqual(['a'])
  })

  it.skipIf(process.getuid?.() === 0)('that must not be read are an error', async () => {
    writeFileSync(path, on('a'))
    chmodSync(path, 0)
    await expect(lines()).rejects.toMatchObject({ code: 'EACCES' })
  })
})

describe('lines of a time', () => {
  it('are those of then and later', async () => {
    writeFileSync(`${path}.1`, numbered(10))
    writeFileSync(path, numbered(10, 10))
    expect(await texts({ since: start + 7 })).toEqual(range(7, 20))
    expect(await texts({ since: start + 7, tail: 5 })).toEqual(range(15, 20))
    expect(await texts({ since: start + 18, tail: 5 })).toEqual(range(18, 20))
    expect(await texts({ since: start + 20 })).toEqual([])
  })

  it('are counted from the end, though the clock was set back', async () => {
    writeFileSync(path, on('a', { time: start + 2 }) + on('b', { time: start + 10 }) + on('c') + on('d'))
    expect(await texts({ since: start + 2, tail: 1 })).toEqual(['b'])
    expect(await texts({ since: start + 2, tail: 2 })).toEqual(['a', 'b'])
  })

  it('are not looked for in files that were last written before', async () => {
    writeFileSync(`${path}.1`, on('old, though it says otherwise', { time: start + 100_000 }))
    utimesSync(`${path}.1`, start / 1000, start / 1000)
    writeFileSync(path, on('new', { time: start + 100_000 }))
    expect(await texts({ since: start + 50_000 })).toEqual(['new'])
  })
})

describe('the last lines', () => {
  it('are the last of all, wherever blocks and files end', async () => {
    const part = fc.oneof(
      fc.tuple(fc.constant(on), fc.nat({ max: 30_000 })).map(([line, length]) => line('ä'.repeat(length))),
      fc.constantFrom(on('漢字 🦊'), on(''), 'foreign\n', '\n', on('rest', { continues: true })),
      fc.nat({ max: 1000 }).map((count) => numbered(count)),
    )
    const file = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''))
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 1500 }), async (files, tail) => {
        for (let number = 0; number < 3; number += 1) rmSync(number === 0 ? path : `${path}.${number}`, { force: true })
        for (const [number, text] of files.entries()) writeFileSync(number === 0 ? path : `${path}.${number}`, text)
        const all = await lines()
        expect(await lines({ tail })).toEqual(all.slice(-tail))
        expect(await lines({ tail: all.length })).toEqual(all)
      }),
      { numRuns: 25 },
    )
  })

  it('are found where lines end with the blocks that are read', async () => {
    const line = (index: number): string => on(`line ${index}`.padEnd(64 - on('').length))
    expect(line(0)).toHaveLength(64)
    writeFileSync(path, Array.from({ length: 4096 }, (_, index) => line(index)).join(''))
    const all = await texts()
    for (const tail of [1, 1023, 1024, 1025, 2048, 4095, 4096, 5000]) expect(await texts({ tail })).toEqual(all.slice(-tail))
  })

  it('may be none', async () => {
    writeFileSync(path, on('a'))
    expect(await lines({ tail: 0 })).toEqual([])
  })

  it.skipIf(process.platform !== 'linux')('are found without reading what comes before', async () => {
    writeFileSync(`${path}.1`, numbered(50_000))
    writeFileSync(path, numbered(50_000, 50_000))
    const bytesRead = (): number => Number(/rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])
    const before = bytesRead()
    expect(await texts({ tail: 100 })).toEqual(range(99_900, 100_000))
    expect(bytesRead() - before).toBeLessThan(512 * 1024)
  })
})

describe('while they are read', () => {
  const readAfter = async (act: () => void, options?: ReadLogOptions): Promise<string[]> => {
    const reader = readLog(path, options)
    const found: string[] = []
    const first = await reader.next()
    if (!first.done) found.push(first.value.line)
    act()
    for await (const { line } of reader) found.push(line)
    return found
  }

  it.each([undefined, 15_000])('files may be rotated: none is missed or met twice (tail %s)', async (tail) => {
    for (const number of [2, 1, 0]) writeFileSync(number === 0 ? path : `${path}.${number}`, numbered(5000, (2 - number) * 5000))
    const rotate = (): void => {
      for (const number of [2, 1]) renameSync(`${path}.${number}`, `${path}.${number + 1}`)
      renameSync(path, `${path}.1`)
      writeFileSync(path, on('later'))
    }
    expect(await readAfter(rotate, tail === undefined ? {} : { tail })).toEqual(range(0, 15_000))
  })

  it.each([undefined, 15])('files may be rotated while they are opened, too (tail %s)', async (tail) => {
    for (let moment = 0; moment < 25; moment += 1) {
      path = join(temp.dir, `${moment}.log`)
      for (const number of [2, 1, 0]) writeFileSync(number === 0 ? path : `${path}.${number}`, numbered(5, (2 - number) * 5))
      const found = texts(tail === undefined ? {} : { tail })
      for (let turn = 0; turn < moment; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      for (const number of [2, 1]) renameSync(`${path}.${number}`, `${path}.${number + 1}`)
      renameSync(path, `${path}.1`)
      expect(await found).toEqual(range(0, 15))
    }
  })

  it('a file that goes by two names is met once', async () => {
    writeFileSync(path, numbered(5))
    linkSync(path, `${path}.1`)
    expect(await texts()).toEqual(range(0, 5))
  })

  it('files may be removed', async () => {
    writeFileSync(`${path}.1`, numbered(5000))
    writeFileSync(path, numbered(5000, 5000))
    const remove = (): void => {
      rmSync(path)
      rmSync(`${path}.1`)
    }
    expect(await readAfter(remove)).toEqual(range(0, 10_000))
  })

  it('files may be cut short', async () => {
    writeFileSync(path, numbered(50_000))
    expect((await readAfter(() => truncateSync(path, 0))).length).toBeLessThan(50_000)
  })

  it('the reader may stop: nothing stays open', async () => {
    writeFileSync(path, numbered(5000))
    writeFileSync(`${path}.1`, numbered(5000))
    const openFiles = (): number => readdirSync('/proc/self/fd').length
    const before = openFiles()
    for await (const { line } of readLog(path)) if (line === 'line 3') break
    expect(openFiles()).toBe(before)
  })
})
