/**
 * Decides what a service does next: `transition(rules, model, input, moment)` gives the next model and what is to be
 * done about it. Pure: no I/O, no clock, no chance of its own. One machine drives one child. Its words: `model.ts`.
 *
 * Every input that comes from a run carries the run's number, and inputs of another run are dropped: a late `ready`
 * or a second `exited` cannot harm. A new child is launched only after the old one is known to be gone.
 */

import type { LaunchFailure } from '../launch/launcher.ts'
import type { Ownership } from '../ports/owners.ts'
import type { After, Cause, Effect, ExitReport, Failure, Fault, Input, Model, Rules, State, Step, TerminationKind } from './model.ts'
import { cleanHistory, type Ending, type History, judge, type Moment, type Verdict } from './policy.ts'

export const transition = (rules: Rules, model: Model, input: Input, moment: Moment): Step => {
  if ('run' in input && input.run !== model.run) return unchanged(model)
  switch (input.type) {
    case 'start':
      return onStart(model)
    case 'stop':
      return onStop(model, input.force)
    case 'restart':
      return onRestart(model)
    case 'join':
      return onJoin(model)
    case 'serve':
      return unchanged({ ...model, first: null, history: { ...model.history, neverReady: 0, portLosses: 0 } })
    case 'retire':
      return onRetire(model)
    case 'launched':
      return onLaunched(model, input.pid)
    case 'launch-failed':
      return onLaunchFailed(rules, model, input.failure, moment)
    case 'ready':
      return onReady(model, input.identity)
    case 'unready':
      return onFault(rules, model, 'starting', input.fault, moment)
    case 'unhealthy':
      return onFault(rules, model, 'ready', input.fault, moment)
    case 'exited':
      return onExited(rules, model, input.report, moment)
    case 'unkillable':
      return onUnkillable(model, input.survivors)
    case 'elapsed':
      return onElapsed(model)
  }
}

const unchanged = (model: Model): Step => ({ model, effects: [], cause: null })

const to = (model: Model, state: State, cause: Cause, ...effects: Effect[]): Step => ({ model: { ...model, state }, effects, cause })

/** A fresh run. A request of the user's forgets what went wrong before. */
const launch = (model: Model, cause: Cause, attempt: number, port: 'keep' | 'new', history: History): Step => {
  const run = model.run + 1
  return {
    model: { ...model, run, history, state: { state: 'starting', run, attempt, pid: null } },
    effects: [{ do: 'launch', run, port }],
    cause,
  }
}

const launchAfresh = (model: Model): Step => launch({ ...model, first: null }, 'requested', 1, 'keep', cleanHistory)

/** Its child was killed and would not die: another must not be launched beside it. */
const isStillThere = ({ failure }: Extract<State, { state: 'failed' }>): boolean => failure.because === 'unkillable'

const onStart = (model: Model): Step => {
  const { state } = model
  switch (state.state) {
    case 'stopped':
      return launchAfresh(model)
    case 'failed':
      return isStillThere(state) ? unchanged(model) : launchAfresh(model)
    case 'stopping':
      return state.after.do === 'stop' ? to(model, { ...state, after: { do: 'start' } }, 'requested') : unchanged(model)
    default:
      return unchanged(model)
  }
}

const onRestart = (model: Model): Step => {
  const { state } = model
  switch (state.state) {
    case 'stopped':
      return launchAfresh(model)
    case 'failed':
      return isStillThere(state) ? unchanged(model) : launchAfresh(model)
    case 'backoff': {
      const step = launchAfresh(model)
      return { ...step, effects: [{ do: 'cancel-wait' }, ...step.effects] }
    }
    case 'starting':
      return end(model, state, { do: 'start' }, 'requested', 'graceful')
    case 'ready':
      return end(model, state, { do: 'start' }, 'requested', 'drained')
    case 'stopping':
      return to(model, { ...state, after: { do: 'start' } }, 'requested')
  }
}

const onJoin = (model: Model): Step => {
  const { state, history } = model
  if (state.state !== 'stopped' && (state.state !== 'failed' || isStillThere(state))) return unchanged(model)
  return launch({ ...model, first: null }, 'requested', 1, 'keep', { ...history, neverReady: 0, portLosses: 0 })
}

