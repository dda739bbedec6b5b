/** Decides who may ask the backend through the protocol of the app, and what is said where there is nothing to be had. Pure. */
import type { State } from '../supervisor/model.ts'

/** The name of a service as a host: lower case, of letters, digits and hyphens. */
export const appHost = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'app'

export const originOfApp = (scheme: string, name: string): string => `${scheme}://${appHost(name)}`

/**
 * Whether somebody else's page asks. What a page is not asked to say by its browser it does not say: without any of these
 * it is the app itself, or a script of its main process.
 */
export const isForeign = (headers: Headers, origin: string): boolean => {
  const asking = headers.get('origin')
  if (asking !== null && asking.toLowerCase() !== origin) return true
  const site = headers.get('sec-fetch-site')
  if (site === null || site === 'same-origin' || site === 'none') return false
  // a link may lead here, in a window of its own
  return headers.get('sec-fetch-mode') !== 'navigate' || (headers.get('sec-fetch-dest') ?? 'document') !== 'document'
}

/** Whether it may be ready in a while, without anybody doing anything. */
export const isOnItsWay = (state: State): boolean => {
  if (state.state === 'starting' || state.state === 'backoff') return true
  return state.state === 'stopping' && state.after.do !== 'stop'
}

const titles = { 403: 'Forbidden', 404: 'Not Found', 502: 'Bad Gateway', 503: 'Service Unavailable' } as const

/** As RFC 9457 has it. */
export const problem = (status: keyof typeof titles, detail: string, more: Readonly<Record<string, unknown>> = {}): Response =>
  new Response(JSON.stringify({ type: 'about:blank', title: titles[status], status, detail, ...more }), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  })
