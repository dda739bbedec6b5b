import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Reply = { text: string } | { tool: string; input: Record<string, unknown> } | { status: number; message: string }

export interface RecordedRequest {
  method: string
  path: string
  body: { model?: string; stream?: boolean; messages?: unknown[] } | undefined
}

export interface MessagesApi extends AsyncDisposable {
  url: string
  /** Everything that was asked, in order; a CONNECT or an absolute target means that something wanted to leave the machine. */
  requests: RecordedRequest[]
  /** The next answers, one per turn; after them, every turn is answered with "Hello from the stub.". */
  reply(...replies: Reply[]): void
  /** From now on a streamed answer stops after its first words, until release(). */
  hold(): void
  release(): void
  /** Resolves when an answer is held back: the caller is in the middle of a stream. */
  held(): Promise<void>
}

/** As much of Anthropic's Messages API, on the loopback interface, as the Claude Code CLI asks for. */
export async function startMessagesApi(): Promise<MessagesApi> {
  const requests: RecordedRequest[] = []
  const replies: Reply[] = []
  let gate: Gate | undefined
  let heldOne = gateway()

  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error))
  })
  // A proxy set to this address shows here whatever was not meant for it.
  server.on('connect', (request: IncomingMessage, socket) => {
    requests.push({ method: 'CONNECT', path: request.url ?? '', body: undefined })
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = parse(await textOf(request))
    const path = new URL(request.url ?? '/', 'http://stub').pathname
    requests.push({ method: request.method ?? '', path: request.url ?? '', body })
    if (path === '/v1/messages/count_tokens') return json(response, 200, { input_tokens: 1 })
    if (path !== '/v1/messages' || request.method !== 'POST') return json(response, 200, {})

    // The small model is asked for titles and topics beside the turn that is tested.
    const reply = body?.model?.includes('haiku') ? { text: 'ok' } : (replies.shift() ?? { text: 'Hello from the stub.' })
    if ('status' in reply)
      return json(response, reply.status, { type: 'error', error: { type: 'invalid_request_error', message: reply.message } })
    if (!body?.stream) return json(response, 200, message(body?.model, reply))
    await stream(response, body.model, reply)
  }

  async function stream(response: ServerResponse, model: string | undefined, reply: Exclude<Reply, { status: number }>): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_stub' })
    const send = (type: string, data: object) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`)
    const { content, stop_reason } = message(model, reply)
    const [block] = content
    send('message_start', { message: { ...message(model, reply), content: [], stop_reason: null } })
    send('content_block_start', { index: 0, content_block: 'text' in block! ? { ...block, text: '' } : { ...block, input: {} } })
    const halves = 'text' in reply ? cut(reply.text) : cut(JSON.stringify(reply.input))
    for (const [index, half] of halves.entries()) {
      if (index === 1 && gate) {
        heldOne.open()
        await Promise.race([gate.opened, once(response, 'close')])
      }
      const delta = 'text' in reply ? { type: 'text_delta', text: half } : { type: 'input_json_delta', partial_json: half }
      send('content_block_delta', { index: 0, delta })
    }
    send('content_block_stop', { index: 0 })
    send('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 5 } })
    send('message_stop', {})
    response.end()
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    reply: (...more) => void replies.push(...more),
    hold() {
      gate = gateway()
      heldOne = gateway()
    },
    release() {
      gate?.open()
      gate = undefined
    },
    held: () => heldOne.opened,
    async [Symbol.asyncDispose]() {
      gate?.open()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Gate {
  opened: Promise<void>
  open(): void
}

function gateway(): Gate {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

function message(model: string | undefined, reply: Exclude<Reply, { status: number }>) {
  const content =
    'text' in reply ? { type: 'text', text: reply.text } : { type: 'tool_use', id: 'toolu_stub', name: reply.tool, input: reply.input }
  return {
    id: 'msg_stub',
    type: 'message',
    role: 'assistant',
    model: model ?? 'stub',
    content: [content],
    stop_reason: 'text' in reply ? 'end_turn' : 'tool_use',
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 5, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
  }
}

function cut(text: string): [string, string] {
  const middle = Math.ceil(text.length / 2)
  return [text.slice(0, middle), text.slice(middle)]
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

function parse(text: string): RecordedRequest['body'] {
  return text === '' ? undefined : JSON.parse(text)
}
