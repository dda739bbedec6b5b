/** Answers in the place of the backend: a document for programs, a page for people. */
import { randomBytes } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { readableBy } from './cross-origin.ts'
import { discardRest } from './discard-rest.ts'
import { type Problem, problemBody, problemType } from './problem.ts'
import { tokenPage } from './token-page.ts'
import type { Visitor } from './visitor.ts'
import { waitingPage } from './waiting-page.ts'

/** Of every answer that the door makes itself. */
export const ownHeaders: Readonly<Record<string, string>> = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** Sends it; what is still to come of the request is read and thrown away. Too late for an answer, the connection is cut. */
export const sendProblem = (request: IncomingMessage, response: ServerResponse, problem: Problem, visitor: Visitor | undefined): void => {
  if (response.headersSent || response.destroyed) return void response.destroy()
  const { status, headers, body } = answerOf(request, problem, visitor)
  response.writeHead(status, headers)
  response.end(request.method === 'HEAD' ? undefined : body)
  discardRest(request)
}

/** The same for a connection without a response of node:http, as bytes to be sent before it is closed: of an upgrade, or CONNECT. */
export const problemMessage = (request: IncomingMessage, problem: Problem, visitor: Visitor | undefined): string => {
  const { status, headers, body } = answerOf(request, problem, visitor)
  const fields = Object.entries({ ...headers, date: new Date().toUTCString(), connection: 'close' })
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...fields.map(([name, value]) => `${name}: ${value}`)]
  // the head is ASCII but for what a header of ours quotes; whoever writes it does so as latin1
  return `${head.join('\r\n')}\r\n\r\n${Buffer.from(body).toString('latin1')}`
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const answerOf = (request: IncomingMessage, problem: Problem, visitor: Visitor | undefined): Answer => {
  const { status } = problem
  const page = isForPeople(request) ? pageOf(request, problem, visitor) : undefined
  const body = page?.html ?? problemBody(problem, visitor?.isTrusted ?? false)
  const headers = {
    ...ownHeaders,
    ...problem.headers,
    ...(visitor?.crossOrigin && { ...readableBy(visitor.crossOrigin), 'access-control-expose-headers': 'retry-after' }),
    ...(page === undefined ? { 'content-type': problemType } : pageHeaders(page.nonce)),
    'content-length': String(Buffer.byteLength(body)),
  }
  return { status, headers, body }
}

/** A page that is being opened: what a script of it fetches is for the script. */
const isForPeople = ({ headers }: IncomingMessage): boolean => {
  const { accept = '', 'sec-fetch-mode': mode } = headers
  return mode === undefined ? accept.startsWith('text/html') : mode === 'navigate' && accept.includes('text/html')
}

/** Where time or a token helps; else there is nothing to look at. */
const pageOf = (request: IncomingMessage, problem: Problem, visitor: Visitor | undefined): { html: string; nonce: string } | undefined => {
  const nonce = randomBytes(16).toString('base64url')
  if (problem.status === 401) return { nonce, html: tokenPage(nonce) }
  if (problem.status < 502 || problem.status > 504) return undefined
  // a page that may have ended the backend is not opened again by itself, and a form is not sent again
  const reloads = request.method === 'GET' && problem.status === 503
  return { nonce, html: waitingPage({ problem, isTrusted: visitor?.isTrusted ?? false, reloads, nonce }) }
}

const pageHeaders = (nonce: string): Readonly<Record<string, string>> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; ` +
    `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
})
