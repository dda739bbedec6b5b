import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LaunchFailure } from '../../src/launch/launcher.ts'
import { transition } from '../../src/supervisor/machine.ts'
import {
  type Effect,
  type ExitReport,
  type Fault,
  type Input,
  initialModel,
  type Model,
  type Rules,
  type State,
  type Step,
  type TerminationKind,
} from '../../src/supervisor/model.ts'
import { cleanHistory, type History, neverReadyLimit, portLossLimit } from '../../src/supervisor/policy.ts'

const rules: Rules = {
  restart: {
    when: 'always',
    backoff: { initialMs: 500, maxMs: 10_000, factor: 2, jitter: 0.2 },
    intensity: { maxRestarts: 5, halfLifeMs: 300_000 },
  },
  portIsStrict: false,
  isReplaceable: false,
}
const withWhen = (when: Rules['restart']['when']): Rules => ({ ...rules, restart: { ...rules.restart, when } })

const exit: ExitReport = {
  pid: 71,
  code: 1,
  signal: null,
  uptimeMs: 40,
  reason: null,
  tail: ['boom'],
  requested: false,
  portLost: false,
  survivors: [],
}
const clean: ExitReport = { ...exit, code: 0 }
const portLost: ExitReport = { ...exit, portLost: true, reason: 'PORT_TAKEN' }
const fault: Fault = { reason: 'EVENT_LOOP_BLOCKED', message: 'silent for 30 s' }
const excess: Fault = { reason: null, message: 'uses 612 MB', excess: true }
const permanent: LaunchFailure = {
  code: 'ERR_EXECUTABLE_NOT_FOUND',
  reason: 'COMMAND_NOT_FOUND',
  message: 'm',
  hint: 'h',
  transient: false,
}
const transient: LaunchFailure = { ...permanent, code: 'ERR_LAUNCH_FAILED', reason: 'TOO_MANY_OPEN_FILES', transient: true }

/** The latest run in all of the tables. */
const run = 3
const stopped: State = { state: 'stopped', completed: false, exit: null }
const launching: State = { state: 'starting', run, attempt: 1, pid: null }
const starting: State = { ...launching, pid: 71 }
const ready: State = { state: 'ready', run, attempt: 1, pid: 71, identity: 'ours' }
const stopping = (after: Extract<State, { state: 'stopping' }>['after'], pid: number | null = 71, killed = false): State => ({
  state: 'stopping',
  run,
  pid,
  after,
  killed,
})
const toStop = { do: 'stop' } as const
const toStart = { do: 'start' } as const
const toJudge = { do: 'judge', wasReady: true, fault } as const
const toJudgeUnready = { do: 'judge', wasReady: false, fault } as const
const backoff: State = { state: 'backoff', run, attempt: 2, delayMs: 500, port: 'keep' }
const failed: State = {
  state: 'failed',
  failure: { because: 'never-ready', reason: null, launch: null, exit, first: exit, detail: null, count: 3 },
}
const freshRun = (attempt = 1): State => ({ state: 'starting', run: run + 1, attempt, pid: null })
const launchNext = (port: 'keep' | 'new' = 'keep'): Effect => ({ do: 'launch', run: run + 1, port })
const draining = (after: Extract<State, { state: 'stopping' }>['after'], pid = 71): State =>
  ({ ...stopping(after, pid), draining: true }) as State
const terminate = (how: TerminationKind): Effect => ({ do: 'terminate', run, how })
const retryNow: State = { state: 'backoff', run, attempt: 2, delayMs: 0, port: 'keep' }
const restartNow: State = { ...retryNow, attempt: 1 }
const waitNothing: Effect = { do: 'wait', run, delayMs: 0 }
const unkillable: State = {
  state: 'failed',
  failure: { because: 'unkillable', reason: 'UNINTERRUPTIBLE_IO', launch: null, exit: null, first: null, detail: '71', count: 1 },
}
const gaveUp = (because: string): unknown => ({ state: 'failed', failure: expect.objectContaining({ because }) })

const step = (state: State, input: Input, by: Rules = rules, history: History = cleanHistory): Step =>
  transition(by, { state, run, history, first: null }, input, { at: 1000, random: 0.5 })

type Row = readonly [what: string, from: State, input: Input, to: unknown, effects: readonly Effect[]]

