import { describe, expect, it } from 'vitest'
import { isSupervisorError } from '../../src/errors.ts'
import { endOf, failureError } from '../../src/supervisor/failure.ts'
import type { ExitReport, Failure } from '../../src/supervisor/model.ts'

const exit: ExitReport = {
  pid: 71,
  code: 1,
  signal: null,
  uptimeMs: 120,
  reason: 'DEPENDENCY_MISSING',
  tail: ['starting', "Error: Cannot find module 'hono'"],
  requested: false,
  portLost: false,
  survivors: [],
}
const failure: Failure = { because: 'crashed', reason: null, launch: null, exit, first: exit, detail: null, count: 1 }

const silent: ExitReport = { ...exit, reason: null, tail: [] }
const bug: ExitReport = { ...exit, pid: 60, uptimeMs: 90, reason: null, tail: ['starting', 'TypeError: x is not a function'] }
const full: ExitReport = { ...bug, code: 134, reason: 'OUT_OF_HEAP', tail: ['FATAL ERROR: Reached heap limit'] }
const portTaken: ExitReport = { ...exit, reason: 'PORT_TAKEN', tail: ['Error: listen EADDRINUSE: address already in use :::3000'] }
const ended: ExitReport = { ...silent, code: null, signal: 'SIGTERM', uptimeMs: 40_000, tail: ['GET / 200'] }

