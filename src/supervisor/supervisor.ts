import type { ServiceSpec } from '../config/service.ts'
import { SupervisorError } from '../errors.ts'
import type { Exit } from '../launch/launcher.ts'
import { type Address, told } from '../launch/surroundings.ts'
import { type LogLine, OutputTail } from '../logs/tail.ts'
import { packageVersion } from '../version.ts'
import type { Claim } from './claim.ts'
import type { Drain, LastExit, ServiceController, ServiceStatus, StopReport, Supervisor } from './controller.ts'
import type { SupervisorDeps } from './deps.ts'
import { Emitter, type EventName, type SupervisorEvents, warn } from './events.ts'
import { failureError } from './failure.ts'
import { type Following, followLines } from './follow.ts'
import type { FrontDoor } from './front-door.ts'
import { Generations, type Replacement } from './generations.ts'
import type { State } from './model.ts'
import type { Run } from './run.ts'

/** The face of a service: promises over the machine's states, and facts about the run. Nothing happens before `start()`. */
export class ServiceSupervisor implements Supervisor {
  readonly #service: ServiceSpec
  readonly #deps: SupervisorDeps
  readonly #events = new Emitter()
  readonly #tail = new OutputTail()
  readonly #claim: Claim
  readonly #door: FrontDoor | null
  readonly #drains = new Set<Drain>()
  readonly #onGone = new Set<(pid: number, exit: Exit) => void>()
  readonly #generations: Generations
  /** Wall time. To write it as a date takes 1 MB the first time. */
  readonly #startedAt: number
  #waits = new Set<(state: State) => void>()
  #starting: Promise<ServiceStatus> | undefined
  #stopping: Promise<StopReport> | undefined
  /** What is being ended. */
  #ending: readonly Run[] = []
  #runs = 0
  #lastExit: LastExit | null = null
  /** What the front door has told of itself; null while it is closed. */
  #gateway: SupervisorEvents['gateway'] | null = null
  #leaving: Promise<void> = Promise.resolve()

