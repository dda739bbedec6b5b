/**
 * Decides which of a service's processes serves and which follow, and what is to be done about it. Pure. Each process has a
 * machine of its own (`machine.ts`) that launches it and ends it; here is only who plays which part.
 */
import type { ServiceSpec } from '../config/service.ts'
import type { Exit } from '../launch/launcher.ts'
import type { Model, Rules } from './model.ts'
import { type Ending, judge, type Moment } from './policy.ts'

/**
 * `serving`: the service is what this one is; there is always exactly one. `next`: takes over as soon as it is ready, for it
 * was asked for. `standby`: takes over when the serving one is not ready. `retired`: has been replaced or is not wanted, and
 * ends; at rest it may be cast again.
 */
export type Role = 'serving' | 'next' | 'standby' | 'retired'

/**
 * What can be expected of a process. `starting`: it is on its way. `lost`: it was ready and has ended, or is being ended because
 * it must; another run follows by itself. `again`: another run follows after one that was not ready, or that was asked for.
 * `ending`: none will follow. `resting`: it is not there. `stuck`: it was killed and is still there.
 */
export type Condition = 'starting' | 'ready' | 'lost' | 'again' | 'ending' | 'resting' | 'stuck'

export interface Member {
  readonly slot: number
  readonly role: Role
  readonly condition: Condition
}

export type Pair = ServiceSpec['pair']

export type Move =
  /** It serves from now on, and the one that did becomes `former`. */
  | { readonly do: 'serve'; readonly slot: number; readonly former: 'standby' | 'retired' }
  | { readonly do: 'cast'; readonly slot: number; readonly role: 'next' | 'retired' }
  /** It is `retired`, and ends when it has finished what it answers. */
  | { readonly do: 'retire'; readonly slot: number }
  /** Another process. `counts`: whether the crashes of the service until now are forgotten. */
  | { readonly do: 'start'; readonly role: 'next' | 'standby'; readonly counts: 'fresh' | 'kept' }
  | { readonly do: 'restart'; readonly slot: number }
  /** The next one will not be ready: everything stays as it is. */
  | { readonly do: 'drop'; readonly slot: number }

/** `exit`: how the process of the present run has ended, where that is known before the machine hears of it. */
export const conditionOf = (rules: Rules, { state, history }: Model, exit: Exit | null, moment: Moment): Condition => {
  const follows = (ending: Pick<Ending, 'wasReady'> & Partial<Ending>): boolean => {
    const whole: Ending = { clean: false, portLost: false, reason: null, ...ending }
    return judge(rules.restart, rules.portIsStrict, history, whole, moment).do === 'restart'
  }
  switch (state.state) {
    case 'stopped':
      return 'resting'
    case 'failed':
      return state.failure.because === 'unkillable' ? 'stuck' : 'resting'
    case 'backoff':
      return 'again'
    case 'starting':
      return exit === null ? 'starting' : 'again'
    case 'ready':
      if (exit === null) return 'ready'
      return follows({ wasReady: true, clean: exit.code === 0 }) ? 'lost' : 'ending'
    case 'stopping': {
      const { after } = state
      if (after.do === 'stop') return 'ending'
      if (after.do === 'start') return 'again'
      const { wasReady, fault } = after
      if (!follows({ wasReady, portLost: fault.portLost ?? false })) return 'ending'
      return wasReady ? 'lost' : 'again'
    }
  }
}

const isGone = (member: Member | undefined): boolean => member?.condition === 'resting' || member?.condition === 'stuck'

const isHere = (member: Member | undefined): member is Member => member !== undefined

const castOf = (members: readonly Member[]) => {
  const of = (role: Role): Member | undefined => members.find((member) => member.role === role)
  const serving = of('serving')
  if (serving === undefined) throw new Error('nobody serves')
  return { serving, next: of('next'), standby: of('standby') }
}

const retire = ({ slot }: Member): Move => ({ do: 'retire', slot })

/** What must be done now; nothing when all is as it should be. Asked again when it was done. */
export const settle = (pair: Pair, members: readonly Member[]): readonly Move[] => {
  const { serving, next, standby } = castOf(members)
  // the service has ended, or was given up: with all of its processes
  if (isGone(serving)) return [next, standby].filter(isHere).map(retire)
  // what becomes of it is known when it has ended
  if (serving.condition === 'ending') return []
  if (next !== undefined && isGone(next)) return [{ do: 'drop', slot: next.slot }]
  if (next?.condition === 'ready')
    return [{ do: 'serve', slot: next.slot, former: 'retired' }, ...(standby === undefined ? [] : [retire(standby)])]
  if (serving.condition !== 'ready') return withoutServing(pair, serving, next, standby)
  if (standby?.condition === 'stuck') return [{ do: 'cast', slot: standby.slot, role: 'retired' }]
  if (pair === 'standby' && standby === undefined) return [{ do: 'start', role: 'standby', counts: 'kept' }]
  return []
}

const withoutServing = (pair: Pair, serving: Member, next: Member | undefined, standby: Member | undefined): readonly Move[] => {
  if (standby?.condition === 'ready') return [{ do: 'serve', slot: standby.slot, former: 'standby' }]
  if (serving.condition === 'lost') {
    // it is ahead of the run that follows
    if (standby?.condition === 'starting') return [{ do: 'serve', slot: standby.slot, former: 'standby' }]
    const former = pair === 'standby' && standby === undefined ? 'standby' : 'retired'
    if (next?.condition === 'starting') return [{ do: 'serve', slot: next.slot, former }]
  }
  // tried again when the service is ready
  if (standby !== undefined && isGone(standby)) return [{ do: 'cast', slot: standby.slot, role: 'retired' }]
  return []
}

/** A restart was asked for: without a gap where the service is ready. */
export const onRestart = (pair: Pair, members: readonly Member[]): readonly Move[] => {
  const { serving, next, standby } = castOf(members)
  if (pair !== 'none' && serving.condition === 'ready')
    return [next === undefined ? { do: 'start', role: 'next', counts: 'fresh' } : { do: 'restart', slot: next.slot }]
  // what was launched before is out of date
  return [...[next, standby].filter(isHere).map(retire), { do: 'restart', slot: serving.slot }]
}

/** The serving process is well, and must be replaced. */
export const onReplace = (members: readonly Member[]): readonly Move[] => {
  const { next, standby } = castOf(members)
  if (next !== undefined) return []
  if (standby?.condition === 'ready') return [{ do: 'serve', slot: standby.slot, former: 'retired' }]
  if (standby?.condition === 'starting') return [{ do: 'cast', slot: standby.slot, role: 'next' }]
  return [{ do: 'start', role: 'next', counts: 'kept' }]
}
