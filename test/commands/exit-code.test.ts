import { describe, expect, it } from 'vitest'
import { exitCodeFor, exitCodeOf, interruptedTwice } from '../../src/commands/exit-code.ts'
import { type ErrorCode, SupervisorError } from '../../src/errors.ts'

describe('exit codes', () => {
  it.each([
    ['ERR_STOPPED', 0],
    ['ERR_CRASHED', 1],
    ['ERR_INVALID_OPTIONS', 2],
    ['ERR_SCRIPT_MISSING', 2],
    ['ERR_STATE_DIR', 2],
    ['ERR_NEVER_READY', 3],
    ['ERR_CRASH_LOOP', 4],
    ['ERR_ALREADY_RUNNING', 5],
    ['ERR_NOT_RUNNING', 6],
    ['ERR_PORT_TAKEN', 7],
    ['ERR_EXECUTABLE_NOT_FOUND', 8],
  ] satisfies [ErrorCode, number][])('%s: %i', (code, number) => {
    expect(exitCodeOf(new SupervisorError(code, 'm'))).toBe(number)
    expect(exitCodeFor(code)).toBe(number)
  })

  it('what nobody foresaw is 1', () => {
    for (const error of [new Error('x'), new TypeError('x'), 'x', null, undefined, { code: 'ERR_PORT_TAKEN' }])
      expect(exitCodeOf(error)).toBe(1)
    expect(exitCodeOf(new SupervisorError('ERR_OF_A_LATER_VERSION' as ErrorCode, 'm'))).toBe(1)
  })

  it('a second Ctrl-C is 130', () => {
    expect(interruptedTwice).toBe(130)
  })
})
