import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PuppetWorld } from './world.ts'

const settledOf = async (promise: Promise<unknown>): Promise<unknown> =>
  Promise.race([promise.catch((error: unknown) => error), new Promise((resolve) => setImmediate(() => resolve('open')))])

const started = async (options: ConstructorParameters<typeof PuppetWorld>[0]): Promise<PuppetWorld> => {
  const world = new PuppetWorld(options)
  void world.supervisor.start()
  await world.passed()
  world.forgetTold()
  return world
}

const calmMs = 100
const overlap = { overlap: true }
const standby = { standby: true }

describe('a service of one process', () => {
  it('is told as before, and a second one is never launched', async () => {
    const world = await started({})
    const first = world.serving
    void world.supervisor.restart()
    await world.passed()
    expect(world.states).toEqual(['ready stopping requested', 'stopping starting requested', 'starting ready probe passed'])
    expect(world.puppets).toHaveLength(2)
    expect(first.signals).toEqual(['SIGTERM'])
    world.serving.end()
    await world.passed()
    expect(await world.supervisor.status()).toMatchObject({ restarts: 2, pid: world.last.pid })
    expect(world.all('standby')).toEqual([])
    expect(new Set(world.puppets.map(({ slot }) => slot))).toEqual(new Set([0]))
  })
})

/** Two looks at what it takes, a second apart. */
const memoryMs = 7000

describe('a process that has just ended', () => {
  it('is not ended again, and has ended by itself', async () => {
    const world = await started({})
    world.serving.end({ code: 7, signal: null })
    await Promise.resolve()
    await Promise.resolve()
    expect(world.all('exit'), 'it is being looked into').toEqual([])
    const stopping = world.supervisor.stop()
    await world.passed(0)
    expect(await stopping).toEqual({ reaped: [100], survivors: [] })
    expect(world.all('exit')).toMatchObject([{ code: 7, requested: false }])
    expect([world.of(100).signals, world.clock.pending]).toEqual([[], 0])
  })
})

describe('that a process has ended', () => {
  /** What was told, in order; an exit is told when it was looked into. */
  const following = (world: PuppetWorld): string[] => {
    const heard: string[] = []
    world.supervisor.onGone((pid) => void heard.push(`${pid} gone`))
    world.supervisor.on('state', ({ to }) => void heard.push(to))
    world.supervisor.on('exit', ({ pid }) => void heard.push(`${pid} exit`))
    return heard
  }

  it('is told at once, before it is looked into', async () => {
    const world = await started({})
    let how: unknown
    world.supervisor.onGone((_pid, exit) => {
      how = exit
    })
    const heard = following(world)
    world.serving.end()
    await Promise.resolve()
    await Promise.resolve()
    expect([heard, world.supervisor.state.state, how]).toEqual([['100 gone'], 'ready', { code: null, signal: 'SIGKILL' }])
    await world.passed()
    expect(heard).toEqual(['100 gone', '100 exit', 'backoff', 'starting', 'ready'])
  })

  it('is told of one that was asked to end', async () => {
    const world = await started({})
    const heard = following(world)
    void world.supervisor.stop()
    await world.passed()
    expect(heard).toEqual(['stopping', '100 gone', '100 exit', 'stopped'])
  })

  it('is told when another one serves already, and of each', async () => {
    const world = await started(standby)
    await world.passed()
    const heard = following(world)
    world.of(100).end()
    await Promise.resolve()
    await Promise.resolve()
    expect(heard).toEqual(['ready', '100 gone'])
    await world.passed()
    world.last.end()
    await world.passed(0)
    expect(heard.slice(2)).toEqual(['100 exit', `${world.puppets[2]?.pid} gone`, `${world.puppets[2]?.pid} exit`])
  })

  it('is told to nobody who has gone, and to the others where one of them throws', async () => {
    const world = await started({})
    const heard: string[] = []
    const hear = (pid: number): void => void heard.push(String(pid))
    const warnings: Error[] = []
    const warned = (warning: Error): void => void warnings.push(warning)
    process.on('warning', warned)
    world.supervisor.onGone(() => {
      throw new Error('a bug of the listener')
    })
    const unsubscribe = world.supervisor.onGone(hear)
    world.supervisor.onGone(hear)
    unsubscribe()
    world.serving.end()
    await world.passed()
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', warned)
    expect([heard, warnings.map(({ message }) => message)]).toEqual([['100'], ['a bug of the listener']])
    expect(world.supervisor.state).toMatchObject({ state: 'ready', pid: 101 })
  })
})

