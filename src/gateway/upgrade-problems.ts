/** Why a WebSocket is not opened, where it is neither the door's rules nor the backend's answer. Pure. */
import type { Problem } from './problem.ts'
import { shown } from './shown.ts'

export const tooManySockets = (most: number): Problem => ({
  ...{ status: 503, reason: 'too-many-websockets', title: 'Too many WebSockets are open' },
  detail: `There are ${most}, and no more are taken. Close one, and try again.`,
})

export const bodyWithUpgrade: Problem = {
  ...{ status: 400, reason: 'body-with-upgrade', title: 'A WebSocket begins without a body' },
  detail: 'The request asks for a WebSocket and announces a body. What follows could be read in two ways, so that it is not passed on.',
}

export const noAnswerInTime = (waitedMs: number): Problem => ({
  ...{ status: 504, reason: 'backend-silent', title: 'The backend did not answer in time' },
  detail: `It took the connection, and has not answered the request for a WebSocket within ${waitedMs / 1000} s.`,
})

export const noAnswerAtAll = (why: string): Problem => ({
  ...{ status: 502, reason: 'backend-answer-invalid', title: 'The backend gave no valid answer' },
  detail: `What it said to the request for a WebSocket cannot be passed on: ${shown(why)}`,
})
