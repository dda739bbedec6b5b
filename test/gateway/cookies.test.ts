import { expect, it } from 'vitest'
import { cookieValues, sessionCookieName } from '../../src/gateway/cookies.ts'
import { sessionCookie, sessionValue } from '../../src/gateway/session.ts'

it.each([
  ['a=1', ['1']],
  ['b=2; a=1; aa=3', ['1']],
  ['a=1; a=2', ['1', '2']],
  ['a=b=c ;x=a=9', ['b=c']],
  ['a', []],
  ['=a', []],
  ['', []],
])('finds every cookie of a name in %j', (header, values) => expect(cookieValues(header, 'a')).toEqual(values))

it('a session is not the token, and another one for each token', () => {
  expect(sessionValue('token')).not.toContain('token')
  expect(sessionValue('token')).not.toBe(sessionValue('token2'))
  expect(sessionCookieName(8001)).toBe('jarvis_8001')
  expect(sessionCookie(8001, 'token')).toBe(`jarvis_8001=${sessionValue('token')}; HttpOnly; SameSite=Strict; Path=/`)
})
