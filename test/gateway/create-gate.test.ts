import { getEventListeners } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noCounts } from '../../src/gateway/counters.ts'
import { type ClosableGate, createGate, type GateOptions } from '../../src/gateway/create-gate.ts'
import { type Generation, isGeneration } from '../../src/gateway/gate.ts'
import { noSigns } from '../../src/gateway/life.ts'
import type { Problem } from '../../src/gateway/problem.ts'
import { FakeClock, settled } from '../helpers/fake-clock.ts'
import { holdings, surplus } from '../helpers/processes.ts'
import { Upstream } from '../helpers/upstream.ts'

const hold = { timeoutMs: 10_000, maxPending: 256, maxBytes: 1000 }

let before: string[]
let upstream: Upstream
let clock: FakeClock
let counters: ReturnType<typeof noCounts>
let gate: ClosableGate

const open = (spec: Partial<GateOptions['spec']> = {}): ClosableGate => {
  const made = createGate({
    upstream,
    spec: { hold, drainMs: 30_000, ...spec },
    counters,
    clock,
    signs: noSigns,
    redact: (line) => line.replace('secret', '***'),
  })
  gate = made
  return made
}

/** One request at the gate. */
class Visit {
  readonly client = new AbortController()
  result: Generation | Problem | undefined

  pass(after?: Generation, bytes = 0): this {
    this.result = undefined
    void gate.pass({ signal: this.client.signal, bytes, after }).then((passed) => (this.result = passed))
    return this
  }

  /** `passed to 2`, the reason why not, or `waiting`. */
  get outcome(): string {
    if (this.result === undefined) return 'waiting'
    return isGeneration(this.result) ? `passed to ${this.result.number}` : this.result.reason
  }
}

const visit = (after?: Generation): Visit => new Visit().pass(after)

const stopped = (): void => {
  upstream.ready(4321)
  upstream.stopping()
}

const generation = (): Generation => {
  const { generation: current } = gate
  if (current === undefined) throw new Error('There is none.')
  return current
}

beforeEach(() => {
  before = holdings()
  upstream = new Upstream()
  clock = new FakeClock()
  counters = noCounts()
})

afterEach(async () => {
  gate.close()
  await settled()
  expect(clock.pending).toBe(0)
  expect(surplus(before, holdings())).toEqual([])
  expect(counters.waiting).toBe(0)
  expect(upstream.isFollowed).toBe(false)
})

