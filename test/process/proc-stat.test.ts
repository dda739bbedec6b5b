import { describe, expect, it } from 'vitest'
import { isExiting, isLive, parseProcStat } from '../../src/process/proc-stat.ts'

/** As recorded, but for the name. */
const line = (name: string, state = 'S', threads = 11, flags = 4_194_560) =>
  `4711 (${name}) ${state} 4700 4705 4407 0 -1 ${flags} 31299 8011040 0 690 105 551 17816 5000 10 -10 ${threads} 0 42168320 1234944 2954 ` +
  '18446744073709551615 1 1 0 0 0 0 0 4096 1256 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n'

describe('a line of /proc/PID/stat', () => {
  it('has the fields that tell who a process is and what it costs', () => {
    expect(parseProcStat(line('node'))).toEqual({
      name: 'node',
      state: 'S',
      ppid: 4700,
      pgid: 4705,
      flags: 4_194_560,
      threads: 11,
      startTime: '42168320',
      cpuTicks: 656,
    })
  })

  it.each(['Web Content', '(sd-pam)', 'a) S 1 1 1', 'tmux: server', ')', '', '((', 'x)\n'])('may have the name %j', (name) => {
    expect(parseProcStat(line(name))).toMatchObject({ name, state: 'S', ppid: 4700, startTime: '42168320' })
  })

  it.each(['', 'nonsense', '12 (node', '12 (node)', '12 (node) S 1 2 3'])('is no process when it is cut: %j', (text) => {
    expect(parseProcStat(text)).toBeUndefined()
  })
})

describe('a process', () => {
  it.each([
    ['R', 1, true],
    ['S', 1, true],
    ['D', 1, true],
    ['T', 1, true],
    ['t', 1, true],
    ['I', 1, true],
    ['Z', 1, false],
    ['X', 1, false],
    ['x', 1, false],
    // its first thread has ended by itself: the others serve on
    ['Z', 2, true],
  ])('in state %s with %i threads lives: %s', (state, threads, lives) => {
    expect(isLive(parseProcStat(line('node', state, threads))!)).toBe(lives)
  })
})

describe('a process that may have begun to end', () => {
  it.each([
    ['runs', 'R', 1, 0x400100, false],
    ['sleeps, with threads', 'S', 11, 0x400100, false],
    ['is killed, and gives back what it had', 'R', 1, 0x400104, true],
    ['has ended, and nobody has asked how', 'Z', 1, 0x40010c, true],
    ['has ended in its first thread; others may serve on', 'Z', 2, 0x40010c, undefined],
    ['is about to, in its first thread', 'R', 2, 0x400104, undefined],
    ['is on a kernel that keeps its flags to itself', 'S', 1, 0, undefined],
  ])('%s', (_what, state, threads, flags, exiting) => {
    expect(isExiting(line('node', state, threads, flags))).toBe(exiting)
  })

  it('cannot be told of what is no such line', () => {
    expect(isExiting('')).toBeUndefined()
  })
})