describe('what follows what', () => {
  it.each([
    ['start launches', stopped, { type: 'start' }, freshRun(), [launchNext()]],
    ['restart launches what is stopped', stopped, { type: 'restart' }, freshRun(), [launchNext()]],
    ['start tries again what was given up', failed, { type: 'start' }, freshRun(), [launchNext()]],
    ['restart tries again what was given up', failed, { type: 'restart' }, freshRun(), [launchNext()]],
    ['a restart does not wait for the backoff', backoff, { type: 'restart' }, freshRun(), [{ do: 'cancel-wait' }, launchNext()]],
    ['a restart ends what is being launched first', launching, { type: 'restart' }, stopping(toStart, null), [terminate('graceful')]],
    ['a restart ends what is not ready first', starting, { type: 'restart' }, stopping(toStart), [terminate('graceful')]],
    ['a restart ends what serves first, when it has answered', ready, { type: 'restart' }, draining(toStart), [terminate('drained')]],
    ['a restart takes the place of another', draining(toStart), { type: 'restart' }, draining(toStart), []],
    ['a restart takes the place of a stop', stopping(toStop), { type: 'restart' }, stopping(toStart), []],
    ['a start takes the place of a stop', stopping(toStop), { type: 'start' }, stopping(toStart), []],
    ['a restart takes the place of a judgement', stopping(toJudge), { type: 'restart' }, stopping(toStart), []],

    ['a stop is graceful', ready, { type: 'stop', force: false }, stopping(toStop), [terminate('graceful')]],
    ['a forced stop is not', ready, { type: 'stop', force: true }, stopping(toStop, 71, true), [terminate('now')]],
    ['a stop ends what is not ready', starting, { type: 'stop', force: false }, stopping(toStop), [terminate('graceful')]],
    ['a stop ends what is being launched', launching, { type: 'stop', force: false }, stopping(toStop, null), [terminate('graceful')]],
    ['a stop ends the backoff', backoff, { type: 'stop', force: false }, stopped, [{ do: 'cancel-wait' }]],
    ['a stop takes the place of a restart', stopping(toStart), { type: 'stop', force: false }, stopping(toStop), []],
    ['a stop takes the place of a judgement', stopping(toJudge), { type: 'stop', force: false }, stopping(toStop), []],
    ['a stop waits for no answer', draining(toStart), { type: 'stop', force: false }, stopping(toStop), [{ do: 'hurry', run }]],
    ['nor does force', draining(toStart), { type: 'stop', force: true }, stopping(toStop, 71, true), [{ do: 'kill', run }]],
    ['a start after a retirement waits for it', draining(toStop), { type: 'start' }, draining(toStart), []],
    ['force escalates', stopping(toStop), { type: 'stop', force: true }, stopping(toStop, 71, true), [{ do: 'kill', run }]],
    ['force escalates once', stopping(toStop, 71, true), { type: 'stop', force: true }, stopping(toStop, 71, true), []],
    ['patience does not undo a kill', stopping(toStop, 71, true), { type: 'stop', force: false }, stopping(toStop, 71, true), []],

    [
      'a launched child is asked whether it is ready',
      launching,
      { type: 'launched', run, pid: 71 },
      starting,
      [{ do: 'await-ready', run }],
    ],
    ['a ready child is watched', starting, { type: 'ready', run, identity: 'ours' }, ready, [{ do: 'watch', run }]],
    [
      'the identity is kept',
      starting,
      { type: 'ready', run, identity: 'unknown' },
      { ...ready, identity: 'unknown' },
      [{ do: 'watch', run }],
    ],
    [
      'a child that does not become ready is ended',
      starting,
      { type: 'unready', run, fault },
      stopping(toJudgeUnready),
      [terminate('quick')],
    ],
    ['a child that is found wanting is ended', ready, { type: 'unhealthy', run, fault }, stopping(toJudge), [terminate('quick')]],
    [
      'a child that only takes too much gets the whole grace',
      ready,
      { type: 'unhealthy', run, fault: excess },
      draining({ do: 'judge', wasReady: true, fault: excess }),
      [terminate('drained')],
    ],

    ['one more is launched', stopped, { type: 'join' }, freshRun(), [launchNext()]],
    ['one more is tried again', failed, { type: 'join' }, freshRun(), [launchNext()]],
    ['who was replaced ends when it has answered', ready, { type: 'retire' }, draining(toStop), [terminate('drained')]],
    ['who is replaced before it is ready ends', starting, { type: 'retire' }, stopping(toStop), [terminate('graceful')]],
    ['who is replaced while it is launched ends', launching, { type: 'retire' }, stopping(toStop, null), [terminate('graceful')]],
    ['who is replaced does not come again', backoff, { type: 'retire' }, stopped, [{ do: 'cancel-wait' }]],
    ['nor where it is being ended', stopping(toJudge), { type: 'retire' }, stopping(toStop), []],
    ['a second retirement cuts no answer', draining(toStop), { type: 'retire' }, draining(toStop), []],
    ['a child that arrives late is known', stopping(toStop, null), { type: 'launched', run, pid: 71 }, stopping(toStop), []],

    ['a crash of a ready child restarts at once', ready, { type: 'exited', run, report: exit }, restartNow, [waitNothing]],
    ['a first run that was not ready is repeated at once', starting, { type: 'exited', run, report: exit }, retryNow, [waitNothing]],
    ['even one that ended before it was told of', launching, { type: 'exited', run, report: exit }, retryNow, [waitNothing]],
    ['a lost port is chosen anew', starting, { type: 'exited', run, report: portLost }, { ...retryNow, port: 'new' }, [waitNothing]],
    ['a launch that may yet work is repeated', launching, { type: 'launch-failed', run, failure: transient }, retryNow, [waitNothing]],
    ['a launch that cannot work is not', launching, { type: 'launch-failed', run, failure: permanent }, gaveUp('launch'), []],
    ['the backoff ends in a run', backoff, { type: 'elapsed', run }, freshRun(2), [launchNext()]],
    ['a lost port stays in mind over the backoff', { ...backoff, port: 'new' }, { type: 'elapsed', run }, freshRun(2), [launchNext('new')]],

    ['what was stopped stays stopped', stopping(toStop), { type: 'exited', run, report: exit }, { ...stopped, exit }, []],
    [
      'a code of 0 under a stop completes nothing',
      stopping(toStop),
      { type: 'exited', run, report: clean },
      { ...stopped, exit: clean },
      [],
    ],
    ['what was restarted starts', stopping(toStart), { type: 'exited', run, report: exit }, freshRun(), [launchNext()]],
    ['what was judged is restarted', stopping(toJudge), { type: 'exited', run, report: clean }, restartNow, [waitNothing]],
    ['what was never ready is judged as that', stopping(toJudgeUnready), { type: 'exited', run, report: exit }, retryNow, [waitNothing]],
    ['a stop during a launch that fails', stopping(toStop, null), { type: 'launch-failed', run, failure: permanent }, stopped, []],
    [
      'a restart over a launch that fails',
      stopping(toStart, null),
      { type: 'launch-failed', run, failure: permanent },
      freshRun(),
      [launchNext()],
    ],
    ['what cannot be killed is given up', stopping(toStop), { type: 'unkillable', run, survivors: [71] }, gaveUp('unkillable'), []],
    ['what could not be killed and ends after all is stopped', unkillable, { type: 'exited', run, report: exit }, { ...stopped, exit }, []],
  ] satisfies Row[])('%s', (_what, from, input, to, effects) => {
    const next = step(from, input)
    expect(next.model.state).toEqual(to)
    expect(next.effects).toEqual(effects)
  })

  it.each([
    ['a second start', starting, { type: 'start' }],
    ['a start beside what could not be killed', unkillable, { type: 'start' }],
    ['a restart beside what could not be killed', unkillable, { type: 'restart' }],
    ['a start of what is ready', ready, { type: 'start' }],
    ['one more of what is there', ready, { type: 'join' }],
    ['one more of what is on its way', starting, { type: 'join' }],
    ['one more of what is being ended', stopping(toStop), { type: 'join' }],
    ['one more beside what could not be killed', unkillable, { type: 'join' }],
    ['a retirement of what is stopped', stopped, { type: 'retire' }],
    ['a retirement of what was given up', failed, { type: 'retire' }],
    ['a part to play for what is ready', ready, { type: 'serve' }],
    ['a part to play for what is on its way', starting, { type: 'serve' }],
    ['a start of what waits for its next run anyway', backoff, { type: 'start' }],
    ['a start of what will start', stopping(toStart), { type: 'start' }],
    ['a stop of what is stopped', stopped, { type: 'stop', force: true }],
    ['a stop of what was given up', failed, { type: 'stop', force: true }],
    ['a second launched', starting, { type: 'launched', run, pid: 72 }],
    ['launched after the exit', backoff, { type: 'launched', run, pid: 72 }],
    ['ready before there is a child', launching, { type: 'ready', run, identity: 'ours' }],
    ['a second ready', ready, { type: 'ready', run, identity: 'unknown' }],
    ['ready while it is being ended', stopping(toStop), { type: 'ready', run, identity: 'ours' }],
    ['ready after the exit', backoff, { type: 'ready', run, identity: 'ours' }],
    ['unready after all', ready, { type: 'unready', run, fault }],
    ['unhealthy before it is ready', starting, { type: 'unhealthy', run, fault }],
    ['unhealthy while it is being ended', stopping(toStop), { type: 'unhealthy', run, fault }],
    ['unhealthy after the exit', backoff, { type: 'unhealthy', run, fault }],
    ['a second exit', backoff, { type: 'exited', run, report: exit }],
    ['an exit after the end', stopped, { type: 'exited', run, report: exit }],
    ['an exit after it was given up', failed, { type: 'exited', run, report: exit }],
    ['a launch that fails after the end', stopped, { type: 'launch-failed', run, failure: transient }],
    ['a launch that fails twice', backoff, { type: 'launch-failed', run, failure: transient }],
    ['unkillable after the exit', backoff, { type: 'unkillable', run, survivors: [71] }],
    ['unkillable that nobody wanted to kill', ready, { type: 'unkillable', run, survivors: [71] }],
    ['a timer that was cancelled', stopped, { type: 'elapsed', run }],
    ['a timer that rings while it runs', ready, { type: 'elapsed', run }],
  ] satisfies [string, State, Input][])('%s changes nothing', (_what, from, input) => {
    const before: Model = { state: from, run, history: cleanHistory, first: null }
    expect(transition(rules, before, input, { at: 1000, random: 0.5 })).toEqual({ model: before, effects: [], cause: null })
  })

  it.each([launching, starting, ready, stopping(toStop), stopping(toStart), stopping(toJudge), backoff, stopped, failed])(
    'inputs of another run change nothing: %j',
    (from) => {
      const before: Model = { state: from, run, history: cleanHistory, first: null }
      const ofAnother: Input[] = [run - 1, run + 1].flatMap((other): Input[] => [
        { type: 'launched', run: other, pid: 70 },
        { type: 'launch-failed', run: other, failure: permanent },
        { type: 'ready', run: other, identity: 'ours' },
        { type: 'unready', run: other, fault },
        { type: 'unhealthy', run: other, fault },
        { type: 'exited', run: other, report: exit },
        { type: 'unkillable', run: other, survivors: [70] },
        { type: 'elapsed', run: other },
      ])
      for (const input of ofAnother) expect(transition(rules, before, input, { at: 1000, random: 0.5 }).model).toBe(before)
    },
  )

  it.each([
    ['on-failure', clean, starting, { state: 'stopped', completed: true, exit: clean }],
    ['on-failure', clean, ready, { state: 'stopped', completed: true, exit: clean }],
    ['never', clean, ready, { state: 'stopped', completed: true, exit: clean }],
    ['always', clean, ready, restartNow],
    ['on-failure', exit, ready, restartNow],
    ['never', exit, ready, gaveUp('crashed')],
    ['never', exit, starting, gaveUp('never-ready')],
    ['on-failure', { ...exit, code: null, signal: 'SIGKILL' }, ready, restartNow],
  ] satisfies [Rules['restart']['when'], ExitReport, State, unknown][])('%s, exit %j', (when, report, from, to) => {
    expect(step(from, { type: 'exited', run, report }, withWhen(when)).model.state).toEqual(to)
  })

  it('what was found wanting is told with what was seen', () => {
    expect(step(ready, { type: 'unhealthy', run, fault: excess })).toMatchObject({ cause: 'over limit', detail: 'uses 612 MB' })
    expect(step(ready, { type: 'unhealthy', run, fault })).toMatchObject({ cause: 'unresponsive', detail: fault.message })
    expect(step(starting, { type: 'unready', run, fault })).toMatchObject({ cause: 'not ready in time', detail: fault.message })
  })

  it('a child that only takes too much stays until another serves in its place, and counts as a crash', () => {
    const by = { ...rules, isReplaceable: true }
    const next = step(ready, { type: 'unhealthy', run, fault: excess }, by)
    expect(next).toEqual({
      model: { state: ready, run, history: { ...cleanHistory, crashes: 1, crashedAt: 1000 }, first: null },
      effects: [{ do: 'replace', run, why: excess.message }],
      cause: null,
    })
    expect(step(ready, { type: 'unhealthy', run, fault }, by).effects).toEqual([terminate('quick')])
    const often = { ...cleanHistory, crashes: 5, crashedAt: 1000 }
    expect(step(ready, { type: 'unhealthy', run, fault: excess }, by, often).effects).toEqual([terminate('drained')])
  })

  it('one more forgets no crash of the service, and what it could not do itself', () => {
    const history: History = { crashes: 3, crashedAt: 900, neverReady: 2, portLosses: 1 }
    expect(step(failed, { type: 'join' }, rules, history).model.history).toEqual({ ...history, neverReady: 0, portLosses: 0 })
    expect(step(failed, { type: 'start' }, rules, history).model.history).toEqual(cleanHistory)
  })

  it('a child that we ended for a fault did not complete, whatever its code', () => {
    expect(step(stopping(toJudge), { type: 'exited', run, report: clean }, withWhen('on-failure')).model.state).toEqual(restartNow)
    expect(step(stopping(toJudge), { type: 'exited', run, report: clean }, withWhen('never')).model.state).toEqual(gaveUp('crashed'))
  })

  it('a strict port that is lost is not exchanged', () => {
    const strict = { ...rules, portIsStrict: true }
    expect(step(starting, { type: 'exited', run, report: portLost }, strict).model.state).toEqual(gaveUp('port-taken'))
    const lost = { do: 'judge', wasReady: false, fault: { ...fault, portLost: true } } as const
    expect(step(stopping(lost), { type: 'exited', run, report: exit }, strict).model.state).toEqual(gaveUp('port-taken'))
  })

  it('what was given up says why: the exit, the fault, or the launch', () => {
    const last = { ...cleanHistory, neverReady: 2 }
    const { state } = step(stopping(toJudgeUnready), { type: 'exited', run, report: exit }, rules, last).model
    expect(state).toEqual({
      state: 'failed',
      failure: { because: 'never-ready', reason: fault.reason, launch: null, exit, first: exit, detail: fault.message, count: 3 },
    })
    const launched = step(launching, { type: 'launch-failed', run, failure: transient }, rules, last).model.state
    expect(launched).toEqual({
      state: 'failed',
      failure: { because: 'launch', reason: 'TOO_MANY_OPEN_FILES', launch: transient, exit: null, first: null, detail: null, count: 3 },
    })
  })

  it.each([
    [stopped, { type: 'start' }, 'requested'],
    [launching, { type: 'launched', run, pid: 71 }, 'launched'],
    [starting, { type: 'ready', run, identity: 'ours' }, 'probe passed'],
    [starting, { type: 'unready', run, fault }, 'not ready in time'],
    [ready, { type: 'unhealthy', run, fault }, 'unresponsive'],
    [ready, { type: 'exited', run, report: exit }, 'exited'],
    [starting, { type: 'exited', run, report: portLost }, 'port lost'],
    [launching, { type: 'launch-failed', run, failure: permanent }, 'launch failed'],
    [backoff, { type: 'elapsed', run }, 'backoff elapsed'],
    [stopping(toStop), { type: 'unkillable', run, survivors: [71] }, 'gave up'],
    [ready, { type: 'stop', force: false }, 'requested'],
    [ready, { type: 'retire' }, 'replaced'],
  ] satisfies [State, Input, string][])('from %j by %j: %s', (from, input, cause) => {
    expect(step(from, input).cause).toBe(cause)
  })
})