describe('with overlap', () => {
  it('a restart ends the one only when the other is ready', async () => {
    const world = await started(overlap)
    const [first] = world.puppets
    world.isQuick = false
    const restart = world.supervisor.restart()
    await world.passed()
    expect([world.states, first?.signals, await settledOf(restart)]).toEqual([[], [], 'open'])
    world.last.isReady = true
    await world.passed()
    expect(world.told.map(([type, facts]) => [type, facts])).toEqual([
      ['standby', { state: 'starting', pid: 101, port: 4001, replaces: 100 }],
      [
        'state',
        expect.objectContaining({ from: 'ready', to: 'ready', cause: 'replaced', pid: 101, port: 4001, url: 'http://127.0.0.1:4001' }),
      ],
      ['ready', expect.objectContaining({ pid: 101, port: 4001, startupMs: expect.any(Number) })],
      ['exit', expect.objectContaining({ pid: 100, signal: 'SIGTERM', requested: true })],
    ])
    expect(await restart).toMatchObject({ state: 'ready', pid: 101, port: 4001, restarts: 1 })
    expect(world.supervisor.lastExit).toMatchObject({ pid: 100 })
    expect(world.leading).toBe(1)
    expect([...world.recorded.keys()]).toEqual([1])
  })

  it('the next restart has the place of the one before the last', async () => {
    const world = await started(overlap)
    for (const slot of [1, 0, 1, 0]) {
      const restart = world.supervisor.restart()
      await world.passed()
      expect([await restart, world.serving.slot]).toMatchObject([{ port: 4000 + slot }, slot])
    }
  })

  it('the one stays where the other never becomes ready, and who has asked hears why', async () => {
    const world = await started(overlap)
    world.isBroken = true
    await expect(world.supervisor.restart()).rejects.toMatchObject({ code: 'ERR_EXECUTABLE_NOT_FOUND', service: 'api' })
    expect([world.states, world.all('failed'), world.serving.signals]).toEqual([[], [], []])
    expect(world.all('standby').at(-1)).toEqual({ state: 'failed', replaces: 100, detail: 'Error: broken' })
    expect(await world.supervisor.status()).toMatchObject({ state: 'ready', pid: 100, restarts: 0, lastExit: null })
    // and it may be tried again
    world.isBroken = false
    const again = world.supervisor.restart()
    await world.passed()
    expect(await again).toMatchObject({ pid: 101 })
  })

  it('crashes of the next one are no crash of the service', async () => {
    const world = await started({ ...overlap, restart: { when: 'never' } })
    world.isQuick = false
    const restart = world.supervisor.restart()
    await world.passed()
    world.last.end()
    await expect(restart).rejects.toMatchObject({ code: 'ERR_NEVER_READY' })
    expect(await world.supervisor.status()).toMatchObject({ state: 'ready', pid: 100, lastExit: null })
  })

  it('where the old one dies meanwhile the next is the service, and the old one does not come again', async () => {
    const world = await started(overlap)
    world.isQuick = false
    const restart = world.supervisor.restart()
    await world.passed()
    world.of(100).end()
    await world.passed()
    expect(world.states).toEqual(['ready starting exited'])
    expect(world.all('state')[0]).toMatchObject({ pid: 101 })
    expect(await settledOf(restart)).toBe('open')
    world.last.isReady = true
    await world.passed()
    expect(world.states).toEqual(['ready starting exited', 'starting ready probe passed'])
    expect(await restart).toMatchObject({ pid: 101, restarts: 1, lastExit: { pid: 100, signal: 'SIGKILL' } })
    expect(world.puppets).toHaveLength(2)
  })

  it('a second restart starts the next one again, and both are answered by it', async () => {
    const world = await started(overlap)
    world.isQuick = false
    const first = world.supervisor.restart()
    await world.passed()
    const outdated = world.last
    const second = world.supervisor.restart()
    await world.passed()
    expect(outdated.isAlive).toBe(false)
    world.last.isReady = true
    await world.passed()
    expect([await first, await second]).toMatchObject([{ pid: 102 }, { pid: 102 }])
    expect(world.states).toEqual(['ready ready replaced'])
  })

  it('a stop ends both, reports both, and answers who waited for the next one', async () => {
    const world = await started(overlap)
    world.isQuick = false
    const restart = world.supervisor.restart()
    const refused = expect(restart).rejects.toMatchObject({ code: 'ERR_STOPPED' })
    await world.passed()
    const stopping = world.supervisor.stop()
    await world.passed()
    const report = await stopping
    expect([[...report.reaped].sort(), report.survivors]).toEqual([[100, 101], []])
    await refused
    expect(world.states).toEqual(['ready stopping requested', 'stopping stopped exited'])
    expect(world.living).toEqual([])
  })

  it('the service is stopped when the last of them has ended, whichever that is', async () => {
    const world = await started({ ...overlap, stop: { graceMs: 5000 } })
    world.isQuick = false
    void world.supervisor.restart().catch(() => {})
    await world.passed()
    world.last.isStubborn = true
    const stopping = world.supervisor.stop()
    await world.passed()
    expect([world.living.map(({ pid }) => pid), world.supervisor.state.state]).toEqual([[101], 'stopping'])
    expect(await settledOf(stopping)).toBe('open')
    await world.passed(5000)
    expect(await stopping).toEqual({ reaped: [101, 100].sort(), survivors: [] })
    expect(world.states).toEqual(['ready stopping requested', 'stopping stopped exited'])
  })

  it('force kills both', async () => {
    const world = await started(overlap)
    world.isQuick = false
    void world.supervisor.restart().catch(() => {})
    await world.passed()
    for (const puppet of world.puppets) puppet.isStubborn = true
    const stopping = world.supervisor.stop({ force: true })
    await world.passed(0)
    expect((await stopping).reaped).toHaveLength(2)
    expect(world.puppets.map(({ signals }) => signals)).toEqual([['SIGKILL'], ['SIGKILL']])
  })

  it('a restart of what is not ready is one of that process', async () => {
    const world = new PuppetWorld(overlap)
    world.isQuick = false
    void world.supervisor.start().catch(() => {})
    await world.passed()
    const [first] = world.puppets
    world.isQuick = true
    const restart = world.supervisor.restart()
    await world.passed()
    expect(await restart).toMatchObject({ pid: 101 })
    expect([first?.isAlive, world.last.slot]).toEqual([false, 0])
  })

  it('one that was replaced and does not die is named by the stop, and nobody may take the place', async () => {
    const world = await started({ ...overlap, stop: { graceMs: 500 } })
    world.of(100).isUndying = true
    void world.supervisor.restart()
    await world.passed(5000)
    expect([world.states, world.living.length]).toEqual([['ready ready replaced'], 2])
    const stopping = world.supervisor.stop()
    await world.passed()
    expect(await stopping).toEqual({ reaped: [101], survivors: [100] })
    expect(world.supervisor.state).toMatchObject({ state: 'failed', failure: { because: 'unkillable' } })
    expect(world.recorded.get(0)).toMatchObject({ child: { pid: 100 } })
    world.of(100).end()
    await world.passed()
    expect(world.supervisor.state.state).toBe('stopped')
  })

  it('a restart forgets the crashes of before', async () => {
    const world = await started({ ...overlap, restart: { intensity: { maxRestarts: 2 } } })
    const crashes = async (): Promise<void> => {
      for (let crash = 0; crash < 2; crash += 1) {
        world.serving.end()
        await world.passed()
      }
    }
    await crashes()
    void world.supervisor.restart()
    await world.passed()
    await crashes()
    expect(world.supervisor.state.state).toBe('ready')
    world.serving.end()
    await world.passed()
    expect(world.supervisor.state.state).toBe('failed')
  })

  it('one that takes too much is replaced while it serves, and as often as it may crash', async () => {
    const world = await started({ ...overlap, limits: { maxMemoryMb: 100 }, restart: { intensity: { maxRestarts: 1 } } })
    world.memoryMb.set(100, 101)
    world.memoryMb.set(101, 200)
    await world.passed(memoryMs)
    const why = expect.stringContaining('uses 101 MB of memory')
    expect(world.all('standby')).toEqual([{ state: 'starting', pid: 101, port: 4001, replaces: 100, detail: why }])
    expect(world.all('state')).toMatchObject([{ from: 'ready', to: 'ready', cause: 'replaced', pid: 101, detail: why }])
    expect(world.of(100).signals).toEqual(['SIGTERM'])
    await world.passed(memoryMs)
    expect(world.states.slice(1)).toEqual(['ready stopping over limit', 'stopping failed gave up'])
    expect(world.all('failed')).toMatchObject([{ code: 'ERR_CRASH_LOOP' }])
  })

  it('one that takes too much goes on where no other becomes ready, and is watched as before', async () => {
    const probe = { kind: 'custom' as const, probe: async () => ({ ok: true }) as const }
    const liveness = { ...probe, periodMs: 100, timeoutMs: 50, failureThreshold: 3 }
    const world = await started({ ...overlap, liveness, limits: { maxMemoryMb: 100 } })
    world.memoryMb.set(100, 101)
    world.isBroken = true
    await world.passed(memoryMs)
    expect(world.all('standby')).toEqual([{ state: 'failed', replaces: 100, detail: 'Error: broken' }])
    expect([world.states, world.serving.signals]).toEqual([[], []])
    world.isBroken = false
    world.serving.isReady = false
    await world.passed(1000)
    expect(world.states[0]).toBe('ready stopping unresponsive')
  })

  it('no more than three finish what they answer at a time', async () => {
    const world = await started(overlap)
    world.supervisor.onDrain(() => new Promise(() => {}))
    for (let restart = 0; restart < 6; restart += 1) {
      const restarted = world.supervisor.restart()
      await world.passed()
      await restarted
    }
    expect(world.living.map(({ pid }) => pid)).toEqual([103, 104, 105, 106])
    void world.supervisor.stop()
    await world.passed()
    expect(world.living).toEqual([])
  })
})

