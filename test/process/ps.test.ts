import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePs, parsePsTexts, variableInPs } from '../../src/process/ps.ts'

/**
 * Columns as wide as macOS prints them (https://github.com/apple-oss-distributions/adv_cmds, ps/keyword.c), for some
 * processes of https://github.com/fastfetch-cli/fastfetch/issues/984 with their processor times; the rest is ours.
 */
const recorded = `    1     0     1 Mon May 27 02:14:07 2024     Ss    14432  57:24.25 launchd
   93     1    93 Mon May 27 02:14:12 2024     Ss     9312  39:04.00 logd
  122     1   122 Sat Jun  1 12:00:59 2024     Us    61904 139:17.71 WindowServer
  501     1   501 Sat Jun  1 12:00:59 2024     I     41216   0:00.62 Google Chrome He
  502   501   501 Sat Jun  1 12:01:00 2024     Z         0   0:00.00 node
  503   501   501 Sat Jun  1 12:01:00 2024     T+     1328   0:12.74 node
`

/** As procps has it, with another clock and other flags: https://github.com/openSUSE/supportutils/pull/262. */
const procps = '  12       2       0 Mon Jun 16 14:23:09 2025 I<       0 1-20:03:03 kworker/R-rcu_gp'

const row = (pid: number) => parsePs(recorded).find((each) => each.pid === pid)

describe('the processes of macOS', () => {
  it('are all but the zombies', () => {
    expect(parsePs(recorded).map(({ pid }) => pid)).toEqual([1, 93, 122, 501, 503])
  })

  it('have all that is known of them', () => {
    expect(row(1)).toEqual({
      ...{ pid: 1, ppid: 0, pgid: 1, startTime: '2024-05-27T02:14:07Z', state: 'S', name: 'launchd' },
      ...{ memoryBytes: 14_432 * 1024, cpuMs: 57 * 60_000 + 24_250 },
    })
  })

  it('may have spaces in their names, but those that fill a column are none of them', () => {
    expect(row(501)?.name).toBe('Google Chrome He')
    expect(parsePs(recorded.replaceAll('node\n', 'node            \n')).at(-1)?.name).toBe('node')
  })

  it('have a date of one form, whether the day has one digit or two', () => {
    expect(row(122)?.startTime).toBe('2024-06-01T12:00:59Z')
  })

  it.each([
    [503, 'T', 'stopped'],
    [122, 'D', 'uninterruptible, which macOS writes as U'],
    [501, 'S', 'idle'],
  ])('%d is in state %s: %s', (pid, state) => {
    expect(row(pid)?.state).toBe(state)
  })

  it('count minutes beyond an hour, and days where there are any', () => {
    expect(row(122)?.cpuMs).toBe(139 * 60_000 + 17_710)
    expect(parsePs(procps)[0]).toMatchObject({ pid: 12, cpuMs: ((24 + 20) * 3600 + 3 * 60 + 3) * 1000, name: 'kworker/R-rcu_gp' })
  })

  it.each([
    ['a header', '  PID  PPID  PGID STARTED                      STAT    RSS      TIME UCOMM'],
    ['a line that was cut', '  503   501   501 Sat Jun  1 12:01:00 2024     T+     13'],
    ['a month of another language', '  503   501   501 Sam Mai  1 12:01:00 2024     S     1328   0:12.74 node'],
    ['nothing', ''],
  ])('are not read out of %s', (_, text) => {
    expect(parsePs(text)).toEqual([])
  })

  it('never make it throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void [parsePs(text), parsePsTexts(text), variableInPs(text, 'A')]))
  })
})

describe('texts by pid', () => {
  it('are whole lines', () => {
    expect(parsePsTexts('    1 /sbin/launchd\n  501 node  a.js HOME=/\n\n99999 \n')).toEqual(
      new Map([
        [1, '/sbin/launchd'],
        [501, 'node  a.js HOME=/'],
        [99_999, ''],
      ]),
    )
  })
})

describe('a variable in the environment after a command', () => {
  it.each([
    ['the only one', 'node a.js A=1', '1'],
    ['the first', 'node a.js A=1 B=2', '1'],
    ['the last', 'node a.js B=2 A=1', '1'],
    ['with equals signs', 'node A=b=c B=2', 'b=c'],
    ['an empty one', 'node A= B=2', ''],
    ['before one with an odd name', 'node A=1 BASH_FUNC_x%%=() {', '1'],
    ['twice the same', 'sh A=1 A=1', '1'],
    ['none', 'node a.js', undefined],
    ['none whose name only ends so', 'node XA=1', undefined],
    ['none with a space in it: where it ends is not told', 'node A=1 2 B=3', undefined],
    ['none that is two', 'node A=0 A=1', undefined],
    ['none of which one has a space', 'env A=1 node A=1', undefined],
  ])('is found: %s', (_, text, value) => {
    expect(variableInPs(text, 'A')).toBe(value)
  })

  it('is what was set or nothing where its value has no space, whatever else is set', () => {
    const value = fc.string({ unit: fc.constantFrom('a', ' ', '=', 'A=', '^J'), maxLength: 6 })
    fc.assert(
      fc.property(value, value, value, (any, before, after) => {
        const own = any.replaceAll(' ', '')
        fc.pre(![before, after].some((other) => /\sA=/.test(other)))
        expect([undefined, own]).toContain(variableInPs(`node B=${before} A=${own} C=${after}`, 'A'))
      }),
    )
  })
})
