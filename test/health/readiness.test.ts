import { describe, expect, it } from 'vitest'
import type { Probe, ProbeResult } from '../../src/health/probe.ts'
import { awaitReady, pauseMs, type Readiness, type ReadinessOptions } from '../../src/health/readiness.ts'
import type { Answerer } from '../../src/ports/answerer.ts'
import type { Listener } from '../../src/ports/owners.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

const target = { host: '127.0.0.1', port: 3000 }
const ok: ProbeResult = { ok: true }
const refused: ProbeResult = { ok: false, reason: 'connection to 127.0.0.1:3000 refused', stage: 'refused' }
const listener = (address: string, port: number): Listener => ({
  family: address.includes(':') ? 'ipv6' : 'ipv4',
  address,
  port,
  socket: '1',
  acceptQueue: 0,
})
const ours: Answerer = { verdict: 'ours', stranger: null, serving: [], elsewhere: [] }
const nobody: Answerer = { ...ours, verdict: 'nobody' }
const foreign: Answerer = { ...ours, verdict: 'foreign', stranger: 'pid 4711 (nginx)' }

/** Waits for readiness in a world whose answers may be changed at any moment. */
const waiting = (options: Partial<ReadinessOptions> = {}) => {
  const world = { answer: refused as ProbeResult, answerer: nobody as Answerer }
  const clock = new FakeClock()
  const run = new AbortController()
  const told: ProbeResult[] = []
  const named: boolean[] = []
  const rings = new Set<() => void>()
  const asked: number[] = []
  let result: Readiness | undefined
  const probe: Probe = async () => {
    asked.push(clock.now())
    return world.answer
  }
  void awaitReady({
    probe,
    target,
    asksThePort: true,
    whoAnswers: async (_target, name) => {
      named.push(name)
      return name ? world.answerer : { ...world.answerer, stranger: null }
    },
    timeoutMs: 60_000,
    leastPauseMs: 0,
    clock,
    signal: run.signal,
    onListening: (ring) => {
      rings.add(ring)
      return () => rings.delete(ring)
    },
    onProbe: (answer) => told.push(answer),
    ...options,
  }).then((readiness) => (result = readiness))
  return { world, clock, run, told, named, rings, asked, result: () => result }
}

describe('readiness', () => {
  it('comes when the probe passes and what answers is ours', async () => {
    const { world, clock, result, told } = waiting()
    await clock.advance(500)
    expect(result()).toBeUndefined()
    world.answer = ok
    world.answerer = ours
    await clock.advance(250)
    expect(result()).toEqual({ ready: true, identity: 'ours' })
    expect(told).toEqual([refused, ok])
    expect(clock.pending).toBe(0)
  })

  it('says so where the platform cannot tell whose it is', async () => {
    const { world, clock, result } = waiting()
    world.answer = ok
    world.answerer = { ...ours, verdict: 'unknown' }
    await clock.advance(250)
    expect(result()).toEqual({ ready: true, identity: 'unknown' })
  })

  it('of a service without an address is up to the probe alone', async () => {
    const { world, clock, result, named } = waiting({ target: null })
    await clock.advance(100)
    expect(result()).toBeUndefined()
    world.answer = ok
    await clock.advance(250)
    expect(result()).toEqual({ ready: true, identity: 'unknown' })
    expect(named).toEqual([])
  })

  it('is not looked into while nobody can be reached', async () => {
    const { clock, named } = waiting()
    await clock.advance(1000)
    expect(named).toEqual([])
  })
})