describe('a service that stands by', () => {
  const both = async (options: ConstructorParameters<typeof PuppetWorld>[0] = {}): Promise<PuppetWorld> => {
    const world = await started({ ...standby, restart: { intensity: { maxRestarts: 1000 } }, ...options })
    await world.passed()
    world.forgetTold()
    return world
  }

  it('has a second process when it is ready, and says so', async () => {
    const world = new PuppetWorld(standby)
    void world.supervisor.start()
    await world.passed(calmMs - 50)
    expect([world.states.length, world.puppets.length]).toEqual([2, 1])
    await world.passed()
    expect(world.all('standby')).toEqual([
      { state: 'starting', pid: 101, port: 4001 },
      { state: 'ready', pid: 101, port: 4001 },
    ])
    expect(await world.supervisor.status()).toMatchObject({ pid: 100, restarts: 0, standby: { state: 'ready', pid: 101 } })
    expect([...world.recorded.keys()]).toEqual([0, 1])
    expect(world.leading).toBe(0)
  })

  it('switches in the moment in which the one has ended', async () => {
    const world = await both()
    world.of(100).end()
    // not one timer later, and before its end is looked into
    await Promise.resolve()
    await Promise.resolve()
    expect(world.told.map(([type]) => type).slice(0, 2)).toEqual(['state', 'ready'])
    expect(world.states).toEqual(['ready ready replaced'])
    expect(world.supervisor.state).toMatchObject({ state: 'ready', pid: 101 })
    expect(world.supervisor.url).toBe('http://127.0.0.1:4001')
    expect(world.leading).toBe(1)
    await world.passed()
    expect(world.states).toEqual(['ready ready replaced'])
    expect(world.all('exit')).toMatchObject([{ pid: 100, signal: 'SIGKILL', requested: false }])
    expect(world.all('standby')).toEqual([
      { state: 'starting', pid: 102, port: 4000 },
      { state: 'ready', pid: 102, port: 4000 },
    ])
    expect(await world.supervisor.status()).toMatchObject({
      ...{ pid: 101, restarts: 1, lastExit: { pid: 100 } },
      standby: { state: 'ready', pid: 102 },
    })
  })

  it('switches when the one hangs', async () => {
    const probe = { kind: 'custom' as const, probe: async () => ({ ok: true }) as const }
    const world = await both({ liveness: { ...probe, periodMs: 100, timeoutMs: 50, failureThreshold: 3 } })
    const hanging = world.serving
    hanging.isReady = false
    hanging.isStubborn = true
    await world.passed(400)
    expect(world.states).toEqual(['ready ready replaced'])
    expect(world.all('state')[0]).toMatchObject({ pid: 101, detail: expect.stringContaining('3') })
    expect([hanging.isAlive, hanging.signals]).toEqual([true, ['SIGTERM']])
    await world.passed(1200)
    expect(hanging.signals).toEqual(['SIGTERM', 'SIGKILL'])
    expect(await world.supervisor.status()).toMatchObject({ pid: 101, standby: { state: 'ready', pid: 102 } })
  })

  it('says nothing of the health of the one that only stands by', async () => {
    const probe = { kind: 'custom' as const, probe: async () => ({ ok: true }) as const }
    const world = await both({ liveness: { ...probe, periodMs: 100, timeoutMs: 50, failureThreshold: 3 } })
    world.of(101).isReady = false
    await world.passed(1000)
    expect(world.all('unresponsive')).toEqual([])
    expect(world.states).toEqual([])
    expect(world.all('standby').map(({ state }) => state)).toContain('starting')
    expect(await world.supervisor.status()).toMatchObject({ pid: 100, lastExit: null, restarts: 0 })
  })

  it('one that starts takes the place; the one that comes back is the service where it is quicker', async () => {
    const world = await both()
    world.isQuick = false
    world.of(100).end()
    await world.passed()
    const slow = world.last
    world.of(101).end()
    await world.passed()
    expect(world.states).toEqual(['ready ready replaced', 'ready starting exited'])
    expect(world.supervisor.state).toMatchObject({ pid: slow.pid })
    world.last.isReady = true
    await world.passed()
    expect(world.states.at(-1)).toBe('starting ready replaced')
    expect(world.serving).toBe(world.puppets.at(-1))
    expect(await world.supervisor.status()).toMatchObject({ standby: { state: 'starting', pid: slow.pid } })
    slow.isReady = true
    await world.passed()
    expect(world.states).toHaveLength(3)
    expect(await world.supervisor.status()).toMatchObject({ standby: { state: 'ready', pid: slow.pid } })
  })

  it('one that waits for a calm moment is launched at once when it is needed', async () => {
    const world = new PuppetWorld(standby)
    void world.supervisor.start()
    await world.passed(calmMs - 40)
    expect([world.supervisor.state.state, world.puppets.length]).toEqual(['ready', 1])
    world.serving.end()
    await world.passed(0)
    expect(world.states.slice(2)).toEqual(['ready starting exited'])
    expect(world.serving).toMatchObject({ pid: 101, slot: 1 })
  })

  it('fails after as many crashes as without, and ends the other one, too', async () => {
    const world = await both({ restart: { intensity: { maxRestarts: 3 } } })
    for (let crash = 0; crash < 3; crash += 1) {
      world.serving.end()
      await world.passed(600)
      expect(world.supervisor.state.state).toBe('ready')
    }
    world.serving.end()
    await world.passed()
    expect(world.states.slice(-2)).toEqual(['ready stopping gave up', 'stopping failed gave up'])
    expect(world.all('failed')).toMatchObject([{ code: 'ERR_CRASH_LOOP' }])
    expect(world.living).toEqual([])
  })

  it('fails after as many, too, where a second one never becomes ready', async () => {
    const world = new PuppetWorld({ ...standby, restart: { intensity: { maxRestarts: 3 } } })
    // who is launched when the service is ready
    world.supervisor.on('ready', () => {
      world.isBroken = true
    })
    void world.supervisor.start()
    for (let crash = 0; crash < 4; crash += 1) {
      await world.passed(600)
      expect([world.supervisor.state.state, world.living.length]).toEqual(['ready', 1])
      world.isBroken = false
      world.serving.end()
    }
    await world.passed()
    expect(world.supervisor.state.state).toBe('failed')
  })

  describe('and crashes beside it', () => {
    const restart = { intensity: { maxRestarts: 3 } }
    /** The second one becomes ready, and ends all the same, until it is given up. */
    const givenUp = async (world: PuppetWorld): Promise<void> => {
      for (let crash = 0; crash < 4; crash += 1) {
        world.last.end({ code: 1, signal: null })
        await world.passed()
      }
      expect(world.all('standby').at(-1)).toMatchObject({ state: 'failed', detail: expect.stringContaining('crashed') })
    }

    it('is given up for itself: the service may crash as often as before', async () => {
      const world = await both({ restart })
      await givenUp(world)
      expect([world.states, world.living.map(({ pid }) => pid)]).toEqual([[], [100]])
      world.of(100).end()
      await world.passed()
      expect(world.states).toEqual(['ready backoff exited', 'backoff starting backoff elapsed', 'starting ready probe passed'])
      expect(world.all('failed')).toEqual([])
    })

    it('is launched once more when the service is ready again, and given up sooner', async () => {
      const world = await both({ restart })
      await givenUp(world)
      world.of(100).end()
      await world.passed(600)
      expect(await world.supervisor.status()).toMatchObject({ state: 'ready', standby: { state: 'ready' } })
      world.last.end({ code: 1, signal: null })
      await world.passed()
      expect(await world.supervisor.status()).toMatchObject({ state: 'ready', standby: { state: 'failed' } })
    })

    it('counts for the service from the moment it serves', async () => {
      const world = await both({ restart })
      for (let crash = 0; crash < 3; crash += 1) {
        world.last.end()
        await world.passed()
      }
      for (let crash = 0; crash < 3; crash += 1) {
        world.serving.end()
        await world.passed(600)
        expect([crash, world.supervisor.state.state]).toEqual([crash, 'ready'])
      }
      world.serving.end()
      await world.passed()
      expect(world.supervisor.state).toMatchObject({ state: 'failed', failure: { because: 'crash-loop', count: 4 } })
    })

    it('is forgotten when the service is started anew', async () => {
      const world = await both({ restart })
      await givenUp(world)
      void world.supervisor.stop()
      await world.passed()
      void world.supervisor.start()
      await world.passed(600)
      world.last.end()
      await world.passed()
      expect(await world.supervisor.status()).toMatchObject({ state: 'ready', standby: { state: 'ready' } })
    })

    it('may have failed to become ready before it serves: the service is not given up for that', async () => {
      const world = await both({ restart: { ...restart, backoff: { initialMs: 10, jitter: 0 } } })
      world.isQuick = false
      world.of(101).end()
      for (let again = 0; again < 2; again += 1) {
        await world.passed()
        world.last.end()
      }
      await world.passed()
      const third = world.last
      world.of(100).end()
      await world.passed(0)
      expect(world.supervisor.state).toMatchObject({ state: 'starting', pid: third.pid })
      world.isQuick = true
      third.end()
      await world.passed()
      expect([world.supervisor.state.state, world.all('failed')]).toEqual(['ready', []])
    })
  })

  it('serves by the second one where the first takes too much', async () => {
    const world = await both({ limits: { maxMemoryMb: 100 } })
    world.memoryMb.set(100, 101)
    await world.passed(memoryMs)
    expect(world.states).toEqual(['ready ready replaced'])
    expect(await world.supervisor.status()).toMatchObject({ pid: 101, restarts: 1, standby: { state: 'ready', pid: 102 } })
    expect(world.of(100).signals).toEqual(['SIGTERM'])
  })

  it('starts the second one again where that takes too much', async () => {
    const world = await both({ limits: { maxMemoryMb: 100 } })
    world.memoryMb.set(101, 101)
    await world.passed(memoryMs)
    expect(world.states).toEqual([])
    expect(await world.supervisor.status()).toMatchObject({ pid: 100, restarts: 0, standby: { state: 'ready', pid: 102 } })
  })

  it('says that nobody stands by any more when it is stopped', async () => {
    const world = await both()
    const stopping = world.supervisor.stop()
    await world.passed()
    await stopping
    expect(world.all('standby')).toEqual([{ state: 'stopped' }])
    expect(await world.supervisor.status()).toMatchObject({ state: 'stopped', standby: { state: 'stopped', pid: null } })
  })

  it('completes where the one ends well and may', async () => {
    const world = await both({ restart: { when: 'on-failure' } })
    world.serving.end({ code: 0, signal: null })
    await world.passed()
    expect(world.supervisor.state).toMatchObject({ state: 'stopped', completed: true })
    expect(world.living).toEqual([])
  })

  it('goes on without a second one that does not become ready, and tries again after the next switch', async () => {
    const world = new PuppetWorld({ ...standby, restart: { intensity: { maxRestarts: 1000 } } })
    void world.supervisor.start()
    await world.passed(50)
    world.isBroken = true
    await world.passed()
    expect(world.all('standby').at(-1)).toEqual({ state: 'failed', detail: 'Error: broken' })
    expect(world.all('failed')).toEqual([])
    await world.passed(100_000)
    expect(await world.supervisor.status()).toMatchObject({ state: 'ready', pid: 100, standby: { state: 'failed', pid: null } })
    world.isBroken = false
    world.serving.end()
    await world.passed(600)
    expect(await world.supervisor.status()).toMatchObject({ state: 'ready', pid: 101, standby: { state: 'ready', pid: 102 } })
  })

  it('says when it waits for a second one that was not ready again', async () => {
    const world = await both({ restart: { backoff: { initialMs: 5000, jitter: 0 } } })
    world.isQuick = false
    world.of(101).end()
    for (let again = 0; again < 2; again += 1) {
      await world.passed()
      world.last.end()
    }
    await world.passed()
    expect(world.all('standby').map(({ state }) => state)).toEqual(['starting', 'starting', 'backoff'])
    expect(world.states).toEqual([])
  })

  it('a restart serves by a fresh process, and so does what stands by then', async () => {
    const world = await both()
    world.isQuick = false
    const restart = world.supervisor.restart()
    await world.passed()
    // until it is ready, nothing is given up
    expect(world.living.map(({ pid }) => pid)).toEqual([100, 101, 102])
    world.last.isReady = true
    world.isQuick = true
    await world.passed(600)
    expect(await restart).toMatchObject({ pid: 102 })
    expect(world.living.map(({ pid }) => pid)).toEqual([102, 103])
    world.serving.end()
    await world.passed(0)
    expect(world.serving.pid).toBe(103)
  })

  it('a restart that fails leaves both as they are', async () => {
    const world = await both()
    world.isBroken = true
    await expect(world.supervisor.restart()).rejects.toMatchObject({ code: 'ERR_EXECUTABLE_NOT_FOUND' })
    await world.passed()
    expect(world.living.map(({ pid }) => pid)).toEqual([100, 101])
    world.serving.end()
    await world.passed(0)
    expect(world.serving.pid).toBe(101)
  })

  it('a restart of what is not ready forgets who stands by: it is out of date', async () => {
    const world = await both()
    world.isQuick = false
    world.of(101).end()
    await world.passed()
    world.of(100).end()
    await world.passed()
    expect(world.supervisor.state.state).toBe('starting')
    const before = [...world.living]
    world.isQuick = true
    const restart = world.supervisor.restart()
    await world.passed(600)
    expect(await restart).toMatchObject({ state: 'ready' })
    expect(before.some(({ isAlive }) => isAlive)).toBe(false)
    expect(world.living).toHaveLength(2)
  })
})

