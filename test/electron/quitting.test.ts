import { describe, expect, it } from 'vitest'
import { deadlines, follow, initialPhase, type News, type Order, outlivesItsWindows, type Phase } from '../../src/electron/quitting.ts'

const open = initialPhase
const quitting: Phase = { phase: 'ending', quits: true }
const reaping: Phase = { phase: 'ending', quits: false }
const over: Phase = { phase: 'over' }

const up = { isDown: false }
const down = { isDown: true }

describe('what follows', () => {
  it.each<[when: string, Phase, News, { isDown: boolean }, Phase, Order[]]>([
    ['an order to quit that a page may still refuse', open, 'before-quit', up, open, []],
    ['a quit with a backend', open, 'will-quit', up, quitting, ['hold', 'stop']],
    ['a quit without one', open, 'will-quit', down, over, []],
    ['a second quit while the first waits', quitting, 'will-quit', up, quitting, ['hold']],
    ['a second order to quit', quitting, 'before-quit', up, quitting, []],
    ['the end of the backend', quitting, 'ended', down, over, ['quit']],
    ['the quit after it', over, 'will-quit', down, over, []],
    ['the end of the grace', quitting, 'force-due', up, quitting, ['force']],
    ['the end of all time', quitting, 'deadline', up, over, ['quit']],
    ['the quit after that, whatever is left', over, 'will-quit', up, over, []],
    ['an end that comes after all time', over, 'ended', down, over, []],
    ['a deadline that comes after the end', over, 'deadline', down, over, []],
    ['a grace that ends after the end', over, 'force-due', down, over, []],
    ['an update that wants nothing to be left', open, 'reap', up, reaping, ['stop']],
    ['such a one where nothing is', open, 'reap', down, over, []],
    ['the end of the backend before an update', reaping, 'ended', down, over, []],
    ['a quit while it ends before an update', reaping, 'will-quit', up, quitting, ['hold']],
    ['a deadline that nobody has set', reaping, 'deadline', up, reaping, []],
    ['an update that closes the windows, then quits', over, 'before-quit', down, over, []],
    ['a click on the icon', open, 'activate', up, open, ['show']],
    ['a second instance', open, 'second-instance', up, open, ['show']],
    ['a click on the icon of an app that is ending', quitting, 'activate', up, quitting, []],
    ['a second instance then', quitting, 'second-instance', up, quitting, []],
    ['a click on the icon while an update waits', reaping, 'activate', up, reaping, []],
    ['a click on the icon when nothing is left', over, 'activate', down, over, []],
    ['a second instance then, too', over, 'second-instance', down, over, []],
    ['a system that goes down', open, 'shutdown', up, open, ['hold', 'quit']],
    ['a system that goes down without a backend', open, 'shutdown', down, open, ['quit']],
    ['a system that goes down while the app quits', quitting, 'shutdown', up, quitting, ['hold']],
    ['the end of a Windows session', open, 'session-end', up, over, ['force']],
    ['the end of a Windows session while the app quits', quitting, 'session-end', up, over, ['force']],
    ['the end of a Windows session without a backend', open, 'session-end', down, over, []],
  ])('%s', (_when, phase, news, circumstances, next, orders) => {
    expect(follow(phase, news, circumstances)).toEqual({ phase: next, orders })
  })

  it('however it comes, the app quits at last, and asks the backend to stop once', () => {
    const orders: Order[] = []
    let phase = open
    for (const news of [
      'before-quit',
      'will-quit',
      'before-quit',
      'will-quit',
      'activate',
      'force-due',
      'ended',
      'before-quit',
      'will-quit',
    ] as const) {
      const followed = follow(phase, news, up)
      phase = followed.phase
      orders.push(...followed.orders)
    }
    expect(orders).toEqual(['hold', 'stop', 'hold', 'force', 'quit'])
    expect(phase).toEqual(over)
  })
})

describe('deadlines', () => {
  it.each([
    [5000, 4500],
    [1000, 500],
    [400, 200],
    [0, 0],
  ])('of a quit within %i ms kill after %i ms, so that what follows has its time', (quitMs, forceMs) => {
    expect(deadlines(quitMs)).toEqual({ forceMs, quitMs })
  })
})

it('an app outlives its windows on macOS only', () => {
  expect((['darwin', 'linux', 'win32'] as const).map(outlivesItsWindows)).toEqual([true, false, false])
})
