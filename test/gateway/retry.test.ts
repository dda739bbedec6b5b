import { describe, expect, it } from 'vitest'
import { afterLoss, isSafeToRepeat, type Loss } from '../../src/gateway/retry.ts'

const loss: Loss = { isSent: true, isAnswered: false, isSafe: true, isWhole: true, before: 0 }

describe('a request whose connection was lost', () => {
  it.each<[string, Partial<Loss>, string]>([
    ['of which nothing was sent', { isSent: false }, 'wait'],
    ['of which nothing was sent, and which is not safe', { isSent: false, isSafe: false }, 'wait'],
    ['of which nothing was sent, after it was lost once', { isSent: false, before: 1 }, 'wait'],
    ['that is safe', {}, 'repeat'],
    ['that is not safe', { isSafe: false }, 'give-up'],
    ['whose body is not there any more', { isWhole: false }, 'give-up'],
    ['whose answer had begun', { isAnswered: true }, 'give-up'],
    ['that was lost before', { before: 1 }, 'give-up'],
  ])('%s', (_what, more, verdict) => expect(afterLoss({ ...loss, ...more })).toBe(verdict))

  it('is repeated only if everything speaks for it', () => {
    for (let bits = 0; bits < 64; bits += 1) {
      const at = (bit: number): boolean => (bits & (1 << bit)) !== 0
      const any = { isSent: at(0), isAnswered: at(1), isSafe: at(2), isWhole: at(3), before: at(4) ? 1 : at(5) ? 2 : 0 }
      const { isSent, isAnswered, isSafe, isWhole, before } = any
      const mayRunTwice = isSent && (isAnswered || !isSafe || !isWhole || before > 0)
      expect(afterLoss(any) === 'give-up', JSON.stringify(any)).toBe(mayRunTwice)
    }
  })
})

describe('to do it twice', () => {
  it.each([
    ['GET', false, false, true],
    ['HEAD', false, false, true],
    ['OPTIONS', false, false, true],
    ['POST', false, false, false],
    ['PUT', false, false, false],
    ['PATCH', false, false, false],
    ['DELETE', false, false, false],
    ['QUERY', false, false, false],
    ['get', false, false, false],
    ['POST', true, false, false],
    ['POST', false, true, false],
    ['POST', true, true, true],
    ['PATCH', true, true, true],
  ])('%s (with a key: %s, honoured: %s) is safe: %s', (method, hasKey, honours, isSafe) => {
    expect(isSafeToRepeat(method, hasKey, honours)).toBe(isSafe)
  })
})
