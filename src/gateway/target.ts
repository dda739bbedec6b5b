/** What a request asks for: which targets are taken at all, which are the door's own, and the ticket in one. Pure. */
import type { Asked } from './asked.ts'
import type { Problem } from './problem.ts'
import { isTicket } from './tickets.ts'

export const ownPath = '/_supervise'

/** Up to the query, as it was received. */
export const pathOf = (target: string): string => {
  const end = target.indexOf('?')
  return end === -1 ? target : target.slice(0, end)
}

/**
 * Compared as it was received. `/_supervise%2fhealth`, `/_SUPERVISE` and `/x/../_supervise/health` are other paths, which the
 * backend may read as it likes: nothing of ours is to be found there, and nothing of its own is kept from anybody by this.
 */
export const isOwnPath = (path: string): boolean => path === ownPath || path.startsWith(`${ownPath}/`)

/** Those that mean this proxy itself, or make it a tunnel. */
const refusedMethods = ['TRACE', 'CONNECT']

export const targetProblem = ({ method, target }: Asked): Problem | undefined => {
  if (refusedMethods.includes(method)) return notTaken(method)
  // what begins with two is read as the name of another host by some, and a backslash as a second one
  return /^\/(?![/\\])/.test(target) ? undefined : noPath
}

const notTaken = (method: string): Problem => ({
  ...{ status: 405, reason: 'method-not-allowed', title: 'This method is not taken' },
  detail: `${method} asks for a tunnel or an echo; this door passes on requests to one backend only.`,
  headers: { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' },
})

const noPath: Problem = {
  ...{ status: 400, reason: 'target-not-a-path', title: 'This is not a path' },
  detail: 'The target of the request must be a path that begins with exactly one slash.',
}

/** Takes the tickets out of the query; what else is in it stays as it was received. */
export const withoutTickets = (target: string): { readonly target: string; readonly tickets: readonly string[] } => {
  const path = pathOf(target)
  if (!target.includes('ticket=', path.length)) return { target, tickets: [] }
  const parts = target.slice(path.length + 1).split('&')
  const isOurs = (part: string): boolean => part.startsWith('ticket=') && isTicket(part.slice('ticket='.length))
  const rest = parts.filter((part) => !isOurs(part))
  return {
    target: rest.length === 0 ? path : `${path}?${rest.join('&')}`,
    tickets: parts.filter(isOurs).map((part) => part.slice('ticket='.length)),
  }
}

/** Whether the query has a ticket of any kind. */
export const mentionsTicket = (target: string): boolean => /[?&]ticket=/.test(target)
