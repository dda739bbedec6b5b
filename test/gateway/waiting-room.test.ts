import { getEventListeners } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import * as fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { noCounts } from '../../src/gateway/counters.ts'
import { type Generation, isGeneration } from '../../src/gateway/gate.ts'
import { Life, noSigns } from '../../src/gateway/life.ts'
import type { Problem } from '../../src/gateway/problem.ts'
import { WaitingRoom } from '../../src/gateway/waiting-room.ts'
import { FakeClock, settled } from '../helpers/fake-clock.ts'
import { holdings, surplus } from '../helpers/processes.ts'

const generation = (number: number): Generation => {
  const { signal } = new AbortController()
  const life = new Life(number, 1, noSigns, () => 0)
  return { number, pid: number, address: { host: '127.0.0.1', port: 1 }, retired: signal, ended: signal, life }
}
const sentAway: Problem = { status: 503, reason: 'sent-away', title: '', detail: '' }

interface Guest {
  readonly number: number
  readonly bytes: number
  readonly at: number
  readonly client: AbortController
  outcome: string | undefined
}

/** A room whose door a test opens and shuts, and all who ever came. */
class Scene {
  readonly clock = new FakeClock()
  readonly counters = noCounts()
  readonly guests: Guest[] = []
  /** Numbers of those who were passed on, in that order. */
  readonly passed: number[] = []
  readonly room: WaitingRoom
  generation: Generation | undefined

  constructor(limits = { timeoutMs: 1000, maxPending: 5, maxBytes: 100 }) {
    this.room = new WaitingRoom({
      ...{ limits, clock: this.clock, counters: this.counters },
      open: () => this.generation,
      isFull: () => ({ ...sentAway, reason: 'full' }),
      tookTooLong: (waitedMs) => ({ ...sentAway, reason: `waited ${waitedMs}` }),
    })
  }

  enter(bytes = 0, after?: Generation): Guest {
    const guest: Guest = { number: this.guests.length, bytes, at: this.clock.now(), client: new AbortController(), outcome: undefined }
    this.guests.push(guest)
    void this.room.enter({ signal: guest.client.signal, bytes, after }, guest.at).then((passed) => {
      guest.outcome = isGeneration(passed) ? 'passed' : passed.reason
      if (isGeneration(passed)) this.passed.push(guest.number)
    })
    return guest
  }

  open(number = 1): Generation {
    this.generation = generation(number)
    this.room.release()
    return this.generation
  }

  get waiting(): Guest[] {
    return this.guests.filter(({ outcome }) => outcome === undefined)
  }

  outcomes(): (string | undefined)[] {
    return this.guests.map(({ outcome }) => outcome)
  }
}