  constructor(service: ServiceSpec, deps: SupervisorDeps) {
    this.#service = service
    this.#deps = deps
    this.#startedAt = deps.wallClock()
    this.#claim = deps.claimFor(this)
    this.#door = deps.frontDoorFor(this)
    const [events, tail, claim] = [this.#events, this.#tail, this.#withDoor(this.#claim)]
    this.#generations = new Generations({
      ...{ service, deps, events, tail, claim },
      drain: (pid, signal) => this.#drain(pid, signal),
      onGone: (pid, exit) => this.#tellGone(pid, exit),
      onChange: (state, isAnother) => this.#changed(state, isAnother),
    })
    this.#events.on('exit', ({ pid, code, signal, reason, uptimeMs }) => {
      // one that only stood by says nothing about the service
      if (this.#generations.hasServed(pid)) this.#lastExit = { pid, code, signal, reason, uptimeMs }
    })
  }

  get name(): string {
    return this.#service.name
  }

  get state(): State {
    return this.#generations.state
  }

  get url(): string | undefined {
    return told(this.#address).url ?? undefined
  }

  get socketPath(): string | undefined {
    return told(this.#address).socket
  }

  get restarts(): number {
    return Math.max(0, this.#runs - 1)
  }

  get lastExit(): LastExit | null {
    return this.#lastExit
  }

  get pids(): readonly number[] {
    return this.#generations.pids
  }

  get gatewayUrl(): string | undefined {
    return this.#gateway?.url
  }

  get #address(): Address | null {
    return (this.#isUp() ? this.#generations.run?.address : null) ?? null
  }

  on<E extends EventName>(event: E, listener: (facts: SupervisorEvents[E]) => void): () => void {
    return this.#events.on(event, listener)
  }

  start(): Promise<ServiceStatus> {
    if (this.#starting !== undefined) return this.#starting
    this.#generations.start()
    return this.#untilReady()
  }

  restart(): Promise<ServiceStatus> {
    const replacement = this.#generations.restart()
    return replacement === undefined ? this.#untilReady() : this.#untilReplaced(replacement)
  }

  /** The one that serves meanwhile is ready all the time. */
  async #untilReplaced(replacement: Replacement): Promise<ServiceStatus> {
    await this.#until(() => replacement.outcome !== 'coming')
    const { outcome } = replacement
    if (typeof outcome === 'object') throw this.#errorOf(outcome)
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
    if (this.#stopping === undefined || force) this.#endAll(force)
    // whatever follows: a restart() may have taken the place of the stop
    this.#stopping ??= this.#until((state) => state.state !== 'stopping').then(async () => {
      if (isOver(this.state)) await this.#leave()
      this.#stopping = undefined
      return isStopped ? reportOf([]) : reportOf(this.#ending)
    })
    return this.#stopping
  }

  #endAll(force: boolean): void {
    const before = this.#stopping === undefined ? [] : this.#ending
    this.#ending = [...new Set([...before, ...this.#generations.stop(force)])]
  }

  async status(): Promise<ServiceStatus> {
    const { state, run, standby } = this.#generations
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
      restarts: this.restarts,
      lastExit: this.#lastExit,
      health: {
        ok: state.state === 'ready' ? failures === 0 : null,
        latencyMs: latencyMs === null ? null : Math.round(latencyMs * 10) / 10,
        failures,
      },
      memoryBytes: usage?.memoryBytes ?? null,
      cpuPercent: usage && up ? Math.round((1000 * usage.cpuMs) / Math.max(1, up.uptimeMs)) / 10 : null,
      ...(this.#service.launchReason !== null && { launchReason: this.#service.launchReason }),
      ...(this.#gateway !== null && { gateway: { url: this.#gateway.url, port: this.#gateway.port } }),
      ...(this.#service.pair === 'standby' && { standby: standbyOf(standby) }),
      supervisor: { pid: process.pid, version: packageVersion, startedAt: new Date(this.#startedAt).toISOString() },
    }
  }

  probe(): void {
    this.#generations.run?.probe()
  }

  onDrain(drain: Drain): () => void {
    const own: Drain = (pid, signal) => drain(pid, signal)
    this.#drains.add(own)
    return () => void this.#drains.delete(own)
  }

  onGone(listener: (pid: number, exit: Exit) => void): () => void {
    const own = (pid: number, exit: Exit): void => listener(pid, exit)
    this.#onGone.add(own)
    return () => void this.#onGone.delete(own)
  }

  #tellGone(pid: number, exit: Exit): void {
    for (const listener of [...this.#onGone]) {
      try {
        listener(pid, exit)
      } catch (error) {
        warn(error)
      }
    }
  }

  /** undefined: nobody has asked for it. */
  #drain(pid: number, signal: AbortSignal): Promise<unknown> | undefined {
    if (this.#drains.size === 0) return undefined
    // the change of state is told before
    return Promise.resolve().then(() =>
      signal.aborted ? [] : Promise.allSettled([...this.#drains].map(async (drain) => drain(pid, signal))),
    )
  }

  over(): Promise<State> {
    return this.#until((state) => isOver(state) && this.#gateway === null)
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
    await this.#leave()
    await Promise.all([isStillThere(this.state) ? undefined : this.#claim.release(), this.#deps.journal?.close()])
  }

  /** Whoever has the place has the door: it is open before the first process is on its way. */
  #withDoor(claim: Claim): Claim {
    return {
      ...claim,
      take: async (tell) => {
        await this.#leaving
        await claim.take(tell)
        await this.#openDoor()
      },
    }
  }

  async #openDoor(): Promise<void> {
    if (this.#door === null || this.#gateway !== null) return
    this.#gateway = await this.#door.open()
    this.#events.emit('gateway', this.#gateway)
  }

  /**
   * Nobody is let in any more, and then the place is given up: whoever takes it has the door's port, too. Settled when the
   * door is closed; those who are being answered about the place are not waited for, one of them may have asked for this.
   */
  #leave(): Promise<void> {
    if (this.#gateway === null) this.#giveUpPlace()
    else {
      this.#leaving = this.#leaving.then(async () => {
        await this.#door?.close()
        this.#gateway = null
        this.#giveUpPlace()
        this.#notify()
      })
    }
    return this.#leaving
  }

  #giveUpPlace(): void {
    if (!isStillThere(this.state)) void this.#claim.release()
  }

  #isUp(): boolean {
    return ['starting', 'ready', 'stopping'].includes(this.state.state)
  }

  #changed(state: State, isAnother: boolean): void {
    if (isAnother || (state.state === 'starting' && state.pid === null)) this.#runs += 1
    if (state.state === 'failed') this.#tellFailure(failureError(state.failure, this.name))
    if (isOver(state)) void this.#deps.journal?.close()
    // given up, it goes on being answered for: the door says why
    if (isOver(state) && (this.#gateway === null || state.state === 'stopped')) void this.#leave()
    this.#notify()
  }

  #notify(): void {
    for (const wait of [...this.#waits]) wait(this.state)
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

const standbyOf = (state: State | undefined): NonNullable<ServiceStatus['standby']> => ({
  state: state?.state ?? 'stopped',
  pid: state !== undefined && 'pid' in state ? state.pid : null,
})

const reportOf = (runs: readonly Run[]): StopReport => ({
  reaped: runs.flatMap(({ swept }) => swept.reaped),
  survivors: runs.flatMap(({ swept }) => swept.survivors),
})

const isOver = ({ state }: State): boolean => state === 'stopped' || state === 'failed'
