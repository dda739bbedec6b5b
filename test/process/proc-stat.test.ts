import { describe, expect, it } from 'vitest'
import { isLive, parseProcStat } from '../../src/process/proc-stat.ts'

/** As recorded, but for the name. */
const line = (name: string, state = 'S', threads = 11) =>
  `4711 (${name}) ${state} 4700 4705 4407 0 -1 4194560 31299 8011040 0 690 105 551 17816 5000 10 -10 ${threads} 0 42168320 1234944 2954 ` +
  '18446744073709551615 1 1 0 0 0 0 0 4096 1256 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n'

describe('a line of /proc/PID/stat', () => {
  it('has the fields that tell who a process is and what it costs', () => {
    expect(parseProcStat(line('node'))).toEqual({
      name: 'node',
      state: 'S',
      ppid: 4700,
      pgid: 4705,
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
