import type { ChildProcess } from 'node:child_process'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'vitest'
import type { CreateOptions, EventName, Supervisor, SupervisorEvents } from '../../src/index.ts'
import { isListenedOn } from './ports.ts'
import { describePids, holdings, isAlive, pidsMarked, startStranger, surplus, until } from './processes.ts'
import { createTemp, type Temp } from './temp.ts'

/** As it is published: what a forked child loads before its script lies beside it. */
const built: typeof import('../../src/index.ts') = await import(pathToFileURL(resolve('dist/index.mjs')).href)
export const { createSupervisor, isSupervisorError } = built

export const fixture = (name: string): string => resolve('test/fixtures', name.includes('.') ? name : `${name}.mjs`)

/** A place where things are started, and the promise that nothing of them is left when it is over. */
export interface Scene extends AsyncDisposable, Pick<Temp, 'dir' | 'file'> {
  /** For whatever is started here: marked, and with a home of its own. */
  readonly env: Record<string, string>
  /** A supervisor in this process: of a fixture by name, or of whatever the options say. Stopped at the end. */
  supervise(options: string | CreateOptions, more?: CreateOptions): Supervised
  /** A process that no supervisor has started; killed at the end. */
  stranger(name: string, env?: Record<string, string>): Promise<ChildProcess>
  /** All that runs here. */
  pids(): number[]
  /** To be free at the end. */
  watchPort(port: number): number
  /** Called at the end, the last one first. */
  atEnd(cleanUp: () => unknown): void
}

export interface Supervised extends Recorder<SupervisorEvents> {
  readonly supervisor: Supervisor
}

export const createScene = (): Scene => {
  const before = holdings()
  const temp = createTemp()
  const mark = `TEST_SCENE=${temp.dir}`
  const env = { PATH: process.env.PATH ?? '', HOME: temp.dir, TEST_SCENE: temp.dir, JARVIS_STATE_DIR: join(temp.dir, 'state') }
  const cleanUps: (() => unknown)[] = []
  const ports = new Set<number>()
  const scene: Scene = {
    dir: temp.dir,
    file: temp.file,
    env,
    supervise: (options, more = {}) => {
      const { env: own, ...rest } = { ...(typeof options === 'string' ? { script: fixture(options), name: options } : options), ...more }
      const supervisor = createSupervisor({ stateDir: env.JARVIS_STATE_DIR, ...rest, env: { TEST_SCENE: temp.dir, ...own } })
      cleanUps.push(() => supervisor.stop())
      const recorder = record(supervisor)
      supervisor.on('ready', ({ port }) => port !== null && ports.add(port))
      return Object.assign(recorder, { supervisor })
    },
    stranger: async (name, more = {}) => {
      const child = await startStranger(fixture(name), { ...env, ...more })
      const { pid = 0 } = child
      cleanUps.push(async () => {
        child.kill('SIGKILL')
        await until(`the stranger ${pid} is gone`, () => !isAlive(pid))
      })
      return child
    },
    pids: () => pidsMarked(mark),
    watchPort: (port) => {
      ports.add(port)
      return port
    },
    atEnd: (cleanUp) => void cleanUps.push(cleanUp),
    [Symbol.asyncDispose]: async () => {
      for (const cleanUp of cleanUps.reverse()) await cleanUp()
      const left = scene.pids()
      const said = describePids(left)
      for (const pid of left) process.kill(pid, 'SIGKILL')
      temp[Symbol.dispose]()
      expect(said, 'processes left behind').toEqual([])
      expect([...ports].filter(isListenedOn), 'ports still listened on').toEqual([])
      await until('descriptors and handles are closed', () => surplus(before, holdings()).length === 0, 2000).catch(() => {})
      expect(surplus(before, holdings()), 'descriptors and handles left open').toEqual([])
    },
  }
  return scene
}

const eventNames: readonly EventName[] = [
  ...(['state', 'ready', 'exit', 'reclaim', 'unresponsive', 'responsive', 'probe', 'standby', 'failed', 'log'] as const),
]

const record = (supervisor: Supervisor): Recorder<SupervisorEvents> => {
  const recorder = new Recorder<SupervisorEvents>()
  for (const type of eventNames) supervisor.on(type, (facts) => recorder.push(type, facts as never))
  return recorder
}

interface Recorded {
  readonly type: PropertyKey
  readonly facts: object
}

/** Keeps what is told, in order, and waits for what comes. */
export class Recorder<Events extends object> {
  readonly #all: Recorded[] = []
  #at = 0
  #wake = (): void => {}
  #over: string | undefined

  readonly push = <E extends keyof Events>(type: E, facts: Events[E]): void => {
    this.#all.push({ type, facts: facts as object })
    this.#wake()
  }

  /** Nothing more will come. */
  readonly end = (why: string): void => {
    this.#over = why
    this.#wake()
  }

  /** The next event of a type (that fits), after the one that was waited for last. */
  readonly next = async <E extends keyof Events>(
    type: E,
    fits: (facts: Events[E]) => boolean = () => true,
    deadlineMs = 20_000,
  ): Promise<Events[E]> => {
    const deadline = performance.now() + deadlineMs
    for (;;) {
      for (; this.#at < this.#all.length; this.#at += 1) {
        const { type: other, facts } = this.#all[this.#at]!
        if (other !== type || !fits(facts as Events[E])) continue
        this.#at += 1
        return facts as Events[E]
      }
      const left = deadline - performance.now()
      if (this.#over !== undefined || left <= 0) throw new Error(`No more "${String(type)}" (${this.#over ?? 'too late'}). ${this.#told()}`)
      await this.#more(left)
    }
  }

  /** All of a type until now. */
  readonly all = <E extends keyof Events>(type: E): Events[E][] => {
    return this.#all.filter((event) => event.type === type).map(({ facts }) => facts as Events[E])
  }

  /** Types in the order in which they were told, states with their names. */
  readonly order = (...types: (keyof Events)[]): string[] => {
    return this.#all
      .filter(({ type }) => types.includes(type as keyof Events))
      .map(({ type, facts }) => (type === 'state' ? (facts as { to: string }).to : String(type)))
  }

  #more(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #told(): string {
    return `Told:\n${this.#all.map(({ type, facts }) => `  ${String(type)} ${JSON.stringify(facts).slice(0, 200)}`).join('\n')}`
  }
}
