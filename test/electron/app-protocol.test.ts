import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type AppProtocolOptions, appProtocol } from '../../src/electron/app-protocol.ts'
import { appHost, isForeign, isOnItsWay } from '../../src/electron/app-protocol-rules.ts'
import type { ElectronProtocol } from '../../src/electron/main-process.ts'
import type { SupervisorEvents } from '../../src/supervisor/events.ts'
import type { State } from '../../src/supervisor/model.ts'
import { until } from '../helpers/processes.ts'
import { createTemp } from '../helpers/temp.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const starting: State = { state: 'starting', run: 1, attempt: 1, pid: 1 }
const ready = (run = 1): State => ({ state: 'ready', run, attempt: 1, pid: 1, identity: 'ours' })
const backoff: State = { state: 'backoff', run: 1, attempt: 1, delayMs: 1, port: 'keep' }
const stopped: State = { state: 'stopped', completed: false, exit: null }
const stopping = (after: 'stop' | 'start'): State => ({ state: 'stopping', run: 1, pid: 1, after: { do: after }, killed: false })
const failed: State = {
  state: 'failed',
  failure: {
    because: 'launch',
    reason: 'ENTRY_MISSING',
    launch: {
      code: 'ERR_SCRIPT_MISSING',
      reason: 'ENTRY_MISSING',
      message: 'The script is not there.',
      hint: 'Build it.',
      transient: false,
    },
    exit: null,
    first: null,
    detail: null,
    count: 1,
  },
}

/** An app whose backend the test serves itself, in whatever state the test says. */
const createApp = (options: Partial<AppProtocolOptions> = {}) => {
  const temp = createTemp()
  cleanUps.push(() => temp[Symbol.dispose]())
  const socketPath = join(temp.dir, 'a.sock')
  const listeners = new Set<(facts: SupervisorEvents['state']) => void>()
  const supervisor = {
    name: 'My Jarvis',
    state: ready(),
    socketPath: socketPath as string | undefined,
    on: (_event: string, listener: (facts: SupervisorEvents['state']) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const registered: unknown[] = []
  let handler: ((request: Request) => Promise<Response>) | undefined
  const protocol: ElectronProtocol = {
    registerSchemesAsPrivileged: (schemes) => void registered.push(schemes),
    handle: (scheme, handle) => {
      registered.push(scheme)
      handler = handle
    },
  }
  const own = appProtocol(
    { protocol },
    { scheme: 'app', supervisor: supervisor as unknown as AppProtocolOptions['supervisor'], ...options },
  )
  let server: Server | undefined
  const stop = async (): Promise<void> => {
    if (server === undefined) return
    const closing = server
    server = undefined
    closing.close()
    closing.closeAllConnections()
    await once(closing, 'close')
  }
  cleanUps.push(stop)
  return {
    supervisor,
    registered,
    protocol: own,
    ask: (path: string, init: RequestInit & { duplex?: string } = {}): Promise<Response> => {
      if (handler === undefined) own.handle()
      return handler!(new Request(/^\w+:/.test(path) ? path : `${own.origin}${path}`, init))
    },
    /** The state changes, and everybody is told. */
    becomes: (state: State): void => {
      supervisor.state = state
      for (const listener of listeners) listener({ from: 'ready', to: state.state, cause: 'requested' })
    },
    serve: async (listener: RequestListener): Promise<void> => {
      server = createServer(listener).listen(socketPath)
      await once(server, 'listening')
    },
    stop,
  }
}

const problemOf = async (response: Response) => {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  return (await response.json()) as Record<string, unknown>
}

describe('the protocol of an app', () => {
  it('is registered once, with all that a page needs, and with the other schemes of the app', () => {
    const { protocol, registered } = createApp()
    expect(protocol.origin).toBe('app://my-jarvis')
    protocol.registerScheme([{ scheme: 'media' }])
    protocol.handle()
    const privileges = { standard: true, secure: true, supportFetchAPI: true, stream: true, corsEnabled: true }
    expect(registered).toEqual([[{ scheme: 'app', privileges }, { scheme: 'media' }], 'app'])
  })

  it.each([
    ['api', 'api'],
    ['My Jarvis', 'my-jarvis'],
    ['@acme/desk.top', 'acme-desk-top'],
    ['…', 'app'],
  ])('calls the service %j by the host %s', (name, host) => {
    expect(appHost(name)).toBe(host)
    expect(new URL(`http://${appHost(name)}/`).host).toBe(host)
  })

  it('answers from the backend, which hears its own origin and not that of the app', async () => {
    const { ask, serve } = createApp()
    await serve(({ headers, url }, response) => response.end(JSON.stringify({ url, origin: headers.origin, referer: headers.referer })))
    const response = await ask('/api/projects?a=1', { headers: { origin: 'app://my-jarvis', referer: 'app://my-jarvis/' } })
    expect({ status: response.status, seen: await response.json() }).toEqual({
      status: 200,
      seen: { url: '/api/projects?a=1', origin: 'http://localhost' },
    })
  })

  it.each(['app://elsewhere/', 'app://my-jarvis.evil.example/', 'app://my-jarvis:81/'])('has nothing at %s', async (url) => {
    const { ask } = createApp()
    const response = await ask(url)
    expect(response.status).toBe(404)
    expect(await problemOf(response)).toMatchObject({ status: 404, detail: expect.stringContaining('app://my-jarvis/') })
  })
})

describe('who asks', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['the app itself', {}, false],
    ['a page of the app', { origin: 'app://my-jarvis', 'sec-fetch-site': 'same-origin' }, false],
    ['a window that is opened', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, false],
    ['a link of another page', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, false],
    ['a script of another page', { origin: 'https://evil.example' }, true],
    ['a page without an origin', { origin: 'null' }, true],
    ['a page that begins like ours', { origin: 'app://my-jarvis.evil' }, true],
    ['an image of another page', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }, true],
    ['a frame of another page', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, true],
  ])('%s', (_who, headers, foreign) => {
    expect(isForeign(new Headers(headers), 'app://my-jarvis')).toBe(foreign)
  })

  it('is refused before the backend hears of it', async () => {
    const { ask, serve } = createApp()
    await serve(() => expect.unreachable('it was asked'))
    const response = await ask('/', { method: 'POST', headers: { origin: 'https://evil.example' }, body: 'x' })
    expect(response.status).toBe(403)
    expect(await problemOf(response)).toMatchObject({ title: 'Forbidden' })
  })
})