/** As a stop, but that a process that was serving is given the time to finish. */
const onRetire = (model: Model): Step => {
  const { state } = model
  switch (state.state) {
    case 'ready':
      return end(model, state, { do: 'stop' }, 'replaced', 'drained')
    case 'stopping':
      return to(model, { ...state, after: { do: 'stop' } }, 'replaced')
    default:
      return onStop(model, false)
  }
}

const onStop = (model: Model, force: boolean): Step => {
  const { state } = model
  switch (state.state) {
    case 'stopped':
    case 'failed':
      return unchanged(model)
    case 'backoff':
      return to(model, { state: 'stopped', completed: false, exit: null }, 'requested', { do: 'cancel-wait' })
    case 'starting':
    case 'ready':
      return end(model, state, { do: 'stop' }, 'requested', force ? 'now' : 'graceful')
    case 'stopping': {
      const { draining, ...rest } = state
      const next: State = { ...rest, after: { do: 'stop' }, killed: state.killed || force }
      if (force && !state.killed) return to(model, next, 'requested', { do: 'kill', run: state.run })
      return draining ? to(model, next, 'requested', { do: 'hurry', run: state.run }) : to(model, next, 'requested')
    }
  }
}

type Running = Extract<State, { state: 'starting' | 'ready' }>

const end = (model: Model, { run, pid }: Running, after: After, cause: Cause, how: TerminationKind): Step => {
  const state: State = { state: 'stopping', run, pid, after, killed: how === 'now', ...(how === 'drained' && { draining: true }) }
  return to(model, state, cause, { do: 'terminate', run, how })
}

const onLaunched = (model: Model, pid: number): Step => {
  const { state } = model
  if (state.state === 'starting' && state.pid === null) {
    return to(model, { ...state, pid }, 'launched', { do: 'await-ready', run: state.run })
  }
  // ended while it was being launched: the termination under way ends it
  if (state.state === 'stopping' && state.pid === null) return to(model, { ...state, pid }, 'launched')
  return unchanged(model)
}

const onReady = (model: Model, identity: Ownership): Step => {
  const { state, history } = model
  if (state.state !== 'starting' || state.pid === null) return unchanged(model)
  const next: State = { state: 'ready', run: state.run, attempt: state.attempt, pid: state.pid, identity }
  const step = to(model, next, 'probe passed', { do: 'watch', run: state.run })
  return { ...step, model: { ...step.model, history: { ...history, neverReady: 0, portLosses: 0 } } }
}

const onFault = (rules: Rules, model: Model, expected: 'starting' | 'ready', fault: Fault, moment: Moment): Step => {
  const { state } = model
  if (state.state !== expected) return unchanged(model)
  const wasReady = expected === 'ready'
  if (fault.excess && rules.isReplaceable) {
    const ending: Ending = { wasReady, clean: false, portLost: false, reason: fault.reason }
    const verdict = judge(rules.restart, rules.portIsStrict, model.history, ending, moment)
    // it counts as it would if it were ended first
    if (verdict.do === 'restart')
      return {
        model: { ...model, history: verdict.history },
        effects: [{ do: 'replace', run: state.run, why: fault.message }],
        cause: null,
      }
  }
  const cause = fault.excess ? 'over limit' : wasReady ? 'unresponsive' : 'not ready in time'
  return { ...end(model, state, { do: 'judge', wasReady, fault }, cause, fault.excess ? 'drained' : 'quick'), detail: fault.message }
}

const onLaunchFailed = (rules: Rules, model: Model, launchFailure: LaunchFailure, moment: Moment): Step => {
  const { state } = model
  if (state.state === 'stopping') return afterEnd(rules, model, state, null, moment)
  if (state.state !== 'starting' || state.pid !== null) return unchanged(model)
  const failure: Failure = {
    because: 'launch',
    reason: launchFailure.reason ?? null,
    launch: launchFailure,
    exit: null,
    first: null,
    detail: null,
    count: 1,
  }
  if (!launchFailure.transient) return to(model, { state: 'failed', failure }, 'launch failed')
  const ending: Ending = { wasReady: false, clean: false, portLost: false, reason: failure.reason }
  return follow(model, judge(rules.restart, rules.portIsStrict, model.history, ending, moment), failure, 'launch failed')
}

