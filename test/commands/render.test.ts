import { describe, expect, it } from 'vitest'
import { renderError } from '../../src/commands/render.ts'
import { SupervisorError } from '../../src/errors.ts'
import { plain } from '../../src/supervisor/sentences.ts'

describe('an error for people', () => {
  it('says what happened, what was seen and what to do', () => {
    const tail = Array.from({ length: 12 }, (_, i) => `line ${i}`)
    const error = new SupervisorError('ERR_CRASHED', 'api crashed', { reason: 'OUT_OF_HEAP', hint: 'Give it more.', tail })
    expect(renderError(error, plain).split('\n')).toEqual([
      'api crashed [OUT_OF_HEAP]',
      ...tail.slice(2).map((line) => `  | ${line}`),
      'Give it more.',
    ])
  })

  it('may have nothing but a message', () => {
    expect(renderError(new SupervisorError('ERR_CRASHED', 'api crashed'), plain)).toBe('api crashed')
  })

  it('shows a long line short', () => {
    const error = new SupervisorError('ERR_CRASHED', 'm', { tail: ['x'.repeat(10_000)] })
    expect(renderError(error, plain).length).toBeLessThan(400)
  })
})
