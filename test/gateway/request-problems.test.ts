import { describe, expect, it } from 'vitest'
import { backendLost, suspected, unreadable } from '../../src/gateway/request-problems.ts'

describe('what is no request', () => {
  it.each([
    ['HPE_HEADER_OVERFLOW', 431],
    ['ERR_HTTP_REQUEST_TIMEOUT', 408],
    ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
    ['HPE_INVALID_METHOD', 400],
    ['HPE_UNEXPECTED_CONTENT_LENGTH', 400],
    [undefined, 400],
  ])('by the code %s is %i', (code, status) => expect(unreadable(code)).toMatchObject({ status, reason: expect.any(String) }))
})

describe('a request that was lost', () => {
  it.each([
    ['unsafe', 'was not repeated'],
    ['unread', 'too large to be kept'],
    ['answered', 'broke off'],
    ['twice', 'lost again'],
  ] as const)('says why it was not sent again: %s', (why, words) => {
    const problem = backendLost('POST', '/a', why)
    expect(problem).toMatchObject({ status: 502, reason: 'backend-lost', more: { method: 'POST', path: '/a' } })
    expect(problem.detail).toContain('POST /a: ')
    expect(problem.detail).toContain(words)
  })

  it('at two deaths is named, but a long one not in full in what people read', () => {
    const target = `/${'a'.repeat(1000)}`
    const problem = suspected('GET', target)
    expect(problem.more).toEqual({ suspect: { method: 'GET', path: target } })
    expect(problem.title.length).toBeLessThan(300)
  })
})
