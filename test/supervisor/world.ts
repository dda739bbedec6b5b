import { expect } from 'vitest'
import type { ServiceOptions } from '../../src/config/options.ts'
import { specifyService } from '../../src/config/service.ts'
import type { Child, Exit } from '../../src/launch/launcher.ts'
import type { RecordedRun } from '../../src/record/record.ts'
import type { SupervisorDeps } from '../../src/supervisor/deps.ts'
import type { EventName, SupervisorEvents } from '../../src/supervisor/events.ts'
import { ServiceSupervisor } from '../../src/supervisor/supervisor.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

/** A process that a test drives. */
export class Puppet {
  readonly pid: number
  readonly slot: number
  isReady = false
  /** What it was asked, in order. */
  readonly signals: string[] = []
  /** It does not end when it is asked to. */
  isStubborn = false
  /** Nor when it is killed. */
  isUndying = false
  exit: Exit | null = null
  #exited = (_exit: Exit): void => {}
  readonly child: Child

  constructor(pid: number, slot: number) {
    this.pid = pid
    this.slot = slot
    const exited = new Promise<Exit>((resolve) => {
      this.#exited = resolve
    })
    this.child = {
      pid,
      group: 'own',
      exited,
      drained: Promise.resolve(),
      onOutput: () => () => {},
      onMessage: () => () => {},
      send: () => false,
      signal: (signal) => this.#take(signal),
    }
  }

  get isAlive(): boolean {
    return this.exit === null
  }

  end(exit: Exit = { code: null, signal: 'SIGKILL' }): void {
    if (this.exit !== null) return
    this.exit = exit
    this.#exited(exit)
  }

  #take(signal: string): boolean {
    if (this.exit !== null) return false
    this.signals.push(signal)
    if (this.isUndying) return true
    if (signal === 'SIGKILL' || (signal === 'SIGTERM' && !this.isStubborn)) this.end({ code: null, signal })
    return true
  }
}

export type Told = { readonly [E in EventName]: readonly [E, SupervisorEvents[E]] }[EventName]

/** A supervisor in a world of puppets, where time passes when it is told to. */
export class PuppetWorld {
  readonly clock = new FakeClock(1000)
  readonly puppets: Puppet[] = []
  readonly told: Told[] = []
  readonly recorded = new Map<number, RecordedRun>()
  /** Of the slots, as the claim was told. */
  leading = 0
  /** What is launched from now on becomes ready by itself. */
  isQuick = true
  /** What is launched from now on cannot be. */
  isBroken = false
  /** Of the tree of a process, by its pid. */
  readonly memoryMb = new Map<number, number>()
  readonly supervisor: ServiceSupervisor

  constructor(options: Partial<ServiceOptions> = {}) {
    const readiness = { kind: 'custom' as const, probe: async () => ({ ok: true }) as const }
    const service = specifyService(
      { command: 'puppet', name: 'api', readiness, liveness: false, gateway: { port: 'auto' }, ...options },
      { baseDir: '/', packageName: () => undefined },
    )
    this.supervisor = new ServiceSupervisor(service, this.#deps())
    const events: EventName[] = ['state', 'ready', 'exit', 'standby', 'failed', 'unresponsive', 'responsive']
    for (const event of events) this.supervisor.on(event, (facts) => void this.told.push([event, facts] as unknown as Told))
  }

  /** Long enough for one question after another, and too short for anything else. */
  async passed(ms = 300): Promise<void> {
    await this.clock.advance(ms)
  }

  get living(): Puppet[] {
    return this.puppets.filter(({ isAlive }) => isAlive)
  }

  of(pid: number | null | undefined): Puppet {
    const puppet = this.puppets.find((each) => each.pid === pid)
    if (puppet === undefined) throw new Error(`no puppet has pid ${pid}`)
    return puppet
  }

  /** The one that serves. */
  get serving(): Puppet {
    const { state } = this.supervisor
    return this.of('pid' in state ? state.pid : null)
  }

  get last(): Puppet {
    return this.puppets.at(-1)!
  }

  all<E extends EventName>(event: E): SupervisorEvents[E][] {
    return this.told.filter(([type]) => type === event).map(([, facts]) => facts as SupervisorEvents[E])
  }

  /** `from to cause`, of each change of the service. */
  get states(): string[] {
    return this.all('state').map(({ from, to, cause }) => `${from} ${to} ${cause}`)
  }

  forgetTold(): void {
    this.told.length = 0
  }

  #launch(slot: number): Puppet {
    const puppet = new Puppet(100 + this.puppets.length, slot)
    puppet.isReady = this.isQuick
    this.puppets.push(puppet)
    return puppet
  }

