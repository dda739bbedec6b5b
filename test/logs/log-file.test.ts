import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  constants,
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type JournalFile, type JournalOptions, openLogFile } from '../../src/logs/log-file.ts'
import { openPrivate } from '../../src/logs/rotating-file.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { until } from '../helpers/processes.ts'
import { createTemp, type Temp } from '../helpers/temp.ts'

const time = Date.UTC(2026, 10, 21, 5, 34, 37, 123)
const stamp = '2026-11-21T05:34:37.123Z'
const mib = 1024 * 1024

let temp: Temp
let path: string
beforeEach(() => {
  temp = createTemp()
  path = join(temp.dir, 'logs', 'api.log')
})
afterEach(() => temp[Symbol.dispose]())

const opened = (options: Partial<JournalOptions> = {}): JournalFile =>
  openLogFile({ path, maxBytes: 10 * mib, maxFiles: 5, wallClock: () => time, ...options })
const read = (file = path): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')
/** All that is kept, oldest first. */
const readAll = (): string => [9, 8, 7, 6, 5, 4, 3, 2, 1].map((number) => read(`${path}.${number}`)).join('') + read()
const numbered = (count: number, size = 100, from = 0): string =>
  Array.from({ length: count }, (_, index) => `${`line ${from + index} `.padEnd(size - 1, '.')}\n`).join('')
const stamped = (text: string, mark = '1 out'): string => text.replace(/^.*\n/gm, (line) => `${stamp} ${mark} | ${line}`)
/** Opens as the log does, and knows what of it is open. */
const counted = () => {
  const handles: FileHandle[] = []
  const open = async (file: string): Promise<FileHandle> => {
    const handle = await openPrivate(file)
    handles.push(handle)
    return handle
  }
  return { open, handles, isOpen: () => handles.some(({ fd }) => fd !== -1) }
}
/** Long enough for a write that was begun to be seen. */
const diskTurns = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await stat(temp.dir)
}

