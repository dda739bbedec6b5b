import type { AddressInfo, Server } from 'node:net'
import type { Exit } from '../../src/launch/launcher.ts'
import type { Drain, LastExit, ServiceStatus, StopReport, Supervisor } from '../../src/supervisor/controller.ts'
import { Emitter, type EventName, type SupervisorEvents } from '../../src/supervisor/events.ts'
import type { State } from '../../src/supervisor/model.ts'

/** Where a backend of a test listens: a TCP port, or the path of a socket. */
export type Place = number | string

/**
 * A supervisor that a test drives, for what stands in front of one: says that a process is ready, has died, is given up. The
 * backends behind it are the test's own, on real sockets.
 */
export class Upstream implements Supervisor {
  readonly name = 'backend'
  readonly #events = new Emitter()
  readonly #drains = new Set<Drain>()
  readonly #onGone = new Set<(pid: number, exit: Exit) => void>()
  #place: Place | undefined
  #run = 0
  state: State = { state: 'stopped', completed: false, exit: null }
  restarts = 0
  readonly pids: readonly number[] = []
  lastExit: LastExit | null = null
  gatewayUrl: string | undefined
  /** How often it was asked to look at once. */
  probes = 0

  get url(): string | undefined {
    return typeof this.#place === 'number' ? `http://127.0.0.1:${this.#place}` : undefined
  }

  get socketPath(): string | undefined {
    return typeof this.#place === 'string' ? this.#place : undefined
  }

  on<E extends EventName>(event: E, listener: (facts: SupervisorEvents[E]) => void): () => void {
    return this.#events.on(event, listener)
  }

  onDrain(drain: Drain): () => void {
    this.#drains.add(drain)
    return () => void this.#drains.delete(drain)
  }

  onGone(listener: (pid: number, exit: Exit) => void): () => void {
    this.#onGone.add(listener)
    return () => void this.#onGone.delete(listener)
  }

  /** Somebody hears what is told, or wants to be asked before a process is ended. */
  get isFollowed(): boolean {
    return this.#drains.size > 0 || this.#onGone.size > 0 || followed.some((event) => this.#events.has(event))
  }

  /** As before a planned restart: settled when all have finished. */
  async drain(pid: number, signal: AbortSignal = new AbortController().signal): Promise<void> {
    await Promise.all([...this.#drains].map((drain) => drain(pid, signal)))
  }

  starting(attempt = 1): void {
    this.#run += 1
    this.#to({ state: 'starting', run: this.#run, attempt, pid: null })
  }

  /** From `ready` to `ready` where another process takes over. */
  ready(place: Place | Server, pid = 1000 + this.#run, startupMs = 400): void {
    this.#place = typeof place === 'object' ? portOf(place) : place
    this.#to({ state: 'ready', run: this.#run, attempt: 1, pid, identity: 'ours' })
    const port = typeof this.#place === 'number' ? this.#place : null
    const socket = this.socketPath
    this.#events.emit('ready', { pid, port, url: this.url ?? null, ...(socket !== undefined && { socket }), startupMs, identity: 'ours' })
  }

  /** A process has ended: how, and what follows, is told later. */
  gone(pid = 'pid' in this.state && this.state.pid !== null ? this.state.pid : 0, exit: Exit = { code: null, signal: 'SIGKILL' }): void {
    for (const listener of [...this.#onGone]) listener(pid, exit)
  }

  /** A process has ended beside the one that is ready: it was replaced before. */
  exited(pid: number, { tail = [], ...how }: Partial<SupervisorEvents['exit']> = {}): void {
    this.#tellExit({ pid, tail, ...how })
  }

  /** It does not answer, and is being ended; whether another one follows is decided then. */
  unresponsive(): void {
    const { pid } = this.state as { pid: number }
    const fault = { reason: null, message: 'it does not answer' }
    this.#to({ state: 'stopping', run: this.#run, pid, after: { do: 'judge', wasReady: true, fault }, killed: false })
  }

  /** A restart was asked for: the process is being ended, and another one follows. */
  restarting(): void {
    const { pid } = this.state as { pid: number }
    this.#to({ state: 'stopping', run: this.#run, pid, after: { do: 'start' }, killed: false })
  }

  stopping(): void {
    const { pid } = this.state as { pid: number }
    this.#to({ state: 'stopping', run: this.#run, pid, after: { do: 'stop' }, killed: false })
  }

  stopped(): void {
    this.#place = undefined
    this.#to({ state: 'stopped', completed: false, exit: null })
  }

  /** The process has died; the next one starts in `delayMs`. */
  crashed({ delayMs = 0, tail = [], ...how }: Partial<SupervisorEvents['exit']> & { readonly delayMs?: number } = {}): void {
    this.#exit(how, tail)
    this.#to({ state: 'backoff', run: this.#run, attempt: 1, delayMs, port: 'keep' })
  }

  /** It is not tried any more. */
  gaveUp({ tail = [], ...how }: Partial<SupervisorEvents['exit']> = {}): void {
    this.#exit(how, tail)
    const failure = { because: 'crash-loop', reason: null, launch: null, exit: null, first: null, detail: null, count: 6 } as const
    this.#to({ state: 'failed', failure })
    this.#events.emit('failed', { code: 'ERR_CRASH_LOOP', reason: null, message: 'backend crashed 6 times.', hint: 'Look at its output.' })
  }

  #exit(how: Partial<SupervisorEvents['exit']>, tail: readonly string[]): void {
    const pid = 'pid' in this.state && this.state.pid !== null ? this.state.pid : 0
    this.restarts += 1
    this.#place = undefined
    this.#tellExit({ pid, tail, ...how })
  }

  #tellExit(how: Partial<SupervisorEvents['exit']> & { readonly pid: number }): void {
    const exit = { code: null, signal: 'SIGKILL', reason: null, uptimeMs: 1000, requested: false, tail: [], ...how }
    const { pid, code, signal, reason, uptimeMs } = exit
    this.lastExit = { pid, code, signal, reason, uptimeMs }
    this.#events.emit('exit', exit)
  }

  #to(state: State): void {
    const from = this.state.state
    this.state = state
    this.#events.emit('state', {
      from,
      to: state.state,
      cause: 'requested',
      ...('pid' in state && state.pid !== null && { pid: state.pid }),
      ...(state.state === 'ready' && this.url !== undefined && { url: this.url, port: this.#place as number }),
      ...(state.state === 'ready' && this.socketPath !== undefined && { socket: this.socketPath }),
      ...('delayMs' in state && { delayMs: state.delayMs }),
      ...('attempt' in state && { attempt: state.attempt }),
    })
  }

  probe(): void {
    this.probes += 1
  }

  // nobody in front of it asks for these
  start = (): Promise<ServiceStatus> => Promise.reject(new Error('not of a double'))
  restart = this.start
  status = this.start
  stop = (): Promise<StopReport> => Promise.resolve({ reaped: [], survivors: [] })
  over = (): Promise<State> => Promise.resolve(this.state)
  logs = (): never => {
    throw new Error('not of a double')
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

const followed: readonly EventName[] = ['state', 'ready', 'exit', 'failed', 'unresponsive', 'responsive', 'standby', 'gateway', 'log']

const portOf = (server: Server): Place => {
  const address = server.address() as AddressInfo | string
  return typeof address === 'string' ? address : address.port
}