describe('the process to ask', () => {
  it('is the one that is ready, with its pid and where it listens', () => {
    open()
    expect(gate.generation).toBeUndefined()
    upstream.starting()
    expect(gate.generation).toBeUndefined()
    upstream.ready(4321, 77)
    expect(gate.generation).toMatchObject({ number: 1, pid: 77, address: { host: '127.0.0.1', port: 4321 } })
  })

  it('is found where it listens on a socket', () => {
    open()
    upstream.ready('/run/backend.sock')
    expect(gate.generation?.address).toEqual({ path: '/run/backend.sock' })
  })

  it.each([
    ['http://[::1]:4321', { host: '::1', port: 4321 }],
    ['http://127.0.0.1:80', { host: '127.0.0.1', port: 80 }],
  ])('is found at %s', (url, address) => {
    open()
    Object.defineProperty(upstream, 'url', { value: url })
    upstream.ready(1)
    expect(gate.generation?.address).toEqual(address)
  })

  it('is known to a gate that is made when it is ready already', () => {
    upstream.ready(4321, 77)
    open()
    expect(gate.generation).toMatchObject({ number: 1, pid: 77 })
  })

  it('is the same as long as nothing happens to it', () => {
    open()
    upstream.ready(4321)
    const first = generation()
    upstream.ready(4321)
    expect(gate.generation).toBe(first)
    expect(first.retired.aborted).toBe(false)
  })

  it('is retired when it is to be ended, and ended when it is gone', () => {
    open()
    upstream.ready(4321, 77)
    const first = generation()
    upstream.restarting()
    expect(gate.generation).toBeUndefined()
    expect([first.retired.aborted, first.ended.aborted]).toEqual([true, false])
    upstream.crashed()
    expect(first.ended.aborted).toBe(true)
  })

  it('is nobody any more the moment its end is told, though it is still called ready', async () => {
    open()
    upstream.ready(4321, 77)
    const first = generation()
    let one = new Visit()
    let seen: unknown = 'not told'
    first.ended.addEventListener('abort', () => {
      seen = { state: upstream.state.state, generation: gate.generation, retired: first.retired.aborted }
      one = visit(first)
    })
    upstream.crashed()
    expect(seen).toEqual({ state: 'ready', generation: undefined, retired: true })
    await settled()
    expect(one.outcome).toBe('waiting')
    expect(upstream.probes).toBe(0)
  })

  it('is another one after a crash, even if that has the same pid', () => {
    open()
    upstream.ready(4321, 77)
    const first = generation()
    upstream.crashed()
    upstream.starting()
    upstream.ready(4321, 77)
    expect(generation()).toMatchObject({ number: 2, pid: 77 })
    expect(generation().ended.aborted).toBe(false)
    expect(first.ended.aborted).toBe(true)
  })

  it('is replaced without a gap: the one before is retired, and ended when it exits', () => {
    open()
    upstream.ready(4321, 77)
    const first = generation()
    const told: unknown[] = []
    first.retired.addEventListener('abort', () => told.push(gate.generation?.pid))
    upstream.ready(4322, 78)
    expect(told).toEqual([78])
    expect(generation()).toMatchObject({ number: 2, address: { port: 4322 } })
    expect(first.ended.aborted).toBe(false)
    upstream.exited(77)
    expect(first.ended.aborted).toBe(true)
    expect(generation().retired.aborted).toBe(false)
  })

  it.each([
    ['given up', () => upstream.gaveUp({ pid: 1 })],
    ['stopped', () => upstream.stopped()],
  ])('is ended when the service is %s, whatever was told of its exit', (_, happens) => {
    open()
    upstream.ready(4321, 77)
    const first = generation()
    happens()
    expect([first.retired.aborted, first.ended.aborted]).toEqual([true, true])
  })

  it('may be listened to by every request without a warning', async () => {
    open()
    upstream.ready(4321)
    const warnings: Error[] = []
    const hear = (warning: Error): void => void warnings.push(warning)
    process.on('warning', hear)
    for (let request = 0; request < 20; request += 1) generation().ended.addEventListener('abort', () => {})
    await settled()
    process.off('warning', hear)
    expect(warnings).toEqual([])
  })
})

