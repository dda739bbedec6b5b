import { expect, it } from 'vitest'
import { wishOf } from '../../src/gateway/ticket-wish.ts'

it.each([
  ['', '/_supervise/ticket', null],
  ['{}', '/_supervise/ticket', null],
  ['{"path":null}', '/_supervise/ticket', null],
  ['{"path":"/ws"}', '/_supervise/ticket', '/ws'],
  ['{"path":"/ws?room=1"}', '/_supervise/ticket', '/ws'],
  ['{"path":"/räume"}', '/_supervise/ticket', '/r%C3%A4ume'],
  ['', '/_supervise/ticket?path=/ws', '/ws'],
  ['', '/_supervise/ticket?path=%2Fws%3Fx', '/ws'],
  ['{}', '/_supervise/ticket?path=/ws', '/ws'],
])('a ticket asked for with %j at %s is for %s', (body, target, path) => expect(wishOf(body, target)).toEqual({ path }))

it.each([
  ['no json', ''],
  ['[]', ''],
  ['"/ws"', ''],
  ['{"path":7}', ''],
  ['{"path":"ws"}', ''],
  ['{"path":"/\\ud800"}', ''],
  ['', '?path=ws'],
])('%j at ?%s is a wish for nothing', (body, query) => expect(wishOf(body, `/_supervise/ticket${query}`)).toMatchObject({ status: 400 }))
