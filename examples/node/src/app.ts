import { createHash } from 'node:crypto'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { readAsk } from './ask'
import { readJsonBody } from './body'
import { createChats } from './chat'
import { createClaude } from './claude'
import { html, script, style } from './page'
import { type Problem, problemBody, problemType } from './problem'
import { readProjects } from './projects'
import { Refusal } from './refusal'

export interface App {
  listener: ReturnType<typeof getRequestListener>
  /** Ends the chats that run. */
  close(): Promise<void>
}

interface AppOptions {
  claudePath: string | null
  claudeRun: Parameters<typeof createClaude>[0]['claudeRun']
}

type Env = { Bindings: HttpBindings; Variables: { body: unknown } }

/** The routes. The guard has judged every request before it comes here. */
export function createApp(options: AppOptions): App {
  const chats = createChats(createClaude(options))
  const app = new Hono<Env>()

  app.use(async (c, next) => {
    c.header('x-content-type-options', 'nosniff')
    if (c.req.method === 'POST') c.set('body', await readJsonBody(c.env.incoming))
    await next()
  })
  app.get('/', (c) => c.html(html, 200, pageHeaders))
  app.get('/api/projects', async (c) => c.json({ projects: await readProjects() }, 200, noStore))
  app.post('/api/chat', async (c) => {
    const lines = chats.start(await readAsk(c.get('body')), c.env.outgoing)
    return c.body(asNdjson(lines), 200, { ...noStore, 'content-type': 'application/x-ndjson', 'x-accel-buffering': 'no' })
  })
  app.post('/api/abort/:requestId', async (c) => {
    const requestId = c.req.param('requestId')
    if (!(await chats.abort(requestId))) throw new Refusal(404, `No chat with requestId ${JSON.stringify(requestId)} is running.`)
    return c.json({ ok: true, requestId })
  })
  app.notFound((c) => answer({ status: 404, detail: `There is nothing at ${c.req.method} ${c.req.path}.` }))
  app.onError((error) => {
    if (error instanceof Refusal) return answer({ status: error.status, detail: error.message })
    console.error('My Jarvis:', error)
    return answer({ status: 500, detail: `The request failed unexpectedly: ${error.message}` })
  })

  return {
    listener: getRequestListener(app.fetch),
    close: () => chats.close(),
  }
}

function answer(problem: Problem): Response {
  return new Response(problemBody(problem), { status: problem.status, headers: { 'content-type': problemType, ...noStore } })
}

function asNdjson(lines: AsyncGenerator<unknown, void>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  // Pulled, so that a slow reader slows Claude down and does not fill the memory.
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await lines.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`))
    },
  })
}

const noStore = { 'cache-control': 'no-store' }

const pageHeaders = {
  ...noStore,
  'content-security-policy': [
    "default-src 'none'",
    "connect-src 'self'",
    `script-src '${sha256(script)}'`,
    'img-src data:',
    `style-src '${sha256(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
}

function sha256(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