const onExited = (rules: Rules, model: Model, report: ExitReport, moment: Moment): Step => {
  const { state } = model
  if (state.state === 'stopping') return afterEnd(rules, model, state, report, moment)
  // the kernel has let it go after all
  if (state.state === 'failed' && isStillThere(state)) return to(model, { state: 'stopped', completed: false, exit: report }, 'exited')
  if (state.state !== 'starting' && state.state !== 'ready') return unchanged(model)
  const ending: Ending = {
    wasReady: state.state === 'ready',
    clean: report.code === 0,
    portLost: report.portLost,
    reason: report.reason,
  }
  return conclude(rules, model, ending, report, null, moment)
}

/** What was to follow when the child that was being ended is gone. */
const afterEnd = (
  rules: Rules,
  model: Model,
  { after }: Extract<State, { state: 'stopping' }>,
  exit: ExitReport | null,
  moment: Moment,
): Step => {
  switch (after.do) {
    case 'stop':
      return to(model, { state: 'stopped', completed: false, exit }, 'exited')
    case 'start':
      return launchAfresh(model)
    case 'judge': {
      const ending: Ending = { wasReady: after.wasReady, clean: false, portLost: after.fault.portLost ?? false, reason: after.fault.reason }
      return conclude(rules, model, ending, exit, after.fault.message, moment)
    }
  }
}

const conclude = (rules: Rules, model: Model, ending: Ending, exit: ExitReport | null, detail: string | null, moment: Moment): Step => {
  const verdict = judge(rules.restart, rules.portIsStrict, model.history, ending, moment)
  const first = verdict.do !== 'complete' && beginsStreak(verdict.history, ending) ? exit : (model.first ?? exit)
  const failure: Failure = { because: 'crashed', reason: ending.reason, launch: null, exit, first, detail, count: 0 }
  const cause: Cause = verdict.do === 'restart' && verdict.port === 'new' ? 'port lost' : 'exited'
  return follow({ ...model, first }, verdict, failure, cause)
}

/** After long good service a crash is the first again. */
const beginsStreak = ({ crashes, neverReady }: History, { wasReady }: Ending): boolean => (wasReady ? crashes < 1.5 : neverReady === 1)

const follow = (model: Model, verdict: Verdict, failure: Failure, cause: Cause): Step => {
  switch (verdict.do) {
    case 'complete':
      return to(model, { state: 'stopped', completed: true, exit: failure.exit }, 'completed')
    case 'give-up': {
      const { because, history } = verdict
      const count = because === 'never-ready' ? history.neverReady : Math.ceil(history.crashes)
      const state: State = { state: 'failed', failure: { ...failure, because: failure.because === 'launch' ? 'launch' : because, count } }
      return { ...to(model, state, 'gave up'), model: { ...model, history, state } }
    }
    case 'restart': {
      const { history, delayMs, port } = verdict
      const attempt = history.neverReady + history.portLosses + 1
      const state: State = { state: 'backoff', run: model.run, attempt, delayMs, port }
      return { model: { ...model, history, state }, effects: [{ do: 'wait', run: model.run, delayMs }], cause }
    }
  }
}

const onUnkillable = (model: Model, survivors: readonly number[]): Step => {
  const { state } = model
  if (state.state !== 'stopping') return unchanged(model)
  const failure: Failure = {
    because: 'unkillable',
    reason: 'UNINTERRUPTIBLE_IO',
    launch: null,
    exit: null,
    first: null,
    detail: survivors.join(', '),
    count: survivors.length,
  }
  return to(model, { state: 'failed', failure }, 'gave up')
}

const onElapsed = (model: Model): Step => {
  const { state } = model
  if (state.state !== 'backoff') return unchanged(model)
  return launch(model, 'backoff elapsed', state.attempt, state.port, model.history)
}
