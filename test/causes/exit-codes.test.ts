import { describe, expect, it } from 'vitest'
import { causeOfExit, exitCodeText, exitMeaning, systemWords, toldSignal } from '../../src/causes/exit-codes.ts'

describe('what an exit means, in words', () => {
  it.each([
    [0, 'ended without an error'],
    [1, 'ended with an error'],
    [7, 'an error within the handler of uncaught errors, in Node'],
    [9, 'a bad option or NODE_OPTIONS, in Node'],
    [12, 'a bad inspector option, in Node'],
    [13, 'a top-level await that never settled, in Node'],
    [64, "wrong usage, by convention; Electron's helper that was started without --type"],
    [78, 'wrong configuration, by convention'],
    [126, 'the shell found the command and could not run it'],
    [127, 'the shell found no such command'],
    [130, 'interrupted (SIGINT)'],
    [134, 'aborted (SIGABRT)'],
    [137, 'killed (SIGKILL)'],
    [139, 'memory that is not its own (SIGSEGV)'],
    [143, 'asked to end (SIGTERM)'],
    [3221225477, 'access violation'],
    [3221225781, 'a DLL was not found'],
    [3221225786, 'ended by Ctrl-C or a closed console'],
    [3221226505, 'fail fast: a stack overrun, or it ended itself after a fatal error'],
    [3221225501, 'an instruction that this processor does not know'],
    [-1073741819, 'access violation'],
    [42, undefined],
    [128, undefined],
    [138, undefined],
    [255, undefined],
    [null, undefined],
  ])('code %j: %s', (code, words) => {
    expect(exitMeaning(code, null)).toBe(words)
  })

  it.each([
    ['SIGKILL', 'killed (SIGKILL)'],
    ['SIGABRT', 'aborted (SIGABRT)'],
    ['SIGWINCH', undefined],
  ])('%s: %s', (signal, words) => {
    expect(exitMeaning(null, signal)).toBe(words)
  })

  it('leaves out what a program may have meant otherwise, where only the system is believed', () => {
    expect([0, 1, 7, 13, 64, 101].map(systemWords)).toEqual([undefined, undefined, undefined, undefined, undefined, undefined])
    expect(systemWords(127)).toBe('the shell found no such command')
    expect(systemWords(134)).toBe('aborted (SIGABRT)')
  })
})

describe('an exit', () => {
  it('of 128 and more tells a signal, where it has one', () => {
    expect([127, 128, 129, 137, 143, 159, 192].map(toldSignal)).toEqual([
      undefined,
      undefined,
      'SIGHUP',
      'SIGKILL',
      'SIGTERM',
      'SIGSYS',
      undefined,
    ])
  })

  it('is a cause only where nothing else could be meant', () => {
    expect(causeOfExit(null, 'SIGILL')).toBe('KILLED_BY_CPU_OR_KERNEL')
    expect(causeOfExit(null, 'SIGABRT')).toBeUndefined()
    expect([1, 7, 9, 12, 64, 78, 126, 127].map((code) => causeOfExit(code, null)).filter((cause) => cause !== undefined)).toEqual([])
  })

  it('is written as people search for it', () => {
    expect([0, 1, 255, 3221225477, -1073741819, null].map(exitCodeText)).toEqual(['0', '1', '255', '0xC0000005', '0xC0000005', 'null'])
  })
})
