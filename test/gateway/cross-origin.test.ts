import { describe, expect, it } from 'vitest'
import { permission, readableBy } from '../../src/gateway/cross-origin.ts'

const vite = 'http://localhost:5173'

describe('the answer to an allowed page that asks whether it may', () => {
  it('allows what is asked for, and to that page only', () => {
    const rawHeaders = ['Access-Control-Request-Method', 'PUT', 'access-control-request-headers', 'content-type, x-jarvis-token']
    expect(permission(vite, { rawHeaders })).toEqual({
      'access-control-allow-origin': vite,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'content-type, x-jarvis-token',
      'access-control-max-age': '600',
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network',
    })
  })

  it('allows the way into a private network where that is asked', () => {
    const rawHeaders = ['Access-Control-Request-Method', 'GET', 'Access-Control-Request-Private-Network', 'true']
    expect(permission(vite, { rawHeaders })).toHaveProperty('access-control-allow-private-network', 'true')
  })

  it.each(['a b', 'x\u00e9', 'a,,b', 'a;b', '', 'x'.repeat(5000)])('repeats no nonsense: %j', (nonsense) => {
    const rawHeaders = ['Access-Control-Request-Method', nonsense, 'Access-Control-Request-Headers', nonsense]
    const answer = permission(vite, { rawHeaders })
    expect(answer).not.toHaveProperty('access-control-allow-methods')
    expect(answer).not.toHaveProperty('access-control-allow-headers')
  })
})

it('an answer is never for everybody', () => {
  expect(readableBy(vite)).toEqual({ 'access-control-allow-origin': vite, 'access-control-allow-credentials': 'true', vary: 'Origin' })
})