describe('a stranger on our port', () => {
  it('never makes it ready, and is the end of it after one second', async () => {
    const { world, clock, result, named } = waiting()
    world.answer = ok
    world.answerer = foreign
    await clock.advance(999)
    expect(result()).toBeUndefined()
    await clock.advance(251)
    expect(result()).toEqual({
      ready: false,
      message: '127.0.0.1:3000 is answered by pid 4711 (nginx), which is not ours',
      reason: 'PORT_TAKEN',
      portLost: true,
    })
    expect(named.filter(Boolean), 'naming him costs much').toHaveLength(1)
  })

  it.each<ProbeResult>([
    { ok: false, reason: 'GET / answered 503', stage: 'answered' },
    { ok: false, reason: 'reset', stage: 'died' },
    { ok: false, reason: 'mute', stage: 'no-answer' },
  ])('is known for one though he does not answer well: %j', async (answer) => {
    const { world, clock, result } = waiting()
    world.answer = answer
    world.answerer = foreign
    await clock.advance(1300)
    expect(result()).toMatchObject({ ready: false, reason: 'PORT_TAKEN', portLost: true })
  })

  it('may leave in time', async () => {
    const { world, clock, result } = waiting()
    world.answer = ok
    world.answerer = foreign
    await clock.advance(600)
    world.answerer = ours
    await clock.advance(100)
    expect(result()).toEqual({ ready: true, identity: 'ours' })
  })

  it('who leaves and comes back has his second again', async () => {
    const { world, clock, result } = waiting()
    world.answer = { ok: false, reason: 'GET / answered 503', stage: 'answered' }
    world.answerer = foreign
    await clock.advance(800)
    world.answerer = ours
    await clock.advance(600)
    world.answerer = foreign
    await clock.advance(800)
    expect(result()).toBeUndefined()
  })

  it('who left has his second again though nobody answered in between', async () => {
    const { world, clock, result } = waiting()
    world.answer = ok
    world.answerer = foreign
    await clock.advance(500)
    world.answer = refused
    await clock.advance(3000)
    world.answer = ok
    await clock.advance(300)
    expect(result()).toBeUndefined()
  })

  it('is told of once', async () => {
    const { world, clock, told } = waiting()
    world.answer = ok
    world.answerer = foreign
    await clock.advance(900)
    expect(told).toEqual([expect.objectContaining({ ok: false, cause: 'PORT_TAKEN' })])
  })
})

describe('the deadline of readiness', () => {
  it('ends it with the last reason', async () => {
    const { world, clock, result } = waiting({ timeoutMs: 3000 })
    await clock.advance(2000)
    world.answer = { ok: false, reason: 'GET / answered 503; expected 100 to 499', stage: 'answered', cause: 'SERVER_ERROR' }
    world.answerer = ours
    await clock.advance(1500)
    expect(result()).toEqual({
      ready: false,
      message: 'not ready within 3000 ms; GET / answered 503; expected 100 to 499',
      reason: 'SERVER_ERROR',
      portLost: false,
    })
    expect(clock.pending).toBe(0)
  })

  it('ends it though the probe never answers', async () => {
    const { clock, result } = waiting({ timeoutMs: 7000, probe: () => new Promise(() => {}) })
    await clock.advance(6999)
    expect(result()).toBeUndefined()
    await clock.advance(251)
    expect(result()).toMatchObject({ ready: false, message: expect.stringContaining('no answer within') })
  })

  it.each([
    [[listener('127.0.0.1', 4000)], 'LISTENS_ON_OTHER_PORT', 'it listens on 127.0.0.1:4000 instead'],
    [[listener('::1', 3000)], 'ADDRESS_FAMILY_MISMATCH', 'it listens on ::1:3000 instead'],
    [[listener('127.0.0.1', 9229), listener('::1', 3000)], 'ADDRESS_FAMILY_MISMATCH', '127.0.0.1:9229, ::1:3000'],
    [[], null, 'refused'],
  ] satisfies [Listener[], string | null, string][])('finds what listens elsewhere: %j', async (elsewhere, reason, message) => {
    const { world, clock, result } = waiting({ timeoutMs: 1000 })
    world.answerer = { ...nobody, elsewhere }
    await clock.advance(1300)
    expect(result()).toEqual({ ready: false, message: expect.stringContaining(message), reason, portLost: false })
  })

  it('does not adopt what listens elsewhere', async () => {
    const { world, clock, result } = waiting({ timeoutMs: 5000 })
    world.answerer = { ...nobody, elsewhere: [listener('127.0.0.1', 4000)] }
    await clock.advance(4900)
    expect(result()).toBeUndefined()
  })
})

describe('the end of the run', () => {
  it('ends the wait without a verdict, without a timer, without a subscription', async () => {
    for (const moment of [0, 3, 700]) {
      const { world, clock, run, result, rings } = waiting()
      await clock.advance(moment)
      run.abort()
      world.answer = ok
      world.answerer = ours
      await clock.advance(100_000)
      expect(result()).toBeUndefined()
      expect(clock.pending).toBe(0)
      expect(rings.size).toBe(0)
    }
  })
})