describe('output on disk', () => {
  it('stands line by line, with when, who and where', async () => {
    const log = opened()
    log.write('stdout', Buffer.from('first\nsecond\n'), 71)
    log.write('stderr', Buffer.from('third\n'), 71)
    log.say('ready at http://127.0.0.1:1')
    log.write('stdout', Buffer.from('\n'), 72)
    await log.close()
    expect(read()).toBe(
      [`${stamp} 71 out | first`, `${stamp} 71 out | second`, `${stamp} 71 err | third`]
        .concat([`${stamp} ${process.pid} sup | ready at http://127.0.0.1:1`, `${stamp} 72 out | `, ''])
        .join('\n'),
    )
  })

  it('no chunk makes lines of two streams, of two processes, or of half a character', async () => {
    const log = opened()
    const bytes = Buffer.from('漢字 🦊 naïve\r\n')
    for (const byte of bytes) {
      for (const stream of ['stdout', 'stderr'] as const) for (const pid of [71, 72]) log.write(stream, Buffer.from([byte]), pid)
    }
    await log.close()
    const marks = ['71 out', '72 out', '71 err', '72 err']
    expect(read()).toBe(marks.map((mark) => `${stamp} ${mark} | 漢字 🦊 naïve\n`).join(''))
  })

  it('what is no UTF-8 is kept as it is', async () => {
    const log = opened()
    log.write('stdout', Buffer.from([0xff, 0x00, 0xc3, 0x0a]), 71)
    await log.close()
    expect(readFileSync(path).subarray(-4)).toEqual(Buffer.from([0xff, 0x00, 0xc3, 0x0a]))
  })

  it('an unfinished last line is a line when its process has ended', async () => {
    const log = opened()
    log.write('stdout', Buffer.from('last words'), 71)
    log.write('stdout', Buffer.from('not yet'), 72)
    log.end(71)
    await until('the line is written', () => read() === `${stamp} 71 out | last words\n`)
    log.write('stdout', Buffer.from(' finished\n'), 72)
    await until('the next is, too', () => read().endsWith(`${stamp} 72 out | not yet finished\n`))
    await log.close()
  })

  it('and when the file is closed', async () => {
    const log = opened()
    log.write('stderr', Buffer.from('last words'), 71)
    await log.close()
    expect(read()).toBe(`${stamp} 71 err | last words\n`)
  })

  it('goes on after it was closed', async () => {
    const log = opened()
    log.write('stdout', Buffer.from('a\n'), 71)
    await log.close()
    log.write('stdout', Buffer.from('b\n'), 71)
    await log.close()
    await log.close()
    expect(read()).toBe(`${stamp} 71 out | a\n${stamp} 71 out | b\n`)
  })

  it('is not left open by what the supervisor still says after it was closed', async () => {
    const { open, handles, isOpen } = counted()
    const log = opened({ open })
    log.write('stdout', Buffer.from('a\n'), 71)
    await log.close()
    expect(isOpen()).toBe(false)
    log.say('b')
    await until('it is written', () => read().includes('b'))
    await until('it is closed', () => !isOpen())
    expect(handles).toHaveLength(2)
    // and another run keeps it open
    log.write('stdout', Buffer.from('c\n'), 72)
    await until('it is written, too', () => read().includes('c'))
    await diskTurns()
    expect(isOpen()).toBe(true)
    await log.close()
    expect(isOpen()).toBe(false)
  })

  it('has no tokens, not even one that chunks have torn', async () => {
    const log = opened()
    log.write('stdout', Buffer.from('key sk-ant-api0'), 71)
    log.write('stderr', Buffer.from('Bearer '), 71)
    log.write('stdout', Buffer.from('3-abcdefghijklmnop\nnext\n'), 71)
    log.write('stderr', Buffer.from('abcdefgh12345678\n'), 71)
    log.say('sk-ant-api03-abcdefghijklmnop')
    await log.close()
    const lines = read().split('\n')
    expect(lines.map((line) => line.replace(/^.*\| /, ''))).toEqual([
      ...['key sk-ant-[redacted]', 'next', 'Bearer [redacted]', 'sk-ant-[redacted]', ''],
    ])
  })

  it('a line without end is written in pieces', async () => {
    const log = opened({ maxBytes: 100 * mib })
    for (let chunk = 0; chunk < 20; chunk += 1) await log.write('stdout', Buffer.alloc(mib, 'x'), 71)
    await log.write('stdout', Buffer.from('\nend\n'), 71)
    await log.close()
    const [first = '', ...others] = read().split('\n')
    expect(first.slice(0, 36)).toBe(`${stamp} 71 out | xx`)
    expect(others.slice(-2)).toEqual([`${stamp} 71 out | end`, ''])
    expect(others.slice(0, -2).every((line) => line.startsWith(`${stamp} 71 out + `))).toBe(true)
    expect(read().match(/x+/g)?.join('').length).toBe(20 * mib)
    expect(Math.max(...others.map((line) => line.length))).toBeLessThan(66_000)
  })
})

describe('the file', () => {
  it('is made when there is something to write, for this user only', async () => {
    const log = opened()
    log.end(71)
    await log.close()
    expect(existsSync(join(temp.dir, 'logs'))).toBe(false)
    log.say('here')
    await log.close()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(temp.dir, 'logs')).mode & 0o777).toBe(0o700)
  })

  it('that is there is appended to, and tightened; a line that was torn there is ended', async () => {
    temp.file('logs/api.log', 'whole\ntorn')
    chmodSync(path, 0o644)
    const log = opened()
    log.write('stdout', Buffer.from('next\n'), 71)
    await log.close()
    expect(read()).toBe(`whole\ntorn\n${stamp} 71 out | next\n`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['a link', 'ELOOP', () => symlinkSync(temp.file('victim', 'precious\n'), path)],
    ['a link to nothing', 'ELOOP', () => symlinkSync(join(temp.dir, 'victim'), path)],
    ['a folder', 'EISDIR', () => mkdirSync(path)],
    ['a pipe', 'EFTYPE', () => spawnSync('mkfifo', [path])],
  ])('%s in its place is left alone, and it is said', async (_what, errno, make) => {
    mkdirSync(join(temp.dir, 'logs'))
    make()
    const log = opened()
    log.say('a')
    await log.close()
    expect(log.facts).toMatchObject({ errno, isFailing: true })
    expect(['', 'precious\n']).toContain(read(join(temp.dir, 'victim')))
  })

  it('that is a pipe with a reader gets nothing', async () => {
    mkdirSync(join(temp.dir, 'logs'))
    spawnSync('mkfifo', [path])
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const log = opened()
      log.say('a')
      await log.close()
      expect(log.facts).toMatchObject({ errno: 'EFTYPE' })
      expect(readFileSync(reader)).toHaveLength(0)
    } finally {
      closeSync(reader)
    }
  })

  it('that is a device gets nothing', async () => {
    const log = opened({ path: '/dev/null' })
    log.say('a')
    await log.close()
    expect(log.facts).toMatchObject({ errno: 'EFTYPE', isFailing: true })
  })

  it.each([
    ['removed', () => rmSync(path)],
    ['moved away', () => renameSync(path, `${path}.old`)],
    ['removed with its folder', () => rmSync(join(temp.dir, 'logs'), { recursive: true })],
  ])('that was %s is made anew', async (_what, act) => {
    const clock = new FakeClock()
    const log = opened({ clock })
    log.say('a')
    await until('it is there', () => read() !== '')
    act()
    await clock.advance(1000)
    log.say('b')
    await until('it is there again', () => read().endsWith('sup | b\n'))
    await log.close()
    expect(read()).not.toContain('sup | a')
  })
})

