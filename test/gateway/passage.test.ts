import { describe, expect, it } from 'vitest'
import { isRestarting, type Passage, passageIn } from '../../src/gateway/passage.ts'
import type { State } from '../../src/supervisor/model.ts'

const stopping = { state: 'stopping', run: 1, pid: 1, killed: false } as const
const failure = { because: 'crash-loop', reason: null, launch: null, exit: null, first: null, detail: null, count: 6 } as const

describe('the gate', () => {
  it.each([
    [{ state: 'ready', run: 1, attempt: 1, pid: 1, identity: 'ours' }, 'pass'],
    [{ state: 'starting', run: 1, attempt: 1, pid: null }, 'hold'],
    [{ state: 'starting', run: 2, attempt: 2, pid: 7 }, 'hold'],
    [{ state: 'backoff', run: 1, attempt: 2, delayMs: 500, port: 'keep' }, 'hold'],
    [{ ...stopping, after: { do: 'start' } }, 'hold'],
    [{ ...stopping, after: { do: 'judge', wasReady: true, fault: { reason: null, message: 'silent' } } }, 'hold'],
    [{ ...stopping, after: { do: 'stop' } }, 'shut'],
    [{ state: 'stopped', completed: false, exit: null }, 'shut'],
    [{ state: 'stopped', completed: true, exit: null }, 'shut'],
    [{ state: 'failed', failure }, 'shut'],
  ] satisfies [State, Passage][])('in %j: %s', (state, passage) => {
    expect(passageIn(state)).toBe(passage)
  })

  it('knows that another process follows only of one that is being ended for it', () => {
    expect(isRestarting({ ...stopping, after: { do: 'start' } })).toBe(true)
    expect(isRestarting({ ...stopping, after: { do: 'stop' } })).toBe(false)
    expect(isRestarting({ state: 'backoff', run: 1, attempt: 2, delayMs: 500, port: 'keep' })).toBe(false)
  })
})
