import { setMaxListeners } from 'node:events'
import type { Clock } from '../clock.ts'
import type { Exit } from '../launch/launcher.ts'
import type { Address } from '../launch/surroundings.ts'
import type { Supervisor } from '../supervisor/controller.ts'
import type { SupervisorEvents } from '../supervisor/events.ts'
import type { Failure } from '../supervisor/model.ts'
import type { BackendFacts, BackendView } from './backend-facts.ts'
import type { Generation } from './gate.ts'
import { Life, type LifeSigns } from './life.ts'
import { isRestarting, type Passage, passageIn } from './passage.ts'

export interface FollowOptions {
  readonly upstream: Supervisor
  readonly clock: Clock
  readonly signs: LifeSigns
  /** For lines of output, before they are shown. */
  readonly redact: (line: string) => string
}

/** Lines of output that are shown. */
const tailLines = 50

interface Live {
  readonly generation: Generation
  readonly retire: () => void
  readonly end: () => void
}

/** Follows a supervisor by its events, from now on: which process is to be asked, and what is to be told of it. Never polls. */
export class FollowedBackend implements BackendView {
  readonly #options: FollowOptions
  readonly #unsubscribe: readonly (() => void)[]
  readonly #listeners = new Set<() => void>()
  /** Every process that was ready and is not known to be gone, by its pid. */
  readonly #live = new Map<number, Live>()
  #count = 0
  #current: Live | undefined
  /** Of a process that is still called ready, and is not to be asked: it has ended, or is to be replaced. */
  #left: number | undefined
  #tail: readonly string[] = []
  #nextStartAt = 0
  #failure: BackendFacts['failure'] = null
  /** From launch to ready, of the last process that became ready; null where none was seen. */
  startupMs: number | null = null