/** What may happen in the world, as chance has it; what cannot happen just now is left out. */
type Happening =
  | { readonly do: 'start' | 'restart' | 'join' | 'serve' | 'retire' }
  | { readonly do: 'launched' | 'ready' | 'unready' | 'unhealthy' | 'excess' | 'unkillable' | 'elapsed' }
  | { readonly do: 'stop'; readonly force: boolean }
  | { readonly do: 'launch-failed'; readonly transient: boolean }
  | { readonly do: 'exited'; readonly code: number | null; readonly portLost: boolean }
  | { readonly do: 'pass'; readonly ms: number }
  /** An input that was given before comes again. */
  | { readonly do: 'again'; readonly which: number }
  /** Some input with the number of another run. */
  | { readonly do: 'of another run'; readonly which: number; readonly offset: number }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom<Happening>({ do: 'start' }, { do: 'restart' }, { do: 'join' }, { do: 'serve' }, { do: 'retire' }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('stop' as const), force: fc.boolean() }) },
  { weight: 6, arbitrary: fc.constant<Happening>({ do: 'launched' }) },
  { weight: 5, arbitrary: fc.constantFrom<Happening>({ do: 'ready' }, { do: 'elapsed' }) },
  { weight: 3, arbitrary: fc.constantFrom<Happening>({ do: 'unready' }, { do: 'unhealthy' }, { do: 'excess' }, { do: 'unkillable' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('launch-failed' as const), transient: fc.boolean() }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('exited' as const), code: fc.constantFrom(0, 1, null), portLost: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(1_000_000) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('again' as const), which: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('of another run' as const), which: fc.nat(), offset: fc.constantFrom(-2, -1, 1, 2) }),
  },
)