describe('what is being answered', () => {
  /** Of each that is asked: its pid, and how to let it go. */
  const draining = (world: PuppetWorld) => {
    const asked: { pid: number; signal: AbortSignal; done: () => void; fail: () => void }[] = []
    const unsubscribe = world.supervisor.onDrain(
      (pid, signal) => new Promise<void>((done, fail) => void asked.push({ pid, signal, done, fail: () => fail(new Error('no')) })),
    )
    return { asked, unsubscribe }
  }

  it('is finished before a restart, which is said first', async () => {
    const world = await started({})
    const { asked } = draining(world)
    const states: string[] = []
    world.supervisor.onDrain(async () => void states.push(world.supervisor.state.state))
    const restart = world.supervisor.restart()
    await world.passed(60_000)
    expect([asked.map(({ pid }) => pid), states, world.serving.signals]).toEqual([[100], ['stopping'], []])
    expect(world.states).toEqual(['ready stopping requested'])
    asked[0]?.done()
    await world.passed()
    expect(world.of(100).signals).toEqual(['SIGTERM'])
    expect(await restart).toMatchObject({ pid: 101 })
    expect(asked[0]?.signal.aborted).toBe(true)
  })

  it('is given the whole grace after it', async () => {
    const world = await started({ stop: { graceMs: 3000 } })
    const { asked } = draining(world)
    world.serving.isStubborn = true
    void world.supervisor.restart()
    await world.passed(10_000)
    asked[0]?.done()
    await world.passed(2900)
    expect(world.of(100).signals).toEqual(['SIGTERM'])
    await world.passed(200)
    expect(world.of(100).signals).toEqual(['SIGTERM', 'SIGKILL'])
  })

  it('harms nobody where whoever is asked fails', async () => {
    const world = await started({})
    const { asked } = draining(world)
    world.supervisor.onDrain(() => {
      throw new Error('at once')
    })
    const restart = world.supervisor.restart()
    await world.passed()
    asked[0]?.fail()
    await world.passed()
    expect(await restart).toMatchObject({ pid: 101 })
  })

  it('is cut by a stop, which goes on as one', async () => {
    const world = await started({})
    const { asked } = draining(world)
    void world.supervisor.restart().catch(() => {})
    await world.passed()
    const stopping = world.supervisor.stop()
    await world.passed(0)
    expect(asked[0]?.signal.aborted).toBe(true)
    expect(await stopping).toMatchObject({ reaped: [100] })
    expect(world.of(100).signals).toEqual(['SIGTERM'])
    expect(world.puppets).toHaveLength(1)
  })

  it('is nobody’s affair where the stop comes in the same moment', async () => {
    const world = await started({})
    const { asked } = draining(world)
    void world.supervisor.restart().catch(() => {})
    const stopping = world.supervisor.stop()
    await world.passed(0)
    await stopping
    expect([asked, world.of(100).signals]).toEqual([[], ['SIGTERM']])
  })

  it('is cut by force', async () => {
    const world = await started({})
    const { asked } = draining(world)
    void world.supervisor.restart().catch(() => {})
    await world.passed()
    const stopping = world.supervisor.stop({ force: true })
    await world.passed(0)
    expect([asked[0]?.signal.aborted, world.of(100).signals]).toEqual([true, ['SIGKILL']])
    await stopping
  })

  it('is over when the process has ended', async () => {
    const world = await started({})
    const { asked } = draining(world)
    const restart = world.supervisor.restart()
    await world.passed()
    world.of(100).end()
    await world.passed()
    expect(asked[0]?.signal.aborted).toBe(true)
    expect([await restart, world.of(100).signals]).toMatchObject([{ pid: 101 }, []])
    expect(world.clock.pending, 'no grace for what has ended').toBe(0)
  })

  it('is not asked for before a stop, nor any more by who has gone', async () => {
    const world = await started({})
    const { asked, unsubscribe } = draining(world)
    unsubscribe()
    void world.supervisor.restart()
    await world.passed()
    draining(world)
    void world.supervisor.stop()
    await world.passed()
    expect(asked).toEqual([])
    expect(world.living).toEqual([])
  })

  it('with overlap is finished while the next one serves', async () => {
    const world = await started(overlap)
    const { asked } = draining(world)
    const restart = world.supervisor.restart()
    await world.passed()
    expect(await restart).toMatchObject({ pid: 101 })
    expect([asked.map(({ pid }) => pid), world.of(100).isAlive]).toEqual([[100], true])
    asked[0]?.done()
    await world.passed()
    expect(world.living.map(({ pid }) => pid)).toEqual([101])
    const stopping = world.supervisor.stop()
    await world.passed(0)
    expect(await stopping).toEqual({ reaped: [101], survivors: [] })
  })

  it('of one that was replaced is cut by a stop, which waits for that one, too', async () => {
    const world = await started(overlap)
    const { asked } = draining(world)
    void world.supervisor.restart()
    await world.passed()
    const stopping = world.supervisor.stop()
    await world.passed(0)
    expect(asked[0]?.signal.aborted).toBe(true)
    expect([...(await stopping).reaped].sort()).toEqual([100, 101])
  })

  it('is not asked of one that crashed or never served', async () => {
    const world = await started(standby)
    await world.passed()
    const { asked } = draining(world)
    world.serving.end()
    await world.passed(600)
    expect(asked).toEqual([])
  })
})