  #deps(): SupervisorDeps {
    const launched = new Map<string, Puppet>()
    return {
      clock: this.clock,
      random: () => 0.5,
      wallClock: () => this.clock.now(),
      sinceBootMs: () => this.clock.now(),
      claimFor: () => ({
        take: async () => {},
        record: (run, slot) => void this.recorded.set(slot, run),
        lead: (slot) => {
          this.leading = slot
        },
        drop: (slot) => void this.recorded.delete(slot),
        release: async () => {},
      }),
      frontDoorFor: () => null,
      journal: undefined,
      prepare: async ({ slot }) => {
        const instanceId = `p.${launched.size}.${this.puppets.length}`
        const spec = { command: 'puppet', execArgv: [], script: undefined, args: [], cwd: '/', env: {}, instanceId }
        const launch = async (): Promise<Child> => {
          if (this.isBroken) throw new Error('broken')
          const puppet = this.#launch(slot)
          launched.set(instanceId, puppet)
          return puppet.child
        }
        return { spec, launcher: { kind: 'spawn', launch }, address: { host: '127.0.0.1', port: 4000 + slot } }
      },
      leave: async () => {},
      explainLaunchError: (error) => ({
        ...{ code: 'ERR_EXECUTABLE_NOT_FOUND', reason: undefined, message: String(error), hint: undefined, transient: false },
      }),
      processes: {
        // as one that has ended already: who it is does not matter here
        identify: (pid) => ({ pid, ppid: 1, pgid: pid, name: 'puppet', startTime: '1', bootId: 'b' }) as never,
        tree: async () => [],
        sweep: async () => ({ reaped: [], survivors: [] }),
        carriers: async () => [],
        oomKills: () => 0,
        usage: async (pid) => ({ memoryBytes: (this.memoryMb.get(pid) ?? 0) * 1024 * 1024, cpuMs: 0 }),
      },
      whoAnswers: async () => ({ verdict: 'ours', serving: [], elsewhere: [], stranger: null }) as never,
      acceptQueue: async () => -1,
      probeFor: (_options, { spec }) => {
        const puppet = launched.get(spec.instanceId)
        return async () => (puppet?.isReady ? { ok: true } : { ok: false, reason: 'not yet', stage: 'refused' })
      },
      knockFor: () => undefined,
      output: undefined,
      everyProbe: false,
      wakes: false,
    }
  }

  /** What must hold whenever nothing is under way. */
  check(): void {
    const { state } = this.supervisor
    let before = 'stopped'
    for (const { from, to } of this.all('state')) {
      expect(from, 'each change begins where the one before has ended').toBe(before)
      before = to
    }
    expect(before, 'the last change leads to what is').toBe(state.state)
    expect([...this.supervisor.pids].sort(), 'what runs').toEqual(this.living.map(({ pid }) => pid).sort())
    if (state.state === 'ready') expect(this.serving.isAlive, 'what serves is there').toBe(true)
    if (state.state === 'stopped' || state.state === 'failed') expect(this.living, 'what is over is over').toEqual([])
    for (const { pid, slot } of this.living) expect(this.recorded.get(slot)?.child?.pid, 'what runs is written down').toBe(pid)
    const ports = this.living.map(({ slot }) => slot)
    expect(new Set(ports).size, 'each has a place of its own').toBe(ports.length)
  }
}
