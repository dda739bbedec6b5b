import type { ServiceSpec } from '../config/service.ts'
import type { Exit } from '../launch/launcher.ts'
import { told } from '../launch/surroundings.ts'
import type { OutputTail } from '../logs/tail.ts'
import { announce } from './announce.ts'
import { type Member, type Move, onReplace, onRestart, type Role, settle } from './cast.ts'
import type { Claim } from './claim.ts'
import type { SupervisorDeps } from './deps.ts'
import type { Emitter, SupervisorEvents } from './events.ts'
import { failureError } from './failure.ts'
import { type Crashes, Instance, type InstanceContext } from './instance.ts'
import { type Cause, initialModel, type State } from './model.ts'
import { cleanHistory } from './policy.ts'
import type { Run } from './run.ts'
import { voiceOf } from './voice.ts'

export interface GenerationsContext {
  readonly service: ServiceSpec
  readonly deps: SupervisorDeps
  readonly events: Emitter
  readonly tail: OutputTail
  readonly claim: Claim
  readonly drain: InstanceContext['drain']
  /** One of the processes has ended, and what follows at once has been told. */
  readonly onGone: (pid: number, exit: Exit) => void
  /** Called after each change, when its event was told. `isAnother`: another process is the service now. */
  readonly onChange: (state: State, isAnother: boolean) => void
}

/**
 * What becomes of a process that was asked for in the place of another. `taken`: from now on the service itself tells how it
 * goes on. A state: it has ended, and everything stays as it was.
 */
export interface Replacement {
  outcome: 'coming' | 'taken' | State
}

interface Generation {
  readonly instance: Instance
  role: Role
  /** The run in which it was the service. */
  served?: Run | undefined
  /** Of the next one: who waits for it, and what it is for. */
  replacement?: Replacement | undefined
  why?: string | undefined
  /** Ends its waiting for a calm moment. */
  hurry?: (() => void) | undefined
}

/** As many may finish what they answer at a time; beyond that the oldest is told to end. */
const mostRetired = 3

/**
 * To launch a process holds our thread for some milliseconds, and its start takes what others need. One that only stands by
 * waits that long: those go first who have waited for the one that serves.
 */
const calmMs = 100

/**
 * The processes of a service behind one face: the one that serves and, with `overlap` or `standby`, those that follow it. What
 * the service is, is told as `state`; what the others are, as `standby`. Who plays which part is decided in `cast.ts`.
 */
export class Generations {
  readonly #context: GenerationsContext
  /** By slot. */
  readonly #all: Generation[] = []
  readonly #crashes: Crashes = { now: cleanHistory }
  /** Of runs that never served: what goes wrong beside the service says nothing about it. */
  readonly #crashesBeside: Crashes = { now: cleanHistory }
  #serving: Generation
  #state: State = initialModel.state
  /** The oldest first. */
  #retired: Generation[] = []
  #isBusy = false

  constructor(context: GenerationsContext) {
    this.#context = context
    this.#serving = this.#make('serving')
  }

  /** Of the service. While it ends, `stopping` until the last of its processes has ended. */
  get state(): State {
    return this.#state
  }

  /** Of the process that is the service, or was last. */
  get run(): Run | undefined {
    return this.#serving.instance.run
  }

  /** Of the process that stands by; undefined where none was started since the service is ready. */
  get standby(): State | undefined {
    return this.#one('standby')?.instance.state
  }

  /** What runs. */
  get pids(): readonly number[] {
    return this.#all.flatMap(({ instance: { run } }) => (run?.exit === null ? (run.pid ?? []) : []))
  }

  /** Whether a process that runs, or has just ended, is or was the service. */
  hasServed(pid: number): boolean {
    return this.#all.some((each) => each.instance.run?.pid === pid && isOfService(each))
  }