type Act =
  | { readonly do: 'kill' | 'end well' | 'be stubborn'; readonly which: number }
  | { readonly do: 'start' | 'restart' | 'stop' | 'force' | 'slow' | 'quick' | 'broken' | 'whole' | 'wake' }
  | { readonly do: 'pass'; readonly ms: number }

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('kill' as const, 'kill' as const, 'end well' as const, 'be stubborn' as const),
      which: fc.nat(3),
    }),
  },
  { weight: 4, arbitrary: fc.constantFrom<Act>({ do: 'start' }, { do: 'restart' }, { do: 'restart' }, { do: 'stop' }, { do: 'force' }) },
  { weight: 3, arbitrary: fc.constantFrom<Act>({ do: 'slow' }, { do: 'quick' }, { do: 'wake' }, { do: 'broken' }, { do: 'whole' }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 10, 120, 700) }) },
)

const perform = async (world: PuppetWorld, what: Act): Promise<void> => {
  const { supervisor, living } = world
  const ignore = (): void => {}
  switch (what.do) {
    case 'kill':
      return living[what.which]?.end()
    case 'end well':
      return living[what.which]?.end({ code: 0, signal: null })
    case 'be stubborn':
      if (living[what.which] !== undefined) living[what.which]!.isStubborn = true
      return undefined
    case 'start':
      return void supervisor.start().catch(ignore)
    case 'restart':
      return void supervisor.restart().catch(ignore)
    case 'stop':
      return void supervisor.stop()
    case 'force':
      return void supervisor.stop({ force: true })
    case 'slow':
    case 'quick':
      world.isQuick = what.do === 'quick'
      return undefined
    case 'broken':
    case 'whole':
      world.isBroken = what.do === 'broken'
      return undefined
    case 'wake':
      for (const puppet of living) puppet.isReady = true
      return undefined
    case 'pass':
      return world.passed(what.ms)
  }
}

