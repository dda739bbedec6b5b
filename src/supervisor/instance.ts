import type { ServiceSpec } from '../config/service.ts'
import type { Address } from '../launch/surroundings.ts'
import type { OutputTail } from '../logs/tail.ts'
import { type Condition, conditionOf } from './cast.ts'
import type { Claim } from './claim.ts'
import type { SupervisorDeps } from './deps.ts'
import { transition } from './machine.ts'
import { type Effect, type Input, initialModel, type Model, type Rules, type State, type Step } from './model.ts'
import type { History } from './policy.ts'
import { Run, type RunContext } from './run.ts'
import type { Voice } from './voice.ts'

/** Of a service, or of what stands by for it, whichever process it was. */
export interface Crashes {
  now: Pick<History, 'crashes' | 'crashedAt'>
}

export interface InstanceContext {
  readonly service: ServiceSpec
  readonly deps: SupervisorDeps
  readonly events: Voice
  readonly tail: OutputTail
  readonly claim: Claim
  readonly slot: number
  /** Those that its run counts among: of the service, or of what only stands by. */
  readonly crashes: () => Crashes
  readonly drain: RunContext['drain']
  readonly calm: RunContext['calm']
  readonly isReplaceable: () => boolean
  /** Called after each step that changed the state, when its effects have begun. */
  readonly onStep: (before: State, step: Step) => void
  /** Its process has ended; what follows from that is decided when it was looked after. */
  readonly onEnded: RunContext['onEnded']
  /** Another process has to take its place. */
  readonly onReplace: (why: string) => void
}

/** Interprets one machine: feeds it inputs one at a time, and performs its effects on the run that they belong to. */
export class Instance {
  readonly #context: InstanceContext
  #model: Model = initialModel
  #queue: Input[] = []
  #running = false
  #run: Run | undefined
  #cancelWait = (): void => {}

  constructor(context: InstanceContext) {
    this.#context = context
  }

  get slot(): number {
    return this.#context.slot
  }

  get state(): State {
    return this.#model.state
  }

  /** The run that is under way, or was the last. */
  get run(): Run | undefined {
    return this.#run
  }

  get condition(): Condition {
    const run = this.#run?.number === this.#model.run ? this.#run : undefined
    return conditionOf(this.#rules, this.#shared(), run?.exit ?? null, { at: this.#context.deps.clock.now(), random: 0.5 })
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

  get #rules(): Rules {
    const { service, isReplaceable } = this.#context
    return { restart: service.restart, portIsStrict: isStrict(service.address), isReplaceable: isReplaceable() }
  }

  /** The crashes of others are in the history of each. */
  #shared(): Model {
    return { ...this.#model, history: { ...this.#model.history, ...this.#context.crashes().now } }
  }

  #step(input: Input): void {
    const { deps, onStep } = this.#context
    // its effects may give it another part
    const crashes = this.#context.crashes()
    const before = this.#model.state
    const step = transition(this.#rules, this.#shared(), input, { at: deps.clock.now(), random: deps.random() })
    this.#model = step.model
    crashes.now = { crashes: step.model.history.crashes, crashedAt: step.model.history.crashedAt }
    // effects first: a child is on its way while listeners are still being told
    for (const effect of step.effects) this.#perform(effect)
    if (step.model.state !== before) onStep(before, step)
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
        this.#run?.watch()
        break
      case 'terminate':
        this.#run?.terminate(effect.how)
        break
      case 'hurry':
        this.#run?.hurry()
        break
      case 'kill':
        this.#run?.kill()
        break
      case 'replace':
        this.#context.onReplace(effect.why)
        break
      case 'wait':
        this.#wait(effect.run, effect.delayMs)
        break
      case 'cancel-wait':
        this.#cancelWait()
    }
  }

  #launch(number: number, port: 'keep' | 'new'): void {
    const { service, deps, events, tail, claim, slot, drain, calm, onEnded } = this.#context
    const previous: Address | null = this.#run?.address ?? null
    const report = (input: Input): void => this.dispatch(input)
    this.#run = new Run(number, { service, deps, events, tail, claim, slot, drain, calm, onEnded, previous, report })
    void this.#run.launch(port)
  }

  #wait(run: number, delayMs: number): void {
    const elapsed = (): void => this.dispatch({ type: 'elapsed', run })
    if (delayMs === 0) elapsed()
    else this.#cancelWait = this.#context.deps.clock.setTimer(delayMs, elapsed)
  }
}

const isStrict = (wanted: ServiceSpec['address']): boolean => wanted === 'socket' || typeof wanted?.port === 'number'
