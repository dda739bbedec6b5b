import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstError, spokenError } from '../../src/causes/first-error.ts'
import { known, linesOf, printed } from './said.ts'

describe('the line that tells what went wrong', () => {
  it.each(printed)('$who: $error', ({ text, error }) => {
    expect(firstError(linesOf(text))).toBe(error)
  })

  it.each(known)('$who, as it is known to say: $error', ({ text, error }) => {
    expect(firstError(linesOf(text))).toBe(error)
  })

  it.each([
    ['the first that looks like an error', ['connecting', 'fatal: no config', 'error: giving up', 'bye'], 'fatal: no config'],
    ['an error rather than mere trouble', ['upload failed, again', 'Fatal error in main', 'bye'], 'Fatal error in main'],
    ['trouble rather than an ordinary line', ['connecting', 'database refused the password', 'bye'], 'database refused the password'],
    ['the last where none looks like one', ['connecting', 'no database', ''], 'no database'],
    ['not the lack of errors', ['done with 0 errors', 'no errors found', 'bye'], 'bye'],
    ['not what npm says about it', ['no database', 'npm error code ELIFECYCLE', 'npm error errno 1'], 'no database'],
    ['not a warning of Node', ['(node:7) ExperimentalWarning: SQLite may change', 'out of coffee'], 'out of coffee'],
    ['not the signature', ['Node.js v20.20.2'], 'Node.js v20.20.2'],
    ['the headline, not a line that came before', ['request failed', 'TypeError: x', '    at a (b.js:1:2)'], 'TypeError: x'],
    ['what a logger was given', ['{"level":"error","message":"no database"}'], 'no database'],
    ['half an object as it is', ['{"level":"error","message":'], '{"level":"error","message":'],
  ])('%s', (_what, tail, error) => {
    expect(firstError(tail)).toBe(error)
  })

  it('is nothing where nothing was said', () => {
    expect(firstError([])).toBeUndefined()
    expect(firstError(['', '  ', '\u001b[0m'])).toBeUndefined()
  })

  it('is not an ordinary last line where only errors are wanted', () => {
    expect(spokenError(['GET / 200'])).toBeUndefined()
    expect(spokenError(['GET / 200', 'Error: boom'])).toBe('Error: boom')
  })

  it('has no colours, no control characters and no half characters', () => {
    expect(firstError(['\u001b[31mError: \u0007boom\u001b[0m\r'])).toBe('Error: boom')
    const long = firstError([`Error: ${'x'.repeat(291)}😀😀`])
    expect(long).toBe(`Error: ${'x'.repeat(291)}…`)
  })

  it('is one line of at most 300 characters, of whatever was said', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 600 }), { maxLength: 20 }), (tail) => {
        const error = firstError(tail) ?? ''
        expect(error.length).toBeLessThanOrEqual(300)
        expect(error).not.toMatch(/\p{Cc}/u)
      }),
    )
  })
})