describe('rotation', () => {
  it('puts a file aside before it would be larger than it may', async () => {
    const log = opened({ maxBytes: 4096, maxFiles: 3 })
    log.write('stdout', Buffer.from(numbered(200)), 1)
    await log.close()
    expect(readdirSync(join(temp.dir, 'logs')).sort()).toEqual(['api.log', 'api.log.1', 'api.log.2'])
    for (const file of [path, `${path}.1`, `${path}.2`]) expect(statSync(file).size).toBeLessThanOrEqual(4096)
    expect(statSync(`${path}.1`).size).toBeGreaterThan(4096 - 140)
    const kept = readAll()
    expect(kept.length).toBeGreaterThan(8192)
    expect(stamped(numbered(200)).endsWith(kept)).toBe(true)
  })

  it.each([
    [0, 3],
    [-1, 2],
  ])('a file of three lines %i bytes holds %i lines', async (less, count) => {
    const line = stamped(numbered(1)).length
    const log = opened({ maxBytes: 3 * line + less })
    log.write('stdout', Buffer.from(numbered(7)), 1)
    await log.close()
    expect(readdirSync(join(temp.dir, 'logs'))).toHaveLength(Math.ceil(7 / count))
    expect(read(`${path}.1`)).toHaveLength(count * line)
    expect(readAll()).toBe(stamped(numbered(7)))
  })

  it('counts what a file held before', async () => {
    temp.file('logs/api.log', numbered(40))
    const log = opened({ maxBytes: 4096 })
    log.write('stdout', Buffer.from(numbered(1)), 1)
    await log.close()
    expect(read(`${path}.1`)).toBe(numbered(40))
    expect(read()).toBe(stamped(numbered(1)))
  })

  it('keeps one file only where one is asked for', async () => {
    const log = opened({ maxBytes: 4096, maxFiles: 1 })
    log.write('stdout', Buffer.from(numbered(100)), 1)
    await log.close()
    expect(readdirSync(join(temp.dir, 'logs'))).toEqual(['api.log'])
    expect(read()).not.toBe('')
    expect(stamped(numbered(100)).endsWith(read())).toBe(true)
  })

  it('removes files that are more than are kept now, and no others', async () => {
    for (const name of ['api.log.1', 'api.log.4', 'api.log.12', 'api.log.old', 'api.log.4.gz', 'other.log.9'])
      temp.file(`logs/${name}`, name)
    const log = opened({ maxBytes: 4096, maxFiles: 4 })
    log.write('stdout', Buffer.from(numbered(35)), 1)
    await log.close()
    expect(readdirSync(join(temp.dir, 'logs')).sort()).toEqual(
      ['api.log', 'api.log.1', 'api.log.2', 'api.log.4.gz', 'api.log.old', 'other.log.9'].sort(),
    )
    expect(read(`${path}.2`)).toBe('api.log.1')
  })

  it('a line that is larger than a file has one for itself', async () => {
    const log = opened({ maxBytes: 4096 })
    log.write('stdout', Buffer.from(`a\n${'x'.repeat(10_000)}\nb\n`), 1)
    await log.close()
    expect(read(`${path}.2`)).toBe(`${stamp} 1 out | a\n`)
    expect(read(`${path}.1`)).toBe(`${stamp} 1 out | ${'x'.repeat(10_000)}\n`)
    expect(read()).toBe(`${stamp} 1 out | b\n`)
  })

  it('loses, tears and reorders nothing, whatever is written in what chunks, by how many writers after one another', async () => {
    const chunk = fc.tuple(fc.constantFrom('stdout' as const, 'stderr' as const), fc.nat({ max: 700 }), fc.boolean())
    let run = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 200, max: 3000 }),
        fc.integer({ min: 1, max: 4 }),
        async (chunks, maxBytes, maxFiles) => {
          run += 1
          path = join(temp.dir, `run ${run}`, 'api.log')
          const source = { stdout: numbered(600, 70), stderr: numbered(600, 50) }
          const at = { stdout: 0, stderr: 0 }
          let log = opened({ maxBytes, maxFiles })
          for (const [stream, size, reopen] of chunks) {
            log.write(stream, Buffer.from(source[stream].slice(at[stream], at[stream] + size)), 1)
            at[stream] += size
            if (!reopen) continue
            // at a line's end, so that it is the same line afterwards
            const end = source[stream].indexOf('\n', at[stream]) + 1
            for (const each of ['stdout', 'stderr'] as const) {
              const rest = each === stream ? end : source[each].indexOf('\n', at[each]) + 1
              log.write(each, Buffer.from(source[each].slice(at[each], rest)), 1)
              at[each] = rest
            }
            await log.close()
            log = opened({ maxBytes, maxFiles })
          }
          await log.close()
          const kept = readAll()
          const dir = join(temp.dir, `run ${run}`)
          // of nothing that was written there is no file
          const files = existsSync(dir) ? readdirSync(dir) : []
          expect(files.length).toBeLessThanOrEqual(maxFiles)
          for (const file of files) expect(statSync(join(dir, file)).size).toBeLessThanOrEqual(maxBytes)
          for (const [stream, mark] of [
            ['stdout', '1 out'],
            ['stderr', '1 err'],
          ] as const) {
            const written = source[stream].slice(0, at[stream])
            const whole = stamped(written.endsWith('\n') || written === '' ? written : `${written}\n`, mark)
            const lines = kept.split(/(?<=\n)/).filter((line) => line.includes(` ${mark} | `))
            expect(`\n${whole}`.endsWith(`\n${lines.join('')}`)).toBe(true)
            if (files.length < maxFiles) expect(lines.join('')).toBe(whole)
          }
          expect(kept.split('\n').every((line) => line === '' || line.startsWith(stamp))).toBe(true)
        },
      ),
      { numRuns: 40, examples: [[[['stdout', 0, false]], 200, 1]] },
    )
  })
})

