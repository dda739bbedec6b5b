import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseProcStat } from '../../src/process/proc-stat.ts'

const recorded =
  '1205 (bash) S 1203 1205 1205 0 -1 4194560 1714 44196 0 12 3 7 121 88 20 0 1 0 4716 7667712 1021 18446744073709551615 94123786932224 94123787841053 140735044126528 0 0 0 65536 4 65538 1 0 0 17 0 0 0 0 0 0 94123788087472 94123788135508 94124021772288 140735044133303 140735044133308 140735044133308 140735044134894 0\n'

describe('a line of /proc/PID/stat', () => {
  it('that was recorded is read field by field', () => {
    expect(parseProcStat(recorded)).toEqual({
      name: 'bash',
      state: 'S',
      ppid: 1203,
      pgid: 1205,
      flags: 4_194_560,
      threads: 1,
      startTime: '4716',
      cpuTicks: 10,
    })
  })

  it.each(['two\nlines', '1 (x) Z 7 7 7', '  a  b  '])('is read behind the name %j', (name) => {
    expect(parseProcStat(recorded.replace('bash', name))).toEqual({ ...parseProcStat(recorded), name })
  })

  it('is read back whatever is in it, a start time that no number holds exactly included', () => {
    const stats = fc.record({
      name: fc.string({ maxLength: 16 }),
      state: fc.constantFrom('R', 'S', 'D', 'T', 't', 'Z', 'X', 'I'),
      ppid: fc.nat(4_194_304),
      pgid: fc.nat(4_194_304),
      flags: fc.nat(2 ** 31 - 1),
      threads: fc.nat(100_000),
      startTime: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
    })
    fc.assert(
      fc.property(stats, fc.nat(1_000_000), fc.nat(1_000_000), (stat, user, system) => {
        const { name, state, ppid, pgid, flags, threads, startTime } = stat
        const line = `7 (${name}) ${state} ${ppid} ${pgid} 1 0 -1 ${flags} 1 2 3 4 ${user} ${system} 5 6 20 0 ${threads} 0 ${startTime} 9 9 9\n`
        expect(parseProcStat(line)).toEqual({ ...stat, cpuTicks: user + system })
      }),
    )
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseProcStat(text)))
  })
})
