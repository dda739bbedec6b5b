/** What is answered in the place of the backend: a problem of RFC 9457, with a status, a reason and what to do. Pure. */

export interface Problem {
  readonly status: number
  /** One word for programs: `backend-starting`, `backend-failed`, `host-not-allowed`, … */
  readonly reason: string
  /** What happened, for people. */
  readonly title: string
  /** What was seen, and what to do. */
  readonly detail: string
  /** More members of the document: `state`, `nextStartInMs`, `lastExit`, `suspect`, … */
  readonly more?: Readonly<Record<string, unknown>>
  /** The same, for those who may see lines of output: what quotes them. Takes the place of members of `more`. */
  readonly confided?: Readonly<Record<string, unknown>>
  /** Last lines of output, for those who may see them. */
  readonly tail?: readonly string[]
  /** `retry-after`, `allow`, … in lower case. */
  readonly headers?: Readonly<Record<string, string>>
}

export const problemType = 'application/problem+json'

/** The document; `type` is a URN, for there is no page to point at. Lines of output only for whom they are meant. */
export const problemBody = ({ status, reason, title, detail, tail, more = {}, confided = {} }: Problem, isTrusted: boolean): string =>
  `${JSON.stringify({ type: `urn:jarvis-supervise:${reason}`, title, status, detail, reason, ...more, ...(isTrusted && { ...confided, ...(tail && { tail }) }) })}\n`
