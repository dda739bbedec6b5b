/** What is wrong with a request, or with its answer. Pure. */
import type { Problem } from './problem.ts'

export const expectationFailed: Problem = {
  status: 417,
  reason: 'expectation-failed',
  title: 'This expectation is not known',
  detail: 'Of all expectations only `100-continue` is known. Send the request without it.',
}

export const codingUnknown: Problem = {
  status: 501,
  reason: 'transfer-coding-not-implemented',
  title: 'This transfer coding is not known',
  detail: 'Of all transfer codings only `chunked` is known, once.',
}

export const notPassable: Problem = {
  status: 400,
  reason: 'bad-request',
  title: 'This request cannot be passed on',
  detail: 'Its method, its target or one of its headers is not as HTTP has it.',
}

export const bodyTooLarge = (limitBytes: number): Problem => ({
  status: 413,
  reason: 'body-too-large',
  title: 'The body is too large',
  detail: `It may have ${limitBytes} bytes (\`maxBodyBytes\`).`,
  more: { maxBodyBytes: limitBytes },
})

/** `code`: of the parser, or of the server's clock. */
export const unreadable = (code: string | undefined): Problem => {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        reason: 'headers-too-large',
        title: 'The headers are too large',
        detail: 'Together they may have 32 KiB. Mostly it is the cookies: those of every port of this host are sent to every other.',
      }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return {
        status: 413,
        reason: 'chunk-extensions-too-large',
        title: 'The body is not readable',
        detail: 'Its chunks have extensions that are too long.',
      }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        reason: 'request-timeout',
        title: 'The request did not come in time',
        detail: 'Its headers may take 20 s.',
      }
    default:
      return { status: 400, reason: 'bad-request', title: 'This is no request', detail: 'It is not as HTTP has it, and was not read on.' }
  }
}

const named = (method: string, target: string): string => `${method} ${target.length > 200 ? `${target.slice(0, 200)}…` : target}`

/** The connection was lost after something had been sent, and it may not be sent again. `what`: why not. */
export const backendLost = (method: string, target: string, why: 'unsafe' | 'unread' | 'answered' | 'twice'): Problem => ({
  status: 502,
  reason: 'backend-lost',
  title: 'The backend was lost before it answered',
  detail: `${named(method, target)}: ${whys[why]}`,
  more: { method, path: target },
})

const whys = {
  unsafe:
    'it may have been carried out, and was not repeated: doing it twice could do harm. See whether it was done before you send it again.',
  unread: 'its body is too large to be kept, so that it was not sent again.',
  answered: 'the answer broke off before its headers were complete, so that it was not asked for again.',
  twice: 'it was sent again, and lost again.',
} as const

/** It was being answered at two deaths. */
export const suspected = (method: string, target: string): Problem => ({
  status: 502,
  reason: 'suspect',
  title: `The backend died twice while it answered ${named(method, target)}`,
  detail: `${named(method, target)} was being answered both times: it may be what ends the backend. It is not sent again.`,
  more: { suspect: { method, path: target } },
})

export const answerUnreadable = (method: string, target: string, why: string): Problem => ({
  status: 502,
  reason: 'bad-answer',
  title: 'The backend gave no readable answer',
  detail: `${named(method, target)}: ${why}`,
  more: { method, path: target },
})