describe('a request at the gate', () => {
  it('passes at once while the backend is ready', async () => {
    open()
    upstream.ready(4321)
    const one = visit()
    await null
    expect(one.outcome).toBe('passed to 1')
    expect(counters).toMatchObject({ held: 0, waiting: 0 })
  })

  it('waits while the backend starts, and passes when it is ready', async () => {
    open()
    upstream.starting()
    const one = visit()
    await settled()
    expect(one.outcome).toBe('waiting')
    upstream.ready(4321)
    await null
    await null
    expect(one.outcome).toBe('passed to 1')
    expect(counters.held).toBe(1)
  })

  it.each([
    ['has crashed', () => upstream.crashed({ delayMs: 500 })],
    ['is being restarted', () => upstream.restarting()],
    ['is being ended because it does not answer', () => upstream.unresponsive()],
  ])('waits while the backend %s', async (_, happens) => {
    open()
    upstream.ready(4321)
    happens()
    const one = visit()
    await settled()
    expect(one.outcome).toBe('waiting')
    upstream.starting()
    upstream.ready(4321, 99)
    await settled()
    expect(one.outcome).toBe('passed to 2')
  })

  it.each([
    ['was never started', () => {}, 'backend-stopped'],
    ['is stopped', () => upstream.stopped(), 'backend-stopped'],
    ['was given up', () => upstream.gaveUp(), 'backend-failed'],
    ['is being stopped', stopped, 'backend-stopped'],
  ] as const)('is sent away at once when the backend %s', async (_, happens, reason) => {
    open()
    happens()
    const one = visit()
    await null
    expect(one.outcome).toBe(reason)
    expect(counters.unavailable).toBe(1)
  })

  it('that waits is sent away when the backend is given up, and told why', async () => {
    open()
    upstream.starting()
    const one = visit()
    upstream.gaveUp({ tail: ['a secret', 'the end'] })
    await settled()
    expect(one.result).toMatchObject({
      ...{ status: 503, reason: 'backend-failed', headers: {}, tail: ['a ***', 'the end'] },
      more: { state: 'failed', lastExit: { signal: 'SIGKILL' }, failure: { code: 'ERR_CRASH_LOOP', hint: 'Look at its output.' } },
    })
  })

  it('that waits goes on waiting when somebody starts the backend again as it is given up', async () => {
    open()
    upstream.starting()
    const one = visit()
    const off = upstream.on('failed', () => upstream.starting())
    upstream.gaveUp()
    off()
    await settled()
    expect(one.outcome).toBe('waiting')
  })

  it('is told of a backend that was given up before the gate was made', async () => {
    upstream.gaveUp()
    open()
    const one = visit()
    await null
    expect(one.result).toMatchObject({ reason: 'backend-failed', more: { failure: { code: 'ERR_CRASH_LOOP' } } })
  })

  it('is sent away from a backend that has no address', async () => {
    open()
    Object.defineProperty(upstream, 'url', { value: undefined })
    upstream.ready(4321)
    const one = visit()
    await null
    expect(one.outcome).toBe('backend-without-address')
  })

  it('is one of 300: 256 wait, 44 are sent away at once', async () => {
    open()
    upstream.starting()
    const visits = Array.from({ length: 300 }, () => visit())
    await settled()
    const count = (outcome: string): number => visits.filter((one) => one.outcome === outcome).length
    expect([count('waiting'), count('waiting-room-full')]).toEqual([256, 44])
    upstream.ready(4321)
    await settled()
    await settled()
    await settled()
    expect(count('passed to 1')).toBe(256)
    expect(counters).toMatchObject({ held: 256, unavailable: 44 })
  })

  it('waits no longer than is allowed, and hears when to come again', async () => {
    open()
    upstream.ready(4321, 1, 2300)
    upstream.crashed()
    upstream.starting()
    const one = visit()
    await clock.advance(9999)
    expect(one.outcome).toBe('waiting')
    await clock.advance(1)
    expect(one.result).toMatchObject({ reason: 'waited-too-long', headers: { 'retry-after': '3' } })
  })

  it('does not wait where nobody may: it hears why it would have to', async () => {
    open({ hold: { ...hold, maxPending: 0 } })
    upstream.starting()
    const one = visit()
    await null
    expect(one.outcome).toBe('backend-starting')
  })

  it('does not overtake those who are being let in, unless there is no room beside them', async () => {
    open({ hold: { ...hold, maxPending: 40 } })
    upstream.starting()
    const early = Array.from({ length: 40 }, () => visit())
    upstream.ready(4321)
    const late = Array.from({ length: 33 }, () => visit())
    await null
    await null
    const passed = (visits: Visit[]): number => visits.filter(({ outcome }) => outcome === 'passed to 1').length
    // 32 were let in, 8 wait, and 32 more find room behind these; nobody is turned away from an open gate
    expect([passed(early), passed(late)]).toEqual([32, 1])
    expect(late.at(-1)?.outcome).toBe('passed to 1')
    expect(gate.generation).toBeDefined()
    await turn()
    expect(passed(early)).toBe(40)
    await settled()
    expect(passed(late)).toBe(33)
    expect(counters.unavailable).toBe(0)
  })

  it('is sent away when the gate is taken down, and so is whoever comes later', async () => {
    open()
    upstream.starting()
    const one = visit()
    gate.close()
    const two = visit()
    await null
    await null
    expect([one.outcome, two.outcome]).toEqual(['gateway-closing', 'gateway-closing'])
    upstream.ready(4321)
    expect(gate.generation).toBeUndefined()
  })
})

