import { describe, expect, it } from 'vitest'
import { type UtilityEnd, utilityExit } from '../../src/launch/utility-exit.ts'

const end = (code: number, more: Partial<UtilityEnd> = {}): UtilityEnd => ({
  code,
  platform: 'linux',
  sent: undefined,
  gone: undefined,
  ...more,
})
const gone = (reason: string, exitCode: number) => ({ gone: { reason, exitCode } })

describe('how a utility process ended', () => {
  it.each([
    ['by itself, well', end(0), { code: 0, signal: null }],
    ['by itself, with a code', end(3, gone('abnormal-exit', 3)), { code: 3, signal: null }],
    ['with a code that waitpid has in its upper byte', end(256, gone('abnormal-exit', 256)), { code: 1, signal: null }],
    ['with a code that is the number of a signal', end(9, gone('abnormal-exit', 9)), { code: 9, signal: null }],
    ['with such a code, and the app has not said why', end(11), { code: 11, signal: null }],
    ['by a signal that we have sent', end(15, { sent: 'SIGTERM' }), { code: null, signal: 'SIGTERM' }],
    ['by ours, and the app says so, too', end(9, { sent: 'SIGKILL', ...gone('killed', 9) }), { code: null, signal: 'SIGKILL' }],
    ['well, at our signal', end(0, { sent: 'SIGTERM' }), { code: 0, signal: null }],
    ['by a signal of somebody else', end(9, gone('killed', 9)), { code: null, signal: 'SIGKILL' }],
    ['by one that is told as 0 and by the app as what it was', end(0, gone('killed', 15)), { code: null, signal: 'SIGTERM' }],
    ['by a fault of its own', end(11, gone('crashed', 11)), { code: null, signal: 'SIGSEGV' }],
    ['by one that left a core', end(139, gone('crashed', 139)), { code: null, signal: 'SIGSEGV' }],
    ['for want of memory', end(9, gone('oom', 9)), { code: null, signal: 'SIGKILL' }],
    ['by another signal than ours', end(9, { sent: 'SIGTERM', ...gone('killed', 9) }), { code: null, signal: 'SIGKILL' }],
    [
      'on Windows, with a code',
      end(3_221_225_477, { platform: 'win32', ...gone('crashed', 3_221_225_477) }),
      { code: 3_221_225_477, signal: null },
    ],
    ['on Windows, at our order', end(1, { platform: 'win32', sent: 'SIGKILL', ...gone('killed', 1) }), { code: null, signal: 'SIGKILL' }],
  ] as const)('%s', (_name, given, exit) => {
    expect(utilityExit(given)).toEqual(exit)
  })
})
