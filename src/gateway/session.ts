/** The cookie that a browser has in the place of the token. */
import { createHmac } from 'node:crypto'
import { sessionCookieName } from './cookies.ts'

/** Not the token itself: who sees it cannot open another session with it. */
export const sessionValue = (token: string): string => createHmac('sha256', token).update('session').digest('base64url')

export const sessionCookie = (port: number, token: string): string =>
  `${sessionCookieName(port)}=${sessionValue(token)}; HttpOnly; SameSite=Strict; Path=/`