describe('a request that its process did not take, or lost', () => {
  it('waits for a later one', async () => {
    open()
    upstream.ready(4321)
    const one = visit(generation())
    upstream.crashed()
    await clock.advance(5000)
    expect(one.outcome).toBe('waiting')
    upstream.starting()
    upstream.ready(4321, 99)
    await settled()
    expect(one.outcome).toBe('passed to 2')
  })

  it('is given a later one at once', async () => {
    open()
    upstream.ready(4321)
    const first = generation()
    upstream.ready(4322, 99)
    const one = visit(first)
    await null
    expect(one.outcome).toBe('passed to 2')
    expect(upstream.probes).toBe(0)
  })

  it('is given the same again after a pause that grows to a second, and the supervisor is asked to look once for each', async () => {
    open()
    upstream.ready(4321)
    const first = generation()
    const one = new Visit()
    const pauses: number[] = []
    for (let round = 0; round < 7; round += 1) {
      one.pass(first)
      expect(upstream.probes).toBe(round + 1)
      const since = clock.now()
      while (one.result === undefined) await clock.advance(10)
      pauses.push(clock.now() - since)
      expect(one.outcome).toBe('passed to 1')
    }
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1000, 1000])
  })

  it('shares the pause with all who were refused', async () => {
    open()
    upstream.ready(4321)
    const visits = [visit(generation()), visit(generation())]
    await clock.advance(30)
    visits.push(visit(generation()))
    expect(upstream.probes).toBe(1)
    await clock.advance(20)
    expect(visits.map(({ outcome }) => outcome)).toEqual(Array(3).fill('passed to 1'))
  })

  it('keeps nobody else from passing meanwhile', async () => {
    open()
    upstream.ready(4321)
    visit(generation())
    const two = visit()
    await null
    expect(two.outcome).toBe('passed to 1')
    expect(gate.generation).toBeDefined()
  })

  it('begins with a short pause again when all went well for a while', async () => {
    open()
    upstream.ready(4321)
    const one = visit(generation())
    await clock.advance(50)
    one.pass(generation())
    await clock.advance(100 + 1001)
    one.pass(generation())
    await clock.advance(50)
    expect(one.outcome).toBe('passed to 1')
  })

  it('does not go on for ever: its time is that of one request', async () => {
    open()
    upstream.ready(4321)
    const first = generation()
    const one = new Visit()
    while (one.outcome !== 'waited-too-long') {
      expect(clock.now()).toBeLessThanOrEqual(hold.timeoutMs)
      one.pass(first)
      while (one.result === undefined) await clock.advance(10)
    }
    expect(clock.now()).toBe(hold.timeoutMs)
    expect(one.result).toMatchObject({ detail: expect.stringContaining('waited 10000 ms'), headers: { 'retry-after': '1' } })
  })

  it('leaves no pause behind when another process has come', async () => {
    open()
    upstream.ready(4321)
    const one = visit(generation())
    upstream.ready(4322, 99)
    await settled()
    expect(one.outcome).toBe('passed to 2')
    expect(clock.pending).toBe(0)
  })
})

