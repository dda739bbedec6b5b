import type { Supervisor } from '../supervisor/controller.ts'
import { failureError } from '../supervisor/failure.ts'
import type { State } from '../supervisor/model.ts'
import { appHost, isForeign, isOnItsWay, originOfApp, problem } from './app-protocol-rules.ts'
import { fetchOverSocket, isUnsent } from './fetch-socket.ts'
import type { ElectronProtocols, SchemePrivileges } from './main-process.ts'

export interface AppProtocolOptions {
  /** Lower case: `app`. */
  readonly scheme: string
  readonly supervisor: Pick<Supervisor, 'name' | 'state' | 'socketPath' | 'on'>
  /** How long a request waits for a backend that is on its way, milliseconds. Default 10 000. */
  readonly waitMs?: number
  /** So many may wait at once. Default 256. */
  readonly maxWaiting?: number
}

export interface AppProtocol {
  /** Of the backend's pages: `app://my-jarvis`. */
  readonly origin: string
  /** Before the app is ready. `others` are the app's own schemes: Electron takes all of them at once, and only once. */
  registerScheme(others?: readonly { readonly scheme: string; readonly privileges?: SchemePrivileges }[]): void
  /** When the app is ready. `of` a further session, where it may be handled already; default: the default one's. */
  handle(of?: ElectronProtocols['protocol']): void
}

/** Without them a page of the scheme has no storage, no fetch and no streams. */
const privileges: SchemePrivileges = { standard: true, secure: true, supportFetchAPI: true, stream: true, corsEnabled: true }

/** Ours takes so long at most to hear that its backend has ended. */
const deathMs = 1000
/** Who has ended its answer by ending is known to have ended by then. */
const lastWordMs = 200

/** Serves the pages of the app from its backend, which has a socket and no port. */
export const appProtocol = ({ protocol }: ElectronProtocols, options: AppProtocolOptions): AppProtocol => {
  const { scheme, supervisor } = options
  const origin = originOfApp(scheme, supervisor.name)
  const answer = answerFrom(options, origin)
  return {
    origin,
    registerScheme: (others = []) => protocol.registerSchemesAsPrivileged([{ scheme, privileges }, ...others]),
    handle: (of) => {
      if (of === undefined) protocol.handle(scheme, answer)
      else if (of.isProtocolHandled?.(scheme) !== true) of.handle(scheme, answer)
    },
  }
}

const answerFrom = ({ supervisor, waitMs = 10_000, maxWaiting = 256 }: AppProtocolOptions, origin: string) => {
  const host = appHost(supervisor.name)
  const waiting = new Set<() => void>()
  supervisor.on('state', () => {
    for (const look of [...waiting]) look()
  })

  /** Resolves with the state when it passes, else after `ms`, or when nobody wants to know any more. */
  const until = (test: (state: State) => boolean, ms: number, signal?: AbortSignal): Promise<State> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        waiting.delete(look)
        signal?.removeEventListener('abort', done)
        resolve(supervisor.state)
      }
      const look = (): void => {
        if (test(supervisor.state)) done()
      }
      const timer = setTimeout(done, ms)
      waiting.add(look)
      signal?.addEventListener('abort', done)
      if (signal?.aborted) done()
      else look()
    })

  const untilReady = async (signal: AbortSignal): Promise<State> => {
    const { state } = supervisor
    if (!isOnItsWay(state) || waiting.size >= maxWaiting) return state
    const settled = await until((now) => !isOnItsWay(now), waitMs, signal)
    signal.throwIfAborted()
    return settled
  }

  /** Whether a run is over; it is given a moment to be seen to be. */
  const isOver = async (run: number, ms: number, signal?: AbortSignal): Promise<boolean> =>
    !isRun(await until((now) => !isRun(now, run), ms, signal), run)

  const ask = async (request: Request, run: number): Promise<Response> => {
    const { socketPath } = supervisor
    if (socketPath === undefined) return problem(503, 'The backend has no socket: see its `transport`.')
    return fetchOverSocket(request, {
      socketPath,
      headers: ownHeaders(request.headers),
      isWhole: async () => !(await isOver(run, lastWordMs)),
    })
  }

  return async (request: Request): Promise<Response> => {
    if (new URL(request.url).host.toLowerCase() !== host) return problem(404, `There is nothing here; the app is at ${origin}/.`)
    if (isForeign(request.headers, origin)) return problem(403, 'Only pages of the app itself may ask its backend.')
    const { signal } = request
    for (let attempt = 1; ; attempt += 1) {
      const state = await untilReady(signal)
      if (state.state !== 'ready') return unavailable(state, supervisor.name)
      try {
        return await ask(request, state.run)
      } catch (error) {
        signal.throwIfAborted()
        const isSafe = request.method === 'GET' || request.method === 'HEAD' || (isUnsent(error) && !request.bodyUsed)
        const hasDied = await isOver(state.run, deathMs, signal)
        signal.throwIfAborted()
        if (!isSafe || !hasDied || attempt > 1) return broken(error, hasDied, supervisor.state)
      }
    }
  }
}

const isRun = (state: State, run: number): boolean => state.state === 'ready' && state.run === run

/** The backend knows nothing of the app's origin, and everything of its own. */
const ownHeaders = (given: Headers): Record<string, string | null> => ({
  ...(given.has('origin') && { origin: 'http://localhost' }),
  referer: null,
})

const unavailable = (state: State, name: string): Response => {
  if (state.state !== 'failed') {
    const detail = isOnItsWay(state) ? `${name} is not ready yet.` : `${name} does not run.`
    return problem(503, detail, { state: state.state, ...(isOnItsWay(state) && { retryAfterMs: 1000 }) })
  }
  const { message, reason = null, hint = null } = failureError(state.failure, name)
  return problem(503, message, { state: state.state, reason, hint })
}

const broken = (error: unknown, hasDied: boolean, { state }: State): Response => {
  const how = error instanceof Error ? error.message : String(error)
  return problem(502, `${hasDied ? 'The backend ended before it answered' : 'The backend did not answer'} (${how}).`, { state })
}