  start(): void {
    if (endOf(this.#state) !== undefined) this.#crashesBeside.now = cleanHistory
    this.#serving.instance.dispatch({ type: 'start' })
  }

  /** undefined: nobody is to be replaced, and the service itself tells how it goes on. */
  restart(): Replacement | undefined {
    // as a launch that was asked for does: the one that follows may not count among the service's yet
    this.#crashes.now = cleanHistory
    this.#together(() => this.#perform(onRestart(this.#context.service.pair, this.#members())))
    const next = this.#one('next')
    if (next === undefined) return undefined
    next.replacement ??= { outcome: 'coming' }
    return next.replacement
  }

  /** Ends all of them. Returns what ends with the service. */
  stop(force: boolean): readonly Run[] {
    const ending = this.#all.filter((each) => each === this.#serving || each.instance.condition !== 'resting')
    this.#together(() => {
      for (const each of ending) {
        if (each === this.#serving) continue
        this.#dismiss(each)
        each.instance.dispatch({ type: 'stop', force })
      }
      this.#serving.instance.dispatch({ type: 'stop', force })
    })
    return ending.flatMap(({ instance }) => instance.run ?? [])
  }

  #make(role: Role): Generation {
    const { service, deps, events, tail, claim, drain } = this.#context
    const isServing = (): boolean => this.#serving === generation
    const isAlone = service.pair === 'none'
    const instance = new Instance({
      ...{ service, deps, tail, claim, drain },
      events: isAlone ? events : voiceOf(events, isServing),
      slot: this.#all.length,
      crashes: () => (isOfService(generation) ? this.#crashes : this.#crashesBeside),
      calm: isAlone ? undefined : () => this.#calm(generation),
      isReplaceable: () => !isAlone && isServing(),
      onStep: (before, { cause, detail }) => this.#stepped(generation, before, cause ?? 'requested', detail),
      onEnded: (pid, exit) => {
        this.#together(() => {})
        this.#context.onGone(pid, exit)
      },
      onReplace: (why) => this.#together(() => this.#perform(onReplace(this.#members()), why)),
    })
    const generation: Generation = { instance, role }
    this.#all.push(generation)
    return generation
  }

  #calm(generation: Generation): Promise<void> {
    if (generation.role !== 'standby') return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = this.#context.deps.clock.setTimer(calmMs, resolve)
      generation.hurry = () => {
        cancel()
        resolve()
      }
    })
  }

  #one(role: Role): Generation | undefined {
    return this.#all.find((each) => each.role === role)
  }

  #members(): Member[] {
    return this.#all.map(({ instance, role }) => ({ slot: instance.slot, role, condition: instance.condition }))
  }

  /** Does what there is to do, and then what follows from it. Within itself: only what there is to do. */
  #together(work: () => void): void {
    if (this.#isBusy) {
      work()
      return
    }
    this.#isBusy = true
    try {
      work()
      const { pair } = this.#context.service
      if (pair === 'none') return
      for (let moves = settle(pair, this.#members()); moves.length > 0; moves = settle(pair, this.#members())) this.#perform(moves)
    } finally {
      this.#isBusy = false
    }
  }

  #stepped(generation: Generation, before: State, cause: Cause, detail: string | undefined): void {
    this.#together(() => {
      // what another one serves instead of, nobody needs to hear of
      const isReplaced = generation === this.#serving && this.#isToBeReplaced()
      if (generation !== this.#serving) this.#tellOther(generation, before)
      else if (!isReplaced) this.#tell(cause, detail)
      if (generation.role !== 'retired' || isUnderWay(generation)) return
      if (generation.instance.condition === 'resting') this.#context.claim.drop(generation.instance.slot)
      // the last one to end ends the service
      const end = endOf(this.#serving.instance.state)
      if (end !== undefined) this.#tell(end, undefined)
    })
  }

  #isToBeReplaced(): boolean {
    const { pair } = this.#context.service
    return pair !== 'none' && settle(pair, this.#members())[0]?.do === 'serve'
  }

  #perform(moves: readonly Move[], why?: string): void {
    for (const move of moves) this.#performOne(move, why)
  }

  #performOne(move: Move, why: string | undefined): void {
    if (move.do === 'start') this.#begin(move, why)
    const generation = 'slot' in move ? this.#all[move.slot] : undefined
    if (generation === undefined) return
    switch (move.do) {
      case 'serve':
        this.#serve(generation, move.former, why)
        break
      case 'cast':
        generation.role = move.role
        generation.why = why
        generation.hurry?.()
        break
      case 'retire':
        this.#retire(generation)
        break
      case 'restart':
        generation.instance.dispatch({ type: 'restart' })
        break
      case 'drop':
        this.#drop(generation)
    }
  }

  #begin({ role, counts }: Extract<Move, { do: 'start' }>, why: string | undefined): void {
    const generation = this.#all.find((each) => each.role === 'retired' && each.instance.condition === 'resting') ?? this.#make(role)
    Object.assign(generation, { role, why, served: undefined })
    generation.instance.dispatch({ type: counts === 'fresh' ? 'start' : 'join' })
  }

  /** Told before anything else is done: somebody waits for it. */
  #serve(generation: Generation, role: 'standby' | 'retired', why = generation.why): void {
    const former = this.#serving
    const { state } = former.instance
    former.role = role
    former.served = former.instance.run
    generation.role = 'serving'
    this.#serving = generation
    take(generation)
    generation.instance.dispatch({ type: 'serve' })
    const isReady = generation.instance.state.state === 'ready'
    const isFaulty = state.state === 'stopping' && state.after.do === 'judge'
    this.#tell(isReady ? 'replaced' : isFaulty ? 'unresponsive' : 'exited', why ?? (isFaulty ? state.after.fault.message : undefined), true)
    this.#context.claim.lead(generation.instance.slot)
    // whoever was told may have asked for something else
    if (former.role === 'retired') this.#retire(former)
    else if (former.instance.state.state === 'starting') this.#tellOther(former, initialModel.state)
  }

  #retire(generation: Generation): void {
    this.#dismiss(generation)
    generation.instance.dispatch({ type: 'retire' })
    const others = this.#retired.filter((each) => each !== generation)
    this.#retired = [...others, generation].filter((each) => each.role === 'retired' && isUnderWay(each))
    const oldest = this.#retired.length > mostRetired ? this.#retired.shift() : undefined
    oldest?.instance.dispatch({ type: 'stop', force: false })
  }

  #dismiss(generation: Generation): void {
    const { role, instance } = generation
    generation.role = 'retired'
    take(generation)
    if (role === 'standby' && instance.condition !== 'resting') this.#context.events.emit('standby', { state: 'stopped' })
  }

  /** The next one has ended: who it was to replace goes on. */
  #drop(generation: Generation): void {
    const { events, service, claim, onChange } = this.#context
    const { instance, replacement } = generation
    const { state } = instance
    generation.role = 'retired'
    generation.replacement = undefined
    if (replacement !== undefined) replacement.outcome = state
    if (instance.condition === 'resting') claim.drop(instance.slot)
    const detail = state.state === 'failed' ? failureError(state.failure, service.name).message : `${service.name} ended with code 0`
    events.emit('standby', { state: 'failed', detail, ...this.#replaced() })
    onChange(this.#state, false)
  }

  /** What the service is now, if it is something else than before. */
  #tell(cause: Cause, detail: string | undefined, isAnother = false): void {
    const { events, service, onChange } = this.#context
    const from = this.#state
    const to = this.#stateOfAll()
    if (to === from && !isAnother) return
    this.#state = to
    if (to.state !== from.state || isAnother) announce(events, { from, to, cause, detail, run: this.run }, service)
    onChange(to, isAnother)
  }

  /** It has ended when all of its processes have. */
  #stateOfAll(): State {
    const { state } = this.#serving.instance
    if ((state.state !== 'stopped' && state.state !== 'failed') || this.#all.length === 1) return state
    const others = this.#all.filter((each) => each !== this.#serving)
    const left = others.find(isUnderWay)
    if (left === undefined) return others.find(({ instance }) => instance.condition === 'stuck')?.instance.state ?? state
    const { pid, number } = left.instance.run ?? { pid: null, number: 0 }
    return { state: 'stopping', run: number, pid, after: { do: 'stop' }, killed: false }
  }

  #tellOther({ role, instance, why }: Generation, before: State): void {
    if (role === 'retired') return
    const { state, run } = instance
    const facts = followerFacts(state, before, this.#context.service.name)
    // the next one is told of as the service, or as what it is not
    if (facts === undefined || (role === 'next' && facts.state !== 'starting')) return
    const { port } = told(run?.address ?? null)
    const isThere = facts.pid !== undefined && port !== null
    const because = role === 'next' && why !== undefined ? { detail: why } : {}
    this.#context.events.emit('standby', { ...facts, ...(isThere && { port }), ...(role === 'next' && this.#replaced()), ...because })
  }

  #replaced(): Pick<SupervisorEvents['standby'], 'replaces'> {
    const { state } = this.#serving.instance
    return 'pid' in state && state.pid !== null ? { replaces: state.pid } : {}
  }
}