describe('a disk that keeps up less well than the backend', () => {
  it('holds the backend back; nothing is lost', async () => {
    // by its clock the disk is never late
    const log = opened({ maxBytes: 64 * mib, clock: new FakeClock() })
    const text = Buffer.from(numbered(650))
    let held = 0
    for (let chunk = 0; chunk < 500; chunk += 1) {
      const wait = log.write('stdout', text, 1)
      if (wait === undefined) continue
      held += 1
      await wait
    }
    await log.close()
    expect(held).toBeGreaterThan(0)
    expect(log.facts).toEqual({ droppedLines: 0, droppedBytes: 0, errno: null, isFailing: false })
    expect(read().split('\n').length - 1).toBe(500 * 650)
  })

  it('holds it back for as long as the disk takes one step after another', async () => {
    const clock = new FakeClock()
    const slow = async (file: string): ReturnType<typeof openPrivate> => {
      await clock.advance(60)
      return await openPrivate(file)
    }
    const log = opened({ maxBytes: 200 * 1024, maxFiles: 200, clock, open: slow })
    for (let chunk = 0; chunk < 100; chunk += 1) await log.write('stdout', Buffer.from(numbered(650)), 1)
    await log.close()
    expect(clock.now()).toBeGreaterThan(1000)
    expect(log.facts.droppedLines).toBe(0)
  })

  it('costs a bounded amount though the backend is not held back; what was dropped is told in its place', async () => {
    const log = opened({ maxBytes: 64 * mib })
    for (let chunk = 0; chunk < 1000; chunk += 1) log.write('stdout', Buffer.from(numbered(100, 100, chunk * 100)), 1)
    log.write('stderr', Buffer.from('half a'), 1)
    await until('it is written', () => read().includes(' sup | '))
    log.write('stderr', Buffer.from(' line\n'), 1)
    await log.close()
    const { droppedLines, droppedBytes, errno } = log.facts
    const lines = read().split('\n')
    expect(errno).toBeNull()
    expect(droppedLines).toBeGreaterThan(50_000)
    expect(droppedBytes).toBe(droppedLines * 100)
    const kept = lines.filter((line) => line.includes(' out | '))
    expect(kept.length + droppedLines).toBe(100_000)
    expect(`${kept.join('\n')}\n`).toBe(stamped(numbered(kept.length)))
    expect(lines.slice(-3)).toEqual([
      `${stamp} ${process.pid} sup | ${droppedLines} lines (${droppedBytes} bytes) dropped here: the disk did not keep up`,
      `${stamp} 1 err | half a line`,
      '',
    ])
  })

  it('tells what was dropped before what comes next, though what came before is still being written', async () => {
    const log = opened({ maxBytes: 64 * mib, clock: new FakeClock() })
    const waits = Array.from({ length: 1000 }, () => log.write('stdout', Buffer.from(numbered(100)), 1))
    await waits.at(-1)
    log.write('stdout', Buffer.from('next\n'), 1)
    await log.close()
    const lines = read().split('\n')
    expect(lines.at(-3)).toContain(`sup | ${log.facts.droppedLines} lines`)
    expect(lines.at(-2)).toBe(`${stamp} 1 out | next`)
  })
})