describe('a backend that is on its way', () => {
  it.each([
    [starting, true],
    [backoff, true],
    [stopping('start'), true],
    [stopping('stop'), false],
    [ready(), false],
    [stopped, false],
    [failed, false],
  ])('%j: %s', (state, isComing) => {
    expect(isOnItsWay(state)).toBe(isComing)
  })

  it('is waited for, through all that happens until then', async () => {
    const { ask, serve, supervisor, becomes } = createApp()
    supervisor.state = starting
    const answer = ask('/')
    becomes(stopping('start'))
    becomes(backoff)
    await serve((_request, response) => response.end('here'))
    becomes(ready(2))
    expect(await (await answer).text()).toBe('here')
  })

  it('is waited for no longer than that', async () => {
    const { ask, supervisor } = createApp({ waitMs: 50 })
    supervisor.state = starting
    const response = await ask('/')
    expect(response.status).toBe(503)
    expect(await problemOf(response)).toMatchObject({ state: 'starting', detail: 'My Jarvis is not ready yet.', retryAfterMs: 1000 })
  })

  it('is waited for by so many, and no more', async () => {
    const { ask, serve, supervisor, becomes } = createApp({ maxWaiting: 2 })
    supervisor.state = starting
    const waiting = [ask('/'), ask('/')]
    expect((await ask('/')).status).toBe(503)
    await serve((_request, response) => response.end())
    becomes(ready())
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200])
  })

  it('leaves room when somebody goes away', async () => {
    const { ask, serve, supervisor, becomes } = createApp({ maxWaiting: 1 })
    supervisor.state = starting
    const stop = new AbortController()
    const gone = expect(ask('/', { signal: stop.signal })).rejects.toThrow('enough')
    stop.abort(new Error('enough'))
    await gone
    const answer = ask('/')
    await serve((_request, response) => response.end())
    becomes(ready())
    expect((await answer).status).toBe(200)
  })

  it('is given up when it is', async () => {
    const { ask, supervisor, becomes } = createApp()
    supervisor.state = starting
    const answer = ask('/')
    becomes(failed)
    const response = await answer
    expect(response.status).toBe(503)
    expect(await problemOf(response)).toEqual({
      ...{ type: 'about:blank', title: 'Service Unavailable', status: 503 },
      ...{ detail: 'The script is not there.', state: 'failed', reason: 'ENTRY_MISSING', hint: 'Build it.' },
    })
  })

  it.each([stopped, stopping('stop')])('is not where it is %j', async (state) => {
    const { ask, supervisor } = createApp()
    supervisor.state = state
    const response = await ask('/')
    expect(response.status).toBe(503)
    expect(await problemOf(response)).toMatchObject({ state: state.state, detail: 'My Jarvis does not run.' })
  })

  it('has to have a socket', async () => {
    const { ask, supervisor } = createApp()
    supervisor.socketPath = undefined
    expect((await ask('/')).status).toBe(503)
  })
})

