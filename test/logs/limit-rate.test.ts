import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limitRate } from '../../src/logs/limit-rate.ts'
import { openLogFile } from '../../src/logs/log-file.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { createTemp } from '../helpers/temp.ts'

const limit = { bytesPerSecond: 100, burstBytes: 1000 }

/** What was written, without time and pid. */
const linesOf = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\S+ \d+ /, ''))

const journaling = () => {
  const temp = createTemp()
  const path = join(temp.dir, 'log')
  const clock = new FakeClock()
  const journal = limitRate(openLogFile({ path, maxBytes: 1e9, maxFiles: 1 }), limit, clock)
  return { clock, journal, lines: () => linesOf(readFileSync(path, 'utf8')), [Symbol.dispose]: () => temp[Symbol.dispose]() }
}
const numbered = (from: number, to: number): Buffer =>
  Buffer.from(
    Array.from({ length: to - from }, (_, i) => `${from + i}`.padEnd(9, '.'))
      .join('\n')
      .concat('\n'),
  )

describe('a journal that is only a copy', () => {
  it('has everything that comes within its rate', async () => {
    using world = journaling()
    const { clock, journal } = world
    for (let i = 0; i < 50; i += 1) {
      journal.write('stdout', numbered(i * 10, i * 10 + 10), 7)
      await clock.advance(1000)
    }
    await journal.close()
    expect(world.lines()).toHaveLength(500)
  })

  it('leaves out what comes faster, from line to line, and says how much in its place', async () => {
    using world = journaling()
    const { clock, journal } = world
    for (let i = 0; i < 20; i += 1) journal.write('stdout', numbered(i * 10, i * 10 + 10), 7)
    await clock.advance(60_000)
    journal.write('stdout', numbered(1000, 1002), 7)
    await journal.close()
    const lines = world.lines()
    // the chunk that was one too many ends the line that had begun before it
    expect(lines.slice(0, 101)).toEqual(Array.from({ length: 101 }, (_, i) => `out | ${`${i}`.padEnd(9, '.')}`))
    expect(lines.slice(101)).toEqual(['sup | 1000 bytes left out here: more than 100 bytes a second', 'out | 1001.....'])
  })

  it('says it at the end at the latest', async () => {
    using world = journaling()
    world.journal.write('stdout', numbered(0, 1000), 7)
    world.journal.end(7)
    await world.journal.close()
    expect(world.lines()).toEqual(['out | 0........', 'sup | 9990 bytes left out here: more than 100 bytes a second'])
  })

  it('has whole lines of the right stream only, and leaves out what it says, whatever comes', async () => {
    const step = fc.record({
      stream: fc.constantFrom('stdout' as const, 'stderr' as const),
      text: fc.stringMatching(/^[ab\n]{0,300}$/),
      ms: fc.nat(4000),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        using world = journaling()
        const { clock, journal } = world
        const all = { stdout: '', stderr: '' }
        for (const { stream, text, ms } of steps) {
          // told apart by their letters
          const own = stream === 'stdout' ? text : text.toUpperCase()
          all[stream] += own
          journal.write(stream, Buffer.from(own), 7)
          await clock.advance(ms)
        }
        journal.say('end')
        journal.end(7)
        await journal.close()
        for (const [stream, mark] of [
          ['stdout', 'out | '],
          ['stderr', 'err | '],
        ] as const) {
          const written = all[stream].split('\n')
          let from = 0
          for (const line of world.lines().filter((one) => one.startsWith(mark))) {
            const found = written.indexOf(line.slice(mark.length), from)
            expect(found, `${line} in order`).toBeGreaterThanOrEqual(from)
            from = found + 1
          }
        }
      }),
      { numRuns: 30 },
    )
  })
})
