import type { IncomingMessage } from 'node:http'
import type { Problem } from './problem'

// Whoever may call this server may run Claude. Every page in every browser of this machine can reach a port on the loopback
// interface, so the caller is judged before anything is routed, on every path.

export interface GuardRules {
  host: string
  /** null: it listens on a socket, which no page can reach by itself. */
  port: number | null
  allowedOrigins: string[]
}

export type Guard = (request: IncomingMessage) => Problem | undefined

export function createGuard({ host, port, allowedOrigins }: GuardRules): Guard {
  const names = port === null ? ['localhost'] : ['127.0.0.1', 'localhost', '[::1]', host.includes(':') ? `[${host}]` : host.toLowerCase()]
  const hosts = new Set(port === null ? names : names.map((name) => `${name}:${port}`))
  if (port === 80) for (const name of names) hosts.add(name)
  const ownOrigins = new Set([...hosts].map((name) => `http://${name}`))
  const invited = new Set(allowedOrigins)

  return (request) =>
    judgeTarget(request) ?? judgeHost(request, hosts) ?? judgeOrigin(request, ownOrigins, invited) ?? judgeBodyType(request)
}

function judgeTarget({ url = '', method = '' }: IncomingMessage): Problem | undefined {
  if (!['GET', 'HEAD', 'POST', 'OPTIONS'].includes(method)) return { status: 405, detail: `${method} is not served here.` }
  // Absolute-form and `//host` targets carry a second host that a router might believe.
  if (!url.startsWith('/') || url.startsWith('//'))
    return { status: 400, detail: 'The request target must be a path that starts with one slash.' }
}

function judgeHost(request: IncomingMessage, hosts: Set<string>): Problem | undefined {
  const given = headers(request, 'host')
  if (given.length === 1 && hosts.has(given[0]!.toLowerCase())) return
  return refused(`Host ${seen(given)} is not this server`, `Call it as ${[...hosts][0]}.`)
}

function judgeOrigin(request: IncomingMessage, own: Set<string>, invited: Set<string>): Problem | undefined {
  const origin = headers(request, 'origin')
  if (origin.length === 1 && invited.has(origin[0]!)) return
  if (origin.length > 1 || (origin.length === 1 && !own.has(origin[0]!))) {
    return refused(`Origin ${seen(origin)} may not call this server`, 'A development page is let in with --allow-origin.')
  }
  const site = headers(request, 'sec-fetch-site')
  if (site.length === 0 || site.every((value) => value === 'same-origin' || value === 'none')) return
  if (opensThePage(request)) return
  return refused(`Sec-Fetch-Site ${seen(site)} may not call this server`, 'A development page is let in with --allow-origin.')
}

// A link on another page may open ours in a tab; it may not frame it, and may not fetch anything.
function opensThePage(request: IncomingMessage): boolean {
  const mode = request.headers['sec-fetch-mode']
  const destination = request.headers['sec-fetch-dest'] ?? 'document'
  return request.method === 'GET' && pathOf(request) === '/' && mode === 'navigate' && destination === 'document'
}

// A form or a `no-cors` fetch cannot send this type without asking first, so it is what stops a blind POST.
function judgeBodyType(request: IncomingMessage): Problem | undefined {
  if (request.method !== 'POST') return
  const type = headers(request, 'content-type')
  const encoding = headers(request, 'content-encoding')
  if (type.length !== 1 || !/^application\/json\s*(;|$)/i.test(type[0]!)) {
    return { status: 415, detail: `Content-Type ${seen(type)} is not accepted. Send application/json.` }
  }
  if (encoding.length > 0) return { status: 415, detail: `Content-Encoding ${seen(encoding)} is not accepted. Send the body as it is.` }
}

export function pathOf({ url = '' }: IncomingMessage): string {
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}

// Node keeps only the first of a repeated Host: the raw list is what was sent.
function headers({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]!.toLowerCase() === name)
}

function refused(what: string, cure: string): Problem {
  return { status: 403, detail: `${what}. ${cure}` }
}

function seen(values: string[]): string {
  return values.length === 0 ? '(none)' : JSON.stringify(values.join(', ').slice(0, 200))
}
