import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OutputStream } from '../../src/launch/launcher.ts'
import { OutputTail, tailBytes } from '../../src/logs/tail.ts'

const all = Number.POSITIVE_INFINITY
const filled = (...chunks: readonly (string | readonly [OutputStream, string, number?])[]): OutputTail => {
  const tail = new OutputTail()
  for (const [index, chunk] of chunks.entries()) {
    const [stream, text, pid] = typeof chunk === 'string' ? (['stdout', chunk] as const) : chunk
    tail.push(stream, Buffer.from(text), 1000 + index, pid ?? 71)
  }
  return tail
}
const texts = (tail: OutputTail, count = all, pid?: number): string[] => tail.lines(count, pid).map(({ line }) => line)
/** Numbered lines of `bytes` in all, so that a half one is recognised. */
const numbered = (bytes: number): string => {
  let text = ''
  for (let i = 0; text.length < bytes; i += 1) text += `line ${i} end\n`
  return text
}
const whole = /^line \d+ end$/

describe('the last output of a service', () => {
  it('is given as the last lines, oldest first', () => {
    const tail = filled('a\nb\n', 'c\nd\n')
    expect(texts(tail)).toEqual(['a', 'b', 'c', 'd'])
    expect(texts(tail, 3)).toEqual(['b', 'c', 'd'])
    expect(texts(tail, 0)).toEqual([])
    expect(texts(new OutputTail())).toEqual([])
  })

  it('a line has the time at which its last byte came, its stream and its process', () => {
    expect(filled('a', 'b\nc', ['stderr', 'e\n', 72]).lines(all)).toEqual([
      { line: 'ab', cut: false, time: 1001, stream: 'stdout', pid: 71 },
      { line: 'e', cut: false, time: 1002, stream: 'stderr', pid: 72 },
      { line: 'c', cut: false, time: 1001, stream: 'stdout', pid: 71 },
    ])
  })

  it('lines of the two streams are never mixed into one', () => {
    expect(texts(filled('out', ['stderr', 'err'], 'put\n', ['stderr', 'or\n']))).toEqual(['output', 'error'])
  })

  it('is told apart by process', () => {
    const tail = filled(['stdout', 'old\n', 71], ['stdout', 'unfinished', 71], ['stdout', 'new\n', 72])
    expect(texts(tail, all, 71)).toEqual(['old', 'unfinished'])
    expect(texts(tail, all, 72)).toEqual(['new'])
    expect(texts(tail, 1, 71)).toEqual(['unfinished'])
  })

  it('may be asked for again and again', () => {
    const tail = filled('a\nb')
    expect(texts(tail)).toEqual(texts(tail))
  })

  it('is bounded in bytes, whatever the size of the chunks', () => {
    for (const size of [1, 7, 1000, 65_536]) {
      const tail = new OutputTail()
      const text = numbered(tailBytes + 100_000)
      for (let at = 0; at < text.length; at += size) tail.push('stdout', Buffer.from(text.slice(at, at + size)), 0, 71)
      const kept = texts(tail)
      expect(kept.join('\n').length, `chunks of ${size}`).toBeLessThanOrEqual(tailBytes)
      expect(`${kept.at(-1)}\n`).toBe(text.slice(text.lastIndexOf('line')))
    }
  })

  it('does not begin with half a line when what came before was dropped', () => {
    for (const size of [7, 1000, 65_536]) {
      const tail = new OutputTail()
      const text = numbered(tailBytes * 2)
      for (let at = 0; at < text.length; at += size) tail.push('stdout', Buffer.from(text.slice(at, at + size)), 0, 71)
      expect(texts(tail)[0], `chunks of ${size}`).toMatch(whole)
    }
  })

  it('keeps the end of a chunk that is larger than all that is kept, from a whole line on', () => {
    const kept = texts(filled(numbered(tailBytes + 100_003)))
    expect(kept[0]).toMatch(whole)
    expect(kept.length).toBeGreaterThan(10_000)
  })

  it('keeps the end of such a chunk from a whole line on, whatever came before it', () => {
    expect(texts(filled('before\n', numbered(tailBytes + 100_003)))[0]).toMatch(whole)
  })

  it('keeps a first line that is whole', () => {
    const line = `${'x'.repeat(1023)}\n`
    const tail = new OutputTail()
    for (let i = 0; i < 300; i += 1) tail.push('stdout', Buffer.from(line), 0, 71)
    expect(texts(tail)).toHaveLength(tailBytes / 1024)
  })

  it('keeps the first line of a process though the last of the one before was never finished', () => {
    const tail = filled(['stdout', 'killed in the middle of', 71], ['stdout', 'first of the next\n', 72])
    // pushes out exactly what the first process wrote
    for (let i = 0; i < 4096 - 1; i += 1) tail.push('stdout', Buffer.from('.\n'), 0, 72)
    expect(texts(tail, all, 71)).toEqual([])
    expect(texts(tail, all, 72)[0]).toBe('first of the next')
  })

  it('whatever is written, every line that is given was written', () => {
    const chunk = fc.tuple(fc.constantFrom<OutputStream>('stdout', 'stderr'), fc.nat({ max: 40_000 }))
    const text = numbered(1_600_000)
    const source = { stdout: text, stderr: text }
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 1, maxLength: 40 }), (chunks) => {
        const at = { stdout: 0, stderr: 0 }
        const tail = new OutputTail()
        for (const [stream, size] of chunks) {
          tail.push(stream, Buffer.from(source[stream].slice(at[stream], at[stream] + size)), 0, 71)
          at[stream] += size
        }
        for (const stream of ['stdout', 'stderr'] as const) {
          const kept = tail.lines(all).filter((line) => line.stream === stream)
          const written = `\n${source[stream].slice(0, at[stream])}`
          expect(
            written.endsWith(`\n${kept.map(({ line }) => line).join('\n')}${written.endsWith('\n') && kept.length > 0 ? '\n' : ''}`),
          ).toBe(true)
        }
      }),
      { numRuns: 20 },
    )
  })
})
