/**
 * Starts the service to watch it: in a scratch state folder, in its own process group, all gone afterwards. It is asked
 * and looked at, never judged here, and never restarted.
 */
import { basename } from 'node:path'
import { collectStartFacts } from '../../detect/start-facts.ts'
import { errnoOf } from '../../errors.ts'
import type { Child, Launcher, LaunchSpec } from '../../launch/launcher.ts'
import { redactShown } from '../../logs/redact.ts'
import { sameProcess } from '../../process/identity.ts'
import { composeSupervisor } from '../../supervisor/compose.ts'
import type { Supervisor } from '../../supervisor/controller.ts'
import { LaunchRefused, refuse, type SupervisorDeps } from '../../supervisor/deps.ts'
import type { SupervisorEvents } from '../../supervisor/events.ts'
import type { NotStartedEvidence, OutputEvidence, ProcessEvidence, RequestEvidence, RunEvidence } from '../evidence.ts'
import { isSocket } from '../signs/reading.ts'
import { dieWithUs } from './die-with-us.ts'
import type { Eyes } from './eyes.ts'
import { Questioner } from './questioner.ts'
import { makeScratch } from './scratch.ts'
import { endStrays } from './strays.ts'
import { type Surrounded, surrounded, surroundingsFacts } from './surroundings.ts'
import { placeGiven } from './target.ts'
import { insisting, saysItself, trialService } from './trial-service.ts'
import { Watch } from './watch.ts'

export interface TrialOptions extends Surrounded {
  readonly baseDir: string
  readonly key: string | undefined
  /** Where the window dials, where that is not what the service is given. */
  readonly dial: { readonly host: string; readonly port: number } | null
  /** Asked in turn. */
  readonly paths: readonly string[]
  readonly headers: Readonly<Record<string, string>> | undefined
  /** How many answers are wanted. */
  readonly requests: number
  /** From the launch until it must have answered. */
  readonly deadlineMs: number
  readonly watchMs: number
  /** false: it is watched from its launch on, and nobody asks it anything. Default true. */
  readonly isAsked?: boolean
  readonly signal: AbortSignal
  /** While it still runs, after all questions; not called where it never listened or has ended. */
  readonly whileItRuns?: ((pid: number, given: RunEvidence['given']) => Promise<void>) | undefined
}

const longestLine = 2000
/** Of the first and of the last lines. */
const linesKept = 400
/** Between looks at what it listens on. */
const shortestPauseMs = 15
const longestPauseMs = 150
/** One question. */
const questionMs = 5000
const lastTryMs = 1500

export const runTrial = async (trial: TrialOptions, eyes: Eyes): Promise<RunEvidence> => {
  const scratch = makeScratch(eyes.table)
  try {
    return await new Trial(trial, eyes, scratch.dir).run()
  } finally {
    scratch.remove()
  }
}

class Trial {
  readonly #trial: TrialOptions
  readonly #eyes: Eyes
  readonly #supervisor: Supervisor
  readonly #output: OutputEvidence[] = []
  #linesOmitted = 0
  #launchedAt = performance.now()
  #spec: LaunchSpec | undefined
  #given: RunEvidence['given'] = null
  #portHeldBefore = false
  #child: Child | undefined
  #errno: string | undefined
  #failed: SupervisorEvents['failed'] | undefined
  #exit: SupervisorEvents['exit'] | undefined
  #exitAtMs = 0
  #readyAtMs: number | null = null
  #afterExit: ProcessEvidence[] = []
  /** Aborted when there is nothing left to watch. */
  readonly #over = new AbortController()

