/** The cookie that a browser has in the place of the token. */
import { createHmac } from 'node:crypto'

/** Cookies know no ports: each door has its own name. */
export const sessionCookieName = (port: number): string => `jarvis_${port}`

/** Not the token itself: who sees it cannot open another session with it. */
export const sessionValue = (token: string): string => createHmac('sha256', token).update('session').digest('base64url')

export const sessionCookie = (port: number, token: string): string =>
  `${sessionCookieName(port)}=${sessionValue(token)}; HttpOnly; SameSite=Strict; Path=/`
