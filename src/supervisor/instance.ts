import type { ServiceSpec } from '../config/service.ts'
import { type Address, told } from '../launch/surroundings.ts'
import type { OutputTail } from '../logs/tail.ts'
import type { Claim } from './claim.ts'
import type { SupervisorDeps } from './deps.ts'
import type { Emitter } from './events.ts'
import { transition } from './machine.ts'
import { type Effect, type Input, initialModel, type Model, type Rules, type State, type Step } from './model.ts'
import { Run } from './run.ts'

export interface InstanceContext {
  readonly service: ServiceSpec
  readonly deps: SupervisorDeps
  readonly events: Emitter
  readonly tail: OutputTail
  readonly claim: Claim
  /** Called after each change of state, when its effects have begun and its event was told. */
  readonly onChange: (state: State) => void
}

/**
 * Interprets one machine: feeds it inputs one at a time, and performs its effects on the run that they belong to. A
 * supervisor is the face of one instance (later of two: the generation that serves, and the one that follows it).
 */
export class Instance {
  readonly #context: InstanceContext
  readonly #rules: Rules
  #model: Model = initialModel
  #queue: Input[] = []
  #running = false
  #run: Run | undefined
  #cancelWait = (): void => {}

  constructor(context: InstanceContext) {
    this.#context = context
    const { service } = context
    this.#rules = { restart: service.restart, portIsStrict: isStrict(service.address) }
  }

  get state(): State {
    return this.#model.state
  }

  /** The run that is under way, or was the last. */
  get run(): Run | undefined {
    return this.#run
  }

  /** Inputs that effects cause wait for their turn, so that no step sees half of another. */
  dispatch(input: Input): void {
    this.#queue.push(input)
    if (this.#running) return
    this.#running = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#step(next)
    } finally {
      this.#running = false
    }
  }

  #step(input: Input): void {
    const { deps, onChange } = this.#context
    const before = this.#model.state
    const step = transition(this.#rules, this.#model, input, { at: deps.clock.now(), random: deps.random() })
    this.#model = step.model
    // effects first: a child is on its way while listeners are still being told
    for (const effect of step.effects) this.#perform(effect)
    if (step.model.state.state !== before.state) this.#tell(before, step)
    if (step.model.state !== before) onChange(step.model.state)
  }

  #perform(effect: Effect): void {
    switch (effect.do) {
      case 'launch':
        this.#launch(effect.run, effect.port)
        break
      case 'await-ready':
        void this.#run?.awaitReady()
        break
      case 'watch':
        void this.#run?.watch()
        break
      case 'terminate':
        this.#run?.terminate(effect.how)
        break
      case 'kill':
        this.#run?.kill()
        break
      case 'wait':
        this.#wait(effect.run, effect.delayMs)
        break
      case 'cancel-wait':
        this.#cancelWait()
    }
  }

  #launch(number: number, port: 'keep' | 'new'): void {
    const { service, deps, events, tail, claim } = this.#context
    const previous: Address | null = this.#run?.address ?? null
    this.#run = new Run(number, { service, deps, events, tail, claim, previous, report: (input) => this.dispatch(input) })
    void this.#run.launch(port)
  }

  #wait(run: number, delayMs: number): void {
    const elapsed = (): void => this.dispatch({ type: 'elapsed', run })
    if (delayMs === 0) elapsed()
    else this.#cancelWait = this.#context.deps.clock.setTimer(delayMs, elapsed)
  }

  #tell(before: State, { model: { state }, cause, detail }: Step): void {
    const { events, service } = this.#context
    const run = this.#run
    const place = told(state.state === 'ready' ? (run?.address ?? null) : null)
    events.emit('state', {
      from: before.state,
      to: state.state,
      cause: cause ?? 'requested',
      ...(detail !== undefined && { detail }),
      ...('pid' in state && state.pid !== null && { pid: state.pid }),
      ...present(place),
      ...('attempt' in state && { attempt: state.attempt }),
      ...('delayMs' in state && { delayMs: state.delayMs }),
    })
    if (state.state !== 'ready' || run === undefined) return
    events.emit('ready', {
      pid: state.pid,
      ...place,
      startupMs: run.uptimeMs,
      identity: state.identity,
      ...(service.launchReason !== null && { launchReason: service.launchReason }),
    })
  }
}

const isStrict = (wanted: ServiceSpec['address']): boolean => wanted === 'socket' || typeof wanted?.port === 'number'

/** Of an address as it is told: what there is of it. */
const present = ({ port, url, socket }: ReturnType<typeof told>): { port?: number; url?: string; socket?: string } => ({
  ...(port !== null && { port }),
  ...(url !== null && { url }),
  ...(socket !== undefined && { socket }),
})
