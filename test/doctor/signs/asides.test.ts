import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { finalWords, isAdvice, withoutAsides } from '../../../src/doctor/signs/asides.ts'

const banner = ['> api@1.0.0 start', '> node server.js']

describe('advice', () => {
  it.each<[string, boolean]>([
    ['npm warn Unknown env config "x". This will stop working in the next major version of npm.', true],
    ['npm WARN using --force Recommended protections disabled.', true],
    ['\u001b[33mnpm\u001b[39m warn deprecated har-validator@5.1.5: no longer supported', true],
    ['npm notice New major version of npm available! 10.8.2 -> 11.4.1', true],
    ['(node:12) ExperimentalWarning: SQLite is an experimental feature', true],
    ['(node:12) [DEP0040] DeprecationWarning: The `punycode` module is deprecated.', true],
    ['(Use `node --trace-warnings ...` to show where the warning was created)', true],
    ['npm error Lifecycle script `start` failed with error:', false],
    ['npm ERR! missing script: start', false],
    ['(node:12) UnhandledPromiseRejectionWarning: Error: boom', false],
    ['Warning: no database', false],
    ['npm warned me', false],
    ['', false],
  ])('%j: %s', (line, expected) => {
    expect(isAdvice(line)).toBe(expected)
  })
})

describe('the words of which a backend dies', () => {
  it.each<[string, string[], string | undefined]>([
    ['are not a warning of npm', ['npm warn Unknown env config "x".'], undefined],
    [
      'are not news of npm, which come last',
      ['no database', 'npm notice', 'npm notice New major version of npm available!'],
      'no database',
    ],
    ['are not how npm starts it', [...banner, 'npm warn Unknown env config "x".'], undefined],
    ['are not how npm starts one with a scope', ['> @acme/api@1.0.0-rc.1 dev', '> tsx watch src/server.ts'], undefined],
    ['are what npm says of its end, where it says nothing itself', [...banner, 'npm error code 7'], 'npm error code 7'],
    ['are its own, below that', [...banner, 'cannot read settings', 'npm error code 1'], 'cannot read settings'],
    ['may look like a command', ['> Build error occurred'], '> Build error occurred'],
    ['are not advice of Node', ['(node:1) ExperimentalWarning: x', '(Use `node --trace-warnings ...` to show where)'], undefined],
    ['are a headline between advice', ['npm warn a', 'TypeError: boom', '    at a (b.js:1:2)', 'npm notice b'], 'TypeError: boom'],
    ['are none where nothing was said', [], undefined],
  ])('%s', (_what, lines, expected) => {
    expect(finalWords(lines)).toBe(expected)
  })

  it('leave every other line as it is, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom(...banner, 'npm warn x', '> again'))), (lines) => {
        const kept = withoutAsides(lines)
        let at = 0
        for (const line of lines) if (line === kept[at]) at += 1
        expect(at).toBe(kept.length)
        expect(kept.some(isAdvice)).toBe(false)
      }),
    )
  })
})