const someRules: fc.Arbitrary<Rules> = fc.record({
  restart: fc.record({
    when: fc.constantFrom('always' as const, 'on-failure' as const, 'never' as const),
    backoff: fc.record({
      initialMs: fc.integer({ min: 0, max: 2000 }),
      maxMs: fc.integer({ min: 0, max: 20_000 }),
      factor: fc.integer({ min: 1, max: 4 }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    intensity: fc.record({ maxRestarts: fc.integer({ min: 0, max: 8 }), halfLifeMs: fc.integer({ min: 1, max: 1_000_000 }) }),
  }),
  portIsStrict: fc.boolean(),
  isReplaceable: fc.boolean(),
})

/** Children and a timer, driven by nothing but the effects; says at once when an effect or a state is not to be. */
class World {
  model: Model = initialModel
  readonly launches: number[] = []
  readonly children = new Map<number, 'launching' | 'alive' | 'gone' | 'unkillable'>()
  readonly #rules: Rules
  readonly #asked = new Set<string>()
  readonly #terminated = new Set<number>()
  readonly #given: Input[] = []
  #timer: number | null = null
  #at = 0

  constructor(by: Rules) {
    this.#rules = by
  }

  get state(): State {
    return this.model.state
  }

  /** The run whose child is there or on its way. */
  get #current(): number | undefined {
    return this.#there()[0]
  }

  #there(): number[] {
    return this.#that('launching', 'alive')
  }

  /** The run whose child would not die. */
  get stuck(): number | undefined {
    return this.#that('unkillable')[0]
  }

  #that(...states: string[]): number[] {
    return [...this.children].filter(([, is]) => states.includes(is)).map(([number]) => number)
  }

  happen(what: Happening): void {
    if (what.do === 'pass') this.#at += what.ms
    else if (what.do === 'again') this.#repeat(what.which, 0)
    else if (what.do === 'of another run') this.#repeat(what.which, what.offset)
    else {
      const input = this.#cause(what)
      if (input !== undefined) this.give(input)
    }
  }

  /** Makes it happen, if it can happen just now; what the machine is told of it. */
  #cause(what: Exclude<Happening, { do: 'pass' | 'again' | 'of another run' }>): Input | undefined {
    switch (what.do) {
      case 'start':
      case 'restart':
      case 'join':
      case 'serve':
      case 'retire':
        return { type: what.do }
      case 'stop':
        return { type: 'stop', force: what.force }
      case 'elapsed':
        return this.#timer === null ? undefined : { type: 'elapsed', run: this.#ring(this.#timer) }
    }
    const run = this.#current ?? this.stuck
    return run === undefined ? undefined : this.#causeOf(what, run)
  }

  #causeOf(what: Happening, run: number): Input | undefined {
    if (this.children.get(run) === 'launching') {
      if (what.do === 'launched') return this.#becomes(run, 'alive', { type: 'launched', run, pid: 1000 + run })
      if (what.do !== 'launch-failed') return undefined
      return this.#becomes(run, 'gone', { type: 'launch-failed', run, failure: { ...permanent, transient: what.transient } })
    }
    if (run === this.stuck && what.do !== 'exited') return undefined
    switch (what.do) {
      case 'exited':
        return this.#becomes(run, 'gone', { type: 'exited', run, report: { ...exit, code: what.code, portLost: what.portLost } })
      case 'unkillable':
        if (!this.#terminated.has(run)) return undefined
        return this.#becomes(run, 'unkillable', { type: 'unkillable', run, survivors: [1000 + run] })
      case 'ready':
        return this.#asked.has(`await-ready ${run}`) ? { type: 'ready', run, identity: 'ours' } : undefined
      case 'unready':
        return this.#asked.has(`await-ready ${run}`) ? { type: 'unready', run, fault } : undefined
      case 'unhealthy':
        return this.#asked.has(`watch ${run}`) ? { type: 'unhealthy', run, fault } : undefined
      case 'excess':
        return this.#asked.has(`watch ${run}`) ? { type: 'unhealthy', run, fault: excess } : undefined
      default:
        return undefined
    }
  }

  #becomes(run: number, what: 'alive' | 'gone' | 'unkillable', input: Input): Input {
    this.children.set(run, what)
    return input
  }

  #ring(timer: number): number {
    this.#timer = null
    return timer
  }

  /** A request by the user is not repeated: it would be a new one. */
  #repeat(which: number, offset: number): void {
    // an excess is found once, and where it changes nothing the next one counts
    const late = this.#given.flatMap((input) => ('run' in input && !('fault' in input && input.fault.excess) ? [input] : []))
    const input = late[which % Math.max(1, late.length)]
    if (input === undefined) return
    const number = input.run + offset
    // a run's own input, given early, would be no late one but a lie about the world
    if (offset !== 0 && (number === this.model.run || number < 0)) return
    const before = this.model
    this.give({ ...input, run: number })
    // what was said of a run that is yet to come must not be taken for late when that run has come
    this.#given.pop()
    expect(this.model, `late ${input.type}`).toBe(before)
  }

  give(input: Input): void {
    this.#given.push(input)
    const next = transition(this.#rules, this.model, input, { at: this.#at, random: 0.5 })
    this.model = next.model
    for (const effect of next.effects) this.#perform(effect)
    this.#check()
  }

  #perform(effect: Effect): void {
    switch (effect.do) {
      case 'launch':
        expect([...this.#there(), this.stuck ?? []].flat(), 'children when another is launched').toEqual([])
        expect(effect.run, 'number of a new run').toBeGreaterThan(Math.max(0, ...this.launches))
        this.launches.push(effect.run)
        this.children.set(effect.run, 'launching')
        break
      case 'await-ready':
      case 'watch':
        expect(this.children.get(effect.run)).toBe('alive')
        expect(this.#asked, 'asked once').not.toContain(`${effect.do} ${effect.run}`)
        this.#asked.add(`${effect.do} ${effect.run}`)
        break
      case 'terminate':
        expect(this.#current, 'the run that is terminated').toBe(effect.run)
        expect(this.#terminated, 'terminated once').not.toContain(effect.run)
        this.#terminated.add(effect.run)
        break
      case 'replace':
        expect(this.state, 'what is to be replaced').toMatchObject({ state: 'ready', run: effect.run })
        break
      case 'hurry':
      case 'kill':
        expect(this.#terminated, 'killed only after it was terminated').toContain(effect.run)
        expect(this.#current, 'the run that is killed').toBe(effect.run)
        break
      case 'wait':
        expect(this.#timer, 'one timer').toBeNull()
        expect(effect.delayMs).toBeGreaterThanOrEqual(0)
        this.#timer = effect.run
        break
      case 'cancel-wait':
        expect(this.#timer, 'a timer to cancel').not.toBeNull()
        this.#timer = null
    }
  }

  #check(): void {
    const { state } = this.model
    const running = state.state === 'starting' || state.state === 'ready' || state.state === 'stopping'
    expect(this.#there(), `children while ${state.state}`).toEqual(running ? [state.run] : [])
    expect(this.#timer, `timer while ${state.state}`).toBe(state.state === 'backoff' ? state.run : null)
    if (state.state === 'ready') expect(this.children.get(state.run)).toBe('alive')
  }
}

describe('the first of a streak', () => {
  const second: ExitReport = { ...exit, pid: 72, tail: ['consequence'] }
  /** Runs that end one after the other; each was ready, or was not. */
  const after = (model: Model, wasReady: boolean, report: ExitReport, at: number): Model => {
    const launched = transition(
      rules,
      { ...model, state: wasReady ? { ...ready, run: model.run } : { ...starting, run: model.run } },
      { type: 'exited', run: model.run, report },
      { at, random: 0.5 },
    )
    return launched.model
  }
  const fresh: Model = { state: stopped, run, history: cleanHistory, first: null }

  it('is kept until it is given up', () => {
    const first = after(fresh, false, exit, 0)
    const last = after(after(first, false, second, 1), false, second, 2)
    expect(last.state).toMatchObject({ state: 'failed', failure: { because: 'never-ready', first: exit, exit: second } })
  })

  it('is another after long good service', () => {
    const often = after(after(fresh, true, exit, 0), true, second, 1000)
    expect(often.first).toBe(exit)
    expect(after(often, true, second, 3_600_000).first).toBe(second)
  })

  it('of runs that never became ready is not the crash before them', () => {
    expect(after(after(fresh, true, exit, 0), false, second, 1).first).toBe(second)
  })

  it('is forgotten when somebody starts it again', () => {
    const failing = after(fresh, true, exit, 0)
    expect(transition(rules, failing, { type: 'restart' }, { at: 1, random: 0.5 }).model.first).toBeNull()
  })
})

describe('whatever happens, in whatever order', () => {
  it('there is one child at most, none in stopped, backoff or failed, a timer only in backoff, one terminate per run', () => {
    fc.assert(
      fc.property(someRules, fc.array(happening, { maxLength: 120 }), (by, happenings) => {
        const world = new World(by)
        for (const what of happenings) world.happen(what)
      }),
      { numRuns: 1500 },
    )
  })

  it('a stop ends in stopped as soon as the child is gone, or in failed where it cannot be killed', () => {
    fc.assert(
      fc.property(someRules, fc.array(happening, { maxLength: 60 }), fc.boolean(), (by, happenings, force) => {
        const world = new World(by)
        for (const what of happenings) world.happen(what)
        const before = world.state.state
        const stuck = world.stuck !== undefined
        world.give({ type: 'stop', force })
        world.happen({ do: 'launched' })
        world.happen({ do: 'exited', code: 1, portLost: false })
        expect(world.state.state).toBe(before === 'failed' && !stuck ? 'failed' : 'stopped')
      }),
      { numRuns: 500 },
    )
  })

  it('a restart always ends in a new run, with nothing remembered of what went wrong', () => {
    fc.assert(
      fc.property(someRules, fc.array(happening, { maxLength: 60 }), (by, happenings) => {
        const world = new World(by)
        for (const what of happenings) world.happen(what)
        if (world.stuck !== undefined) world.happen({ do: 'exited', code: 1, portLost: false })
        const launches = world.launches.length
        world.give({ type: 'restart' })
        if (world.launches.length === launches) {
          world.happen({ do: 'launched' })
          world.happen({ do: 'exited', code: 1, portLost: true })
        }
        expect(world.launches).toHaveLength(launches + 1)
        expect(world.model).toMatchObject({ state: { state: 'starting', attempt: 1 }, history: cleanHistory })
      }),
      { numRuns: 500 },
    )
  })

  it('a start of what is stopped or was given up remembers nothing either', () => {
    fc.assert(
      fc.property(someRules, fc.array(happening, { maxLength: 60 }), (by, happenings) => {
        const world = new World(by)
        for (const what of happenings) world.happen(what)
        if (world.stuck !== undefined) world.happen({ do: 'exited', code: 1, portLost: false })
        fc.pre(world.state.state === 'stopped' || world.state.state === 'failed')
        world.give({ type: 'start' })
        expect(world.model).toMatchObject({ state: { state: 'starting', attempt: 1 }, history: cleanHistory })
      }),
      { numRuns: 500 },
    )
  })
})

/** The compiler does not know that `give` assigns. */
const stateOf = (model: Model): State => model.state

/** Lives through runs one after another until the service settles; gives the number of launches. */
const live = (
  by: Rules,
  runs: Iterable<{ wasReady: boolean; afterMs: number; portLost?: boolean }>,
): { model: Model; launches: number } => {
  let at = 0
  let model = initialModel
  const give = (input: Input): void => {
    model = transition(by, model, input, { at, random: 0.5 }).model
  }
  give({ type: 'start' })
  for (const { wasReady, afterMs, portLost: lost = false } of runs) {
    if (stateOf(model).state !== 'starting') break
    give({ type: 'launched', run: model.run, pid: 1 })
    if (wasReady) give({ type: 'ready', run: model.run, identity: 'ours' })
    at += afterMs
    give({ type: 'exited', run: model.run, report: { ...exit, portLost: lost } })
    const next = stateOf(model)
    if (next.state !== 'backoff') break
    at += next.delayMs
    give({ type: 'elapsed', run: model.run })
  }
  return { model, launches: model.run }
}

const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item)

describe('when a service is given up', () => {
  it('three runs in a row that never became ready are enough', () => {
    const { model, launches } = live(rules, times(10, { wasReady: false, afterMs: 10 }))
    expect(model.state).toMatchObject({ state: 'failed', failure: { because: 'never-ready', count: neverReadyLimit } })
    expect(launches).toBe(3)
  })

  it('a run that was ready starts the row anew', () => {
    const twoAndOne = [...times(2, { wasReady: false, afterMs: 10 }), { wasReady: true, afterMs: 3_600_000 }]
    expect(live(rules, [...twoAndOne, ...twoAndOne, ...twoAndOne]).model.state).toMatchObject({ state: 'starting', attempt: 1 })
  })

  it('the sixth crash at once is one too many', () => {
    const { model, launches } = live(rules, times(10, { wasReady: true, afterMs: 1 }))
    expect(model.state).toMatchObject({ state: 'failed', failure: { because: 'crash-loop', count: 6 } })
    expect(launches).toBe(6)
  })

  it('any number of crashes at once that is above the limit is too many, and none below it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), (maxRestarts) => {
        const by = { ...rules, restart: { ...rules.restart, intensity: { maxRestarts, halfLifeMs: 300_000 } } }
        expect(live(by, times(maxRestarts, { wasReady: true, afterMs: 0 })).model.state.state).toBe('starting')
        expect(live(by, times(maxRestarts + 1, { wasReady: true, afterMs: 0 })).model.state.state).toBe('failed')
      }),
    )
  })

  it('crashes with hours of good service between them are never too many', () => {
    const hours = fc.array(fc.integer({ min: 3_600_000, max: 100_000_000 }), { minLength: 20, maxLength: 200 })
    fc.assert(
      fc.property(hours, fc.integer({ min: 2, max: 10 }), (between, maxRestarts) => {
        const by = { ...rules, restart: { ...rules.restart, intensity: { maxRestarts, halfLifeMs: 300_000 } } }
        const { model } = live(
          by,
          between.map((afterMs) => ({ wasReady: true, afterMs })),
        )
        expect(model.state).toMatchObject({ state: 'starting', attempt: 1 })
        expect(model.run).toBe(between.length + 1)
      }),
    )
  })

  it('a loop that crashes once a minute is found out within the hour', () => {
    const { model, launches } = live(rules, times(60, { wasReady: true, afterMs: 60_000 }))
    expect(model.state).toMatchObject({ state: 'failed', failure: { because: 'crash-loop' } })
    expect(launches).toBeLessThan(15)
  })

  it('a port that is lost again and again is chosen anew five times; then its runs count as never ready', () => {
    const { model, launches } = live(rules, times(50, { wasReady: false, afterMs: 5, portLost: true }))
    expect(model.state).toMatchObject({ state: 'failed', failure: { because: 'never-ready' } })
    expect(launches).toBe(portLossLimit + neverReadyLimit)
  })

  it('a strict port that is lost ends the first run', () => {
    const { model, launches } = live({ ...rules, portIsStrict: true }, times(5, { wasReady: false, afterMs: 5, portLost: true }))
    expect(model.state).toMatchObject({ state: 'failed', failure: { because: 'port-taken' } })
    expect(launches).toBe(1)
  })
})
