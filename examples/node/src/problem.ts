import { STATUS_CODES } from 'node:http'

/** A refusal as RFC 9457 has it; `error` repeats the sentence for callers that look there. */
export interface Problem {
  status: number
  detail: string
}

export const problemType = 'application/problem+json'

export function problemBody({ status, detail }: Problem): string {
  return JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail, error: detail })
}
