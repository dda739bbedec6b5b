import { describe, expect, it } from 'vitest'
import { recoveries, type Said, toldOfEnd } from '../../../src/doctor/gather/ends.ts'
import { endOf } from '../../../src/supervisor/failure.ts'
import { plain, sentences } from '../../../src/supervisor/sentences.ts'

const supervisor = 4700
/** Each line a second after the one before. */
const log = (...lines: readonly (string | readonly [pid: number, line: string])[]): Said[] =>
  lines.map((line, at) =>
    typeof line === 'string'
      ? { stream: 'supervisor', line, pid: supervisor, time: 1000 * at }
      : { stream: 'stderr', line: line[1], pid: line[0], time: 1000 * at },
  )

const crashed = (pid: number): string => `pid ${pid} ${endOf({ code: 1, signal: null, uptimeMs: 1020 })}`
const backoff = (delayMs: number, attempt?: number): string =>
  sentences.state({ from: 'ready', to: 'backoff', cause: 'exited', delayMs, ...(attempt !== undefined && { attempt }) }, plain)!
const stopping = sentences.state({ from: 'ready', to: 'stopping', cause: 'requested' }, plain)!

describe('how often a supervisor had to start its service again', () => {
  it.each<[string, Said[], number[]]>([
    ['after each crash', log('ready', crashed(1), backoff(0), 'ready', crashed(2), backoff(0)), [2000, 5000]],
    ['after runs that never became ready', log(crashed(1), backoff(0, 2), crashed(2), backoff(500, 3)), [1000, 3000]],
    ['with another port', log(sentences.state({ from: 'starting', to: 'backoff', cause: 'port lost', delayMs: 0 }, plain)!), [0]],
    ['not where somebody had asked', log('ready', stopping, crashed(1), 'ready'), []],
    ['since somebody has asked', log(crashed(1), backoff(0), stopping, crashed(2), 'ready', crashed(3), backoff(0)), [6000]],
    ['not where the backend says so', [{ ...log(backoff(0))[0]!, stream: 'stdout' }], []],
    ['not an earlier supervisor', [{ ...log(backoff(0))[0]!, pid: 1 }], []],
    ['never', [], []],
  ])('%s', (_what, lines, times) => {
    expect(recoveries(lines, supervisor)).toEqual(times)
  })
})

describe('what a log tells of an end', () => {
  it('is when it was, and the words of that run alone', () => {
    const lines = log([11, 'Error: old'], crashed(11), backoff(0), [12, 'Error: boom'], [12, '    at a (b.js:1:2)'], crashed(12), [
      13,
      'Error: new',
    ])
    expect(toldOfEnd(lines, supervisor, 12)).toEqual({ time: 5000, requested: false, words: 'Error: boom' })
  })

  it('is that somebody had asked for it', () => {
    expect(toldOfEnd(log(stopping, `pid 12 ${endOf({ code: null, signal: 'SIGTERM', uptimeMs: 9 })}`), supervisor, 12)).toEqual({
      ...{ time: 1000, requested: true, words: null },
    })
  })

  it('is that its supervisor ended it, and nobody had asked', () => {
    const ending = sentences.state({ from: 'ready', to: 'stopping', cause: 'unresponsive', detail: 'silent for 30000 ms' }, plain)!
    expect(toldOfEnd(log(ending, crashed(12)), supervisor, 12)?.requested).toBe(false)
  })

  it.each<[string, Said[]]>([
    ['nothing is there', []],
    ['only another run ended', log(crashed(123))],
    ['only its port was spoken of', log('pid 12 (node x.js) on port 1, which an earlier supervisor has left, does not end')],
    ['an earlier supervisor said so', [{ ...log(crashed(12))[0]!, pid: 1 }]],
  ])('is nothing where %s', (_what, lines) => {
    expect(toldOfEnd(lines, supervisor, 12)).toBeUndefined()
  })
})