  constructor(trial: TrialOptions, eyes: Eyes, stateDir: string) {
    this.#trial = trial
    this.#eyes = eyes
    const { options, baseDir, key } = trial
    this.#supervisor = composeSupervisor(trialService(options), {
      ...{ baseDir, key, stateDir, stdin: trial.raw?.stdin === 'null' ? 'ignore' : 'pipe' },
      deps: (real) => this.#around(real),
    })
    this.#listen()
  }

  get #nowMs(): number {
    return Math.round(performance.now() - this.#launchedAt)
  }

  async run(): Promise<RunEvidence> {
    const { signal } = this.#trial
    const onAbort = (): void => this.#over.abort()
    signal.addEventListener('abort', onAbort)
    // it may have come before this trial
    if (signal.aborted) onAbort()
    try {
      if (!signal.aborted) this.#supervisor.start().catch(() => {})
      await this.#launched()
      const socket = this.#given !== null && isSocket(this.#given) ? this.#given.host : null
      const watch = new Watch(this.#child?.pid ?? null, this.#eyes, () => this.#nowMs, socket)
      const requests: RequestEvidence[] = []
      if (this.#child !== undefined) await this.#examine(this.#child, watch, requests)
      const watchedMs = this.#nowMs
      const survivors = await this.#stop()
      return this.#evidence(watch, requests, watchedMs, survivors)
    } finally {
      signal.removeEventListener('abort', onAbort)
      await this.#supervisor.stop({ force: true })
    }
  }

  #listen(): void {
    const supervisor = this.#supervisor
    supervisor.on('log', ({ stream, line }) => {
      if (this.#output.length >= 2 * linesKept) {
        this.#output.splice(linesKept, 1)
        this.#linesOmitted += 1
      }
      this.#output.push({ atMs: this.#nowMs, stream, text: redactShown(line.slice(0, longestLine)) })
    })
    supervisor.on('exit', (exit) => {
      this.#exit ??= exit
      this.#over.abort()
    })
    supervisor.on('failed', (failed) => {
      this.#failed ??= failed
      this.#over.abort()
    })
    supervisor.on('ready', () => {
      this.#readyAtMs = this.#nowMs
    })
  }

  /** A child of its own making, or an end without one. */
  async #launched(): Promise<void> {
    while (this.#child === undefined && !this.#over.signal.aborted) await this.#eyes.pause(5, this.#over.signal)
  }

  #around(real: SupervisorDeps): Partial<SupervisorDeps> {
    return {
      prepare: async (request) => {
        // a port that was lost is tried again with another one, whatever is said of restarts
        if (this.#spec !== undefined) throw onceOnly
        const prepared = await real.prepare(request).catch((error: unknown) => {
          if (!isTaken(error)) throw error
          this.#portHeldBefore = true
          return real.prepare({ ...request, service: insisting(request.service) })
        })
        this.#spec = surrounded(prepared.spec, this.#trial)
        this.#given = prepared.address && placeGiven(prepared.address)
        return { spec: this.#spec, address: prepared.address, launcher: this.#seen(prepared.launcher) }
      },
      processes: {
        ...real.processes,
        sweep: async (group, instanceId, whose) => {
          this.#exitAtMs ||= this.#nowMs
          // before it is swept away
          this.#afterExit = await this.#eyes.describe(await real.processes.carriers(instanceId))
          return real.processes.sweep(group, instanceId, whose)
        },
      },
    }
  }

  #seen(launcher: Launcher): Launcher {
    return {
      kind: launcher.kind,
      launch: async (spec) => {
        this.#launchedAt = performance.now()
        try {
          const child = await launcher.launch(spec)
          this.#child = child
          void child.exited.then(dieWithUs(child.pid, this.#eyes.table))
          return child
        } catch (error) {
          this.#errno = errnoOf(error)
          throw error
        }
      },
    }
  }

  async #examine(child: Child, watch: Watch, requests: RequestEvidence[]): Promise<void> {
    const trial = this.#trial
    const over = this.#over.signal
    const target = trial.dial ?? this.#given
    if (trial.isAsked === false) await this.#watch(watch, trial.watchMs)
    else if (target === null || trial.spec.address === null) await this.#awaitReadiness(watch)
    else await this.#question(child, watch, requests, target)
    if (!over.aborted) await watch.look('end')
    else await watch.listen()
    if (!over.aborted && trial.isAsked !== false) await trial.whileItRuns?.(child.pid, this.#given)
  }

  /** It listens on nothing: its own readiness decides, then it is watched. */
  async #awaitReadiness(watch: Watch): Promise<void> {
    const { spec, deadlineMs, watchMs } = this.#trial
    while (spec.readiness !== null && this.#readyAtMs === null && this.#nowMs < deadlineMs && !this.#over.signal.aborted)
      await this.#eyes.pause(longestPauseMs, this.#over.signal)
    await watch.listen()
    await this.#eyes.pause(watchMs, this.#over.signal)
  }

  async #question(child: Child, watch: Watch, requests: RequestEvidence[], target: { host: string; port: number }): Promise<void> {
    const { spec, paths, headers, deadlineMs, watchMs, requests: wanted } = this.#trial
    const signal = this.#over.signal
    const questioner = new Questioner({
      target,
      paths,
      headers,
      tcp: spec.readiness?.probe.kind === 'tcp',
      watch,
      eyes: this.#eyes,
      signal,
      requests,
      instanceId: this.#spec?.instanceId ?? '',
      pid: child.pid,
      hasEnded: () => this.#exit !== undefined,
    })
    const left = (): number => deadlineMs - this.#nowMs
    let pauseMs = shortestPauseMs
    let answers = 0
    while (!signal.aborted && left() > 0 && answers === 0) {
      await watch.listen()
      if (await questioner.isWorthAsking()) {
        if (await questioner.ask(questionMs)) answers = 1
        else pauseMs = longestPauseMs
      }
      if (answers === 0) await this.#eyes.pause(Math.min(pauseMs, Math.max(1, left())), signal)
      pauseMs = Math.min(longestPauseMs, pauseMs * 1.2)
    }
    // the time is over for what it left unanswered, and may just have become ready
    if (requests.at(-1)?.outcome === 'no-answer' && !signal.aborted && (await questioner.ask(lastTryMs))) answers = 1
    if (signal.aborted) return
    if (answers === 0) {
      await watch.look('not-ready')
      // whoever answers there instead is worth knowing
      if (requests.length === 0) await questioner.ask(1000)
      return
    }
    for (; answers < wanted && !signal.aborted; answers += 1) if (!(await questioner.ask(questionMs))) return
    if (signal.aborted) return
    await this.#watch(watch, watchMs)
    if (!signal.aborted) await questioner.ask(questionMs)
    // what it says of itself may come later than its first answer
    if (saysItself(spec)) while (this.#readyAtMs === null && left() > 0 && !signal.aborted) await this.#eyes.pause(longestPauseMs, signal)
  }

  async #watch(watch: Watch, ms: number): Promise<void> {
    const signal = this.#over.signal
    const until = this.#nowMs + ms
    while (!signal.aborted && this.#nowMs < until) {
      await this.#eyes.pause(Math.min(longestPauseMs * 2, until - this.#nowMs), signal)
      await watch.listen()
    }
  }

  /** Ends it, and all that carries the certificate of this trial, wherever it has gone. */
  async #stop(): Promise<ProcessEvidence[]> {
    const { table } = this.#eyes
    const { survivors } = await this.#supervisor.stop()
    const strays = this.#spec === undefined ? [] : await endStrays(this.#spec.instanceId, this.#eyes)
    const left = new Set([...survivors, ...strays.map(({ pid }) => pid)])
    const alive = [...left].flatMap((pid) => table.identify(pid) ?? [])
    return this.#eyes.describe(alive.filter((row) => survivors.includes(row.pid) || strays.some((stray) => sameProcess(stray, row))))
  }

  #evidence(watch: Watch, requests: readonly RequestEvidence[], watchedMs: number, survivors: readonly ProcessEvidence[]): RunEvidence {
    const exit = this.#exit
    return {
      origin: 'trial',
      surroundings: surroundingsFacts(this.#spec, this.#trial),
      command: this.#spec === undefined ? null : commandOf(this.#spec),
      given: this.#given,
      ...(this.#given !== null && { portHeldBefore: this.#portHeldBefore }),
      notStarted: this.#notStarted(),
      pid: this.#child?.pid ?? null,
      exit:
        exit === undefined
          ? null
          : {
              atMs: this.#exitAtMs || exit.uptimeMs,
              code: exit.code,
              signal: exit.signal,
              requested: exit.requested,
              reason: exit.reason,
              oomKills: exit.reason === 'KILLED_BY_OOM' ? 1 : 0,
            },
      output: this.#output,
      linesOmitted: this.#linesOmitted,
      listening: watch.listening,
      requests,
      readyAtMs: saysItself(this.#trial.spec) ? this.#readyAtMs : null,
      looks: watch.looks,
      watchedMs,
      left: { afterExit: this.#exit?.requested === false ? this.#afterExit : [], survivors },
    }
  }

  #notStarted(): NotStartedEvidence | null {
    const failed = this.#failed
    if (failed === undefined || this.#child !== undefined) return null
    const { code, reason, message, hint } = failed
    const spec = this.#spec
    const facts = spec === undefined ? null : collectStartFacts(spec.command, spec.cwd, spec.env, { errorCode: this.#errno })
    return { code, cause: reason, message: redactShown(message), hint: hint === null ? null : redactShown(hint), facts }
  }
}

const onceOnly = refuse({ code: 'ERR_LAUNCH_FAILED', message: 'A trial starts it once.' })

/** As its author would write it: without what we load before a forked script. */
const commandOf = ({ command, execArgv, script, args }: LaunchSpec): string => {
  const at = execArgv.findIndex((arg, index) => execArgv[index - 1] === '--require' && basename(arg) === 'preload.cjs')
  const own = at === -1 ? execArgv : [...execArgv.slice(0, at - 1), ...execArgv.slice(at + 1)]
  return redactShown([command, ...own, ...(script === undefined ? [] : [script]), ...args].join(' '))
}

const isTaken = (error: unknown): boolean => error instanceof LaunchRefused && error.failure.reason === 'PORT_TAKEN'
