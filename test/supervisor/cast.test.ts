import { describe, expect, it } from 'vitest'
import type { Exit } from '../../src/launch/launcher.ts'
import { type Condition, conditionOf, type Member, type Move, onReplace, onRestart, type Pair, settle } from '../../src/supervisor/cast.ts'
import type { Failure, Model, Rules, State } from '../../src/supervisor/model.ts'
import { cleanHistory } from '../../src/supervisor/policy.ts'

type Others = Partial<Record<'next' | 'standby' | 'retired', Condition>>

/** Slot 0 serves; the next one is 1, the one that stands by 2, one that was replaced 3. */
const cast = (serving: Condition, { next, standby, retired }: Others = {}): Member[] => [
  { slot: 0, role: 'serving', condition: serving },
  ...(next === undefined ? [] : [{ slot: 1, role: 'next', condition: next } as const]),
  ...(standby === undefined ? [] : [{ slot: 2, role: 'standby', condition: standby } as const]),
  ...(retired === undefined ? [] : [{ slot: 3, role: 'retired', condition: retired } as const]),
]
const retire = (slot: number): Move => ({ do: 'retire', slot })
const nextServes = (former: 'standby' | 'retired' = 'retired'): Move => ({ do: 'serve', slot: 1, former })
const standbyServes: Move = { do: 'serve', slot: 2, former: 'standby' }
const startStandby: Move = { do: 'start', role: 'standby', counts: 'kept' }
const forget: Move = { do: 'cast', slot: 2, role: 'retired' }
const drop: Move = { do: 'drop', slot: 1 }

describe('what is to be done', () => {
  it.each<[Pair, Condition, Others, Move[]]>([
    // alone
    ['none', 'ready', {}, []],
    ['none', 'lost', {}, []],
    ['none', 'resting', {}, []],
    // the next one
    ['overlap', 'ready', {}, []],
    ['overlap', 'ready', { next: 'starting' }, []],
    ['overlap', 'ready', { next: 'again' }, []],
    ['overlap', 'ready', { next: 'ready' }, [nextServes()]],
    ['overlap', 'ready', { next: 'resting' }, [drop]],
    ['overlap', 'ready', { next: 'stuck' }, [drop]],
    ['overlap', 'lost', { next: 'starting' }, [nextServes()]],
    ['overlap', 'lost', { next: 'again' }, []],
    ['overlap', 'again', { next: 'starting' }, []],
    ['overlap', 'again', { next: 'ready' }, [nextServes()]],
    ['overlap', 'starting', { next: 'ready' }, [nextServes()]],
    ['overlap', 'ready', { retired: 'ending' }, []],
    ['overlap', 'ready', { retired: 'resting' }, []],
    // one that stands by
    ['standby', 'starting', {}, []],
    ['standby', 'ready', {}, [startStandby]],
    ['standby', 'ready', { retired: 'ending' }, [startStandby]],
    ['standby', 'ready', { standby: 'starting' }, []],
    ['standby', 'ready', { standby: 'ready' }, []],
    ['standby', 'ready', { standby: 'again' }, []],
    ['standby', 'ready', { standby: 'resting' }, []],
    ['standby', 'ready', { standby: 'stuck' }, [forget]],
    ['standby', 'lost', { standby: 'ready' }, [standbyServes]],
    ['standby', 'lost', { standby: 'starting' }, [standbyServes]],
    ['standby', 'lost', { standby: 'again' }, []],
    ['standby', 'lost', { standby: 'resting' }, [forget]],
    ['standby', 'lost', {}, []],
    ['standby', 'starting', { standby: 'ready' }, [standbyServes]],
    ['standby', 'starting', { standby: 'starting' }, []],
    ['standby', 'again', { standby: 'ready' }, [standbyServes]],
    ['standby', 'again', { standby: 'starting' }, []],
    ['standby', 'starting', { standby: 'resting' }, [forget]],
    // both
    ['standby', 'ready', { next: 'starting', standby: 'ready' }, []],
    ['standby', 'ready', { next: 'ready', standby: 'ready' }, [nextServes(), retire(2)]],
    ['standby', 'ready', { next: 'resting', standby: 'ready' }, [drop]],
    ['standby', 'lost', { next: 'starting', standby: 'ready' }, [standbyServes]],
    ['standby', 'lost', { next: 'ready', standby: 'ready' }, [nextServes(), retire(2)]],
    ['standby', 'lost', { next: 'starting' }, [nextServes('standby')]],
    ['standby', 'lost', { next: 'starting', standby: 'again' }, [nextServes()]],
    // the service ends with the one that serves
    ['standby', 'ending', { next: 'ready', standby: 'ready' }, []],
    ['standby', 'resting', { next: 'ready', standby: 'ready' }, [retire(1), retire(2)]],
    ['standby', 'stuck', { standby: 'ready' }, [retire(2)]],
    ['overlap', 'resting', { next: 'starting', retired: 'ending' }, [retire(1)]],
    ['overlap', 'resting', { retired: 'ending' }, []],
  ])('%s: serving %s, others %j', (pair, serving, others, moves) => {
    expect(settle(pair, cast(serving, others))).toEqual(moves)
  })
})