/** It is the service now, or is not wanted any more. */
const take = (generation: Generation): void => {
  generation.hurry?.()
  if (generation.replacement !== undefined) generation.replacement.outcome = 'taken'
  generation.replacement = undefined
}

/** What becomes of its run is what becomes of the service. */
const isOfService = ({ role, served, instance: { run } }: Generation): boolean =>
  role === 'serving' || (run !== undefined && served === run)

const followerFacts = (state: State, before: State, name: string): SupervisorEvents['standby'] | undefined => {
  switch (state.state) {
    case 'starting':
      if (state.pid === null || (before.state === 'starting' && before.pid !== null)) return undefined
      return { state: 'starting', pid: state.pid }
    case 'ready':
      return { state: 'ready', pid: state.pid }
    case 'backoff':
      // what follows at once is told then
      return state.delayMs === 0 ? undefined : { state: 'backoff' }
    case 'failed':
      return { state: 'failed', detail: failureError(state.failure, name).message }
    case 'stopped':
      return { state: 'stopped' }
    case 'stopping':
      return undefined
  }
}

/** Why a service ends whose last process has ended; undefined: it does not. */
const endOf = (state: State): Cause | undefined => {
  if (state.state === 'failed') return 'gave up'
  if (state.state === 'stopped') return state.completed ? 'completed' : 'exited'
  return undefined
}

const isUnderWay = ({ instance: { condition } }: Generation): boolean => condition !== 'resting' && condition !== 'stuck'