describe('a disk that hangs', () => {
  /** A pipe that nobody reads: a write to it waits in the kernel, as one to a disk that is gone. */
  const hanging = (): { clock: FakeClock; log: JournalFile; resume: () => Promise<string> } => {
    mkdirSync(join(temp.dir, 'logs'))
    spawnSync('mkfifo', [path])
    const clock = new FakeClock()
    // the pipe stays while it is open here
    const end = openSync(path, constants.O_RDWR)
    const log = opened({ clock, open: (file) => open(file, constants.O_WRONLY) })
    let text = ''
    const resume = async (): Promise<string> => {
      const reader = createReadStream(path, 'utf8').on('data', (data) => {
        text += data
      })
      await log.close()
      closeSync(end)
      await once(reader, 'close')
      return text
    }
    return { clock, log, resume }
  }

  it('holds the backend back for 100 ms and no longer; what does not fit is dropped, and told when it moves again', async () => {
    const { clock, log, resume } = hanging()
    const text = numbered(1000)
    let wait: void | Promise<void>
    let chunks = 0
    do {
      wait = log.write('stdout', Buffer.from(text), 1)
      chunks += 1
    } while (wait === undefined)
    expect(chunks * text.length).toBeLessThan(2 * mib)
    let isHeld = true
    void wait.then(() => {
      isHeld = false
    })
    // until the write hangs, the disk moves
    await diskTurns()
    await clock.advance(99)
    expect(isHeld).toBe(true)
    await clock.advance(1)
    expect(isHeld).toBe(false)
    expect(log.facts.droppedLines).toBe(0)
    for (let chunk = 0; chunk < 50; chunk += 1) expect(log.write('stdout', Buffer.from(text), 1)).toBeUndefined()
    expect(log.facts).toMatchObject({ droppedLines: 50_000, droppedBytes: 5_000_000, errno: null })
    const lines = (await resume()).split('\n')
    expect(lines.slice(-2)).toEqual([
      `${stamp} ${process.pid} sup | 50000 lines (5000000 bytes) dropped here: the disk did not keep up`,
      '',
    ])
    expect(`${lines.slice(0, -2).join('\n')}\n`).toBe(stamped(text).repeat(chunks))
  })

  it('is not what a late timer of our own makes of it', async () => {
    const { clock, log, resume } = hanging()
    const waits = Array.from({ length: 20 }, () => log.write('stdout', Buffer.from(numbered(1000)), 1))
    let isHeld = true
    void waits.at(-1)?.then(() => {
      isHeld = false
    })
    await diskTurns()
    clock.oversleep(500)
    await clock.advance(99)
    expect(isHeld).toBe(true)
    await clock.advance(1)
    expect(isHeld).toBe(false)
    await resume()
  })

  it('does not hold up the end for longer than a second', async () => {
    const { clock, log, resume } = hanging()
    for (let chunk = 0; chunk < 10; chunk += 1) log.write('stdout', Buffer.from(numbered(1000)), 1)
    await diskTurns()
    let isClosed = false
    const closed = log.close().then(() => {
      isClosed = true
    })
    await clock.advance(999)
    expect(isClosed).toBe(false)
    await clock.advance(1)
    await closed
    expect((await resume()).length).toBeGreaterThan(mib)
  })

  it('is not left open when it goes on after the end', async () => {
    const { open, isOpen } = counted()
    let goOn = (): void => {}
    const goesOn = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const clock = new FakeClock()
    const log = opened({
      clock,
      open: async (file) => {
        await goesOn
        return open(file)
      },
    })
    log.write('stdout', Buffer.from('a\n'), 71)
    await diskTurns()
    const closed = log.close()
    await clock.advance(1000)
    await clock.advance(1000)
    await closed
    goOn()
    await until('it is written', () => read().includes('a'))
    await until('it is closed', () => !isOpen())
  })
})

