import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

export interface Question {
  method?: string
  headers?: Record<string, string>
  body?: string
  /** Sends the body without announcing its length. */
  chunked?: boolean
}

/** Like fetch, but sends any header as given, Host included. */
export async function ask(url: string, { method = 'GET', headers = {}, body, chunked }: Question = {}): Promise<Answer> {
  const outgoing = request(url, { method, headers, agent: false })
  if (body !== undefined && !chunked) outgoing.setHeader('content-length', Buffer.byteLength(body))
  // An early refusal may cut off the rest of a body that is still being sent.
  outgoing.on('error', () => {})
  if (chunked && body !== undefined) for (let at = 0; at < body.length; at += 65_536) outgoing.write(body.slice(at, at + 65_536))
  outgoing.end(chunked ? undefined : body)
  const [response] = await once(outgoing, 'response')
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return { status: response.statusCode, headers: response.headers, text }
}

/** Sends bytes as they are and gives back the status line. */
export async function askRaw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(text)
  let answer = ''
  for await (const chunk of socket.setEncoding('utf8')) answer += chunk
  return answer.split('\r\n')[0]!
}

export function postJson(url: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal })
}

/**
 * Reads a response on and on, so that the client stays there until the server ends it. One that nobody reads may be
 * collected as garbage, and its connection closed, in the middle of a test.
 */
export function keepReading(response: Response): void {
  response.text().catch(() => 'cut off, as the test means it to be')
}

export interface ChatLine {
  type: string
  data?: { type: string; subtype?: string; session_id?: string; result?: string; [key: string]: unknown }
  error?: string
}

/** The lines of a chat, one by one, as they come. */
export async function* chatLines(response: Response): AsyncGenerator<ChatLine, void> {
  let rest = ''
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) yield JSON.parse(line)
  }
  if (rest !== '') throw new Error(`The stream ends inside a line: ${rest}`)
}

export async function allLines(response: Response): Promise<ChatLine[]> {
  const lines: ChatLine[] = []
  for await (const line of chatLines(response)) lines.push(line)
  return lines
}

/** Reads until a line is there that fits; the rest stays unread. */
export async function lineThat(lines: AsyncGenerator<ChatLine, void>, fits: (line: ChatLine) => boolean): Promise<ChatLine> {
  for (;;) {
    const { value, done } = await lines.next()
    if (done) throw new Error('The stream ended before the line came.')
    if (fits(value)) return value
  }
}
