import { describe, expect, it } from 'vitest'
import { isSupervisorError } from '../../src/errors.ts'
import { endOf, failureError } from '../../src/supervisor/failure.ts'
import type { ExitReport, Failure } from '../../src/supervisor/machine.ts'

const exit: ExitReport = {
  pid: 71,
  code: 1,
  signal: null,
  uptimeMs: 120,
  reason: 'DEPENDENCY_MISSING',
  tail: ['starting', "Error: Cannot find module 'hono'"],
  portLost: false,
  survivors: [],
}
const failure: Failure = { because: 'crashed', reason: null, launch: null, exit, detail: null, count: 1 }

describe('why a service was given up', () => {
  it.each([
    [{ because: 'crashed' }, 'ERR_CRASHED', 'api crashed: it exited with code 1 after 120 ms'],
    [{ because: 'crashed', detail: 'silent for 30 s' }, 'ERR_CRASHED', 'api crashed: it was ended (silent for 30 s)'],
    [{ because: 'never-ready', count: 1 }, 'ERR_NEVER_READY', 'api never became ready: it exited with code 1 after 120 ms'],
    [{ because: 'never-ready', count: 3 }, 'ERR_NEVER_READY', 'never became ready in 3 runs in a row: it exited with code 1'],
    [{ because: 'never-ready', count: 3, detail: 'not ready within 60000 ms' }, 'ERR_NEVER_READY', 'in a row: not ready within 60000 ms'],
    [{ because: 'crash-loop', count: 6 }, 'ERR_CRASH_LOOP', 'api crashed 6 times; the last time it exited with code 1'],
    [{ because: 'crash-loop', count: 6, detail: 'silent' }, 'ERR_CRASH_LOOP', 'the last time it was restarted (silent)'],
    [
      { because: 'port-taken', detail: '127.0.0.1:3000 is answered by nginx' },
      'ERR_PORT_TAKEN',
      'could not have its port: 127.0.0.1:3000 is',
    ],
    [{ because: 'port-taken' }, 'ERR_PORT_TAKEN', 'another program listens there'],
    [{ because: 'unkillable', detail: '71', exit: null }, 'ERR_UNKILLABLE', 'api does not end: process 71 is still there after SIGKILL'],
  ] satisfies [Partial<Failure>, string, string][])('%j: %s', (facts, code, message) => {
    const error = failureError({ ...failure, ...facts }, 'api')
    expect(isSupervisorError(error)).toBe(true)
    expect(error).toMatchObject({ code, service: 'api', message: expect.stringContaining(message), hint: expect.stringMatching(/\.$/) })
  })

  it('a lost port is told in the words of the child', () => {
    const said = { ...exit, tail: ['starting', 'Error: listen EADDRINUSE: address already in use 127.0.0.1:3000', '    at Server'] }
    expect(failureError({ ...failure, because: 'port-taken', exit: said }, 'api').message).toContain('EADDRINUSE: address already in use')
  })

  it('the reason and the last lines come along', () => {
    expect(failureError({ ...failure, reason: 'DEPENDENCY_MISSING' }, 'api')).toMatchObject({
      reason: 'DEPENDENCY_MISSING',
      tail: exit.tail,
    })
  })

  it('a launch that failed is told as the launcher told it', () => {
    const launch = { code: 'ERR_EXECUTABLE_NOT_FOUND', reason: 'COMMAND_NOT_FOUND', message: 'm', hint: 'h', transient: false } as const
    const error = failureError({ ...failure, because: 'launch', launch, exit: null }, 'api')
    expect(error).toMatchObject({ code: launch.code, reason: launch.reason, message: 'm', hint: 'h', service: 'api' })
  })

  it.each([
    [{ code: 0, signal: null, uptimeMs: 12 }, 'exited with code 0 after 12 ms'],
    [{ code: null, signal: 'SIGKILL', uptimeMs: 9999 }, 'was ended by SIGKILL after 9999 ms'],
    [{ code: 1, signal: null, uptimeMs: 61_400 }, 'exited with code 1 after 61 s'],
    [null, 'could not be launched'],
  ])('%j: %s', (how, text) => {
    expect(endOf(how)).toBe(text)
  })
})
