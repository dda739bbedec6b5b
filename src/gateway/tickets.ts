/** Tickets that let in once, for what cannot have a header: WebSockets and event streams of a page. Pure. */
import type { Clock } from '../clock.ts'

export interface TicketBounds {
  /** Where it is valid; null: anywhere. */
  readonly path: string | null
  /** Who asks, as far as it is known: none for a program. */
  readonly origins: readonly string[]
}

export const ticketMs = 30_000
const maxUnused = 1000

/** Of a form that nobody else's parameter has by chance. */
export const ticketOf = (random: Buffer): string => `jt-${random.toString('base64url')}`
export const isTicket = (text: string): boolean => /^jt-[\w-]{32}$/.test(text)
/** Of chance in a ticket. */
export const ticketBytes = 24

const prefix = 'ticket.'

/** What among the subprotocols that a WebSocket offers is a ticket. */
export const ticketProtocols = (headers: readonly string[]): string[] =>
  headers
    .flatMap((header) => header.split(','))
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol.startsWith(prefix))

export const ticketIn = (protocol: string): string => protocol.slice(prefix.length)

/** Those that are out, each of them until it is used, is too old, or too many came after it. */
export class Tickets {
  readonly #clock: Pick<Clock, 'now'>
  readonly #out = new Map<string, TicketBounds & { readonly until: number }>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  get unused(): number {
    return this.#out.size
  }

  issue(ticket: string, bounds: TicketBounds): void {
    for (const [old, { until }] of this.#out) {
      // the oldest come first
      if (this.#out.size < maxUnused && until > this.#clock.now()) break
      this.#out.delete(old)
    }
    this.#out.set(ticket, { ...bounds, until: this.#clock.now() + ticketMs })
  }

  /** Whoever presents one has used it, whether it lets them in or not. */
  use(ticket: string, path: string, origins: readonly string[]): boolean {
    const known = this.#out.get(ticket)
    this.#out.delete(ticket)
    if (known === undefined || this.#clock.now() >= known.until) return false
    return (known.path === null || known.path === path) && isSame(known.origins, origins)
  }
}

/** One of both is enough: of the own page it may only be known that it is that. */
const isSame = (bound: readonly string[], asks: readonly string[]): boolean =>
  bound.length === 0 ? asks.length === 0 : bound.some((origin) => asks.includes(origin))