describe('whatever happens, in whatever order', () => {
  const pairs = fc.constantFrom({}, overlap, standby)
  const whens = fc.constantFrom('always' as const, 'on-failure' as const, 'never' as const)

  const drainMs = fc.constantFrom(null, 0, 50, 1000)

  it('who serves is there, what is over is over, every change follows from the one before, and all is written down', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, whens, drainMs, fc.array(act, { maxLength: 40 }), async (pair, when, ms, acts) => {
        const world = new PuppetWorld({ ...pair, restart: { when, intensity: { maxRestarts: 6 } }, stop: { graceMs: 400 } })
        if (ms !== null) world.supervisor.onDrain(() => new Promise((resolve) => void world.clock.setTimer(ms, resolve)))
        await perform(world, { do: 'start' })
        for (const what of acts) {
          await perform(world, what)
          if (what.do === 'pass') world.check()
        }
        const mayBe = pair === standby ? 3 : pair === overlap ? 2 : 1
        await world.passed(2000)
        expect(world.living.length).toBeLessThanOrEqual(mayBe)
        world.check()
        const stopping = world.supervisor.stop()
        await world.passed(400)
        expect((await stopping).survivors).toEqual([])
        world.check()
        expect(world.living).toEqual([])
        // the last pause between two questions, and the last drain
        await world.passed(1000)
        expect(world.clock.pending, 'timers').toBe(0)
      }),
      { numRuns: 300 },
    )
  })
})