describe('a restart', () => {
  const restart = (slot: number): Move => ({ do: 'restart', slot })
  const startNext: Move = { do: 'start', role: 'next', counts: 'fresh' }
  it.each<[Pair, Condition, Others, Move[]]>([
    ['none', 'ready', {}, [restart(0)]],
    ['overlap', 'ready', {}, [startNext]],
    ['standby', 'ready', { standby: 'ready' }, [startNext]],
    ['overlap', 'ready', { next: 'starting' }, [restart(1)]],
    ['overlap', 'starting', {}, [restart(0)]],
    ['overlap', 'again', { next: 'again' }, [retire(1), restart(0)]],
    ['standby', 'starting', { standby: 'starting' }, [retire(2), restart(0)]],
    ['standby', 'resting', {}, [restart(0)]],
    ['overlap', 'ending', {}, [restart(0)]],
  ])('%s: serving %s, others %j', (pair, serving, others, moves) => {
    expect(onRestart(pair, cast(serving, others))).toEqual(moves)
  })
})

describe('one that takes too much', () => {
  it.each<[Others, Move[]]>([
    [{}, [{ do: 'start', role: 'next', counts: 'kept' }]],
    [{ next: 'starting' }, []],
    [{ standby: 'ready' }, [{ do: 'serve', slot: 2, former: 'retired' }]],
    [{ standby: 'starting' }, [{ do: 'cast', slot: 2, role: 'next' }]],
    [{ standby: 'again' }, [{ do: 'start', role: 'next', counts: 'kept' }]],
    [{ standby: 'ready', next: 'starting' }, []],
  ])('is replaced: others %j', (others, moves) => {
    expect(onReplace(cast('ready', others))).toEqual(moves)
  })
})

describe('what can be expected', () => {
  const rules: Rules = {
    restart: {
      when: 'always',
      backoff: { initialMs: 500, maxMs: 10_000, factor: 2, jitter: 0 },
      intensity: { maxRestarts: 2, halfLifeMs: 300_000 },
    },
    portIsStrict: false,
    isReplaceable: false,
  }
  const killed: Exit = { code: null, signal: 'SIGKILL' }
  const clean: Exit = { code: 0, signal: null }
  const starting: State = { state: 'starting', run: 1, attempt: 1, pid: 7 }
  const ready: State = { state: 'ready', run: 1, attempt: 1, pid: 7, identity: 'ours' }
  const stopping = (after: Extract<State, { state: 'stopping' }>['after']): State => ({
    ...{ state: 'stopping', run: 1, pid: 7, killed: false },
    after,
  })
  const judged = (wasReady: boolean, portLost = false): State =>
    stopping({ do: 'judge', wasReady, fault: { reason: null, message: 'silent', portLost } })
  const failed = (because: Failure['because']): State => ({
    state: 'failed',
    failure: { because, reason: null, launch: null, exit: null, first: null, detail: null, count: 1 },
  })
  const onFailure: Rules = { ...rules, restart: { ...rules.restart, when: 'on-failure' } }
  const strict: Rules = { ...rules, portIsStrict: true }

  it.each<[string, State, Exit | null, number, Rules, Condition]>([
    ['one that is not there', { state: 'stopped', completed: false, exit: null }, null, 0, rules, 'resting'],
    ['one that was given up', failed('crash-loop'), null, 0, rules, 'resting'],
    ['one that does not die', failed('unkillable'), null, 0, rules, 'stuck'],
    ['one that starts', starting, null, 0, rules, 'starting'],
    ['one that ends while it starts', starting, killed, 0, rules, 'again'],
    ['one that waits', { state: 'backoff', run: 1, attempt: 2, delayMs: 500, port: 'keep' }, null, 0, rules, 'again'],
    ['one that is ready', ready, null, 0, rules, 'ready'],
    ['one that was killed', ready, killed, 0, rules, 'lost'],
    ['one that was killed once too often', ready, killed, 2, rules, 'ending'],
    ['one that ended well', ready, clean, 0, rules, 'lost'],
    ['one that ended well, and may', ready, clean, 0, onFailure, 'ending'],
    ['one that is stopped', stopping({ do: 'stop' }), null, 0, rules, 'ending'],
    ['one that is restarted', stopping({ do: 'start' }), null, 0, rules, 'again'],
    ['one that hangs', judged(true), null, 0, rules, 'lost'],
    ['one that hangs once too often', judged(true), null, 2, rules, 'ending'],
    ['one that was not ready in time', judged(false), null, 0, rules, 'again'],
    ['one whose port is lost', judged(false, true), null, 0, rules, 'again'],
    ['one whose only port is lost', judged(false, true), null, 0, strict, 'ending'],
  ])('of %s', (_what, state, exit, crashes, by, condition) => {
    const model: Model = { state, run: 1, history: { ...cleanHistory, crashes, crashedAt: 1000 }, first: null }
    expect(conditionOf(by, model, exit, { at: 1000, random: 0.5 })).toBe(condition)
  })
})
