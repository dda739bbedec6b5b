/** Somebody answers, and not in the language in which he was asked: TLS for HTTP, HTTP for TLS, or none of both. Pure. */
import type { Cause, Finding } from '../cause.ts'
import type { Evidence, RequestEvidence } from '../evidence.ts'
import { lastAsked, place, speaksTls, wantsTls } from '../signs/reading.ts'

export const notHttp: Cause = {
  code: 'NOT_HTTP',
  title: 'What answers there does not speak the protocol that was dialled',
  find: (evidence) => {
    const request = lastAsked(evidence)
    if (request === undefined || evidence.service?.readiness.kind === 'tcp') return undefined
    if (wantsTls(evidence)) return speaksTls(evidence) || request.outcome !== 'answered' ? undefined : plainOnly(evidence, request)
    if (speaksTls(evidence) && refusesPlain(request)) return tlsOnly(evidence, request)
    return request.outcome === 'not-http' ? neither(request) : undefined
  },
}

/** Some servers of TLS answer plain HTTP in plain HTTP, to say that they do not. */
const refusesPlain = ({ outcome, status }: RequestEvidence): boolean =>
  outcome === 'closed' || outcome === 'no-answer' || outcome === 'not-http' || (outcome === 'answered' && status === 400)

const urlWith = (scheme: string, evidence: Evidence, request: RequestEvidence): string => {
  const url = evidence.address?.url.replace(/^https?:/, `${scheme}:`)
  return url ?? `${scheme}://${place(request)}${request.path}`
}

const tlsOnly = (evidence: Evidence, request: RequestEvidence): Finding => ({
  confidence: 'certain',
  explanation: `${place(request)} speaks TLS, and is asked in plain HTTP.`,
  hint: `Dial ${urlWith('https', evidence, request)} instead, or turn TLS off in the backend.`,
  supports: [
    'A TLS handshake succeeds there.',
    `GET ${request.path} in plain HTTP: ${request.outcome}${request.status === null ? '' : ` ${request.status}`}.`,
  ],
})

const plainOnly = (evidence: Evidence, request: RequestEvidence): Finding => ({
  confidence: 'certain',
  explanation: `${evidence.address?.url} is dialled, and ${place(request)} speaks plain HTTP.`,
  hint: `Dial ${urlWith('http', evidence, request)} instead, or let the backend serve TLS.`,
  supports: [`GET ${request.path} in plain HTTP is answered ${request.status}.`, `The window dials ${evidence.address?.url}.`],
})

const neither = (request: RequestEvidence): Finding => {
  if (/^HTTP\/1\.\d \d{3}/.test(request.head ?? '')) return broken(request)
  const first = (request.head ?? '').split(/\r?\n/)[0]?.trim().slice(0, 100) ?? ''
  const known = protocols.find(({ pattern }) => pattern.test(request.head ?? ''))?.name
  return {
    confidence: 'certain',
    explanation: `What answers on ${place(request)} is not HTTP${known === undefined ? '' : `, but ${known}`}${first === '' ? '.' : `: ${JSON.stringify(first)}`}`,
    hint: `Dial the port of the HTTP server; ${request.port} is ${known === undefined ? "another protocol's" : `${known}'s`}.`,
    supports: [
      `GET ${request.path} was answered with ${first === '' ? `${request.bytes} bytes that are no HTTP` : JSON.stringify(first)}.`,
    ],
  }
}

const broken = (request: RequestEvidence): Finding => ({
  confidence: 'likely',
  explanation: `What answers on ${place(request)} begins as HTTP does, and then has a head that is broken or has no end.`,
  hint: `See which headers the answer to GET ${request.path} has: curl -sv http://${place(request)}${request.path} -o /dev/null`,
  supports: [`GET ${request.path} was answered with ${request.bytes} bytes and no whole head.`],
})

const protocols: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  { name: 'SSH', pattern: /^SSH-\d/ },
  { name: 'TLS', pattern: /^[\x15\x16]\x03/ },
  { name: 'Redis', pattern: /^-ERR / },
  { name: 'SMTP or FTP', pattern: /^220[ -]/ },
  { name: 'MySQL', pattern: /mysql_native_password|caching_sha2_password/ },
]