describe('the waiting room', () => {
  let scene: Scene
  beforeEach(() => {
    scene = new Scene()
  })

  it('sends away at once who finds every place taken', async () => {
    for (let guest = 0; guest < 7; guest += 1) scene.enter()
    await settled()
    expect(scene.outcomes()).toEqual([...Array(5).fill(undefined), 'full', 'full'])
    expect(scene.counters).toMatchObject({ waiting: 5, unavailable: 2 })
  })

  it('sends away at once whose body does not fit beside the others', async () => {
    for (const bytes of [60, 41, 40, 1]) scene.enter(bytes)
    await settled()
    expect(scene.outcomes()).toEqual([undefined, 'full', undefined, 'full'])
  })

  it('gives the place and the bytes of a client that has gone to the next who comes', async () => {
    scene.enter(100).client.abort()
    expect(scene.room.size).toBe(0)
    scene.enter(100)
    await settled()
    expect(scene.outcomes()).toEqual(['client-gone', undefined])
    expect(scene.counters).toMatchObject({ waiting: 1, unavailable: 0 })
  })

  it('takes nobody in whose client has gone before', async () => {
    const client = new AbortController()
    client.abort()
    await expect(scene.room.enter({ signal: client.signal, bytes: 0 }, 0)).resolves.toMatchObject({ reason: 'client-gone' })
    expect(scene.clock.pending).toBe(0)
  })

  it('lets each wait for as long as is allowed, and not longer', async () => {
    scene.enter()
    await scene.clock.advance(400)
    scene.enter()
    await scene.clock.advance(600)
    expect(scene.outcomes()).toEqual(['waited 1000', undefined])
    await scene.clock.advance(400)
    expect(scene.outcomes()).toEqual(['waited 1000', 'waited 1000'])
    expect(scene.counters).toMatchObject({ waiting: 0, unavailable: 2 })
  })

  it('lets 32 pass per turn of the event loop: 256 in 8', async () => {
    const before = holdings()
    scene = new Scene({ timeoutMs: 1000, maxPending: 256, maxBytes: 0 })
    for (let guest = 0; guest < 256; guest += 1) scene.enter()
    scene.open()
    // told twice in the same turn
    scene.room.release()
    const perTurn = [scene.counters.held]
    while (scene.counters.waiting > 0) {
      const already = scene.counters.held
      await turn()
      perTurn.push(scene.counters.held - already)
    }
    expect(perTurn).toEqual(Array(8).fill(32))
    expect(scene.passed).toEqual(scene.guests.map(({ number }) => number))
    expect(scene.counters.held).toBe(256)
    await settled()
    expect(surplus(before, holdings())).toEqual([])
  })

  it('keeps the others when the gate shuts between two turns', async () => {
    scene = new Scene({ timeoutMs: 1000, maxPending: 256, maxBytes: 0 })
    for (let guest = 0; guest < 50; guest += 1) scene.enter()
    scene.open()
    scene.generation = undefined
    await settled()
    expect(scene.passed).toHaveLength(32)
    scene.open(2)
    await settled()
    expect(scene.passed).toEqual(scene.guests.map(({ number }) => number))
  })

  it('passes over who waits for a later process, without keeping those behind', async () => {
    const first = scene.open(1)
    scene.enter(0, first)
    scene.enter()
    scene.room.release()
    await settled()
    expect(scene.outcomes()).toEqual([undefined, 'passed'])
    expect(scene.room.hasWaiterFor(first)).toBe(false)
    scene.open(2)
    await settled()
    expect(scene.outcomes()).toEqual(['passed', 'passed'])
  })

  it('leaves no timer, no listener and no turn behind when it is closed', async () => {
    const before = holdings()
    scene = new Scene({ timeoutMs: 1000, maxPending: 256, maxBytes: 0 })
    for (let guest = 0; guest < 100; guest += 1) scene.enter()
    scene.open()
    scene.room.close(sentAway)
    expect(scene.clock.pending).toBe(0)
    expect(surplus(before, holdings())).toEqual([])
    for (const { client } of scene.guests) expect(getEventListeners(client.signal, 'abort')).toEqual([])
    await settled()
    expect(scene.outcomes().filter((outcome) => outcome === 'sent-away')).toHaveLength(68)
    expect(scene.counters).toMatchObject({ waiting: 0, held: 32, unavailable: 68 })
  })

  it('keeps its limits and its order and forgets nobody, whatever happens', async () => {
    const limits = { timeoutMs: 1000, maxPending: 40, maxBytes: 100 }
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant('enter' as const), bytes: fc.nat(8), times: fc.integer({ min: 1, max: 45 }) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('abort' as const), which: fc.nat(200) }) },
      { weight: 2, arbitrary: fc.constant({ do: 'open' as const }) },
      { weight: 2, arbitrary: fc.constant({ do: 'hold' as const }) },
      { weight: 1, arbitrary: fc.constant({ do: 'send away' as const }) },
      { weight: 2, arbitrary: fc.constant({ do: 'turn' as const }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('pass time' as const), ms: fc.nat(700) }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const scene = new Scene(limits)
        const { room, clock, counters, guests } = scene
        let turns = 0
        for (const it of steps) {
          const heldBefore = counters.held
          if (it.do === 'enter') {
            for (let time = 0; time < it.times; time += 1) {
              const taken = scene.waiting.reduce((sum, { bytes }) => sum + bytes, 0)
              const fits = scene.waiting.length < limits.maxPending && taken + it.bytes <= limits.maxBytes
              const guest = scene.enter(it.bytes)
              await null
              await null
              expect(guest.outcome).toBe(fits ? undefined : 'full')
            }
          } else if (it.do === 'abort') guests[it.which % Math.max(1, guests.length)]?.client.abort()
          else if (it.do === 'open') scene.open()
          else if (it.do === 'hold') scene.generation = undefined
          else if (it.do === 'send away') room.sendAway(sentAway)
          else if (it.do === 'turn') await turn()
          else {
            await clock.advance(it.ms)
            turns = 4
          }
          await null
          await null
          expect(counters.held - heldBefore).toBeLessThanOrEqual(32 * (1 + turns))
          turns = 0
          expect(room.size).toBe(scene.waiting.length)
          expect(counters.waiting).toBe(scene.waiting.length)
          expect(scene.waiting.length).toBeLessThanOrEqual(limits.maxPending)
          expect(scene.waiting.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(limits.maxBytes)
          for (const { at } of scene.waiting) expect(clock.now() - at).toBeLessThan(limits.timeoutMs)
          for (const { client } of scene.waiting) expect(client.signal.aborted).toBe(false)
        }
        scene.open()
        await settled()
        expect(scene.waiting).toEqual([])
        expect(scene.passed).toEqual([...scene.passed].sort((a, b) => a - b))
        expect(counters.held).toBe(scene.passed.length)
        expect(clock.pending).toBe(0)
      }),
    )
  })
})