describe('a backend that dies of a request', () => {
  /** Dies of the first, answers the second. */
  const dying = async (app: ReturnType<typeof createApp>, request: RequestInit & { duplex?: string }) => {
    let asked = 0
    await app.serve((incoming) => {
      asked += 1
      incoming.socket.destroy()
    })
    const answer = app.ask('/', request)
    await until('it was asked', () => asked === 1)
    await app.stop()
    app.becomes(backoff)
    await app.serve((_request, response) => {
      asked += 1
      response.end('again')
    })
    app.becomes(ready(2))
    return { response: await answer, asked: () => asked }
  }

  it.each(['GET', 'HEAD'])('is asked once more for a %s', async (method) => {
    const { response, asked } = await dying(createApp(), { method })
    expect({ status: response.status, asked: asked() }).toEqual({ status: 200, asked: 2 })
  })

  it('is not asked again for what may have been done', async () => {
    const { response, asked } = await dying(createApp(), { method: 'POST', body: 'do it' })
    expect({ status: response.status, asked: asked() }).toEqual({ status: 502, asked: 1 })
    expect(await problemOf(response)).toMatchObject({ detail: expect.stringContaining('ended before it answered') })
  })

  it('is asked once more, and not for ever', async () => {
    const app = createApp()
    let asked = 0
    let run = 1
    await app.serve((incoming) => {
      asked += 1
      incoming.socket.destroy()
      run += 1
      app.becomes(ready(run))
    })
    const response = await app.ask('/')
    expect({ status: response.status, asked }).toEqual({ status: 502, asked: 2 })
  })

  it('but lives on is not asked again', async () => {
    const app = createApp()
    let asked = 0
    await app.serve((incoming) => {
      asked += 1
      incoming.socket.destroy()
    })
    const response = await app.ask('/')
    expect({ status: response.status, asked }).toEqual({ status: 502, asked: 1 })
    expect(await problemOf(response)).toMatchObject({ state: 'ready', detail: expect.stringContaining('did not answer') })
  })

  it('before it could be sent is asked for anything, body and all', async () => {
    const app = createApp()
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(Buffer.from('do it'))
        controller.close()
      },
    })
    const answer = app.ask('/', { method: 'POST', body, duplex: 'half' })
    app.becomes(backoff)
    await app.serve((request, response) => request.pipe(response))
    app.becomes(ready(2))
    expect(await (await answer).text()).toBe('do it')
  })

  it('whose answer has no length is not taken to have said all', async () => {
    const app = createApp()
    await app.serve((request) => {
      request.socket.write('HTTP/1.0 200 OK\r\n\r\nhalf')
      request.socket.end()
      app.becomes(backoff)
    })
    await expect((await app.ask('/')).text()).rejects.toThrow('broken off')
  })

  it('is not believed to have died when an answer without a length just ends', async () => {
    const app = createApp()
    await app.serve((request) => void request.socket.end('HTTP/1.0 200 OK\r\n\r\nall'))
    expect(await (await app.ask('/')).text()).toBe('all')
  })
})