describe('how often it is asked', () => {
  it('a report that it listens cuts the pause short', async () => {
    const { world, clock, rings, result } = waiting()
    await clock.advance(50_000)
    world.answer = ok
    world.answerer = ours
    for (const ring of rings) ring()
    await clock.advance(0)
    expect(result()).toEqual({ ready: true, identity: 'ours' })
  })

  it('a report that comes while it is being asked is not lost', async () => {
    let answer = (_result: ProbeResult): void => {}
    let asked = 0
    const { clock, rings } = waiting({
      leastPauseMs: 4000,
      probe: () => {
        asked += 1
        return new Promise((resolve) => (answer = resolve))
      },
    })
    await clock.advance(4000)
    expect(asked).toBe(1)
    for (const ring of rings) ring()
    answer(refused)
    await clock.advance(0)
    expect(asked).toBe(2)
  })

  it('a report cuts one pause short, not all that follow', async () => {
    const { clock, rings, asked } = waiting({ leastPauseMs: 1000 })
    await clock.advance(1500)
    const before = asked.length
    for (const ring of rings) ring()
    await clock.advance(990)
    expect(asked.slice(before)).toEqual([1500])
  })

  it('is often at first and less later', async () => {
    expect([0, 100, 1000, 2000, 10_000, 50_000, 1_000_000].map(pauseMs)).toEqual([5, 5, 5, 5, 25, 125, 250])
    const { clock, asked } = waiting()
    await clock.advance(1000)
    expect(asked.length).toBeGreaterThan(100)
  })

  it('is no more often than the probe allows', async () => {
    const { clock, asked } = waiting({ leastPauseMs: 250 })
    await clock.advance(1000)
    expect(asked.filter((at) => at > 0)).toEqual([250, 500, 750, 1000])
  })

  it('is at least once, though the deadline is shorter than the pause', async () => {
    const { world, clock, result } = waiting({ leastPauseMs: 250, timeoutMs: 200 })
    world.answer = ok
    world.answerer = ours
    await clock.advance(1000)
    expect(result()).toEqual({ ready: true, identity: 'ours' })
  })

  it('tells of a failure when it says something new', async () => {
    const { world, clock, told } = waiting()
    await clock.advance(500)
    world.answer = { ok: false, reason: 'GET / answered 503', stage: 'answered' }
    world.answerer = ours
    await clock.advance(500)
    expect(told).toEqual([refused, world.answer])
  })
})

describe('a knock before the question', () => {
  const knocking = () => {
    const door = { open: false, closed: 0 }
    const knock: Probe = async () => {
      if (!door.open) door.closed += 1
      return door.open ? ok : refused
    }
    return { door, ...waiting({ knock }) }
  }

  it('is all that is tried until somebody opens', async () => {
    const { door, world, clock, asked, result } = knocking()
    world.answer = ok
    world.answerer = ours
    await clock.advance(200)
    expect(asked).toEqual([])
    expect(door.closed).toBeGreaterThan(1)
    door.open = true
    await clock.advance(50)
    expect(asked).toHaveLength(1)
    expect(result()).toEqual({ ready: true, identity: 'ours' })
  })

  it('is not repeated once it was answered, and who answers is asked with the question', async () => {
    const { door, world, clock, asked, named, result } = knocking()
    door.open = true
    world.answer = { ok: false, reason: 'GET / answered 503', stage: 'answered' }
    world.answerer = ours
    await clock.advance(200)
    const questions = asked.length
    expect(questions).toBeGreaterThan(1)
    expect(named).toHaveLength(questions)
    door.open = false
    world.answer = ok
    await clock.advance(100)
    expect(result()).toEqual({ ready: true, identity: 'ours' })
  })
})

describe('readiness at a socket', () => {
  const onSocket = { target: { host: 'localhost', port: 0, socketPath: '/run/api.sock' } }

  it('comes when what answers is ours', async () => {
    const { world, clock, result } = waiting(onSocket)
    Object.assign(world, { answer: ok, answerer: ours })
    await clock.advance(100)
    expect(result()).toEqual({ ready: true, identity: 'ours' })
  })

  it('is not proved where the one who answers is listed under another name', async () => {
    const { world, clock, result } = waiting(onSocket)
    Object.assign(world, { answer: ok, answerer: nobody })
    await clock.advance(100)
    expect(result()).toEqual({ ready: true, identity: 'unknown' })
  })

  it('never comes from a stranger', async () => {
    const { world, clock, result } = waiting(onSocket)
    Object.assign(world, { answer: ok, answerer: foreign })
    await clock.advance(5000)
    expect(result()).toMatchObject({ ready: false, reason: 'PORT_TAKEN', message: expect.stringContaining('/run/api.sock is answered by') })
  })

  it('never comes from a port: what it listens on instead is the reason', async () => {
    const { world, clock, result } = waiting({ ...onSocket, timeoutMs: 1000 })
    Object.assign(world, { answerer: { ...nobody, elsewhere: [listener('127.0.0.1', 8081)] } })
    await clock.advance(1500)
    expect(result()).toMatchObject({
      ready: false,
      reason: 'LISTENS_ON_OTHER_PORT',
      message: expect.stringContaining('it listens on 127.0.0.1:8081'),
    })
  })
})