describe('a disk that cannot be written to', () => {
  it('is tried again a second later, when something comes; nothing is lost until then', async () => {
    mkdirSync(path, { recursive: true })
    const clock = new FakeClock()
    let tries = 0
    const log = opened({
      clock,
      open: (file) => {
        tries += 1
        return openPrivate(file)
      },
    })
    log.say('a')
    await until('it has failed', () => log.facts.isFailing)
    rmdirSync(path)
    await clock.advance(999)
    log.say('b')
    await diskTurns()
    expect(tries).toBe(1)
    await clock.advance(1)
    await diskTurns()
    // nothing came
    expect(tries).toBe(1)
    log.say('c')
    await until('it is written', () => read() !== '')
    await until('it works', () => !log.facts.isFailing)
    await log.close()
    expect(read()).toBe(stamped('a\nb\nc\n', `${process.pid} sup`))
    expect(log.facts).toEqual({ droppedLines: 0, droppedBytes: 0, errno: 'EISDIR', isFailing: false })
  })

  it('never holds the backend back; what does not fit is dropped, and told before what comes next', async () => {
    mkdirSync(path, { recursive: true })
    const clock = new FakeClock()
    const log = opened({ clock })
    log.say('a')
    await until('it has failed', () => log.facts.isFailing)
    for (let chunk = 0; chunk < 60; chunk += 1) expect(log.write('stdout', Buffer.from(numbered(500)), 1)).toBeUndefined()
    const { droppedLines, droppedBytes } = log.facts
    expect(droppedLines).toBeGreaterThan(10_000)
    rmdirSync(path)
    await clock.advance(1000)
    log.say('b')
    await until('it is written', () => read().includes('dropped here'))
    log.say('c')
    await log.close()
    const lines = read().split('\n')
    expect(log.facts.droppedLines).toBe(droppedLines + 1)
    expect(lines.slice(-3)).toEqual([
      `${stamp} ${process.pid} sup | ${droppedLines + 1} lines (${droppedBytes + 2} bytes) dropped here: EISDIR`,
      `${stamp} ${process.pid} sup | c`,
      '',
    ])
    expect(lines.length - 4 + droppedLines).toBe(60 * 500)
  })

  it('is tried once more at the end', async () => {
    mkdirSync(path, { recursive: true })
    const log = opened({ clock: new FakeClock() })
    log.say('a')
    await until('it has failed', () => log.facts.isFailing)
    rmdirSync(path)
    await log.close()
    expect(read()).toBe(stamped('a\n', `${process.pid} sup`))
  })
})