describe('why a service was given up', () => {
  it.each([
    [{ because: 'crashed' }, 'ERR_CRASHED', "api crashed: Error: Cannot find module 'hono' (exited with code 1 after 120 ms)"],
    [{ because: 'crashed', exit: silent }, 'ERR_CRASHED', 'api crashed: it exited with code 1 after 120 ms'],
    [{ because: 'crashed', detail: 'silent for 30 s' }, 'ERR_CRASHED', 'api crashed: it was ended (silent for 30 s)'],
    [{ because: 'never-ready', exit: silent }, 'ERR_NEVER_READY', 'api never became ready: it exited with code 1 after 120 ms'],
    [{ because: 'never-ready', exit: null, first: null }, 'ERR_NEVER_READY', 'api never became ready: it could not be launched'],
    [
      { because: 'never-ready', count: 3 },
      'ERR_NEVER_READY',
      "api never became ready in 3 runs in a row: Error: Cannot find module 'hono' (exited with code 1 after 120 ms)",
    ],
    [
      { because: 'never-ready', count: 3, first: bug, detail: 'not ready within 60000 ms', exit: ended },
      'ERR_NEVER_READY',
      'api never became ready in 3 runs in a row. First: TypeError: x is not a function (exited with code 1 after 90 ms); the last time: not ready within 60000 ms',
    ],
    [
      { because: 'never-ready', count: 3, first: ended, detail: 'not ready within 60000 ms', exit: ended },
      'ERR_NEVER_READY',
      'api never became ready in 3 runs in a row: not ready within 60000 ms',
    ],
    [
      { because: 'crash-loop', exit: bug },
      'ERR_CRASH_LOOP',
      'api crashed once: TypeError: x is not a function (exited with code 1 after 90 ms)',
    ],
    [
      { because: 'crash-loop', count: 6, exit: { ...bug, pid: 99 }, first: bug },
      'ERR_CRASH_LOOP',
      'api crashed 6 times. First: TypeError: x is not a function (exited with code 1 after 90 ms); the last time the same',
    ],
    [
      { because: 'crash-loop', count: 6, exit: { ...silent, pid: 99 }, first: silent },
      'ERR_CRASH_LOOP',
      'api crashed 6 times. First: it exited with code 1 after 120 ms; the last time the same',
    ],
    [
      { because: 'crash-loop', count: 6, first: bug },
      'ERR_CRASH_LOOP',
      "api crashed 6 times. First: TypeError: x is not a function (exited with code 1 after 90 ms); the last time: Error: Cannot find module 'hono' (exited with code 1 after 120 ms)",
    ],
    [
      { because: 'crash-loop', count: 6, first: ended, exit: { ...ended, pid: 99 }, detail: 'uses 612 MB, limits.maxMemoryMb is 512' },
      'ERR_CRASH_LOOP',
      'api crashed 6 times; the last time it was ended (uses 612 MB, limits.maxMemoryMb is 512)',
    ],
    [
      { because: 'crash-loop', count: 6, first: bug, exit: ended, detail: 'uses 612 MB, limits.maxMemoryMb is 512' },
      'ERR_CRASH_LOOP',
      'api crashed 6 times. First: TypeError: x is not a function (exited with code 1 after 90 ms); the last time: it was ended (uses 612 MB, limits.maxMemoryMb is 512)',
    ],
    [
      { because: 'crash-loop', count: 6, first: { ...ended, reason: 'EVENT_LOOP_BLOCKED' }, exit: bug },
      'ERR_CRASH_LOOP',
      'api crashed 6 times. First: it was ended by SIGTERM after 40 s (EVENT_LOOP_BLOCKED); the last time: TypeError: x',
    ],
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
    expect(error.message).not.toContain('\n')
  })

  it('times and pids within what it said make no other error', () => {
    const at = (time: string): ExitReport => ({ ...silent, tail: [`${time} ERROR no database`] })
    const error = failureError({ ...failure, because: 'crash-loop', count: 6, first: at('12:00:01'), exit: at('12:00:09') }, 'api')
    expect(error.message).toContain('the last time the same')
  })

  it('whom somebody ended did not say why', () => {
    const killed = { ...ended, signal: 'SIGKILL', tail: ['Error: handled'] }
    expect(failureError({ ...failure, exit: killed }, 'api').message).toBe('api crashed: it was ended by SIGKILL after 40 s')
    const aborted = { ...ended, signal: 'SIGABRT', tail: ['GET / 200'] }
    expect(failureError({ ...failure, exit: aborted }, 'api').message).toBe('api crashed: it was ended by SIGABRT after 40 s')
  })

  it.each([
    [
      'in the words of the child',
      ['starting', 'Error: listen EADDRINUSE: address already in use 127.0.0.1:3000', '    at Server'],
      'EADDRINUSE',
    ],
    ['in Go', ['starting', 'listen tcp :3000: bind: address already in use'], 'port: listen tcp :3000: bind: address'],
    ['in Bun', ['error: Is port 3000 in use?', '    code: "EADDRINUSE"'], 'error: Is port 3000 in use?'],
  ])('a lost port is told %s', (_how, tail, words) => {
    expect(failureError({ ...failure, because: 'port-taken', exit: { ...exit, tail } }, 'api').message).toContain(words)
  })

  it('the reason and the last lines come along', () => {
    expect(failureError({ ...failure, reason: 'DEPENDENCY_MISSING' }, 'api')).toMatchObject({
      reason: 'DEPENDENCY_MISSING',
      tail: exit.tail,
    })
  })

  it.each([
    ['the first, where the last has none', full, null, 'OUT_OF_HEAP'],
    ['the first, where the last is its consequence', full, 'PORT_TAKEN', 'OUT_OF_HEAP'],
    ['the first, where the last is its consequence, an orphan', full, 'PORT_HELD_BY_OWN_ORPHAN', 'OUT_OF_HEAP'],
    ['the last, where it has its own', full, 'DEPENDENCY_MISSING', 'DEPENDENCY_MISSING'],
    ['the last, where the first has none', bug, 'PORT_TAKEN', 'PORT_TAKEN'],
    ['none, where neither has one', bug, null, undefined],
  ] as const)('of a streak the reason is %s', (_which, first, reason, told) => {
    for (const because of ['crash-loop', 'never-ready'] as const) {
      const error = failureError({ ...failure, because, count: 3, first, exit: portTaken, reason }, 'api')
      expect(error.reason).toBe(told)
      expect(error.tail).toEqual(first.tail)
    }
  })

  it('a lost port stays one, whatever came before', () => {
    expect(
      failureError({ ...failure, because: 'port-taken', count: 3, first: full, exit: portTaken, reason: 'PORT_TAKEN' }, 'api'),
    ).toMatchObject({
      reason: 'PORT_TAKEN',
      tail: portTaken.tail,
    })
  })

  it('the hint is the cure where the cause is known, and where to look where it is not', () => {
    const hint = (facts: Partial<Failure>): string | undefined => failureError({ ...failure, ...facts }, 'api').hint
    expect(hint({ because: 'never-ready', reason: 'DEPENDENCY_MISSING' })).toMatch(/^Install it/)
    expect(hint({ because: 'crash-loop', count: 6, reason: null, first: full, exit: silent })).toMatch(/max-old-space-size/)
    expect(hint({ because: 'crash-loop' })).toMatch(/restart\.intensity/)
    expect(hint({ because: 'port-taken', reason: 'PORT_TAKEN' })).toMatch(/--prefer-port/)
    expect(hint({ because: 'unkillable', reason: 'UNINTERRUPTIBLE_IO' })).toMatch(/kernel/)
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
    [{ code: 7, signal: null, uptimeMs: 12 }, 'exited with code 7 after 12 ms'],
    [{ code: 127, signal: null, uptimeMs: 12 }, 'exited with code 127, the shell found no such command, after 12 ms'],
    [{ code: 134, signal: null, uptimeMs: 12 }, 'exited with code 134, aborted (SIGABRT), after 12 ms'],
    [{ code: 3221225477, signal: null, uptimeMs: 12 }, 'exited with code 0xC0000005, access violation, after 12 ms'],
    [null, 'could not be launched'],
  ])('%j: %s', (how, text) => {
    expect(endOf(how)).toBe(text)
  })
})
