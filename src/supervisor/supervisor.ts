import type { ServiceSpec } from '../config/service.ts'
import { SupervisorError } from '../errors.ts'
import { type Address, told } from '../launch/surroundings.ts'
import { type LogLine, OutputTail } from '../logs/tail.ts'
import { packageVersion } from '../version.ts'
import type { Claim } from './claim.ts'
import type { LastExit, ServiceController, ServiceStatus, StopReport, Supervisor } from './controller.ts'
import type { SupervisorDeps } from './deps.ts'
import { Emitter, type EventName, type SupervisorEvents } from './events.ts'
import { failureError } from './failure.ts'
import { type Following, followLines } from './follow.ts'
import { Instance } from './instance.ts'
import type { State } from './model.ts'

/** The face of a service: promises over the machine's states, and facts about the run. Nothing happens before `start()`. */
export class ServiceSupervisor implements Supervisor {
  readonly #service: ServiceSpec
  readonly #deps: SupervisorDeps
  readonly #events = new Emitter()
  readonly #tail = new OutputTail()
  readonly #claim: Claim
  readonly #instance: Instance
  /** Wall time. To write it as a date takes 1 MB the first time. */
  readonly #startedAt: number
  #waits = new Set<(state: State) => void>()
  #starting: Promise<ServiceStatus> | undefined
  #stopping: Promise<StopReport> | undefined
  #runs = 0
  #lastExit: LastExit | null = null