describe('a process that is to be replaced', () => {
  const draining = (pid: number, signal?: AbortSignal): { isOver: boolean } => {
    const state = { isOver: false }
    void upstream.drain(pid, signal).then(() => (state.isOver = true))
    return state
  }

  it('is not waited for when it answers nobody', async () => {
    open()
    upstream.ready(4321, 77)
    upstream.restarting()
    const drained = draining(77)
    await settled()
    expect(drained.isOver).toBe(true)
  })

  it('gets no more requests as soon as it is to be drained, whatever it is called', async () => {
    open()
    upstream.ready(4321, 77)
    const first = generation()
    void upstream.drain(77)
    expect(first.retired.aborted).toBe(true)
    expect(visit().outcome).toBe('waiting')
    upstream.ready(4322, 78)
    expect(generation()).toMatchObject({ number: 2 })
  })

  it('finishes the requests that it answers', async () => {
    open()
    upstream.ready(4321, 77)
    const leave = [gate.enter(generation(), 'request'), gate.enter(generation(), 'request')]
    expect(counters.active).toBe(2)
    upstream.restarting()
    const drained = draining(77)
    leave[0]?.()
    leave[0]?.()
    await settled()
    expect([drained.isOver, counters.active]).toEqual([false, 1])
    leave[1]?.()
    await settled()
    expect([drained.isOver, counters.active]).toEqual([true, 0])
  })

  it('finishes the request that was let through in the same turn', async () => {
    open()
    upstream.ready(4321, 77)
    let leave = (): void => {}
    void gate.pass({ signal: new AbortController().signal, bytes: 0 }).then((passed) => {
      if (isGeneration(passed)) leave = gate.enter(passed, 'request')
    })
    const drained = draining(77)
    await settled()
    expect(drained.isOver).toBe(false)
    leave()
    await settled()
    expect(drained.isOver).toBe(true)
  })

  it('is not waited for longer than a third of what those may wait who wait meanwhile, nor for streams', async () => {
    open()
    upstream.ready(4321, 77)
    for (const kind of ['stream', 'socket', 'request'] as const) gate.enter(generation(), kind)
    upstream.restarting()
    const drained = draining(77)
    await clock.advance(3333)
    expect(drained.isOver).toBe(false)
    await clock.advance(1)
    expect(drained.isOver).toBe(true)
  })

  it('is ended at once where only streams and sockets are left, and requests wait', async () => {
    open()
    upstream.ready(4321, 77)
    for (const kind of ['stream', 'socket'] as const) gate.enter(generation(), kind)
    upstream.restarting()
    const drained = draining(77)
    await settled()
    expect(drained.isOver).toBe(true)
  })

  it('has half a second to take its leave of those who would stay for ever', async () => {
    open()
    upstream.ready(4321, 77)
    const broken: string[] = []
    gate.enter(generation(), 'stream', () => broken.push('stream'))
    gate.enter(generation(), 'socket', () => broken.push('socket'))
    gate.enter(generation(), 'stream', () => broken.push('left'))()
    upstream.restarting()
    expect(draining(77)).toBeDefined()
    await settled()
    await clock.advance(499)
    expect(broken).toEqual([])
    await clock.advance(1)
    expect(broken).toEqual(['stream', 'socket'])
  })

  it.each([
    ['it has ended by then', () => upstream.gone(77)],
    ['the gate is closed by then', () => gate.close()],
  ])('is not broken off when %s', async (_what, happens) => {
    open()
    upstream.ready(4321, 77)
    const broken: string[] = []
    gate.enter(generation(), 'stream', () => broken.push('stream'))
    upstream.restarting()
    expect(draining(77)).toBeDefined()
    await settled()
    happens()
    await clock.advance(1000)
    expect([broken, clock.pending]).toEqual([[], 0])
  })

  it.each(['request', 'stream', 'socket'] as const)('has all the time to finish a %s where another one answers already', async (kind) => {
    open()
    upstream.ready(4321, 77)
    const leave = gate.enter(generation(), kind)
    upstream.ready(4322, 78)
    gate.enter(generation(), 'request')
    const [drained, another] = [draining(77), draining(77)]
    await clock.advance(29_999)
    expect(drained.isOver).toBe(false)
    leave()
    await settled()
    expect([drained.isOver, another.isOver]).toEqual([true, true])
  })

  it('has no more than all the time', async () => {
    open({ drainMs: 700 })
    upstream.ready(4321, 77)
    gate.enter(generation(), 'socket')
    upstream.ready(4322, 78)
    const drained = draining(77)
    await clock.advance(700)
    expect(drained.isOver).toBe(true)
  })

  it.each([
    ['there is no more use in it', (end: AbortController) => end.abort()],
    ['the gate is taken down', () => gate.close()],
  ])('is not waited for when %s', async (_, happens) => {
    open()
    upstream.ready(4321, 77)
    gate.enter(generation(), 'request')
    upstream.restarting()
    const end = new AbortController()
    const drained = draining(77, end.signal)
    await settled()
    expect(drained.isOver).toBe(false)
    happens(end)
    await settled()
    expect(drained.isOver).toBe(true)
    expect(getEventListeners(end.signal, 'abort')).toEqual([])
  })

  it('is not waited for when there was no use in it from the beginning', async () => {
    open()
    upstream.ready(4321, 77)
    gate.enter(generation(), 'request')
    upstream.restarting()
    const drained = draining(77, AbortSignal.abort())
    await settled()
    expect(drained.isOver).toBe(true)
  })

  it('leaves nothing on a signal that goes on when it has finished', async () => {
    open()
    upstream.ready(4321, 77)
    const leave = gate.enter(generation(), 'request')
    upstream.restarting()
    const { signal } = new AbortController()
    const drained = draining(77, signal)
    await settled()
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    leave()
    await settled()
    expect(drained.isOver).toBe(true)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe('what is told of the backend', () => {
  it('is its state, how it ended, its last lines and when it starts again, counted down', async () => {
    open()
    upstream.starting()
    expect(gate.facts()).toMatchObject({ state: 'starting', attempt: 1, lastExit: null, nextStartInMs: null, failure: null })
    upstream.ready(4321, 77)
    expect(gate.facts()).toMatchObject({ state: 'ready', pid: 77, attempt: null, restarting: false })
    upstream.crashed({ delayMs: 2000, code: 1, signal: null, tail: ['a secret'] })
    const ended = { lastExit: { pid: 77, code: 1, signal: null }, tail: ['a ***'], restarts: 1 }
    expect(gate.facts()).toMatchObject({ state: 'backoff', pid: null, nextStartInMs: 2000, ...ended })
    await clock.advance(1500)
    expect(gate.facts().nextStartInMs).toBe(500)
    await clock.advance(1500)
    expect(gate.facts().nextStartInMs).toBe(0)
    upstream.starting(2)
    expect(gate.facts()).toMatchObject({ state: 'starting', attempt: 2, nextStartInMs: null, ...ended })
  })

  it('is why it was given up, until it is started again', () => {
    open()
    upstream.gaveUp()
    expect(gate.facts()).toMatchObject({ state: 'failed', failure: { code: 'ERR_CRASH_LOOP', message: 'backend crashed 6 times.' } })
    upstream.starting()
    expect(gate.facts().failure).toBeNull()
  })

  it('is not why it was given up the time before', () => {
    open()
    const told: unknown[] = []
    gate.onChange(() => told.push(gate.facts().failure?.message))
    upstream.gaveUp()
    upstream.starting()
    upstream.gaveUp()
    const once = [undefined, 'backend was given up', 'backend crashed 6 times.']
    expect(told.filter((message, at) => message !== undefined || told[at + 1] !== undefined)).toEqual([...once, ...once])
  })

  it('is known to a gate that is made late, as far as it can be', async () => {
    upstream.starting()
    upstream.crashed({ delayMs: 700 })
    open()
    await clock.advance(200)
    expect(gate.facts()).toMatchObject({ state: 'backoff', nextStartInMs: 500, lastExit: { signal: 'SIGKILL' } })
    gate.close()
    const exit = {
      ...{ pid: 5, code: 0, signal: null, uptimeMs: 9, reason: null, tail: ['a secret'] },
      ...{ requested: true, portLost: false },
    }
    upstream.state = { state: 'stopped', completed: true, exit: { ...exit, survivors: [] } }
    open()
    expect(gate.facts()).toMatchObject({ state: 'stopped', tail: ['a ***'] })
  })

  it('is whether another process follows on one that is being ended', () => {
    open()
    upstream.ready(4321)
    upstream.restarting()
    expect(gate.facts()).toMatchObject({ state: 'stopping', restarting: true })
    upstream.stopping()
    expect(gate.facts()).toMatchObject({ state: 'stopping', restarting: false })
  })

  it('keeps no more than the last 50 lines', () => {
    open()
    upstream.crashed({ tail: Array.from({ length: 60 }, (_, line) => `line ${line}`) })
    expect(gate.facts().tail).toHaveLength(50)
    expect(gate.facts().tail.at(-1)).toBe('line 59')
  })

  it('changes are told to those who listen, until they do not', () => {
    open()
    const told: string[] = []
    const off = gate.onChange(() => told.push(`${gate.facts().state} ${gate.facts().failure?.code ?? ''}`.trim()))
    upstream.starting()
    upstream.ready(4321)
    upstream.gaveUp()
    // its exit, that it failed, and why
    expect(told).toEqual(['starting', 'ready', 'ready', 'failed ERR_CRASH_LOOP', 'failed ERR_CRASH_LOOP'])
    off()
    upstream.starting()
    expect(told).toHaveLength(5)
  })
})