  constructor(options: FollowOptions) {
    this.#options = options
    const { upstream } = options
    this.#unsubscribe = [
      upstream.on('state', (facts) => this.#moved(facts)),
      // who it is was told by the state
      upstream.on('ready', ({ startupMs }) => {
        this.startupMs = startupMs
      }),
      // before anything is known of how: what it answered is over now
      upstream.onGone((pid, exit) => this.#gone(pid, exit)),
      upstream.on('exit', (facts) => this.#exited(facts)),
      upstream.on('failed', ({ code, reason, message, hint }) => {
        this.#failure = { code, reason, message, hint }
        this.#tell()
      }),
    ]
    const { state } = upstream
    const last = state.state === 'failed' ? state.failure.exit : state.state === 'stopped' ? state.exit : null
    this.#tail = this.#shown(last?.tail ?? [])
    if (state.state === 'backoff') this.#nextStartAt = options.clock.now() + state.delayMs
    this.#look()
  }

  /** The process to ask. */
  get generation(): Generation | undefined {
    return this.#current?.generation
  }

  get passage(): Passage {
    const { state } = this.#options.upstream
    const passage = passageIn(state)
    if (passage !== 'pass' || this.#current !== undefined) return passage
    // it is about to be said that it has ended, or nobody will ever say where it is
    return this.isWithoutAddress ? 'shut' : 'hold'
  }

  get isWithoutAddress(): boolean {
    const { state } = this.#options.upstream
    return state.state === 'ready' && state.pid !== this.#left && this.#current === undefined
  }

  /** A process that was ready and has not ended. */
  find(pid: number): Generation | undefined {
    return this.#live.get(pid)?.generation
  }

  /** It gets no more requests, whatever it is called. */
  leave(pid: number): void {
    const { state } = this.#options.upstream
    if (state.state === 'ready' && state.pid === pid) this.#left = pid
    if (this.#look()) this.#tell()
  }

  facts(): BackendFacts {
    const { upstream, clock } = this.#options
    const { state, restarts, lastExit } = upstream
    return {
      state: state.state,
      restarting: isRestarting(state),
      pid: 'pid' in state ? state.pid : null,
      restarts,
      lastExit,
      tail: this.#tail,
      nextStartInMs: state.state === 'backoff' ? Math.max(0, Math.round(this.#nextStartAt - clock.now())) : null,
      attempt: state.state === 'starting' || state.state === 'backoff' ? state.attempt : null,
      failure: state.state === 'failed' ? (this.#failure ?? failureOf(state.failure, upstream.name)) : null,
    }
  }

  onChange(listener: () => void): () => void {
    // the same function may be given twice
    const own = (): void => listener()
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  /** Hears and tells nothing more; no process is to be asked any more. */
  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#listeners.clear()
    this.#current?.retire()
    this.#current = undefined
  }

  #moved({ to, delayMs = 0 }: SupervisorEvents['state']): void {
    if (to !== 'failed') this.#failure = null
    // news of it: whatever was thought of its process before
    if (to === 'ready') this.#left = undefined
    if (to === 'backoff') this.#nextStartAt = this.#options.clock.now() + delayMs
    this.#look()
    this.#tell()
  }

  #exited({ pid, code, signal, tail }: SupervisorEvents['exit']): void {
    // a process that has never served says nothing of the one that does
    if (this.#options.upstream.lastExit?.pid === pid) this.#tail = this.#shown(tail)
    this.#gone(pid, { code, signal })
  }

  #gone(pid: number, exit: Exit): void {
    const { state } = this.#options.upstream
    if (state.state === 'ready' && state.pid === pid) this.#left = pid
    this.#live.get(pid)?.generation.life.end(exit)
    this.#look()
    this.#end(pid)
    this.#tell()
  }

  /** Takes over what the state says. Whoever hears of it finds the new one already. */
  #look(): boolean {
    const { state } = this.#options.upstream
    const pid = state.state === 'ready' && state.pid !== this.#left ? state.pid : undefined
    const before = this.#current
    if (before?.generation.pid !== pid) {
      this.#current = pid === undefined ? undefined : this.#begin(pid)
      before?.retire()
    }
    if (state.state === 'stopped' || state.state === 'failed') for (const known of [...this.#live.keys()]) this.#end(known)
    return this.#current !== before
  }

  #begin(pid: number): Live | undefined {
    const { upstream, clock, signs } = this.#options
    const address = addressOf(upstream)
    if (address === undefined) return undefined
    this.#end(pid)
    this.#count += 1
    const [retired, ended] = [controller(), controller()]
    const life = new Life(pid, 'path' in address ? address.path : address.port, signs, () => clock.now())
    const live: Live = {
      generation: { number: this.#count, pid, address, retired: retired.signal, ended: ended.signal, life },
      retire: () => retired.abort(),
      end: () => ended.abort(),
    }
    this.#live.set(pid, live)
    return live
  }

  #end(pid: number): void {
    const live = this.#live.get(pid)
    this.#live.delete(pid)
    live?.end()
  }

  #shown(tail: readonly string[]): readonly string[] {
    return tail.slice(-tailLines).map(this.#options.redact)
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

const addressOf = ({ url, socketPath }: Supervisor): Address | undefined => {
  if (socketPath !== undefined) return { path: socketPath }
  if (url === undefined) return undefined
  const { hostname, port } = new URL(url)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 80 : Number(port) }
}

/** Every request may listen. */
const controller = (): AbortController => {
  const made = new AbortController()
  setMaxListeners(0, made.signal)
  return made
}

const codes = {
  'port-taken': 'ERR_PORT_TAKEN',
  'never-ready': 'ERR_NEVER_READY',
  'crash-loop': 'ERR_CRASH_LOOP',
  crashed: 'ERR_CRASHED',
  unkillable: 'ERR_UNKILLABLE',
  launch: 'ERR_LAUNCH_FAILED',
} as const

/** For who comes when it was told already: the event says it better. */
const failureOf = ({ because, reason, launch, detail }: Failure, name: string): NonNullable<BackendFacts['failure']> => ({
  code: launch?.code ?? codes[because],
  reason: launch?.reason ?? reason,
  message: launch?.message ?? `${name} was given up${detail === null ? '' : `: ${detail}`}`,
  hint: launch?.hint ?? null,
})
