/** The backend answers, and a browser may not show the page that answer. Pure. */
import type { Cause } from '../cause.ts'
import { answersNow, dialled } from '../signs/reading.ts'

export const corsBlocked: Cause = {
  code: 'CORS_BLOCKED',
  title: 'The browser keeps the answer from the page (CORS)',
  find: (evidence) => {
    const { address } = evidence
    if (address === null || address.cors === null || address.cors.status === null || !answersNow(evidence)) return undefined
    const { origin, allowOrigin, status } = address.cors
    if (allowOrigin === '*' || allowOrigin === origin || origin === originOf(address.url)) return undefined
    const got = allowOrigin === null ? 'no such header' : `Access-Control-Allow-Origin: ${allowOrigin}`
    return {
      confidence: 'certain',
      explanation: `GET ${dialled(evidence)?.path ?? address.path} is answered ${status} with ${got}: a page of ${origin} gets "Failed to fetch".`,
      hint: `Answer with Access-Control-Allow-Origin: ${origin}${nearly(origin, allowOrigin)}, to OPTIONS too; or serve page and backend from one origin.`,
      supports: [`Asked with Origin: ${origin}.`, `Answered with ${got}.`],
    }
  },
}

/** `http://127.0.0.1:8081` of `http://127.0.0.1:8081/api` */
const originOf = (url: string): string => /^[a-z]+:\/\/[^/?#]*/i.exec(url)?.[0].replace(/^(http:.*):80$|^(https:.*):443$/i, '$1$2') ?? url

/** Browsers compare letter by letter. */
const nearly = (origin: string, allowed: string | null): string => {
  if (allowed === null) return ''
  if (allowed.includes(',')) return ' (one origin only, not a list)'
  return allowed.replace(/\/$/, '').toLowerCase() === origin.toLowerCase() ? ' (letter by letter, without a slash at the end)' : ''
}
