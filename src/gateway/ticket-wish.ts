import type { IncomingMessage } from 'node:http'
import type { Problem } from './problem.ts'
import { pathOf } from './target.ts'

export interface TicketWish {
  /** Where it is to be valid; null: not said. */
  readonly path: string | null
}

const maxBytes = 8 * 1024

/** Reads for which path a ticket is wanted: `{ "path": … }` as JSON, or `?path=…`. `done` is not called where the client goes away. */
export const readTicketWish = (request: IncomingMessage, target: string, done: (wish: TicketWish | Problem) => void): void => {
  const chunks: Buffer[] = []
  let bytes = 0
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length
    if (bytes <= maxBytes) return void chunks.push(chunk)
    request.off('data', onData).off('end', onEnd)
    done(unreadable)
  }
  const onEnd = (): void => done(wishOf(Buffer.concat(chunks).toString('utf8'), target))
  request.on('data', onData).once('end', onEnd)
}

/** Pure. */
export const wishOf = (body: string, target: string): TicketWish | Problem => {
  const inQuery = new URLSearchParams(target.slice(pathOf(target).length)).get('path')
  const path = body.trim() === '' ? inQuery : (pathIn(body) ?? inQuery)
  if (path === null) return { path: null }
  const requested = typeof path === 'string' && path.startsWith('/') ? asRequested(pathOf(path)) : undefined
  return requested === undefined ? unreadable : { path: requested }
}

/** undefined: none is said; false: not to be read. */
const pathIn = (body: string): unknown => {
  try {
    const wish: unknown = JSON.parse(body)
    if (typeof wish !== 'object' || wish === null || Array.isArray(wish)) return false
    return 'path' in wish ? (wish.path ?? undefined) : undefined
  } catch {
    return false
  }
}

/** As it will stand in a request: a URL has no other letters. undefined: half a letter. */
const asRequested = (path: string): string | undefined => {
  try {
    return path.replace(/[^\x21-\x7e]+/g, encodeURIComponent)
  } catch {
    return undefined
  }
}

const unreadable: Problem = {
  ...{ status: 400, reason: 'ticket-path-unreadable', title: 'For which path is the ticket?' },
  detail: 'Send nothing, or JSON such as { "path": "/ws" }: the path of the request that the ticket is for, beginning with a slash.',
}
