import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { causeCodes } from '../../src/causes/codes.ts'
import { answerOf, errorOf, isErrorAnswer } from '../../src/control/error-answer.ts'
import { type ErrorCode, type ErrorFacts, isSupervisorError, SupervisorError } from '../../src/errors.ts'

const codes: readonly ErrorCode[] = ['ERR_INVALID_OPTIONS', 'ERR_PORT_TAKEN', 'ERR_NEVER_READY', 'ERR_NOT_RUNNING', 'ERR_STOPPED']
/** Lone surrogates and control characters, too. */
const text = fc.string({ unit: 'binary' })
const maybe = <T>(what: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(what, { nil: undefined })
const facts: fc.Arbitrary<ErrorFacts> = fc.record({
  reason: maybe(fc.constantFrom(...causeCodes)),
  hint: maybe(text),
  service: maybe(text),
  tail: maybe(fc.array(text, { maxLength: 5 })),
})
const factsOf = ({ name, code, message, reason, hint, service, tail }: SupervisorError) => ({
  name,
  code,
  message,
  reason,
  hint,
  service,
  tail,
})
const sent = (answer: unknown): unknown => JSON.parse(JSON.stringify(answer))

describe('an error, told and heard', () => {
  it('is the same error', () => {
    fc.assert(
      fc.property(fc.constantFrom(...codes), text, facts, (code, message, more) => {
        const error = new SupervisorError(code, message, { ...more, cause: new Error('stays here') })
        const answer = sent(answerOf(error))
        if (!isErrorAnswer(answer)) throw new Error('not recognised')
        const heard = errorOf(answer)
        expect(isSupervisorError(heard, code)).toBe(true)
        expect(factsOf(heard as SupervisorError)).toEqual(factsOf(error))
      }),
    )
  })

  it('that was not foreseen is no SupervisorError', () => {
    for (const thrown of [new TypeError('broken'), 'broken']) {
      const heard = errorOf(answerOf(thrown))
      expect([heard.message, isSupervisorError(heard)]).toEqual(['broken', false])
    }
  })

  it('brings its lines redacted', () => {
    const error = new SupervisorError('ERR_CRASHED', 'm', { tail: ['a secret', 'b'] })
    expect(answerOf(error, (line) => line.replace('secret', '***'))).toMatchObject({ error: { tail: ['a ***', 'b'] } })
  })

  it('may have a code that only a later version knows', () => {
    expect(errorOf({ error: { code: 'ERR_OF_LATER' as ErrorCode, message: 'm' } })).toMatchObject({ code: 'ERR_OF_LATER', message: 'm' })
  })

  it('is heard whatever else an answer says', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (code, more) => {
        const answer: unknown = { error: { code, message: 'm', reason: more, hint: more, service: more, tail: more } }
        expect(isErrorAnswer(answer) && errorOf(answer).message).toBe('m')
      }),
    )
  })

  it.each([[null], ['x'], [[]], [{}], [{ error: null }], [{ error: 'x' }], [{ error: { message: 1 } }]])('%j tells of none', (answer) => {
    expect(isErrorAnswer(answer)).toBe(false)
  })
})
