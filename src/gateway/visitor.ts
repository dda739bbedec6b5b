import type { Problem } from './problem.ts'

/** Who was let in, and what of their request goes on to the backend. */
export interface Visitor {
  /** The request target: as it was received, without a ticket. */
  readonly target: string
  /** Our own page, or somebody with the token: may see lines of output. */
  readonly isTrusted: boolean
  /** Origin of an allowed page that is not ours: the answer says that it may read it. */
  readonly crossOrigin: string | null
  /** The origin is our own: the backend is told its own in the place of it. */
  readonly isOwnOrigin: boolean
  /** The subprotocol that carried a ticket: not passed on. */
  readonly ticketProtocol: string | null
}

export type Admission =
  /** With a visitor where it is a page that may read the answer. */
  | { readonly is: 'refused'; readonly problem: Problem; readonly visitor?: Visitor }
  /** For the door itself: `/_supervise/…`, or the question of an allowed page whether it may ask. */
  | { readonly is: 'own'; readonly visitor: Visitor }
  | { readonly is: 'admitted'; readonly visitor: Visitor }