  constructor(service: ServiceSpec, deps: SupervisorDeps) {
    this.#service = service
    this.#deps = deps
    this.#startedAt = deps.wallClock()
    this.#claim = deps.claimFor(this)
    const [events, tail, claim] = [this.#events, this.#tail, this.#claim]
    this.#instance = new Instance({ service, deps, events, tail, claim, onChange: (state) => this.#changed(state) })
    this.#events.on('exit', ({ pid, code, signal, reason, uptimeMs }) => {
      this.#lastExit = { pid, code, signal, reason, uptimeMs }
    })
  }

  get name(): string {
    return this.#service.name
  }

  get state(): State {
    return this.#instance.state
  }

  get url(): string | undefined {
    return told(this.#address).url ?? undefined
  }

  get socketPath(): string | undefined {
    return told(this.#address).socket
  }

  get #address(): Address | null {
    return (this.#isUp() ? this.#instance.run?.address : null) ?? null
  }

  on<E extends EventName>(event: E, listener: (facts: SupervisorEvents[E]) => void): () => void {
    return this.#events.on(event, listener)
  }

  start(): Promise<ServiceStatus> {
    if (this.#starting !== undefined) return this.#starting
    this.#instance.dispatch({ type: 'start' })
    return this.#untilReady()
  }

  restart(): Promise<ServiceStatus> {
    this.#instance.dispatch({ type: 'restart' })
    return this.#untilReady()
  }

  /** Remembered until the service is ready, given up or stopped; then a new `start()` is a new question. */
  #untilReady(): Promise<ServiceStatus> {
    const promise = this.#until((state) => state.state === 'ready' || isOver(state)).then((state) => {
      if (state.state === 'ready') return this.status()
      throw this.#errorOf(state)
    })
    this.#starting = promise
    const forget = (): void => {
      if (this.#starting === promise) this.#starting = undefined
    }
    promise.then(forget, forget)
    return promise
  }

  #errorOf(state: State): SupervisorError {
    if (state.state === 'failed') return failureError(state.failure, this.name)
    const how = state.state === 'stopped' && state.completed ? 'ended with code 0' : 'was stopped'
    return new SupervisorError('ERR_STOPPED', `${this.name} ${how} before it became ready`, { service: this.name })
  }

  stop({ force = false }: { readonly force?: boolean } = {}): Promise<StopReport> {
    // of what ended before, nothing is told again
    const isStopped = this.#stopping === undefined && isOver(this.state) && !isStillThere(this.state)
    if (this.#stopping === undefined || force) this.#instance.dispatch({ type: 'stop', force })
    // whatever follows: a restart() may have taken the place of the stop
    this.#stopping ??= this.#until((state) => state.state !== 'stopping').then(() => {
      this.#stopping = undefined
      return (isStopped ? undefined : this.#instance.run?.swept) ?? { reaped: [], survivors: [] }
    })
    return this.#stopping
  }

  async status(): Promise<ServiceStatus> {
    const { state, run } = this.#instance
    const up = this.#isUp() ? run : undefined
    const pid = up?.pid ?? null
    const usage = pid === null ? null : await this.#deps.processes.usage(pid)
    const { failures, latencyMs } = up?.health ?? { failures: 0, latencyMs: null }
    return {
      name: this.name,
      state: state.state,
      pid,
      ...told(this.#address),
      uptimeMs: pid === null || up === undefined ? null : up.uptimeMs,
      restarts: Math.max(0, this.#runs - 1),
      lastExit: this.#lastExit,
      health: {
        ok: state.state === 'ready' ? failures === 0 : null,
        latencyMs: latencyMs === null ? null : Math.round(latencyMs * 10) / 10,
        failures,
      },
      memoryBytes: usage?.memoryBytes ?? null,
      cpuPercent: usage && up ? Math.round((1000 * usage.cpuMs) / Math.max(1, up.uptimeMs)) / 10 : null,
      ...(this.#service.launchReason !== null && { launchReason: this.#service.launchReason }),
      supervisor: { pid: process.pid, version: packageVersion, startedAt: new Date(this.#startedAt).toISOString() },
    }
  }

  probe(): void {
    this.#instance.run?.probe()
  }

  logs({ tail, follow = false, signal }: NonNullable<Parameters<ServiceController['logs']>[0]> = {}): AsyncIterable<LogLine> {
    const { wallClock } = this.#deps
    return {
      [Symbol.asyncIterator]: () => {
        // subscribed before the kept lines are read, so that none falls between
        const coming = follow
          ? followLines((listener) => this.on('log', (line) => listener({ cut: false, ...line, time: wallClock() })), signal, wallClock)
          : undefined
        const lines = this.#linesOf(tail ?? Number.POSITIVE_INFINITY, coming)
        return {
          next: () => lines.next(),
          // a generator that waits for a line would hear of it only when there is one
          return: () => {
            coming?.end()
            return lines.return(undefined)
          },
        }
      },
    }
  }

  async *#linesOf(tail: number, coming: Following | undefined): AsyncGenerator<LogLine, undefined> {
    try {
      yield* this.#tail.lines(tail)
      if (coming !== undefined) yield* coming.lines
    } finally {
      coming?.end()
    }
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await Promise.all([isStillThere(this.state) ? undefined : this.#claim.release(), this.#deps.journal?.close()])
  }

  #isUp(): boolean {
    return ['starting', 'ready', 'stopping'].includes(this.state.state)
  }

  #changed(state: State): void {
    if (state.state === 'starting' && state.pid === null) this.#runs += 1
    if (state.state === 'failed') this.#tellFailure(failureError(state.failure, this.name))
    if (isOver(state)) void this.#deps.journal?.close()
    if (isOver(state) && !isStillThere(state)) void this.#claim.release()
    for (const wait of [...this.#waits]) wait(state)
  }

  #tellFailure({ code, reason, message, hint }: SupervisorError): void {
    this.#events.emit('failed', { code, reason: reason ?? null, message, hint: hint ?? null })
  }

  async #until(test: (state: State) => boolean): Promise<State> {
    // a listener may have asked: what it asked for is dispatched when the step that told it is over
    await null
    if (test(this.state)) return this.state
    return new Promise((resolve) => {
      const wait = (state: State): void => {
        if (!test(state)) return
        this.#waits.delete(wait)
        resolve(state)
      }
      this.#waits.add(wait)
    })
  }
}

/** Its child was killed and would not die: nobody else may take its place. */
const isStillThere = (state: State): boolean => state.state === 'failed' && state.failure.because === 'unkillable'

const isOver = ({ state }: State): boolean => state === 'stopped' || state === 'failed'