/** A file system of 64 KiB, where this user may mount one. */
const mounted = (dir: string): boolean => {
  mkdirSync(dir)
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'none', dir]).status === 0
}

describe('a disk that is full', () => {
  it('tears no line for good: what was begun is finished when there is room', async ({ skip }) => {
    const disk = join(temp.dir, 'disk')
    if (!mounted(disk)) return skip()
    try {
      path = join(disk, 'api.log')
      writeFileSync(join(disk, 'ballast'), Buffer.alloc(30_000))
      const clock = new FakeClock()
      const log = opened({ clock })
      log.write('stdout', Buffer.from(numbered(400)), 1)
      await until('it is full', () => log.facts.isFailing)
      expect(log.facts).toMatchObject({ errno: 'ENOSPC', droppedLines: 0 })
      const part = read()
      expect(stamped(numbered(400)).startsWith(part)).toBe(true)
      expect(part.endsWith('\n')).toBe(false)
      rmSync(join(disk, 'ballast'))
      await clock.advance(1000)
      log.write('stdout', Buffer.from('next\n'), 1)
      await until('it is written', () => read().endsWith('out | next\n'))
      await log.close()
      expect(read()).toBe(stamped(`${numbered(400)}next\n`))
    } finally {
      spawnSync('umount', ['-l', disk])
    }
  })

  it('writes a line anew that was begun in a file that is gone', async ({ skip }) => {
    const disk = join(temp.dir, 'disk')
    if (!mounted(disk)) return skip()
    try {
      path = join(disk, 'api.log')
      const clock = new FakeClock()
      const log = opened({ clock })
      log.write('stdout', Buffer.from(numbered(600)), 1)
      await until('it is full', () => log.facts.isFailing)
      const part = read()
      expect(part.endsWith('\n')).toBe(false)
      rmSync(path)
      await clock.advance(1000)
      log.write('stdout', Buffer.from('next\n'), 1)
      await until('it is written', () => read().endsWith('out | next\n'))
      await log.close()
      expect(read()).toBe(stamped(`${numbered(600)}next\n`).slice(part.lastIndexOf('\n') + 1))
    } finally {
      spawnSync('umount', ['-l', disk])
    }
  })

  it('does not put a file aside in the middle of a line, even of one that is larger than a file', async ({ skip }) => {
    const disk = join(temp.dir, 'disk')
    if (!mounted(disk)) return skip()
    try {
      path = join(disk, 'api.log')
      writeFileSync(join(disk, 'ballast'), Buffer.alloc(30_000))
      const clock = new FakeClock()
      const log = opened({ clock, maxBytes: 4096 })
      log.write('stdout', Buffer.from(`${'x'.repeat(50_000)}\n`), 1)
      await until('it is full', () => log.facts.isFailing)
      expect(read().length).toBeGreaterThan(4096)
      rmSync(join(disk, 'ballast'))
      await clock.advance(1000)
      log.write('stdout', Buffer.from('next\n'), 1)
      await until('it is written', () => read().endsWith('out | next\n'))
      await log.close()
      expect(read(`${path}.1`)).toBe(stamped(`${'x'.repeat(50_000)}\n`))
    } finally {
      spawnSync('umount', ['-l', disk])
    }
  })

  it('and if the supervisor ends meanwhile, the next ends the torn line', async ({ skip }) => {
    const disk = join(temp.dir, 'disk')
    if (!mounted(disk)) return skip()
    try {
      path = join(disk, 'api.log')
      writeFileSync(join(disk, 'ballast'), Buffer.alloc(30_000))
      const log = opened()
      log.write('stdout', Buffer.from(numbered(400)), 1)
      await log.close()
      expect(log.facts).toMatchObject({ errno: 'ENOSPC', isFailing: true })
      const part = read()
      expect(part.endsWith('\n')).toBe(false)
      rmSync(join(disk, 'ballast'))
      const next = opened()
      next.say('next')
      await next.close()
      expect(read()).toBe(`${part}\n${stamp} ${process.pid} sup | next\n`)
    } finally {
      spawnSync('umount', ['-l', disk])
    }
  })
})
